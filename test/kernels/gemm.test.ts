import { describe, expect, test } from "vitest";
import { packsB } from "../../src/ops/matmul-plan.ts";
import { maths, runKernel } from "../support/kernel.ts";
import { type Flip, flips, product, type Size, sequential, terms } from "../support/product.ts";
import { integers, uniform } from "../support/values.ts";

/** Within (k + 1)·2⁻²⁴·Σ|a·b| of the f64 sum: each of k additions and, where not fused, each product is rounded once. */
function expectNear(c: Float32Array, a: Float32Array, b: Float32Array, size: Size, flip: Flip, at = [0, 0, 0]): void {
  let worst = 0;
  for (let i = 0; i < size.m; ++i) {
    for (let j = 0; j < size.n; ++j) {
      let sum = 0;
      let magnitude = 0;
      for (const term of terms(a, b, size, flip, i, j, at[0], at[1])) {
        sum += term;
        magnitude += Math.abs(term);
      }
      const error = Math.abs(c[at[2]! + i * size.n + j]! - sum);
      worst = Math.max(worst, error === 0 ? 0 : error / (magnitude * (size.k + 1) * 2 ** -24));
    }
  }
  expect(worst).toBeLessThanOrEqual(1);
}

const sizes = [
  [1, 1, 1],
  [4, 2, 4],
  [3, 5, 7],
  [4, 8, 8],
  [5, 9, 9],
  [3, 4, 40],
  [7, 3, 65],
  [1, 33, 50],
  [2, 17, 36],
  [33, 16, 31],
  [12, 64, 64],
  [11, 9, 8],
  [13, 9, 15],
  [24, 5, 7],
  [47, 300, 25],
  [63, 20, 12],
  [64, 20, 16],
  [65, 255, 17],
  [30, 256, 10],
  [34, 257, 24],
  [33, 513, 18],
  [70, 600, 42],
  [35, 258, 67],
  [80, 7, 64],
  [50, 200, 10],
  [14, 300, 11],
  [16, 5, 20],
  [300, 7, 9],
  [29, 270, 12],
  [1, 300, 129],
  [1, 300, 10],
  [1, 9, 3],
  [1, 70, 31],
  [1, 258, 54],
  [1, 6, 34],
  [200, 30, 1],
  [6, 37, 1],
] as const;

describe.each(maths)("gemm, %s", (math) => {
  describe.each(flips)("%o", (flip) => {
    test.each(sizes)("%d×%d×%d", (m, k, n) => {
      const size = { m, k, n };
      const a = uniform(m * k, m + k);
      const b = uniform(k * n, k + n + 7);
      const c = product(math, a, b, size, flip);
      expectNear(c, a, b, size, flip);
      const lanes = n === 1 && !flip.transA;
      if (math === "strict" && !lanes) expect(c).toEqual(sequential(a, b, size, flip));
      if (n > 1) expect(product(math, a, b, size, flip, { packed: 1 })).toEqual(c);
      const tiles = Math.ceil(m / 4);
      if (tiles > 2) {
        for (const packed of n > 1 ? ([0, 1] as const) : ([0] as const)) {
          expect(product(math, a, b, size, flip, { packed, cuts: [1, tiles - 1] })).toEqual(c);
        }
      }
    });

    test("exact on small integers", () => {
      for (const [m, k, n] of [
        [37, 530, 43],
        [9, 40, 1],
        [1, 64, 70],
        [5, 3, 2],
      ] as const) {
        const size = { m, k, n };
        const a = integers(m * k, 1);
        const b = integers(k * n, 2);
        const exact = sequential(a, b, size, flip);
        for (const packed of [0, 1] as const) expect(product(math, a, b, size, flip, { packed })).toEqual(exact);
      }
    });

    test.each([
      [50, 784],
      [1, 784],
      [40, 60],
      [35, 301],
      [8, 20],
      [3, 5],
    ] as const)("a row's bits depend neither on the rows beside it nor on packing, n = %d, k = %d", (n, k) => {
      const rows = 200;
      const at = (i: number, p: number) => (flip.transA ? p * rows + i : i * k + p);
      const a = uniform(rows * k, 3);
      const b = uniform(k * n, 4);
      const whole = product(math, a, b, { m: rows, k, n }, flip, { packed: n > 1 ? 1 : 0 });
      expect(product(math, a, b, { m: rows, k, n }, flip)).toEqual(whole);
      for (const m of [1, 2, 3, 4, 7]) {
        const part = Float32Array.from({ length: m * k }, (_, e) => (flip.transA ? a[at(e % m, Math.floor(e / m))]! : a[e]!));
        for (const packed of n > 1 ? ([0, 1] as const) : ([0] as const)) {
          expect(product(math, part, b, { m, k, n }, flip, { packed })).toEqual(whole.slice(0, m * n));
        }
      }
    });

    test("batches, each operand its own or shared, cut across matrices", () => {
      const size = { m: 10, k: 19, n: 21 };
      const [batch, mk, kn, mn] = [4, 190, 399, 210];
      for (const sharedA of [false, true]) {
        for (const sharedB of [false, true]) {
          const a = uniform(sharedA ? mk : batch * mk, 5);
          const b = uniform(sharedB ? kn : batch * kn, 6);
          const c = product(math, a, b, size, flip, { batch, sharedA, sharedB });
          for (let i = 0; i < batch; ++i) expectNear(c, a, b, size, flip, [sharedA ? 0 : i * mk, sharedB ? 0 : i * kn, i * mn]);
          for (const packed of [0, 1] as const) {
            expect(product(math, a, b, size, flip, { batch, sharedA, sharedB, packed, cuts: [2, 5, 11] })).toEqual(c);
          }
        }
      }
    });

    test("batches of two axes, along each of which an operand has its own or shares one, cut across matrices", () => {
      const size = { m: 10, k: 19, n: 21 };
      const [mk, kn, mn, inner, outer] = [190, 399, 210, 3, 2];
      const owns = [1, inner].flatMap((within) => [1, outer].map((without) => [within, without] as const));
      for (const ownA of owns) {
        for (const ownB of owns) {
          const a = uniform(ownA[0] * ownA[1] * mk, 5);
          const b = uniform(ownB[0] * ownB[1] * kn, 6);
          const walk = { inner, ownA, ownB };
          const c = product(math, a, b, size, flip, { batch: inner * outer, walk });
          const matrixOf = ([within, without]: readonly [number, number], i: number) =>
            (without > 1 ? Math.floor(i / inner) * within : 0) + (within > 1 ? i % inner : 0);
          for (let i = 0; i < inner * outer; ++i) {
            expectNear(c, a, b, size, flip, [matrixOf(ownA, i) * mk, matrixOf(ownB, i) * kn, i * mn]);
          }
          for (const packed of [0, 1] as const) {
            expect(product(math, a, b, size, flip, { batch: inner * outer, walk, packed, cuts: [2, 5, 11] })).toEqual(c);
          }
        }
      }
    });

    test("k = 0 gives zeros, m = 0 and n = 0 nothing", () => {
      const none = new Float32Array(0);
      for (const packed of [0, 1] as const) {
        expect(product(math, none, none, { m: 5, k: 0, n: 9 }, flip, { packed })).toEqual(new Float32Array(45));
        expect(product(math, none, new Float32Array(12), { m: 0, k: 3, n: 4 }, flip, { packed })).toEqual(none);
        expect(product(math, new Float32Array(15), none, { m: 5, k: 3, n: 0 }, flip, { packed })).toEqual(none);
      }
      expect(product(math, none, none, { m: 5, k: 0, n: 1 }, flip)).toEqual(new Float32Array(5));
    });

    test.each([
      [6, 20, 13],
      [6, 20, 1],
      [3, 2, 5],
      [1, 20, 40],
    ] as const)("NaN and ±∞ reach exactly what they should, %d×%d×%d", (m, k, n) => {
      const size = { m, k, n };
      const a = new Float32Array(m * k).fill(1);
      const b = new Float32Array(k * n).fill(1);
      a[0] = Number.NaN;
      a[m * k - 1] = Number.NEGATIVE_INFINITY;
      b[k * n - 1] = Number.POSITIVE_INFINITY;
      b[0] = 0;
      const expected = sequential(a, b, size, flip);
      for (const packed of [0, 1] as const) expect(product(math, a, b, size, flip, { packed })).toEqual(expected);
    });
  });
});

test("packB lays out panels of 8 columns, k-major, padded with zeros, and says whether they are finite", () => {
  const b = Float32Array.from({ length: 2 * 2 * 9 }, (_, i) => i + 1);
  const panels = new Float32Array(2 * 2 * 3 * 8).fill(Number.NaN);
  runKernel("strict", "packB", { b, panels, k: 2, n: 9, transB: 0, strideB: 18 }, 4, [1, 3]);
  const padding = [0, 0, 0, 0, 0, 0, 0];
  const finite = [0, ...padding];
  const matrix = (from: number) => {
    const row = (k: number) => Array.from({ length: 8 }, (_, j) => from + k * 9 + j);
    return [...row(0), ...row(1), ...finite, from + 8, ...padding, from + 17, ...padding, ...finite];
  };
  expect([...panels]).toEqual([...matrix(1), ...matrix(19)]);
});

test("B is packed where many rows share it, never for a vector", () => {
  expect(packsB(200, 784, 50, false)).toBe(true);
  expect(packsB(1, 784, 128, false)).toBe(false);
  expect(packsB(12, 64, 64, false)).toBe(false);
  expect(packsB(200, 784, 1, true)).toBe(false);
  expect(packsB(512, 512, 512, true)).toBe(true);
});
