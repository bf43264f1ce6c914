/**
 * Rows and elements chosen by index. An index outside its range is reported and clamped, so nothing is read or written where it
 * should not be; tables have at least one row.
 */
import { indexAt } from "../indices";
import { copyRun, scaleBytes } from "../move";
import { scatterRows } from "../scatter";

/**
 * y[i] = table[index[i]]. Items: n rows of y.
 * @param table in  u32[rows, size]
 * @param index in  i32[n]
 * @param y     out u32[n, size]
 * @each y = size; index = 1
 * @bytes items * (8 * size + 4)
 */
export function gatherRows(table: usize, index: usize, y: usize, rows: i32, size: i32, fault: usize, begin: i32, end: i32): void {
  const row = (<usize>size) << 2;
  for (let i = begin; i < end; ++i) copyRun(table + row * indexAt(index, i, rows, fault), y + row * i, <i32>row);
}

/**
 * y[i] = table[index[i]]. Items: n rows of y.
 * @param table in  u8[rows, size]
 * @param index in  i32[n]
 * @param y     out u8[n, size]
 * @each y = size; index = 1
 * @bytes items * (2 * size + 4)
 */
export function gatherRows8(table: usize, index: usize, y: usize, rows: i32, size: i32, fault: usize, begin: i32, end: i32): void {
  for (let i = begin; i < end; ++i) copyRun(table + <usize>size * indexAt(index, i, rows, fault), y + <usize>size * i, size);
}

/**
 * y[i] = table[index[i]]·factor: a batch of images at rest, as f32. Items: n rows of y.
 * @param table in  u8[rows, size]
 * @param index in  i32[n]
 * @param y     out f32[n, size]
 * @each y = size; index = 1
 * @bytes items * (5 * size + 4)
 */
export function gatherRowsU8(
  table: usize,
  index: usize,
  y: usize,
  rows: i32,
  size: i32,
  factor: f32,
  fault: usize,
  begin: i32,
  end: i32,
): void {
  for (let i = begin; i < end; ++i) {
    scaleBytes(table + <usize>size * indexAt(index, i, rows, fault), y + ((<usize>(size * i)) << 2), size, factor);
  }
}

/**
 * dx[index[i]] += dy[i] for i = 0 … n − 1 in this order, which makes sums over repeated indices reproducible. Items: size columns,
 * each of which one chunk sums for all i.
 * @param skip  an index whose rows are left out; −1: none
 * @param dy    in    f32[n, size]
 * @param index in    i32[n]
 * @param dx    inout f32[rows, size]
 * @bytes 12 * n * size
 */
export function scatterAddRows(
  dy: usize, index: usize, dx: usize, n: i32, size: i32, rows: i32, skip: i32, fault: usize, begin: i32, end: i32,
): void {
  scatterRows(false, dy, index, dx, n, size, rows, skip, fault, begin, end);
}

/**
 * y[r] = x[r, index[r]]. Items: rows.
 * @param x     in  f32[rows, n]
 * @param index in  i32[rows]
 * @param y     out f32[rows]
 * @each x = n; index = 1; y = 1
 */
export function pick(x: usize, index: usize, y: usize, n: i32, fault: usize, begin: i32, end: i32): void {
  for (let r = begin; r < end; ++r) {
    store<f32>(y + ((<usize>r) << 2), load<f32>(x + ((<usize>(r * n + indexAt(index, r, n, fault))) << 2)));
  }
}

/**
 * y[r, j] = 1 where j = index[r], else 0. Items: rows.
 * @param index in  i32[rows]
 * @param y     out f32[rows, n]
 * @each y = n; index = 1
 */
export function oneHot(index: usize, y: usize, n: i32, fault: usize, begin: i32, end: i32): void {
  memory.fill(y + ((<usize>(begin * n)) << 2), 0, (<usize>((end - begin) * n)) << 2);
  for (let r = begin; r < end; ++r) store<f32>(y + ((<usize>(r * n + indexAt(index, r, n, fault))) << 2), 1);
}
