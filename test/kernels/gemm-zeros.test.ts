/** Products that skip the zeros of A give the bits of those that skip none: a row alone is never searched for zeros. */
import { describe, expect, test } from "vitest";
import { type Math as Arithmetic, maths } from "../support/kernel.ts";
import { bitsOf, type Flip, flips, multiply, panels, product, type Size, sequential } from "../support/product.ts";
import { uniform } from "../support/values.ts";

const sizes = [
  [16, 33, 32],
  [17, 128, 50],
  [95, 129, 49],
  [96, 16, 52],
  [97, 7, 53],
  [200, 300, 10],
  [131, 20, 4],
  [64, 257, 17],
  [33, 40, 100],
  [70, 5, 64],
  [110, 260, 8],
] as const;
const densities = [0, 0.05, 0.2, 0.5, 1];

/** `length` numbers in [−1, 1), all but a share of them 0 or −0. */
function sparse(length: number, share: number, seed: number): Float32Array {
  const numbers = uniform(length, seed);
  const chosen = uniform(length, seed + 1);
  return numbers.map((x, i) => (chosen[i]! < 2 * share - 1 ? x : i % 3 ? 0 : -0));
}

/** Each row by a product of its own. */
function rowByRow(math: Arithmetic, a: Float32Array, b: Float32Array, { m, k, n }: Size, flip: Flip): Float32Array {
  const rows = flip.transA ? a.map((_, at) => a[(at % k) * m + Math.floor(at / k)]!) : a;
  return product(math, rows, b, { m: 1, k, n }, flip, { batch: m, sharedB: true });
}

/** All ways to the product of a and b have the bits of row by row. */
function expectSame(math: Arithmetic, a: Float32Array, b: Float32Array, size: Size, flip: Flip): void {
  const expected = bitsOf(rowByRow(math, a, b, size, flip));
  if (math === "strict") expect(bitsOf(sequential(a, b, size, flip))).toEqual(expected);
  const middle = Math.ceil(size.m / 8);
  for (const packed of [0, 1] as const) {
    expect(bitsOf(product(math, a, b, size, flip, { packed }))).toEqual(expected);
    expect(bitsOf(product(math, a, b, size, flip, { packed, cuts: [middle] }))).toEqual(expected);
  }
}

describe.each(maths)("zeros of A, %s", (math) => {
  describe.each(flips)("%o", (flip) => {
    test.each(sizes)("%d×%d×%d, dense to empty", (m, k, n) => {
      const size = { m, k, n };
      const b = uniform(k * n, n);
      for (const share of densities) expectSame(math, sparse(m * k, share, m + k), b, size, flip);
    });

    test("are skipped where there are many, and B is finite as far as it says", () => {
      const size = { m: 40, k: 30, n: 50 };
      const { m, k, n } = size;
      // The 8th k of A is 0 throughout.
      const a = sparse(m * k, 0.2, 1).map((x, at) => ((flip.transA ? Math.floor(at / m) : at % k) === 7 ? 0 : x));
      const b = panels(math, uniform(k * n, 2), size, flip.transB);
      const expected = multiply(math, a, b, size, flip, { packed: 1 });
      for (let panel = 0; panel < b.length; panel += (k + 1) * 8) b.fill(Number.NaN, panel + 7 * 8, panel + 8 * 8);
      expect(bitsOf(multiply(math, a, b, size, flip, { packed: 1 }))).toEqual(bitsOf(expected));
      b.fill(Number.NaN, k * 8, (k + 1) * 8);
      expect(multiply(math, a, b, size, flip, { packed: 1 })).toEqual(new Float32Array(m * n).fill(Number.NaN));
    });

    test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("with %d in A or in B", (bad) => {
      const size = { m: 33, k: 40, n: 51 };
      for (const share of [0, 0.1]) {
        const a = sparse(size.m * size.k, share, 3);
        const b = uniform(size.k * size.n, 4);
        a[70] = bad;
        expectSame(math, a, b, size, flip);
        a[70] = 0;
        for (const at of [0, 1000, size.k * size.n - 1]) expectSame(math, a, b.with(at, bad), size, flip);
      }
    });

    test("keep the signs of zeros where products underflow, and subnormal sums", () => {
      const size = { m: 48, k: 60, n: 50 };
      for (const scale of [1e-25, 1e-22, 1e-20, 1e-19, 1e-3]) {
        const a = sparse(size.m * size.k, 0.1, 5).map((x) => x * scale);
        const b = uniform(size.k * size.n, 6).map((x) => x * (scale === 1e-3 ? 1e-38 : scale));
        expectSame(math, a, b, size, flip);
      }
    });
  });

  test("batches decide matrix by matrix", () => {
    const size = { m: 32, k: 20, n: 20 };
    const flip = { transA: 0, transB: 0 } as const;
    const a = Float32Array.from([...sparse(640, 0.1, 7), ...uniform(640, 8), ...sparse(640, 0, 9)]);
    const b = uniform(400, 10);
    const c = product(math, a, b, size, flip, { batch: 3, sharedB: true, packed: 1, cuts: [5, 13] });
    for (let i = 0; i < 3; ++i) {
      const alone = rowByRow(math, a.slice(i * 640, i * 640 + 640), b, size, flip);
      expect(bitsOf(c.slice(i * 640, i * 640 + 640))).toEqual(bitsOf(alone));
    }
  });
});
