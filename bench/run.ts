/**
 * `nabla bench` straight from the sources:
 * node bench/run.ts [sections] [--peers] [--quick] [--filter text] [--threads n] [--math mode] [--json file] [--merge] [--html file]
 */
import { parseArgs } from "node:util";
import { serveJob } from "../src/cli/bench/serve.ts";
import { type BenchOptions, bench } from "../src/cli/bench.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    filter: { type: "string" },
    threads: { type: "string" },
    math: { type: "string" },
    json: { type: "string" },
    html: { type: "string" },
    merge: { type: "boolean" },
    peers: { type: "boolean" },
    quick: { type: "boolean" },
  },
});
const { threads, math, ...rest } = values;
const [first, job, folder] = positionals;
if (first === "bench-job") await serveJob(job!, folder!);
else {
  const sections = positionals.filter((name) => name !== "all") as NonNullable<BenchOptions["sections"]>;
  await bench({
    ...rest,
    ...(sections.length > 0 && { sections }),
    ...(threads && { threads: Number(threads) }),
    ...(math && { math: math as NonNullable<BenchOptions["math"]> }),
  });
}
