/**
 * Copies: straight, and between a contiguous tensor and a strided view of up to six axes. Bits are moved, so the kernels without
 * a number in their name serve f32, i32 and u32 alike, and NaN payloads survive.
 *
 * A view is an offset, the extents d1 … d5 and the strides s0 … s5, all in elements; element i0 … i5 of it lies at
 * offset + i0·s0 + … + i5·s5. Callers merge neighbouring axes where strides allow, so that the last axis is long.
 */
import { copyRun, fillRun } from "../move";

const READ = 0; // contiguous ← view
const WRITE = 1; // view ← contiguous

/**
 * y = the same four bytes everywhere. Items: elements.
 * @param y out u32[n]
 * @each y = 1
 */
export function fill(y: usize, bits: u32, begin: i32, end: i32): void {
  fillRun(y + (<usize>begin << 2), bits, end - begin);
}

/**
 * y = x. Items: elements.
 * @param x in  u32[n]
 * @param y out u32[n]
 * @each x = 1; y = 1
 */
export function copy(x: usize, y: usize, begin: i32, end: i32): void {
  const at = <usize>begin << 2;
  copyRun(x + at, y + at, (end - begin) << 2);
}

/**
 * y = x. Items: elements.
 * @param x in  u8[n]
 * @param y out u8[n]
 * @each x = 1; y = 1
 */
export function copy8(x: usize, y: usize, begin: i32, end: i32): void {
  copyRun(x + begin, y + begin, end - begin);
}

/** y = x backwards, from the word at x downwards. */
function reverseRun(x: usize, y: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4, x -= 16, y += 16) {
    const v = v128.load(x - 12);
    v128.store(y, v128.shuffle<u32>(v, v, 3, 2, 1, 0));
  }
  for (; i < count; ++i, x -= 4, y += 4) store<u32>(y, load<u32>(x));
}

/** `count` words between contiguous memory and every `stride`-th word of a view. */
// @ts-ignore: decorator
@inline
function moveWords(op: i32, dense: usize, view: usize, stride: i32, count: i32): void {
  if (stride == 1) {
    if (op == READ) copyRun(view, dense, count << 2);
    else copyRun(dense, view, count << 2);
  } else if (op == READ && stride == 0) {
    fillRun(dense, load<u32>(view), count);
  } else if (op == READ && stride == -1) {
    reverseRun(view, dense, count);
  } else {
    const step = <usize>stride << 2;
    const last = dense + (<usize>count << 2);
    for (; dense < last; dense += 4, view += step) {
      if (op == READ) store<u32>(dense, load<u32>(view));
      else store<u32>(view, load<u32>(dense));
    }
  }
}

/** `count` bytes of a view, to contiguous memory. */
// @ts-ignore: decorator
@inline
function readBytes(dense: usize, view: usize, stride: i32, count: i32): void {
  if (stride == 1) copyRun(view, dense, count);
  else if (stride == 0) memory.fill(dense, load<u8>(view), count);
  else {
    const last = dense + count;
    for (; dense < last; ++dense, view += stride) store<u8>(dense, load<u8>(view));
  }
}

/** Four rows of y from four columns of x: x's `step` bytes part the columns, y's `row` bytes the rows. */
// @ts-ignore: decorator
@inline
function tile(x: usize, step: usize, y: usize, row: usize): void {
  const a = v128.load(x);
  const b = v128.load(x + step);
  const c = v128.load(x + step * 2);
  const d = v128.load(x + step * 3);
  const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
  v128.store(y, v128.shuffle<u64>(ab, cd, 0, 2));
  v128.store(y + row, v128.shuffle<u64>(ab, cd, 1, 3));
  const abHigh = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  v128.store(y + row * 2, v128.shuffle<u64>(abHigh, cdHigh, 0, 2));
  v128.store(y + row * 3, v128.shuffle<u64>(abHigh, cdHigh, 1, 3));
}

/**
 * y[r, c] = x[r + c·stride] for a multiple of four rows. Sixteen rows at a time use whole cache lines of x; but sixteen of y that
 * lie 4096 bytes apart would drive each other from the first-level cache.
 */
function transpose(x: usize, y: usize, rows: i32, columns: i32, stride: i32): void {
  const step = <usize>stride << 2;
  const row = <usize>columns << 2;
  const most = row % 4096 ? 16 : 8;
  for (let r = 0; r < rows; r += most) {
    const block = min(most, rows - r);
    let from = x + (<usize>r << 2);
    let to = y + row * r;
    let c = 0;
    for (; c + 4 <= columns; c += 4, from += step * 4, to += 16) {
      if (block == 16) {
        tile(from, step, to, row);
        tile(from + 16, step, to + row * 4, row);
        tile(from + 32, step, to + row * 8, row);
        tile(from + 48, step, to + row * 12, row);
      } else {
        for (let i = 0; i < block; i += 4) tile(from + (<usize>i << 2), step, to + row * i, row);
      }
    }
    for (; c < columns; ++c, from += step, to += 4) {
      for (let i = 0; i < block; ++i) store<u32>(to + row * i, load<u32>(from + (<usize>i << 2)));
    }
  }
}

/** Goes through items [begin, end) of a view row by row of its last axis, or by blocks where it is a matrix transposed. */
// @ts-ignore: decorator
@inline
function walk(
  op: i32, shift: usize, dense: usize, view: usize, offset: i32, d1: i32, d2: i32, d3: i32, d4: i32, d5: i32,
  s0: i32, s1: i32, s2: i32, s3: i32, s4: i32, s5: i32, begin: i32, end: i32,
): void {
  if (begin >= end) return;
  let i5 = begin % d5;
  let rest = begin / d5;
  let i4 = rest % d4;
  rest /= d4;
  let i3 = rest % d3;
  rest /= d3;
  let i2 = rest % d2;
  rest /= d2;
  let i1 = rest % d1;
  rest /= d1;
  let at = offset + rest * s0 + i1 * s1 + i2 * s2 + i3 * s3 + i4 * s4;
  const transposed = op == READ && shift == 2 && s4 == 1 && s5 != 1 && s5 != 0;
  for (let i = begin; i < end; ) {
    let rows = 1;
    const to = dense + (<usize>i << shift);
    if (transposed && i5 == 0) rows = max(1, min(d4 - i4, (end - i) / d5) & ~3);
    if (rows > 1) {
      transpose(view + (<usize>at << 2), to, rows, d5, s5);
      i += rows * d5;
    } else {
      const count = min(d5 - i5, end - i);
      const from = view + (<usize>(at + i5 * s5) << shift);
      if (shift == 2) moveWords(op, to, from, s5, count);
      else readBytes(to, from, s5, count);
      i += count;
      i5 = 0;
    }
    at += rows * s4;
    if ((i4 += rows) < d4) continue;
    i4 = 0;
    at += s3 - d4 * s4;
    if (++i3 < d3) continue;
    i3 = 0;
    at += s2 - d3 * s3;
    if (++i2 < d2) continue;
    i2 = 0;
    at += s1 - d2 * s2;
    if (++i1 < d1) continue;
    i1 = 0;
    at += s0 - d1 * s1;
  }
}

/**
 * y[i0 … i5] = x[offset + Σ i·s]: permute, broadcast, slice, flip. Strides may be 0 or negative. Items: elements of y.
 * Fast where the last stride is 1, 0 or −1, and where the last but one is 1 (a transposed matrix).
 * @param x in  u32[…] all elements that the view reaches
 * @param y out u32[d0, d1, d2, d3, d4, d5]
 * @each y = 1
 * @bytes 8 * items
 */
export function strided(
  x: usize, y: usize, offset: i32, d1: i32, d2: i32, d3: i32, d4: i32, d5: i32,
  s0: i32, s1: i32, s2: i32, s3: i32, s4: i32, s5: i32, begin: i32, end: i32,
): void {
  walk(READ, 2, y, x, offset, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, begin, end);
}

/**
 * `strided` for bytes. Items: elements of y.
 * @param x in  u8[…] all elements that the view reaches
 * @param y out u8[d0, d1, d2, d3, d4, d5]
 * @each y = 1
 * @bytes 2 * items
 */
export function strided8(
  x: usize, y: usize, offset: i32, d1: i32, d2: i32, d3: i32, d4: i32, d5: i32,
  s0: i32, s1: i32, s2: i32, s3: i32, s4: i32, s5: i32, begin: i32, end: i32,
): void {
  walk(READ, 0, y, x, offset, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, begin, end);
}

/**
 * y[offset + Σ i·s] = x[i0 … i5], the inverse of `strided`; what the view does not reach stays. No two elements of the view may
 * coincide. Items: elements of x.
 * @param x in    u32[d0, d1, d2, d3, d4, d5]
 * @param y inout u32[…] all elements that the view reaches
 * @each x = 1
 * @bytes 8 * items
 */
export function place(
  x: usize, y: usize, offset: i32, d1: i32, d2: i32, d3: i32, d4: i32, d5: i32,
  s0: i32, s1: i32, s2: i32, s3: i32, s4: i32, s5: i32, begin: i32, end: i32,
): void {
  walk(WRITE, 2, x, y, offset, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, begin, end);
}
