/**
 * A product that skips the zeros of A: images on black, what relu leaves, one-hot rows. The zeros of a block are left out of lists of
 * positions first, then each row of c is a sum over its list.
 *
 * It keeps every bit where B is finite. A skipped step would have added 0·b = ±0, which changes no sum but −0, and no finished sum
 * is −0:
 * - Strict: a sum starts at +0. Added to +0, a product that is −0, or has become −0 by underflow, gives +0; x + (−x) gives +0; and a
 *   sum that is not exact is not 0, for sums of f32 do not underflow. So no partial sum is −0 either.
 * - Relaxed, fused: a·b + c is rounded once, so a negative a·b too small for a subnormal makes −0 of c = ±0, and the next step with
 *   0·b may or may not make +0 of it. Two sums that differ in nothing but a zero's sign stay so: a step whose product is not 0
 *   gives both the same, any other leaves zeros zeros. At the end `settled` (isa.ts) makes all zeros +0.
 * Subnormals are not zeros, NaN and ±∞ in A neither: they are in the lists. Only NaN and ±∞ in B would be lost, for 0·∞ is NaN: then
 * nothing is skipped.
 */
import { fma, settled } from "../isa";
import { loadPart, storePart } from "../lanes";
import { copyRun } from "../move";
import { SPARSE_NARROW, SPARSE_PERCENT } from "../tune";
import { ENDS_AT, LIST_BYTES, LISTS_AT } from "./lists";

/**
 * Sums of `rows` rows over their lists, in `vectors` vectors: 4, 8 or 13, two of each panel, of the seventh one. The last of 2 and
 * of 4 panels is `last` bytes from the one before: 0 where there is none.
 * The tests of q, which is never 0, part the loop's loads: V8 before 13.6 puts all loads between two jumps first, more than there are
 * registers.
 */
// @ts-ignore: decorator
@inline
function strip(
  vectors: i32,
  scratch: usize,
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  bPanel: usize,
  last: usize,
  c: usize,
  cRow: usize,
  rows: i32,
  columns: i32,
  resume: bool,
  edge: usize,
): void {
  let list = scratch + LISTS_AT;
  let ends = scratch + ENDS_AT;
  const partial = vectors < 13 && columns < vectors << 2;
  const width = columns << 2;
  const part = columns - 48;
  for (let i = 0; i < rows; ++i) {
    const out = partial ? edge : c;
    let c0 = f32x4.splat(0);
    let c1 = c0;
    let c2 = c0;
    let c3 = c0;
    let c4 = c0;
    let c5 = c0;
    let c6 = c0;
    let c7 = c0;
    let c8 = c0;
    let c9 = c0;
    let c10 = c0;
    let c11 = c0;
    let c12 = c0;
    if (resume) {
      if (partial) copyRun(c, edge, width);
      c0 = v128.load(out);
      c1 = v128.load(out, 16);
      c2 = v128.load(out, 32);
      c3 = v128.load(out, 48);
      if (vectors > 4) {
        c4 = v128.load(out, 64);
        c5 = v128.load(out, 80);
        c6 = v128.load(out, 96);
        c7 = v128.load(out, 112);
      }
      if (vectors > 8) {
        c8 = v128.load(out, 128);
        c9 = v128.load(out, 144);
        c10 = v128.load(out, 160);
        c11 = v128.load(out, 176);
        c12 = part == 4 ? v128.load(out, 192) : loadPart(out + 192, part, c12);
      }
    }
    const end = load<usize>(ends);
    for (let at = list; at != end; ++at) {
      const position = <usize>load<u8>(at);
      const x = v128.load32_splat(a + position * aStep);
      let q = b + position * bStep;
      c0 = fma(x, v128.load(q), c0);
      c1 = fma(x, v128.load(q, 16), c1);
      q += vectors == 4 ? last : bPanel;
      c2 = fma(x, v128.load(q), c2);
      c3 = fma(x, v128.load(q, 16), c3);
      if (vectors > 4) {
        if (!q) break;
        q += bPanel;
        c4 = fma(x, v128.load(q), c4);
        c5 = fma(x, v128.load(q, 16), c5);
        q += vectors == 8 ? last : bPanel;
        c6 = fma(x, v128.load(q), c6);
        c7 = fma(x, v128.load(q, 16), c7);
      }
      if (vectors > 8) {
        if (!q) break;
        q += bPanel;
        c8 = fma(x, v128.load(q), c8);
        c9 = fma(x, v128.load(q, 16), c9);
        if (!q) break;
        q += bPanel;
        c10 = fma(x, v128.load(q), c10);
        c11 = fma(x, v128.load(q, 16), c11);
        q += bPanel;
        c12 = fma(x, v128.load(q), c12);
      }
    }
    v128.store(out, settled(c0));
    v128.store(out, settled(c1), 16);
    v128.store(out, settled(c2), 32);
    v128.store(out, settled(c3), 48);
    if (vectors > 4) {
      v128.store(out, settled(c4), 64);
      v128.store(out, settled(c5), 80);
      v128.store(out, settled(c6), 96);
      v128.store(out, settled(c7), 112);
    }
    if (vectors > 8) {
      v128.store(out, settled(c8), 128);
      v128.store(out, settled(c9), 144);
      v128.store(out, settled(c10), 160);
      v128.store(out, settled(c11), 176);
      if (part == 4) v128.store(out, settled(c12), 192);
      else storePart(out + 192, part, settled(c12));
    }
    if (partial) copyRun(edge, c, width);
    list += LIST_BYTES;
    ends += 4;
    a += aRow;
    c += cRow;
  }
}

/**
 * c[rows, columns] = (resume ? c : 0) + A·B, over the lists of A's rows.
 * @param aStep bytes from one k of A to the next
 * @param edge  128 bytes for columns that overhang c; the other operands are those of `tilesRows`
 */
export function tilesListed(
  scratch: usize,
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  bPanel: usize,
  c: usize,
  cRow: usize,
  rows: i32,
  columns: i32,
  resume: bool,
  edge: usize,
): void {
  while (columns > 0) {
    let width = 32;
    if (columns > 48 && columns <= 52) {
      width = columns;
      strip(13, scratch, a, aRow, aStep, b, bStep, bPanel, 0, c, cRow, rows, width, resume, edge);
    } else if (columns > 16) {
      width = min(columns, 32);
      const last = width > 24 ? bPanel : 0;
      strip(8, scratch, a, aRow, aStep, b, bStep, bPanel, last, c, cRow, rows, width, resume, edge);
    } else {
      width = columns;
      const last = width > 8 ? bPanel : 0;
      strip(4, scratch, a, aRow, aStep, b, bStep, bPanel, last, c, cRow, rows, width, resume, edge);
    }
    b += 4 * bPanel;
    c += <usize>width << 2;
    columns -= width;
  }
}

/**
 * Whether so many of a matrix [rows, width] are zeros that a product of it had better skip them. Only some of its rows are looked
 * at, evenly spaced: so few that they cost 1 % of the product.
 * @param m, n rows and columns of the product
 */
export function mostlyZero(x: usize, row: usize, rows: i32, width: i32, m: i32, n: i32): bool {
  const percent = min(min(SPARSE_PERCENT, n - SPARSE_NARROW), m << 1);
  const samples = min(min(16, rows), (m * n) >> 9);
  if (percent <= 0 || !samples) return false;
  const whole = width & ~3;
  let counts = i32x4.splat(0);
  for (let i = 0; i < samples; ++i) {
    const from = x + <usize>(i * rows / samples) * row;
    for (let j: usize = 0; j < <usize>whole << 2; j += 16) {
      counts = i32x4.sub(counts, f32x4.ne(v128.load(from + j), f32x4.splat(0)));
    }
  }
  counts = i32x4.add(counts, v128.shuffle<u64>(counts, counts, 1, 1));
  const count = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1);
  return <i64>count * 100 < <i64>samples * whole * percent;
}

/** Whether `count` numbers are all finite: 0·x is 0 only then. */
export function finite(x: usize, count: i32): bool {
  const zero = f32x4.splat(0);
  let s0 = zero;
  let s1 = zero;
  let left = count;
  for (; left >= 8; left -= 8) {
    s0 = fma(v128.load(x), zero, s0);
    s1 = fma(v128.load(x, 16), zero, s1);
    x += 32;
  }
  for (; left > 0; --left) {
    s0 = fma(v128.load32_zero(x), zero, s0);
    x += 4;
  }
  return i32x4.all_true(f32x4.eq(f32x4.add(s0, s1), zero));
}
