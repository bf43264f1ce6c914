/**
 * Lists of what is not zero in a block of A: for each row of op(A), along k and ascending, where the row of B lies that it multiplies, in
 * bytes from the block's first, and the number itself. The positions along k, bytes, come first; SPARSE_BLOCK_K is 256 at most.
 */
import { SPARSE_BLOCK_K, SPARSE_BLOCK_ROWS } from "../tune";

/**
 * In scratch: the positions of bits, the bits of 16 columns, the columns, the positions of one row, the end of each list, the lists one
 * after the other. Positions are written 8 at a time.
 */
const BITS_AT: usize = 2048;
const COLUMNS_AT: usize = BITS_AT + SPARSE_BLOCK_K * 2;
const POSITIONS_AT: usize = COLUMNS_AT + SPARSE_BLOCK_K * 64;
export const ENDS_AT: usize = POSITIONS_AT + SPARSE_BLOCK_K + 8;
export const LISTS_AT: usize = ENDS_AT + SPARSE_BLOCK_ROWS * 4;

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

/** A byte for each of 16 numbers: −1 where it is not 0. They are copied, if asked: where rows share a cache set, columns cannot stay. */
// @ts-ignore: decorator
@inline
function nonzero16(x: usize, copied: bool, to: usize): v128 {
  const zero = f32x4.splat(0);
  const x0 = v128.load(x);
  const x1 = v128.load(x, 16);
  const x2 = v128.load(x, 32);
  const x3 = v128.load(x, 48);
  if (copied) {
    v128.store(to, x0);
    v128.store(to, x1, 16);
    v128.store(to, x2, 32);
    v128.store(to, x3, 48);
  }
  const low = i16x8.narrow_i32x4_s(f32x4.ne(x0, zero), f32x4.ne(x1, zero));
  return i8x16.narrow_i16x8_s(low, i16x8.narrow_i32x4_s(f32x4.ne(x2, zero), f32x4.ne(x3, zero)));
}

/** The list of the row of op(A) that begins at x, of the positions up to `stop`; returns its end. */
function spell(positions: usize, stop: usize, x: usize, xStep: usize, bStep: usize, list: usize): usize {
  for (; positions != stop; ++positions) {
    const position = <usize>load<u8>(positions);
    store<usize>(list, position * bStep);
    store<f32>(list, load<f32>(x + position * xStep), 4);
    list += 8;
  }
  return list;
}

/** Copies 16 columns of A as it is stored, `depth` of each, and writes the bits of 8 rows of A at a time; returns the bits' end. */
function copyColumns(a: usize, aRow: usize, columns: usize, bits: usize, depth: i32): usize {
  for (let left = depth; left > 0; left -= 8) {
    const height = <usize>min(left, 8);
    const next = a + height * aRow;
    columns += height << 6;
    let to = columns;
    let mask = i8x16.splat(0);
    for (let row = next; row != a; ) {
      row -= aRow;
      to -= 64;
      mask = i8x16.sub(i8x16.add(mask, mask), nonzero16(row, true, to));
    }
    v128.store(bits, mask);
    bits += 16;
    a = next;
  }
  return bits;
}

/**
 * Lists of `rows` rows of op(A), `depth` of each.
 * @param aRow  bytes between the rows of A as it is stored
 * @param bStep bytes between the rows of B
 */
export function list(scratch: usize, trans: i32, a: usize, aRow: usize, bStep: usize, rows: i32, depth: i32): void {
  const bits = scratch + BITS_AT;
  const columns = scratch + COLUMNS_AT;
  const from = scratch + POSITIONS_AT;
  let bitsEnd = bits;
  let end = scratch + LISTS_AT;
  for (let i = 0; i < rows; ++i) {
    const column = i & 15;
    let stop = from;
    let x = a;
    let xStep: usize = 4;
    let at = 0;
    if (!trans) {
      for (; at + 16 <= depth; at += 16) {
        const mask = i8x16.bitmask(nonzero16(x + (<usize>at << 2), false, 0));
        stop = append(scratch, stop, mask & 255, i8x16.splat(<i8>at));
        stop = append(scratch, stop, mask >> 8, i8x16.splat(<i8>(at + 8)));
      }
      a += aRow;
    } else {
      xStep = aRow;
      if (i - column + 16 <= rows) {
        if (!column) bitsEnd = copyColumns(a, aRow, columns, bits, depth);
        x = columns + (<usize>column << 2);
        xStep = 64;
        for (let b = bits + <usize>column; b < bitsEnd; b += 16) {
          stop = append(scratch, stop, <i32>load<u8>(b), i8x16.splat(<i8>at));
          at += 8;
        }
      }
      a += 4;
    }
    for (; at < depth; ++at) {
      store<u8>(stop, at);
      stop += <usize>(load<f32>(x + <usize>at * xStep) != 0);
    }
    for (let position = from; position != stop; ++position) {
      const k = <usize>load<u8>(position);
      store<usize>(end, k * bStep);
      store<f32>(end, load<f32>(x + k * xStep), 4);
      end += 8;
    }
    store<usize>(scratch + ENDS_AT + (<usize>i << 2), end);
  }
}
