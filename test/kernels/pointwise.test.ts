import { describe, expect, test } from "vitest";
import { maths, runKernel } from "../support/kernel.ts";
import { erf } from "../support/normal.ts";

/** None, one, one vector and its neighbours, one turn of the loop and its neighbours, several. */
const sizes = [0, 1, 3, 4, 5, 7, 8, 9, 31];
const { POSITIVE_INFINITY: inf, NaN: nan, EPSILON } = Number;
const SPECIAL = [0, 1, -1, 0.5, -0.5, 2.5, -2.5, 1.5, 3, 1e-30, -1e30, inf, -inf, nan];

/** Special values first, then small ones of both signs. */
function values(n: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => SPECIAL[i] ?? Math.sin(i * 12.9898) * 4);
}

function evenRound(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/** Each with the relative error it may have: 0 where IEEE arithmetic prescribes the result, else the bound of math.ts in 2⁻²³. */
const unary = {
  neg: [(x: number) => -x, 0],
  abs: [Math.abs, 0],
  sign: [(x: number) => (x > 0 ? 1 : x < 0 ? -1 : 0), 0],
  square: [(x: number) => x * x, 0],
  sqrt: [Math.sqrt, 0],
  reciprocal: [(x: number) => 1 / x, 0],
  exp: [Math.exp, 1.2],
  log: [Math.log, 0.9],
  sin: [(x: number) => (Math.abs(x) > 1e6 ? nan : Math.sin(x)), 1.6],
  cos: [(x: number) => (Math.abs(x) > 1e6 ? nan : Math.cos(x)), 1.6],
  tanh: [Math.tanh, 2.6],
  sigmoid: [(x: number) => 1 / (1 + Math.exp(-x)), 2],
  erf: [erf, 2.6],
  geluTanh: [(x: number) => (0.5 * x) / (1 + Math.exp(-2 * 0.7978845608028654 * (x + 0.044715 * x ** 3))) / 0.5, 24],
  silu: [(x: number) => x / (1 + Math.exp(-x)), 3.2],
  relu: [(x: number) => Math.max(x, 0), 0],
  floor: [Math.floor, 0],
  round: [evenRound, 0],
  ceil: [Math.ceil, 0],
} as const;

/** NaN and ±∞ match only themselves; -0 matches 0. */
function expectClose(actual: Float32Array, exact: ArrayLike<number>, ulps: number): void {
  actual.forEach((value, i) => {
    const truth = exact[i]!;
    if (ulps === 0 || !Number.isFinite(truth)) expect(value + 0, `element ${i}`).toBe(Math.fround(truth) + 0);
    else
      expect(Math.abs(value - truth), `element ${i}: ${value}, exactly ${truth}`).toBeLessThanOrEqual(
        ulps * 2 ** -23 * Math.abs(truth),
      );
  });
}

describe.each(maths)("%s", (math) => {
  describe.each(Object.keys(unary) as (keyof typeof unary)[])("%s", (kernel) => {
    test.each(sizes)("%i elements", (n) => {
      const [exact, ulps] = unary[kernel];
      const x = values(n);
      if (kernel === "sin" || kernel === "cos")
        x.forEach((value, i) => {
          if (Math.abs(value) > 1e6) x[i] = nan;
        });
      const y = new Float32Array(n);
      runKernel(math, kernel, { x, y }, n);
      expectClose(y, Array.from(x, exact), ulps);
    });

    test("cut anywhere and in place, the same bits", () => {
      const x = values(31);
      const whole = new Float32Array(31);
      runKernel(math, kernel, { x, y: whole }, 31);
      const inPlace = x.slice();
      runKernel(math, kernel, { x: inPlace, y: inPlace }, 31, [1, 6, 15, 16]);
      expect(new Uint32Array(inPlace.buffer)).toEqual(new Uint32Array(whole.buffer));
    });
  });

  test.each(sizes)("leakyRelu and clamp of %i elements", (n) => {
    const x = values(n);
    const y = new Float32Array(n);
    runKernel(math, "leakyRelu", { x, y, slope: 0.25 }, n, n > 2 ? [2] : []);
    expectClose(
      y,
      Array.from(x, (v) => (v > 0 ? v : v * 0.25)),
      0,
    );
    runKernel(math, "clamp", { x, y, low: -1.5, high: 2 }, n, n > 2 ? [2] : []);
    expectClose(
      y,
      Array.from(x, (v) => Math.min(Math.max(v, -1.5), 2)),
      0,
    );
  });

  test("clamp gives high where low is above it", () => {
    const y = new Float32Array(3);
    runKernel(math, "clamp", { x: Float32Array.of(-5, 0, 5), y, low: 2, high: 1 }, 3);
    expect([...y]).toEqual([1, 1, 1]);
  });

  test.each([2, 3, 0.5, -1])("powScalar %d by multiplication, root or division", (exponent) => {
    const x = values(31);
    const y = new Float32Array(31);
    runKernel(math, "powScalar", { x, y, exponent }, 31, [5]);
    const exact = { 2: unary.square[0], 3: (v: number) => Math.fround(v * v) * v, 0.5: Math.sqrt, [-1]: unary.reciprocal[0] }[
      exponent
    ]!;
    expectClose(y, Array.from(x, exact), 0);
  });

  test.each([0, 1, 4, -2, -3, 5, 0.25, 1.7, -0.3, 60, inf, -inf, nan])("powScalar %d", (exponent) => {
    const x = Float32Array.of(...values(31), -0, 2, 10, -3, 0.1, -inf);
    const y = new Float32Array(x.length);
    runKernel(math, "powScalar", { x, y, exponent }, x.length);
    y.forEach((value, i) => {
      const base = x[i]!;
      // C's pow gives 1 for these, ECMAScript's NaN.
      const truth = base === 1 || (base === -1 && Math.abs(exponent) === inf) ? 1 : base ** Math.fround(exponent);
      const nearest = Math.fround(truth);
      if (!Number.isFinite(nearest) || nearest === 0) expect(value, `${base} ** ${exponent}`).toBe(nearest);
      else
        expect(Math.abs(value - truth), `${base} ** ${exponent}`).toBeLessThanOrEqual(
          EPSILON * 2 ** 29 * Math.abs(truth) + 2 ** -150,
        );
    });
  });
});
