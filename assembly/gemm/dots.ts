/** A matrix times a vector where both are contiguous along k. */
import { fma, settled } from "../isa";
import { storeSome } from "../lanes";

/** The sums of the lanes of four vectors, each (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
function laneSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 1, 4, 5), v128.shuffle<f32>(a, b, 2, 3, 6, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 1, 4, 5), v128.shuffle<f32>(c, d, 2, 3, 6, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
}

/**
 * Matrix times vector, both contiguous along k: 8 partial sums a row, added in one fixed order, 4 rows at a time so that they share
 * what is read of the vector. Rows that the last 4 lack are computed twice.
 * The test of q, never 0, parts the loop's loads for V8 before 13.6, as in sparse.ts.
 */
export function dots(a: usize, aRow: usize, b: usize, c: usize, rows: i32, depth: i32): void {
  const last = a + <usize>(rows - 1) * aRow;
  for (let i = 0; i < rows; i += 4) {
    let p0 = a + <usize>i * aRow;
    let p1 = min(p0 + aRow, last);
    let p2 = min(p1 + aRow, last);
    let p3 = min(p2 + aRow, last);
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    let q = b;
    let left = depth;
    for (; left >= 8; left -= 8) {
      const x = v128.load(q);
      const y = v128.load(q, 16);
      c00 = fma(v128.load(p0), x, c00);
      c01 = fma(v128.load(p0, 16), y, c01);
      c10 = fma(v128.load(p1), x, c10);
      c11 = fma(v128.load(p1, 16), y, c11);
      if (!q) break;
      c20 = fma(v128.load(p2), x, c20);
      c21 = fma(v128.load(p2, 16), y, c21);
      c30 = fma(v128.load(p3), x, c30);
      c31 = fma(v128.load(p3, 16), y, c31);
      p0 += 32;
      p1 += 32;
      p2 += 32;
      p3 += 32;
      q += 32;
    }
    if (left >= 4) {
      const x = v128.load(q);
      c00 = fma(v128.load(p0), x, c00);
      c10 = fma(v128.load(p1), x, c10);
      c20 = fma(v128.load(p2), x, c20);
      c30 = fma(v128.load(p3), x, c30);
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
      q += 16;
      left -= 4;
    }
    for (; left > 0; --left) {
      const x = v128.load32_zero(q);
      c01 = fma(v128.load32_zero(p0), x, c01);
      c11 = fma(v128.load32_zero(p1), x, c11);
      c21 = fma(v128.load32_zero(p2), x, c21);
      c31 = fma(v128.load32_zero(p3), x, c31);
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
      q += 4;
    }
    const sums = laneSums(f32x4.add(c00, c01), f32x4.add(c10, c11), f32x4.add(c20, c21), f32x4.add(c30, c31));
    storeSome(c, min(4, rows - i), settled(sums));
    c += 16;
  }
}
