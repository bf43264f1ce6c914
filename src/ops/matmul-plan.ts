import type { Shape } from "../core/shape.ts";
import * as TUNE from "../wasm/tune.gen.ts";

/**
 * Whether op(B) should be packed before c[m, n] = op(A)·op(B): where many rows share the work and B is too large to be read where it
 * lies or, transposed, cannot be. Chosen for speed alone: every element has the same bits either way (a vector, n = 1, is never
 * packed: there the two ways sum in different orders).
 */
export function packsB(m: number, k: number, n: number, transB: boolean): boolean {
  if (n === 1) return false;
  return transB ? m >= TUNE.GEMM_PACK_ROWS_TRANSPOSED : m >= TUNE.GEMM_PACK_ROWS && k * n * 4 > TUNE.GEMM_PACK_BYTES;
}

/** Axes of a batch, neighbours, along which each operand either stretches or does not. */
export type Run = { readonly matrices: number; readonly a: boolean; readonly b: boolean };

/**
 * The axes of `batch` in runs, the last first, by whether the operands have matrices of their own along them. The kernel walks two.
 *
 * @param a the first operand's axes in front of its matrices, @param b the second's; they broadcast to `batch`
 */
export function runsOf(a: Shape, b: Shape, batch: Shape): Run[] {
  const runs: Run[] = [];
  for (let back = 1; back <= batch.length; ++back) {
    const extent = batch[batch.length - back]!;
    if (extent === 1) continue;
    const own = { a: a[a.length - back] === extent, b: b[b.length - back] === extent };
    const last = runs.at(-1);
    if (last?.a === own.a && last.b === own.b) runs.splice(-1, 1, { ...own, matrices: last.matrices * extent });
    else runs.push({ ...own, matrices: extent });
  }
  return runs;
}

/** How the kernel walks a batch of two runs at most: `inner` matrices, `stride` apart, then on from `outer` behind where they began. */
export function walkOf(runs: readonly Run[], elementsA: number, elementsB: number) {
  const [first = { matrices: 1, a: false, b: false }, second] = runs;
  const strides = (which: "a" | "b", elements: number): [stride: number, outer: number] => [
    first[which] ? elements : 0,
    second?.[which] ? elements * (first[which] ? first.matrices : 1) : 0,
  ];
  const [strideA, outerA] = strides("a", elementsA);
  const [strideB, outerB] = strides("b", elementsB);
  return { strideA, strideB, inner: Math.max(first.matrices, 1), outerA, outerB };
}
