/** Products too narrow or too small for tiles. */
import { fma, settled } from "../isa";
import { GEMM_BLOCK_K } from "../tune";
import { wideRow } from "./tile";

/** Elements one after another, each the same sum over k as in a tile. The lanes above the first are idle. */
export function plain(
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bColumn: usize,
  bStep: usize,
  c: usize,
  rows: i32,
  columns: i32,
  depth: i32,
): void {
  for (let i = 0; i < rows; ++i) {
    let bAt = b;
    for (let j = 0; j < columns; ++j) {
      let p = a;
      let q = bAt;
      let sum = f32x4.splat(0);
      for (let kk = 0; kk < depth; ++kk) {
        sum = fma(v128.load32_zero(p), v128.load32_zero(q), sum);
        p += aStep;
        q += bStep;
      }
      v128.store32_lane(c, settled(sum), 0);
      c += 4;
      bAt += bColumn;
    }
    a += aRow;
  }
}

/** Matrix times vector, both contiguous along k: 16 partial sums a row, added in one fixed order. */
export function dots(a: usize, b: usize, c: usize, rows: i32, depth: i32): void {
  for (let i = 0; i < rows; ++i) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let q = b;
    let left = depth;
    for (; left >= 16; left -= 16) {
      s0 = fma(v128.load(a), v128.load(q), s0);
      s1 = fma(v128.load(a, 16), v128.load(q, 16), s1);
      s2 = fma(v128.load(a, 32), v128.load(q, 32), s2);
      s3 = fma(v128.load(a, 48), v128.load(q, 48), s3);
      a += 64;
      q += 64;
    }
    for (; left >= 4; left -= 4) {
      s0 = fma(v128.load(a), v128.load(q), s0);
      a += 16;
      q += 16;
    }
    for (; left > 0; --left) {
      s1 = fma(v128.load32_zero(a), v128.load32_zero(q), s1);
      a += 4;
      q += 4;
    }
    s0 = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    s0 = f32x4.add(s0, v128.shuffle<f32>(s0, s0, 2, 3, 0, 1));
    s0 = f32x4.add(s0, v128.shuffle<f32>(s0, s0, 1, 0, 3, 2));
    v128.store32_lane(c, settled(s0), 0);
    c += 4;
  }
}

/**
 * One row of A times 4 to 31 columns. Where vectors overhang, they move back over columns already covered and sum them again: that
 * costs less than shorter loops, for it is the latency of fma that counts.
 */
function shortRow(a: usize, b: usize, bRow: usize, c: usize, columns: i32, depth: i32, resume: bool): void {
  const last = ((<usize>columns) << 2) - 16;
  const at1 = min<usize>(16, last);
  const at2 = min<usize>(32, last);
  const at3 = min<usize>(48, last);
  const at4 = min<usize>(64, last);
  const at5 = min<usize>(80, last);
  const at6 = min<usize>(96, last);
  const at7 = min<usize>(112, last);
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  let c4 = c0;
  let c5 = c0;
  let c6 = c0;
  let c7 = c0;
  if (resume) {
    c0 = v128.load(c);
    c1 = v128.load(c + at1);
    c2 = v128.load(c + at2);
    c3 = v128.load(c + at3);
    c4 = v128.load(c + at4);
    c5 = v128.load(c + at5);
    c6 = v128.load(c + at6);
    c7 = v128.load(c + at7);
  }
  let left = depth;
  do {
    const x = v128.load32_splat(a);
    c0 = fma(x, v128.load(b), c0);
    c1 = fma(x, v128.load(b + at1), c1);
    c2 = fma(x, v128.load(b + at2), c2);
    c3 = fma(x, v128.load(b + at3), c3);
    c4 = fma(x, v128.load(b + at4), c4);
    c5 = fma(x, v128.load(b + at5), c5);
    c6 = fma(x, v128.load(b + at6), c6);
    c7 = fma(x, v128.load(b + at7), c7);
    a += 4;
    b += bRow;
  } while (--left);
  v128.store(c, settled(c0));
  v128.store(c + at1, settled(c1));
  v128.store(c + at2, settled(c2));
  v128.store(c + at3, settled(c3));
  v128.store(c + at4, settled(c4));
  v128.store(c + at5, settled(c5));
  v128.store(c + at6, settled(c6));
  v128.store(c + at7, settled(c7));
}

/** One row times a matrix: c = Σ a[k] · b[k], over rows of b that are `bRow` bytes apart. */
export function row(a: usize, b: usize, bRow: usize, c: usize, columns: i32, depth: i32): void {
  const wide = columns & ~31;
  const short = columns - wide < 4 ? 0 : columns - wide;
  let aAt = a;
  let bAt = b;
  for (let kk = 0; kk < depth; kk += GEMM_BLOCK_K) {
    const part = min(GEMM_BLOCK_K, depth - kk);
    wideRow(aAt, bAt, bRow, 32, c, wide, part, kk > 0);
    if (short) shortRow(aAt, bAt + ((<usize>wide) << 2), bRow, c + ((<usize>wide) << 2), short, part, kk > 0);
    aAt += (<usize>part) << 2;
    bAt += <usize>part * bRow;
  }
  const done = (<usize>(wide + short)) << 2;
  plain(a, 0, 4, b + done, 4, bRow, c + done, 1, columns - wide - short, depth);
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
  plain(a, 0, 4, b, bRow, 4, c, 1, columns - j, depth);
}
