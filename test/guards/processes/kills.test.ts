import { expect, test } from "vitest";
import { killOverAndOver } from "../../support/kills.ts";
import { bundle } from "./programs.ts";

/** bench/kills.ts does the same in earnest. */
test("a training that is killed time and again ends with the weights of one that is not", async () => {
  const program = [process.execPath, bundle("kill")];
  const { kills, within, hashes } = await killOverAndOver(program, { NABLA_THREADS: "2" }, { wanted: 10 });
  expect(kills).toBeGreaterThanOrEqual(10);
  expect(within).toBeGreaterThan(0);
  expect(hashes).toHaveLength(1);
}, 120_000);
