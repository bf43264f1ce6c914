/** Products too narrow or too small for tiles. */
import { fma, settled } from "../isa";
import { storeSome } from "../lanes";
import { GEMM_BLOCK_K } from "../tune";
import { wideRow } from "./tile";

/** Columns [0, count) of a row of b as a vector: one after another in memory, or `column` bytes apart. */
// @ts-ignore: decorator
@inline
function columns4(b: usize, column: usize, count: i32): v128 {
  if (count == 4 && column == 4) return v128.load(b);
  let v = v128.load32_zero(b);
  if (count > 1) v = v128.load32_lane(b + column, v, 1);
  if (count > 2) v = v128.load32_lane(b + 2 * column, v, 2);
  if (count > 3) v = v128.load32_lane(b + 3 * column, v, 3);
  return v;
}

/**
 * Small products: 4 × 4 elements at a time, whatever the strides. Rows and columns that a block lacks are computed twice and not
 * stored.
 */
export function small(
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bColumn: usize,
  bStep: usize,
  c: usize,
  cRow: usize,
  rows: i32,
  columns: i32,
  depth: i32,
): void {
  for (let i = 0; i < rows; i += 4) {
    const last = a + <usize>(rows - i - 1) * aRow;
    let out = c;
    let bAt = b;
    for (let j = 0; j < columns; j += 4) {
      const count = min(4, columns - j);
      let p0 = a;
      let p1 = min(p0 + aRow, last);
      let p2 = min(p1 + aRow, last);
      let p3 = min(p2 + aRow, last);
      let c0 = f32x4.splat(0);
      let c1 = c0;
      let c2 = c0;
      let c3 = c0;
      let q = bAt;
      for (let left = depth; left > 0; --left) {
        const y = columns4(q, bColumn, count);
        c0 = fma(v128.load32_splat(p0), y, c0);
        c1 = fma(v128.load32_splat(p1), y, c1);
        c2 = fma(v128.load32_splat(p2), y, c2);
        c3 = fma(v128.load32_splat(p3), y, c3);
        p0 += aStep;
        p1 += aStep;
        p2 += aStep;
        p3 += aStep;
        q += bStep;
      }
      let to = out;
      storeSome(to, count, settled(c0));
      if (rows - i > 1) storeSome((to += cRow), count, settled(c1));
      if (rows - i > 2) storeSome((to += cRow), count, settled(c2));
      if (rows - i > 3) storeSome(to + cRow, count, settled(c3));
      out += 16;
      bAt += bColumn << 2;
    }
    a += aRow << 2;
    c += cRow << 2;
  }
}

/**
 * One row of A times 4 to 52 columns, in `vectors` vectors: 4 up to 16 columns, 8 up to 32, else 13. Where they overhang, they move
 * back over columns already covered and sum them again.
 */
// @ts-ignore: decorator
@inline
function rowStrip(vectors: i32, a: usize, b: usize, bRow: usize, c: usize, columns: i32, depth: i32): void {
  const last = ((<usize>columns) << 2) - 16;
  const first: usize = vectors == 4 ? 16 : vectors == 8 ? 64 : 128;
  // The first vectors are always there.
  const o1 = min<usize>(first, last);
  const o2 = min<usize>(first + 16, last);
  const o3 = min<usize>(first + 32, last);
  const o4 = min<usize>(first + 48, last);
  const o5 = min<usize>(first + 64, last);
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  let c4 = c0;
  let c5 = c0;
  let c6 = c0;
  let c7 = c0;
  let t1 = c0;
  let t2 = c0;
  let t3 = c0;
  let t4 = c0;
  let t5 = c0;
  for (let left = depth; left > 0; --left) {
    const x = v128.load32_splat(a);
    c0 = fma(x, v128.load(b), c0);
    if (vectors > 4) {
      c1 = fma(x, v128.load(b, 16), c1);
      c2 = fma(x, v128.load(b, 32), c2);
      c3 = fma(x, v128.load(b, 48), c3);
      if (!b) break;
    }
    if (vectors > 8) {
      c4 = fma(x, v128.load(b, 64), c4);
      c5 = fma(x, v128.load(b, 80), c5);
      if (!b) break;
      c6 = fma(x, v128.load(b, 96), c6);
      c7 = fma(x, v128.load(b, 112), c7);
      if (!b) break;
    }
    t1 = fma(x, v128.load(b + o1), t1);
    t2 = fma(x, v128.load(b + o2), t2);
    t3 = fma(x, v128.load(b + o3), t3);
    if (vectors > 4) t4 = fma(x, v128.load(b + o4), t4);
    if (vectors > 8) t5 = fma(x, v128.load(b + o5), t5);
    a += 4;
    b += bRow;
  }
  v128.store(c, settled(c0));
  if (vectors > 4) {
    v128.store(c, settled(c1), 16);
    v128.store(c, settled(c2), 32);
    v128.store(c, settled(c3), 48);
  }
  if (vectors > 8) {
    v128.store(c, settled(c4), 64);
    v128.store(c, settled(c5), 80);
    v128.store(c, settled(c6), 96);
    v128.store(c, settled(c7), 112);
  }
  v128.store(c + o1, settled(t1));
  v128.store(c + o2, settled(t2));
  v128.store(c + o3, settled(t3));
  if (vectors > 4) v128.store(c + o4, settled(t4));
  if (vectors > 8) v128.store(c + o5, settled(t5));
}

/** One row times a matrix: c = Σ a[k] · b[k], over rows of b that are `bRow` bytes apart. */
export function row(a: usize, b: usize, bRow: usize, c: usize, columns: i32, depth: i32): void {
  const wide = columns > 32 && columns <= 52 ? 0 : columns & ~31;
  for (let kk = 0; kk < depth; kk += GEMM_BLOCK_K) {
    const part = min(GEMM_BLOCK_K, depth - kk);
    wideRow(a + ((<usize>kk) << 2), b + <usize>kk * bRow, bRow, 32, c, wide, part, kk > 0);
  }
  const left = columns - wide;
  b += (<usize>wide) << 2;
  c += (<usize>wide) << 2;
  if (left > 32) rowStrip(13, a, b, bRow, c, left, depth);
  else if (left > 16) rowStrip(8, a, b, bRow, c, left, depth);
  else if (left > 3) rowStrip(4, a, b, bRow, c, left, depth);
  else small(a, 0, 4, b, 4, bRow, c, 0, 1, left, depth);
}

/** Four rows of b, transposed in registers: sum + Σ x[k] · b[·][k] for the next four k, ascending. */
// @ts-ignore: decorator
@inline
function fourByFour(b: usize, bRow: usize, x0: v128, x1: v128, x2: v128, x3: v128, sum: v128): v128 {
  const r0 = v128.load(b);
  const r1 = v128.load(b + bRow);
  const r2 = v128.load(b + 2 * bRow);
  const r3 = v128.load(b + 3 * bRow);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  sum = fma(x0, v128.shuffle<f64>(low01, low23, 0, 2), sum);
  sum = fma(x1, v128.shuffle<f64>(low01, low23, 1, 3), sum);
  sum = fma(x2, v128.shuffle<f64>(high01, high23, 0, 2), sum);
  return fma(x3, v128.shuffle<f64>(high01, high23, 1, 3), sum);
}

// @ts-ignore: decorator
@inline
function column4(b: usize, bRow: usize): v128 {
  const r01 = v128.load32_lane(b + bRow, v128.load32_zero(b), 1);
  return v128.load32_lane(b + 3 * bRow, v128.load32_lane(b + 2 * bRow, r01, 2), 3);
}

/** One row times a transposed matrix: c[j] = Σ a[k] · b[j][k], 16 columns at a time, then 4, then one. */
export function rowTransposed(a: usize, b: usize, bRow: usize, c: usize, columns: i32, depth: i32): void {
  let j = 0;
  for (; j + 16 <= columns; j += 16) {
    let c0 = f32x4.splat(0);
    let c1 = c0;
    let c2 = c0;
    let c3 = c0;
    let p = a;
    let q0 = b;
    let q1 = q0 + 4 * bRow;
    let q2 = q1 + 4 * bRow;
    let q3 = q2 + 4 * bRow;
    let left = depth;
    for (; left >= 4; left -= 4) {
      const x0 = v128.load32_splat(p);
      const x1 = v128.load32_splat(p, 4);
      const x2 = v128.load32_splat(p, 8);
      const x3 = v128.load32_splat(p, 12);
      c0 = fourByFour(q0, bRow, x0, x1, x2, x3, c0);
      c1 = fourByFour(q1, bRow, x0, x1, x2, x3, c1);
      c2 = fourByFour(q2, bRow, x0, x1, x2, x3, c2);
      c3 = fourByFour(q3, bRow, x0, x1, x2, x3, c3);
      p += 16;
      q0 += 16;
      q1 += 16;
      q2 += 16;
      q3 += 16;
    }
    for (; left > 0; --left) {
      const x = v128.load32_splat(p);
      c0 = fma(x, column4(q0, bRow), c0);
      c1 = fma(x, column4(q1, bRow), c1);
      c2 = fma(x, column4(q2, bRow), c2);
      c3 = fma(x, column4(q3, bRow), c3);
      p += 4;
      q0 += 4;
      q1 += 4;
      q2 += 4;
      q3 += 4;
    }
    v128.store(c, settled(c0));
    v128.store(c, settled(c1), 16);
    v128.store(c, settled(c2), 32);
    v128.store(c, settled(c3), 48);
    c += 64;
    b += bRow << 4;
  }
  for (; j + 4 <= columns; j += 4) {
    let sum = f32x4.splat(0);
    let p = a;
    let q = b;
    let left = depth;
    for (; left >= 4; left -= 4) {
      const x0 = v128.load32_splat(p);
      const x1 = v128.load32_splat(p, 4);
      const x2 = v128.load32_splat(p, 8);
      const x3 = v128.load32_splat(p, 12);
      sum = fourByFour(q, bRow, x0, x1, x2, x3, sum);
      p += 16;
      q += 16;
    }
    for (; left > 0; --left) {
      sum = fma(v128.load32_splat(p), column4(q, bRow), sum);
      p += 4;
      q += 4;
    }
    v128.store(c, settled(sum));
    c += 16;
    b += bRow << 2;
  }
  small(a, 0, 4, b, bRow, 4, c, 0, 1, columns - j, depth);
}
