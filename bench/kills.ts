/**
 * Kills trainings at random, many of them while they write a checkpoint, and compares the weights that come out in the end with those
 * of a training that was never killed.
 *
 *     node bench/kills.ts [kills, default 200]
 */
import { killOverAndOver } from "../test/support/kills.ts";

const wanted = Number(process.argv[2] ?? 200);
const program = [process.execPath, "test/guards/processes/programs/kill.ts"];
const configurations = ["strict", "auto"].flatMap((NABLA_MATH) =>
  ["1", "2"].map((NABLA_THREADS) => ({ NABLA_MATH, NABLA_THREADS })),
);

let [kills, within] = [0, 0];
for (const [i, env] of configurations.entries()) {
  const result = await killOverAndOver(program, env, { wanted: Math.ceil(wanted / configurations.length), seed: i + 1 });
  kills += result.kills;
  within += result.within;
  const { trainings, hashes } = result;
  console.log(
    `${env.NABLA_MATH}, ${env.NABLA_THREADS} threads: ${result.kills} kills, ${result.within} within a write, ${trainings} trainings, weights ${hashes.join(" ≠ ")}`,
  );
  if (hashes.length > 1) process.exitCode = 1;
}
console.log(
  `${kills} kills, ${within} within a checkpoint's write: ${process.exitCode ? "WEIGHTS DIFFER" : "the same weights as without, no truncated file"}`,
);
