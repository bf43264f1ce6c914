/** Accuracy of assembly/math.ts in ulp of the exact result, over samples of the bit patterns of all floats. */
import { expect, test } from "vitest";
import { maths, runKernel } from "../support/kernel.ts";
import { erf, normalTail } from "../support/normal.ts";

type Unary = "exp" | "log" | "sin" | "cos" | "tanh" | "sigmoid" | "erf" | "gelu" | "geluTanh" | "silu";

const word = new Float32Array(1);
const pattern = new Uint32Array(word.buffer);

function bitsOf(value: number): number {
  word[0] = value;
  return pattern[0]!;
}

/** Spacing of f32 around `value`; below the normal numbers that of the denormals. */
function ulp(value: number): number {
  const size = Math.abs(value);
  let exponent = Math.max(-126, Math.floor(Math.log2(size)));
  if (2 ** exponent > size && exponent > -126) --exponent; // log2 may round up to a whole number
  return 2 ** (exponent - 23);
}

/** Floats of one sign from `low` to `high` (by size), about `count` of them, evenly spread over the bit patterns. */
function samples(low: number, high: number, count: number): Float32Array {
  const first = bitsOf(low);
  const last = bitsOf(high);
  const step = Math.max(1, Math.floor((last - first) / count) | 1);
  return new Float32Array(Uint32Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step).buffer);
}

/** The worst error in ulp, and where. */
function worst(math: (typeof maths)[number], kernel: Unary, x: Float32Array, exact: (x: number) => number) {
  const y = new Float32Array(x.length);
  runKernel(math, kernel, { x, y }, x.length);
  let ulps = 0;
  let at = Number.NaN;
  x.forEach((value, i) => {
    const truth = exact(value);
    const error = Math.fround(truth) === y[i] ? 0 : Math.abs(y[i]! - truth) / ulp(truth);
    if (!(error <= ulps)) [ulps, at] = [error, value];
  });
  return { ulps, at };
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

const gelu = (x: number) => (x < 0 ? x * normalTail(-x) : x - x * normalTail(x));

const ranges: [kernel: Unary, exact: (x: number) => number, bound: number, low: number, high: number][] = [
  ["exp", Math.exp, 1.2, 1e-40, 88.7228],
  ["exp", Math.exp, 1.2, -1e-40, -86.98],
  ["log", Math.log, 0.9, 1e-45, 3.4e38],
  ["log", Math.log, 0.9, 0.5, 2],
  ["tanh", Math.tanh, 2.6, 1e-45, 100],
  ["tanh", Math.tanh, 2.6, 0.01, 10],
  ["tanh", Math.tanh, 2.6, -0.01, -10],
  ["sigmoid", logistic, 2, 1e-40, 100],
  ["sigmoid", logistic, 2, -1e-40, -88.37],
  ["sigmoid", logistic, 2, -1e-5, -1e-2],
  ["erf", erf, 2.6, 1e-37, 6],
  ["erf", erf, 2.6, 0.3, 4],
  ["erf", erf, 2.6, -0.3, -4],
  ["sin", Math.sin, 1.6, 1e-45, 1],
  ["sin", Math.sin, 1.6, 1, 1e6],
  ["sin", Math.sin, 1.6, -1, -1e6],
  ["cos", Math.cos, 1.6, 1e-45, 1],
  ["cos", Math.cos, 1.6, 1, 1e6],
  ["cos", Math.cos, 1.6, -1, -1e6],
];

test.each(maths.flatMap((math) => ranges.map((range) => [math, ...range] as const)))(
  "%s: %s",
  (math, kernel, exact, bound, low, high) => {
    const { ulps, at } = worst(math, kernel, samples(low, high, 400_000), exact);
    expect(ulps, `${kernel}(${at})`).toBeLessThanOrEqual(bound);
  },
);

/** How far a function is off, in 2⁻²³ of its size, beyond the half of its exponent's rounding (x²/2 ulp for gelu). */
test.each(maths)("gelu loses nothing in its tails, %s", (math) => {
  const x = Float32Array.from({ length: 200_001 }, (_, i) => -13 + (i * 26) / 200_000);
  const y = new Float32Array(x.length);
  runKernel(math, "gelu", { x, y }, x.length);
  const excess = x.map((value, i) => {
    const truth = gelu(value);
    return truth === 0 ? Math.abs(y[i]!) : Math.abs(y[i]! / truth - 1) * 2 ** 23 - (value < 0 ? (value * value) / 2 : 0);
  });
  expect(excess.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(4);
});

test.each(maths)("sine and cosine beside their zeros, %s", (math) => {
  const x = Float32Array.from({ length: 640 * 16 }, (_, i) => ((i >> 4) + 1) * (Math.PI / 2));
  const bits = new Uint32Array(x.buffer);
  bits.forEach((_, i) => {
    bits[i] = bits[i]! + (i & 15) - 8;
  });
  expect(worst(math, "sin", x, Math.sin).ulps).toBeLessThanOrEqual(1.6);
  expect(worst(math, "cos", x, Math.cos).ulps).toBeLessThanOrEqual(1.6);
});

const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
// biome-ignore format: a table
const exactly: [kernel: Unary, x: number, y: number][] = [
  ["exp", 0, 1], ["exp", -0, 1], ["exp", inf, inf], ["exp", -inf, 0], ["exp", nan, nan], ["exp", 88.73, inf], ["exp", 1e30, inf],
  ["exp", -87, 0], ["exp", -1e30, 0],
  ["log", 1, 0], ["log", 0, -inf], ["log", -0, -inf], ["log", -1, nan], ["log", -1e-45, nan], ["log", -inf, nan], ["log", inf, inf],
  ["log", nan, nan],
  ["tanh", 0, 0], ["tanh", 1e-30, Math.fround(1e-30)], ["tanh", -1e-5, Math.fround(-1e-5)], ["tanh", 10, 1], ["tanh", -10, -1],
  ["tanh", inf, 1], ["tanh", -inf, -1], ["tanh", nan, nan],
  ["sigmoid", 0, 0.5], ["sigmoid", inf, 1], ["sigmoid", -inf, 0], ["sigmoid", 200, 1], ["sigmoid", -200, 0], ["sigmoid", -88.38, 0], ["sigmoid", nan, nan],
  ["erf", 0, 0], ["erf", 4, 1], ["erf", -4, -1], ["erf", inf, 1], ["erf", -inf, -1], ["erf", nan, nan],
  ["gelu", 0, 0], ["gelu", 20, 20], ["gelu", -20, 0], ["gelu", inf, inf], ["gelu", -inf, nan], ["gelu", nan, nan],
  ["geluTanh", 0, 0], ["geluTanh", 20, 20], ["geluTanh", -20, 0], ["geluTanh", inf, inf], ["geluTanh", -inf, nan], ["geluTanh", nan, nan],
  ["silu", 0, 0], ["silu", 100, 100], ["silu", -100, 0], ["silu", inf, inf], ["silu", -inf, nan], ["silu", nan, nan],
  ["sin", 0, 0], ["sin", inf, nan], ["sin", -inf, nan], ["sin", nan, nan], ["cos", 0, 1], ["cos", inf, nan], ["cos", nan, nan],
];

test.each(maths)("values that are exact, %s", (math) => {
  for (const [kernel, x, expected] of exactly) {
    const y = new Float32Array(1);
    runKernel(math, kernel, { x: Float32Array.of(x), y }, 1);
    expect(y[0]! + 0, `${kernel}(${x})`).toBe(expected);
  }
});

test.each(maths)("sine and cosine stay within ±1 where nothing is promised, %s", (math) => {
  const x = Float32Array.of(1e7, -1e10, 1e20, 3e38, -3e38);
  for (const kernel of ["sin", "cos"] as const) {
    const y = new Float32Array(x.length);
    runKernel(math, kernel, { x, y }, x.length);
    for (const value of y) expect(Math.abs(value)).toBeLessThanOrEqual(1);
  }
});
