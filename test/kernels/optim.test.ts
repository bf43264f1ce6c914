import { describe, expect, test } from "vitest";
import { maths, runKernel } from "../support/kernel.ts";

const sizes = [0, 1, 3, 4, 5, 8, 9, 31];
const cuts = (n: number) => [1, 6, 8, 17].filter((at) => at < n);

type Named = { lr?: number; weightDecay?: number; a?: number; b?: number; eps?: number; flag?: number };

/** Settings as the host writes them before the first step; kernels take them as bytes of an f64[16]. */
function settings({ lr = 0, weightDecay = 0, a = 0, b = 0, eps = 0, flag = 0 }: Named) {
  const values = new Float64Array(16);
  values.set([0, lr, weightDecay, 1, 1, a, b, eps, flag]);
  return { values, bytes: new Uint8Array(values.buffer) };
}

function wave(n: number, seed: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898 + seed));
}

/** At most `ulps` of the larger of 1 and the value: every term of these updates is of size 1 or less. */
function expectNear(actual: Float32Array, exact: Float64Array, ulps: number): void {
  actual.forEach((value, i) => {
    expect(Math.abs(value - exact[i]!)).toBeLessThanOrEqual(ulps * 2 ** -24 * Math.max(1, Math.abs(exact[i]!)));
  });
}

describe.each(maths)("%s", (math) => {
  test("tick counts the step and multiplies the powers", () => {
    const { values, bytes } = settings({ a: 0.9, b: 0.999 });
    let [powerA, powerB] = [1, 1];
    for (let step = 1; step <= 3; ++step) {
      runKernel(math, "tick", { settings: bytes }, 1);
      powerA *= 0.9;
      powerB *= 0.999;
      expect([...values.subarray(0, 8)]).toEqual([step, 0, 0, powerA, powerB, 0.9, 0.999, 0]);
    }
  });

  test.each(sizes)("sgdPlain, %i parameters", (n) => {
    const { bytes } = settings({ lr: 0.1, weightDecay: 0.01 });
    const w = wave(n, 1);
    const g = wave(n, 2);
    const exact = Float64Array.from(w, (v, i) => v - 0.1 * (g[i]! + 0.01 * v));
    runKernel(math, "sgdPlain", { w, g, settings: bytes }, n, cuts(n));
    expectNear(w, exact, 3);
  });

  const variants = [
    { a: 0.9 },
    { a: 0.9, flag: 1 },
    { a: 0.8, b: 0.3 },
    { a: 0.9, weightDecay: 0.05, flag: 1 },
    { weightDecay: 0.1 },
  ];
  describe.each(variants)("sgd, %o", ({ a = 0, b = 0, weightDecay = 0, flag = 0 }) => {
    test.each(sizes)("%i parameters", (n) => {
      const lr = 0.1;
      const { bytes } = settings({ lr, weightDecay, a, b, flag });
      const w = wave(n, 1);
      const buf = new Float32Array(n).fill(Number.NaN); // may hold anything before step 1
      const exact = Float64Array.from(w);
      const average = new Float64Array(n);
      for (let step = 1; step <= 4; ++step) {
        const g = wave(n, step + 1);
        runKernel(math, "tick", { settings: bytes }, 1);
        runKernel(math, "sgd", { w, g, buf, settings: bytes }, n, cuts(n));
        exact.forEach((v, i) => {
          const gradient = g[i]! + weightDecay * v;
          average[i] = step === 1 ? gradient : a * average[i]! + (1 - b) * gradient;
          exact[i] = v - lr * (flag ? gradient + a * average[i]! : average[i]!);
        });
        expectNear(w, exact, 4 * step);
        expectNear(buf, average, 4 * step);
      }
    });
  });

  describe.each([{ weightDecay: 0 }, { weightDecay: 0.05 }])("adam, %o", ({ weightDecay }) => {
    test.each(sizes)("%i parameters", (n) => {
      const [lr, a, b, eps] = [0.01, 0.9, 0.999, 1e-8];
      const { bytes } = settings({ lr, weightDecay, a, b, eps });
      const w = wave(n, 1);
      const [m, v] = [new Float32Array(n), new Float32Array(n)];
      const exact = Float64Array.from(w);
      const [first, second] = [new Float64Array(n), new Float64Array(n)];
      for (let step = 1; step <= 4; ++step) {
        const g = wave(n, step + 1);
        runKernel(math, "tick", { settings: bytes }, 1);
        runKernel(math, "adam", { w, g, m, v, settings: bytes }, n, cuts(n));
        exact.forEach((old, i) => {
          const gradient = g[i]! + weightDecay * old;
          first[i] = a * first[i]! + (1 - a) * gradient;
          second[i] = b * second[i]! + (1 - b) * gradient ** 2;
          exact[i] = old - ((lr / (1 - a ** step)) * first[i]!) / (Math.sqrt(second[i]! / (1 - b ** step)) + eps);
        });
        expectNear(w, exact, 2 * step);
        expectNear(m, first, 2 * step);
        expectNear(v, second, 2 * step);
      }
    });
  });

  test("cut anywhere, the same bits; NaN and ∞ reach the parameter", () => {
    const n = 31;
    const { bytes } = settings({ lr: 0.1, a: 0.9, b: 0.99, eps: 1e-8, weightDecay: 0.01 });
    runKernel(math, "tick", { settings: bytes }, 1);
    const g = wave(n, 2);
    g[3] = Number.NaN;
    g[30] = Number.POSITIVE_INFINITY;
    const run = (at: number[]) => {
      const state = { w: wave(n, 1), m: wave(n, 3), v: wave(n, 4).map(Math.abs) };
      runKernel(math, "adam", { ...state, g, settings: bytes }, n, at);
      return state;
    };
    const whole = run([]);
    expect(run([1, 6, 8, 17])).toEqual(whole);
    expect(Array.from(whole.w, (value, i) => (Number.isFinite(value) ? -1 : i)).filter((i) => i >= 0)).toEqual([3, 30]);
  });
});
