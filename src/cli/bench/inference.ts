/** Predictions from user code: an ordinary typed array in, an ordinary typed array out. */
import { compile, random, type Sequential, tensor } from "../../index.ts";
import { type Case, loop, type MeasureOptions } from "./harness.ts";
import { cnnLogits, logSoftmaxRows, mlpLogits } from "./reference.ts";
import { CNN_FLOP_PER_ROW, cnn } from "./train/cnn.ts";
import { mlp, weightsOf } from "./train/mlp.ts";
import type { Given, Group, Job } from "./workload.ts";

/** Latency, throughput, and what lies between. */
const BATCHES = [1, 32, 256];
const PIXELS = 784;
const CLASSES = 10;
/** What f32 sums of up to 1,600 products of numbers below 1 may be off by, and some more: networks differ by tenths. */
const TOLERANCE = 1e-4;

type Net = {
  readonly name: string;
  readonly job: string;
  readonly flop: number;
  readonly shape: readonly number[];
  build(): Sequential;
  logits(x: ArrayLike<number>, weights: Given): Float64Array;
};

const nets: readonly Net[] = [
  { name: "MLP 784-50-10", job: "predict-mlp", flop: 2 * (784 * 50 + 50 * 10), shape: [PIXELS], build: mlp, logits: mlpLogits },
  { name: "CNN", job: "predict-cnn", flop: CNN_FLOP_PER_ROW, shape: [28, 28, 1], build: cnn, logits: cnnLogits },
];

/** Pixels from 0 to 1. */
function pixelsFor(batch: number): Float32Array {
  return random(batch)
    .uniform([batch * PIXELS])
    .data() as Float32Array;
}

/** @throws Error unless the numbers are the logits expected, or logarithms of the probabilities they stand for */
export function requireLogits(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  if (found.length !== expected.length) throw new Error(`${found.length} numbers instead of ${expected.length}`);
  const [a, b] = [found, expected].map((numbers) => logSoftmaxRows(numbers, CLASSES)) as [Float64Array, Float64Array];
  const wrong = a.findIndex((value, i) => !(Math.abs(value - b[i]!) <= TOLERANCE));
  if (wrong >= 0) throw new Error(`log-probability ${a[wrong]} at ${wrong}, not ${b[wrong]}`);
}

/** Rows held to the reference: some of each part of a batch, for a reference in plain loops is slow. */
function rowsToCheck(batch: number): number[] {
  return [...new Set([0, 1, batch >> 1, batch - 1])].filter((row) => row < batch);
}

function caseOf(net: Net, batch: number, pixels: Float32Array, kept: { output: ArrayLike<number> }): Case {
  return {
    name: `${net.name}, batch ${batch}`,
    unit: "ms/call",
    work: 1,
    flop: batch * net.flop,
    items: batch,
    setup() {
      const model = net.build();
      const weights = weightsOf(model);
      const predict = compile(model);
      const shape = [batch, ...net.shape];
      return {
        sample: loop(() => {
          kept.output = predict(tensor(pixels, { shape })).data();
        }),
        poison: () => {
          kept.output = [];
        },
        check() {
          if (kept.output.length !== batch * CLASSES) throw new Error(`${kept.output.length} numbers`);
          for (const row of rowsToCheck(batch)) {
            const expected = net.logits(pixels.subarray(row * PIXELS, (row + 1) * PIXELS), weights);
            requireLogits(Array.from(kept.output).slice(row * CLASSES, (row + 1) * CLASSES), expected);
          }
        },
      };
    },
  };
}

function groupOf(net: Net, batch: number, options: MeasureOptions): Group {
  const pixels = pixelsFor(batch);
  const kept: { output: ArrayLike<number> } = { output: [] };
  const own = caseOf(net, batch, pixels, kept);
  const job: Job = {
    name: net.job,
    of: own,
    settings: { batch },
    given: () => ({ x: { shape: [batch, ...net.shape], data: pixels }, ...weightsOf(net.build()) }),
    check: ({ output = [] }) => requireLogits(output, kept.output),
  };
  return { section: "inference", title: own.name, cases: [own], jobs: [job], options };
}

export function inferenceGroups(options: MeasureOptions): Group[] {
  return nets.flatMap((net) => BATCHES.map((batch) => groupOf(net, batch, options)));
}
