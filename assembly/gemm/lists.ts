/**
 * Lists of where a block of A is not zero: for each row of op(A) the positions along k, a byte each, ascending. SPARSE_BLOCK_K is 256
 * at most.
 */
import { SPARSE_BLOCK_K, SPARSE_BLOCK_ROWS } from "../tune";

/** In scratch: the positions of bits, the bits of 16 columns, the end of each list, the lists. A list is written 8 bytes at a time. */
const BITS_AT: usize = 2048;
export const ENDS_AT: usize = BITS_AT + SPARSE_BLOCK_K * 2;
export const LISTS_AT: usize = ENDS_AT + SPARSE_BLOCK_ROWS * 4;
export const LIST_BYTES: usize = SPARSE_BLOCK_K + 8;

/** For each of 256 masks the positions of its bits, a byte each, ascending. */
export function positions(scratch: usize): void {
  store<u64>(scratch, 0);
  for (let high = 0; high < 8; ++high) {
    const half = 1 << high;
    for (let low = 0; low < half; ++low) {
      const found = load<u64>(scratch + (<usize>low << 3));
      store<u64>(scratch + (<usize>(half + low) << 3), found | (<u64>high << (popcnt(low) << 3)));
    }
  }
}

/** Appends the positions of a mask's bits, counted from `base`; returns the list's end. */
// @ts-ignore: decorator
@inline
function append(scratch: usize, list: usize, mask: i32, base: v128): usize {
  v128.store64_lane(list, i8x16.add(v128.load64_zero(scratch + (<usize>mask << 3)), base), 0);
  return list + <usize>popcnt(mask);
}

// @ts-ignore: decorator
@inline
function appendIf(list: usize, x: f32, position: i32): usize {
  store<u8>(list, position);
  return list + <usize>(x != 0);
}

/** A byte for each of 16 numbers: −1 where it is not 0. */
// @ts-ignore: decorator
@inline
function nonzero16(x: usize): v128 {
  const zero = f32x4.splat(0);
  const low = i16x8.narrow_i32x4_s(f32x4.ne(v128.load(x), zero), f32x4.ne(v128.load(x, 16), zero));
  const high = i16x8.narrow_i32x4_s(f32x4.ne(v128.load(x, 32), zero), f32x4.ne(v128.load(x, 48), zero));
  return i8x16.narrow_i16x8_s(low, high);
}

/** Lists of `rows` rows of A as it lies, `depth` of each. */
export function listRows(scratch: usize, a: usize, aRow: usize, rows: i32, depth: i32): void {
  let start = scratch + LISTS_AT;
  for (let i = 0; i < rows; ++i) {
    let list = start;
    let x = a;
    let at = 0;
    for (; at + 16 <= depth; at += 16) {
      const mask = i8x16.bitmask(nonzero16(x));
      list = append(scratch, list, mask & 255, i8x16.splat(<i8>at));
      list = append(scratch, list, mask >> 8, i8x16.splat(<i8>(at + 8)));
      x += 64;
    }
    for (; at < depth; ++at) {
      list = appendIf(list, load<f32>(x), at);
      x += 4;
    }
    store<usize>(scratch + ENDS_AT + (<usize>i << 2), list);
    start += LIST_BYTES;
    a += aRow;
  }
}

/** Lists of `rows` rows of Aᵀ, so columns of A as it is stored: the bits of 8 rows of A at a time, then each column's bits. */
export function listColumns(scratch: usize, a: usize, aRow: usize, rows: i32, depth: i32): void {
  const bits = scratch + BITS_AT;
  let start = scratch + LISTS_AT;
  let end = scratch + ENDS_AT;
  let i = 0;
  for (; i + 16 <= rows; i += 16) {
    let x = a;
    let bitsEnd = bits;
    for (let left = depth; left > 0; left -= 8) {
      const next = x + <usize>min(left, 8) * aRow;
      let mask = i8x16.splat(0);
      for (let row = next; row != x; ) {
        row -= aRow;
        mask = i8x16.sub(i8x16.add(mask, mask), nonzero16(row));
      }
      v128.store(bitsEnd, mask);
      bitsEnd += 16;
      x = next;
    }
    for (let column: usize = 0; column < 16; ++column) {
      let list = start;
      let base = i8x16.splat(0);
      for (let at = bits + column; at < bitsEnd; at += 16) {
        list = append(scratch, list, <i32>load<u8>(at), base);
        base = i8x16.add(base, i8x16.splat(8));
      }
      store<usize>(end, list);
      start += LIST_BYTES;
      end += 4;
    }
    a += 64;
  }
  for (; i < rows; ++i) {
    let list = start;
    let x = a;
    for (let at = 0; at < depth; ++at) {
      list = appendIf(list, load<f32>(x), at);
      x += aRow;
    }
    store<usize>(end, list);
    start += LIST_BYTES;
    end += 4;
    a += 4;
  }
}
