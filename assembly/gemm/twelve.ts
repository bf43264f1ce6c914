/**
 * The last 9 to 12 columns: 3 rows × 12 columns in 9 registers. An 8 × 4 tile for what is beyond 8 columns would read as often as it
 * multiplies; this one reads 6 vectors for 9 multiply-adds, and stores to c directly.
 * The test of q, never 0, parts the loop's loads for V8 before 13.6, as in sparse.ts.
 */
import { fma, settled } from "../isa";
import { loadPart, storeSome } from "../lanes";

// @ts-ignore: decorator
@inline
function loadSome(x: usize, count: i32): v128 {
  return count == 4 ? v128.load(x) : loadPart(x, count, f32x4.splat(0));
}

/**
 * c[rows, columns] = (resume ? c : 0) + A·B for 9 to 12 columns; rows that a tile lacks are computed twice. A function of its own,
 * whose strides say how A comes: inlined into the smaller tiles it takes their registers from them.
 * @param aFour bytes from four rows of A to the next four: a panel of packA, or 4 · aRow
 * @param aRow  bytes from one of the four to the next
 * @param aStep bytes from one k of A to the next
 */
export function tilesOfTwelve(
  a: usize,
  aFour: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  bPanel: usize,
  c: usize,
  cRow: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  resume: bool,
): void {
  const count = columns - 8;
  for (let i = 0; i < rows; i += 3) {
    const i1 = min(i + 1, rows - 1);
    const i2 = min(i + 2, rows - 1);
    let p0 = a + <usize>(i >> 2) * aFour + <usize>(i & 3) * aRow;
    let p1 = a + <usize>(i1 >> 2) * aFour + <usize>(i1 & 3) * aRow;
    let p2 = a + <usize>(i2 >> 2) * aFour + <usize>(i2 & 3) * aRow;
    const out0 = c + <usize>i * cRow;
    const out1 = c + <usize>i1 * cRow;
    const out2 = c + <usize>i2 * cRow;
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c02 = c00;
    let c10 = c00;
    let c11 = c00;
    let c12 = c00;
    let c20 = c00;
    let c21 = c00;
    let c22 = c00;
    if (resume) {
      c00 = v128.load(out0);
      c01 = v128.load(out0, 16);
      c02 = loadSome(out0 + 32, count);
      c10 = v128.load(out1);
      c11 = v128.load(out1, 16);
      c12 = loadSome(out1 + 32, count);
      c20 = v128.load(out2);
      c21 = v128.load(out2, 16);
      c22 = loadSome(out2 + 32, count);
    }
    let q = b;
    let left = depth;
    do {
      const b0 = v128.load(q);
      const b1 = v128.load(q, 16);
      const b2 = v128.load(q + bPanel);
      const x0 = v128.load32_splat(p0);
      c00 = fma(x0, b0, c00);
      c01 = fma(x0, b1, c01);
      c02 = fma(x0, b2, c02);
      if (!q) break;
      const x1 = v128.load32_splat(p1);
      c10 = fma(x1, b0, c10);
      c11 = fma(x1, b1, c11);
      c12 = fma(x1, b2, c12);
      const x2 = v128.load32_splat(p2);
      c20 = fma(x2, b0, c20);
      c21 = fma(x2, b1, c21);
      c22 = fma(x2, b2, c22);
      p0 += aStep;
      p1 += aStep;
      p2 += aStep;
      q += bStep;
    } while (--left);
    v128.store(out0, settled(c00));
    v128.store(out0, settled(c01), 16);
    storeSome(out0 + 32, count, settled(c02));
    v128.store(out1, settled(c10));
    v128.store(out1, settled(c11), 16);
    storeSome(out1 + 32, count, settled(c12));
    v128.store(out2, settled(c20));
    v128.store(out2, settled(c21), 16);
    storeSome(out2 + 32, count, settled(c22));
  }
}
