/** Rows that come together by other means than a sum. An index outside its range is reported and clamped. */
import { scatterRows } from "../scatter";

/**
 * dx[index[i]] = the larger of itself and dy[i]; NaN is passed over. Items: size columns.
 * @param dy    in    f32[n, size]
 * @param index in    i32[n]
 * @param dx    inout f32[rows, size]
 * @bytes 12 * n * size
 */
export function scatterMaxRows(dy: usize, index: usize, dx: usize, n: i32, size: i32, rows: i32, fault: usize, begin: i32, end: i32): void {
  scatterRows(true, dy, index, dx, n, size, rows, -1, fault, begin, end);
}
