import { TUNE } from "../wasm/kernels.gen.ts";

/**
 * Whether op(B) should be packed before c[m, n] = op(A)·op(B): where many rows share the work and B is too large to be read where it
 * lies or, transposed, cannot be. Chosen for speed alone: every element has the same bits either way (a vector, n = 1, is never
 * packed: there the two ways sum in different orders).
 */
export function packsB(m: number, k: number, n: number, transB: boolean): boolean {
  if (n === 1) return false;
  return transB ? m >= TUNE.GEMM_PACK_ROWS_TRANSPOSED : m >= TUNE.GEMM_PACK_ROWS && k * n * 4 > TUNE.GEMM_PACK_BYTES;
}
