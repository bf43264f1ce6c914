/** `nabla bench` straight from the sources: node bench/run.ts [--peers] [--threads n] [--math mode] [--filter text] [--json file] */
import { parseArgs } from "node:util";
import { type BenchOptions, bench } from "../src/cli/bench.ts";

const { values } = parseArgs({
  options: {
    filter: { type: "string" },
    threads: { type: "string" },
    math: { type: "string" },
    json: { type: "string" },
    peers: { type: "boolean" },
  },
});
const { threads, math, ...rest } = values;
await bench({
  ...rest,
  ...(threads && { threads: Number(threads) }),
  ...(math && { math: math as NonNullable<BenchOptions["math"]> }),
});
