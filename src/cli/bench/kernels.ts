/** What kernels reach whose time is arithmetic, beside the machine's peak: multiply-adds in registers. */

import type { Tensor } from "../../graph/tensor.ts";
import { matmul } from "../../ops/matmul.ts";
import { exp, log, sigmoid, tanh } from "../../ops/pointwise.ts";
import { engineOf } from "../../wasm/engine.ts";
import { attention } from "./attention.ts";
import { type Case, loop } from "./harness.ts";
import { linkOp } from "./program.ts";
import { fillWhole, requireAll } from "./values.ts";
import type { Job } from "./workload.ts";

const PEAK_ROUNDS = 20_000;
const FLOP_PER_ROUND = 96;

/** The 128-bit peak of one thread: 12 accumulators that never leave the registers. */
export const peak: Case = {
  name: "peak, multiply-adds in registers",
  unit: "GFLOP/s",
  work: PEAK_ROUNDS * FLOP_PER_ROUND,
  peak: true,
  setup() {
    const engine = engineOf();
    const at = engine.allocate(32);
    const sum = () => engine.f32.subarray(at >>> 2, (at >>> 2) + 4);
    return {
      sample: loop(() => engine.exports.peakFma(at, PEAK_ROUNDS)),
      poison: () => sum().fill(Number.NaN),
      // Each accumulator approaches 0.0001 / (1 − 0.9999) = 1; there are 12.
      check: () => requireAll(sum(), (x) => Math.abs(x - 12) < 0.1),
      close: () => engine.heap.free(at),
    };
  },
};

function timesVector(a: Float32Array, rows: number, cols: number, transposed: boolean, x: Float64Array): Float64Array {
  const y = new Float64Array(rows);
  for (let r = 0; r < rows; ++r) {
    for (let c = 0; c < cols; ++c) y[r]! += a[transposed ? c * rows + r : r * cols + c]! * x[c]!;
  }
  return y;
}

type Product = {
  m: number;
  k: number;
  n: number;
  transA?: boolean;
  transB?: boolean;
  /** How many of a's numbers are not zero. */
  share?: number;
};

/** Squares as points of reference, a layer forward and its weights' gradient, on digits too, attention, ten classes, vectors. */
const products: readonly Product[] = [
  { m: 256, k: 256, n: 256 },
  { m: 256, k: 256, n: 256, transB: true },
  { m: 256, k: 256, n: 256, transA: true },
  ...[512, 1024].flatMap((size) => {
    const square = { m: size, k: size, n: size };
    return [square, { ...square, transB: true }, { ...square, transA: true }];
  }),
  { m: 200, k: 784, n: 50 },
  { m: 200, k: 784, n: 50, share: 0.2 },
  { m: 784, k: 200, n: 50, transA: true },
  { m: 784, k: 200, n: 50, transA: true, share: 0.2 },
  { m: 12, k: 64, n: 64 },
  { m: 200, k: 50, n: 10 },
  { m: 50, k: 200, n: 10, transA: true },
  { m: 1, k: 784, n: 128 },
  { m: 784, k: 128, n: 1 },
  { m: 784, k: 128, n: 1, transA: true },
];

function shapesOf({ m, k, n, transA, transB }: Product): [a: number[], b: number[]] {
  return [transA ? [k, m] : [m, k], transB ? [n, k] : [k, n]];
}

/** Leaves a share of the numbers, and makes those 1 that are 0. */
function thin(numbers: Float32Array, share: number): void {
  let state = 3;
  for (const [i, x] of numbers.entries()) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator
    numbers[i] = state < share * 2 ** 32 ? x || 1 : 0;
  }
}

function fill(a: Float32Array, b: Float32Array, { share }: Product): void {
  fillWhole(a, 1);
  fillWhole(b, 2);
  if (share !== undefined) thin(a, share);
}

function productCase(product: Product): Case {
  const { m, k, n, transA = false, transB = false, share } = product;
  const some = share === undefined ? "" : `, ${share * 100} % not zero`;
  return {
    name: `matmul ${m}×${k}×${n} ${transA ? "T" : "N"}${transB ? "T" : "N"}${some}`,
    unit: "GFLOP/s",
    work: 2 * m * k * n,
    setup() {
      const { linked, inputs, output } = linkOp(shapesOf(product), (a, b) => matmul(a!, b!, { transA, transB }));
      const [a, b] = inputs.map((input) => linked.at(input)) as [Float32Array, Float32Array];
      fill(a, b, product);
      return {
        sample: loop(linked.run),
        poison: () => linked.at(output).fill(Number.NaN),
        // Freivalds 1977: c·x = a·(b·x) for an arbitrary x. All numbers are whole, so equality is exact.
        check() {
          const x = Float64Array.from({ length: n }, (_, i) => ((i * 7) % 11) - 5);
          const expected = timesVector(a, m, k, transA, timesVector(b, k, n, transB, x));
          const found = timesVector(linked.at(output), m, n, false, x);
          requireAll(found, (y, i) => y === expected[i]);
        },
      };
    },
  };
}

const productCases = products.map((product) => [product, productCase(product)] as const);

type Factor = { shape: number[]; data: Float32Array };

function factorsOf(product: Product): [a: Factor, b: Factor] {
  const [a, b] = shapesOf(product).map((shape) => ({ shape, data: new Float32Array(shape[0]! * shape[1]!) })) as [Factor, Factor];
  fill(a.data, b.data, product);
  return [a, b];
}

/** The same products for other libraries, which answer with the sums of their rows. */
export const productJobs: readonly Job[] = productCases.map(([product, of]) => {
  const { m, k, n, transA = false, transB = false } = product;
  return {
    name: "matmul",
    of,
    settings: { m, k, n, transA, transB },
    given() {
      const [a, b] = factorsOf(product);
      return { a, b };
    },
    check({ output = [] }) {
      if (output.length !== m) throw new Error(`${output.length} sums instead of ${m}`);
      const [a, b] = factorsOf(product);
      const expected = timesVector(a.data, m, k, transA, timesVector(b.data, k, n, transB, new Float64Array(n).fill(1)));
      requireAll(Float64Array.from(output), (y, i) => y === expected[i]);
    },
  };
});

const ELEMENTS = 4096;
type Loop = (x: Float32Array, y: Float32Array) => void;
/** What a kernel is held to: JavaScript's own function in a plain loop, each written out so that V8 compiles each for itself. */
const functions: readonly { name: string; op: (x: Tensor) => Tensor; plain: Loop; low: number; high: number }[] = [
  {
    name: "exp",
    op: exp,
    low: -10,
    high: 10,
    plain: (x, y) => {
      for (let i = 0; i < x.length; ++i) y[i] = Math.exp(x[i]!);
    },
  },
  {
    name: "log",
    op: log,
    low: 0.001,
    high: 100,
    plain: (x, y) => {
      for (let i = 0; i < x.length; ++i) y[i] = Math.log(x[i]!);
    },
  },
  {
    name: "tanh",
    op: tanh,
    low: -5,
    high: 5,
    plain: (x, y) => {
      for (let i = 0; i < x.length; ++i) y[i] = Math.tanh(x[i]!);
    },
  },
  {
    name: "sigmoid",
    op: sigmoid,
    low: -10,
    high: 10,
    plain: (x, y) => {
      for (let i = 0; i < x.length; ++i) y[i] = 1 / (1 + Math.exp(-x[i]!));
    },
  },
];

/** Numbers from low to high in no order. */
function between(low: number, high: number): Float32Array {
  return Float32Array.from({ length: ELEMENTS }, (_, i) => low + ((high - low) * ((i * 1103) % ELEMENTS)) / (ELEMENTS - 1));
}

/** @throws Error unless y is the function of x, to 1e-6 of its size */
function requireFunction(plain: Loop, x: Float32Array, y: Float32Array): void {
  const expected = new Float32Array(ELEMENTS);
  plain(x, expected);
  requireAll(y, (value, i) => Math.abs(value - expected[i]!) <= 1e-6 * Math.max(Math.abs(expected[i]!), 0.01));
}

function functionCases({ name, op, plain, low, high }: (typeof functions)[number]): Case[] {
  const own: Case = {
    name,
    unit: "ns/element",
    work: ELEMENTS,
    setup() {
      const { linked, inputs, output } = linkOp([[ELEMENTS]], (x) => op(x!));
      const x = linked.at(inputs[0]!);
      x.set(between(low, high));
      return {
        sample: loop(linked.run),
        poison: () => linked.at(output).fill(Number.NaN),
        check: () => requireFunction(plain, x, linked.at(output)),
      };
    },
  };
  const javascript: Case = {
    name: `${name}, loop in JavaScript`,
    by: "a loop in JavaScript",
    unit: "ns/element",
    work: ELEMENTS,
    reference: name,
    setup() {
      const x = between(low, high);
      const y = new Float32Array(ELEMENTS);
      return {
        sample: loop(() => plain(x, y)),
        poison: () => y.fill(Number.NaN),
        check: () => requireFunction(plain, x, y),
      };
    },
  };
  return [own, javascript];
}

/** The peak first. */
export const kernels: readonly Case[] = [
  peak,
  ...productCases.map(([, own]) => own),
  ...functions.flatMap(functionCases),
  ...attention,
];
