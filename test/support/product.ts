/** Matrix products by the kernels, and what they are held to. */
import { expect } from "vitest";
import { type Math as Arithmetic, runKernel } from "./kernel.ts";

export type Size = { m: number; k: number; n: number };
export type Flip = { transA: 0 | 1; transB: 0 | 1 };
export type Options = {
  packed?: 0 | 1;
  batch?: number;
  sharedA?: boolean;
  sharedB?: boolean;
  cuts?: readonly number[];
  walk?: Walk;
};
/** Matrices of the batch that each operand has of its own, inner ones and outer ones: 1 for those that it shares. */
export type Walk = { inner: number; ownA: readonly [number, number]; ownB: readonly [number, number] };

export const flips: Flip[] = [0, 1].flatMap((transA) => [0, 1].map((transB) => ({ transA, transB }) as Flip));
const panelsOf = (n: number) => Math.ceil(n / 8);

/** packB's panels of each matrix of `b`; cut at odd places whenever `cut`. */
export function panels(math: Arithmetic, b: Float32Array, { k, n }: Size, transB: 0 | 1, matrices = 1, cut = false): Float32Array {
  const items = matrices * panelsOf(n);
  const out = new Float32Array(items * (k + 1) * 8).fill(Number.NaN);
  const cuts = cut && items > 2 ? [1, items - 1] : [];
  runKernel(math, "packB", { b, panels: out, k, n, transB, strideB: k * n }, items, cuts);
  return out;
}

/** c by gemm, the same bits whether `wide` or not. `right` is b, or its panels if packed; `cuts` are in runs of 4 rows. */
export function multiply(
  math: Arithmetic,
  a: Float32Array,
  right: Float32Array,
  size: Size,
  flip: Flip,
  options: Options = {},
): Float32Array {
  const { packed = 0, batch = 1, sharedA = false, sharedB = false, cuts = [] } = options;
  const { m, k, n } = size;
  const c = new Float32Array(batch * m * n).fill(Number.NaN);
  const own = (shared: boolean): [number, number] => [shared ? 1 : batch, 1];
  const { inner, ownA, ownB } = options.walk ?? { inner: batch, ownA: own(sharedA), ownB: own(sharedB) };
  const strides = ([within, without]: readonly [number, number], elements: number) =>
    [within > 1 ? elements : 0, without > 1 ? within * elements : 0] as const;
  const [strideA, outerA] = strides(ownA, m * k);
  const [strideB, outerB] = strides(ownB, packed ? panelsOf(n) * (k + 1) * 8 : k * n);
  const operands = { a, b: right, ...size, ...flip, packed, strideA, strideB, inner, outerA, outerB };
  runKernel(math, "gemm", { ...operands, c }, batch * Math.ceil(m / 4), cuts);
  const wide = new Float32Array(c.length).fill(Number.NaN);
  runKernel(math, "gemm", { ...operands, c: wide }, batch * Math.ceil(m / 4), cuts, 1);
  expect(bitsOf(wide)).toEqual(bitsOf(c));
  return c;
}

/** The product of a and b, packed first if asked. */
export function product(
  math: Arithmetic,
  a: Float32Array,
  b: Float32Array,
  size: Size,
  flip: Flip,
  options: Options = {},
): Float32Array {
  const { packed = 0, batch = 1, sharedB = false, cuts = [], walk } = options;
  const matrices = walk ? walk.ownB[0] * walk.ownB[1] : sharedB ? 1 : batch;
  const right = packed ? panels(math, b, size, flip.transB, matrices, cuts.length > 0) : b;
  return multiply(math, a, right, size, flip, options);
}

/** Numbers as their bits, so that zeros are compared with their signs; every NaN is one. */
export function bitsOf(numbers: Float32Array): Uint32Array {
  const canonical = numbers.map((x) => (Number.isNaN(x) ? Number.NaN : x));
  return new Uint32Array(canonical.buffer);
}

/** One element's terms a·b, k ascending. */
export function* terms(
  a: Float32Array,
  b: Float32Array,
  { m, k, n }: Size,
  { transA, transB }: Flip,
  i: number,
  j: number,
  fromA = 0,
  fromB = 0,
) {
  for (let p = 0; p < k; ++p) yield a[fromA + (transA ? p * m + i : i * k + p)]! * b[fromB + (transB ? j * k + p : p * n + j)]!;
}

/** The bits promised to strict programs: product and sum each rounded, k ascending from 0. */
export function sequential(a: Float32Array, b: Float32Array, size: Size, flip: Flip): Float32Array {
  return Float32Array.from({ length: size.m * size.n }, (_, at) => {
    let sum = 0;
    for (const term of terms(a, b, size, flip, Math.floor(at / size.n), at % size.n)) sum = Math.fround(sum + Math.fround(term));
    return sum;
  });
}
