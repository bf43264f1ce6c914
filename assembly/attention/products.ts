/**
 * The products of attention's tiles, on the matrix product's own tiles. B is always packed: heads are columns of a wider matrix, whose
 * rows would share few cache sets.
 */
import { packA, packColumns } from "../gemm/pack";
import { mixedPacked, nearRows } from "../gemm/six";
import { ATTENTION_COLUMNS, ATTENTION_KEYS, ATTENTION_ROWS } from "../tune";

/** Bytes between the rows of a tile of scores. */
export const TILE_ROW: usize = ATTENTION_KEYS * 4;
/** Scratch: two tiles, panels of B, panels of a tile transposed (with the gaps between them), a tile that overhangs, two columns. */
export const OTHER_AT: usize = ATTENTION_ROWS * ATTENTION_KEYS * 4;
const PANELS_AT: usize = 2 * OTHER_AT;
const TURNED_AT: usize = PANELS_AT + ATTENTION_KEYS * ATTENTION_COLUMNS * 4;
const EDGE_AT: usize = TURNED_AT + (ATTENTION_KEYS / 4) * (ATTENTION_ROWS * 16 + 64);
export const LARGEST_AT: usize = EDGE_AT + 128;
export const TOTAL_AT: usize = LARGEST_AT + ATTENTION_ROWS * 4;

/** s[rows, keys] = A·Bᵀ, both `size` wide, for keys in whole eights: those that B lacks give 0. */
export function timesTransposed(
  a: usize, aRow: usize, b: usize, bRow: usize, s: usize, rows: i32, keys: i32, size: i32, scratch: usize,
): void {
  const panels = scratch + PANELS_AT;
  for (let k = 0; k < size; k += ATTENTION_COLUMNS) {
    const depth = min(ATTENTION_COLUMNS, size - k);
    const at = <usize>k << 2;
    packColumns(b + at, bRow, 1, panels, keys, depth);
    nearRows(a + at, aRow, panels, 32, <usize>depth << 5, s, TILE_ROW, rows, (keys + 7) & ~7, depth, k > 0, scratch + EDGE_AT);
  }
}

/** c[rows, size] = (resume ? c : 0) + P·B, where P is a tile of `keys` columns. */
export function tileTimes(
  p: usize, b: usize, bRow: usize, c: usize, cRow: usize, rows: i32, keys: i32, size: i32, resume: bool, scratch: usize,
): void {
  const panels = scratch + PANELS_AT;
  for (let j = 0; j < size; j += ATTENTION_COLUMNS) {
    const columns = min(ATTENTION_COLUMNS, size - j);
    const at = <usize>j << 2;
    packColumns(b + at, bRow, 0, panels, columns, keys);
    nearRows(p, TILE_ROW, panels, 32, <usize>keys << 5, c + at, cRow, rows, columns, keys, resume, scratch + EDGE_AT);
  }
}

/** c[keys, size] = (resume ? c : 0) + Pᵀ·B, where P is a tile of `rows` rows. */
export function turnedTimes(
  p: usize, b: usize, bRow: usize, c: usize, cRow: usize, rows: i32, keys: i32, size: i32, resume: bool, scratch: usize,
): void {
  const panels = scratch + PANELS_AT;
  const turned = scratch + TURNED_AT;
  packA(p, TILE_ROW, turned, keys, rows);
  for (let j = 0; j < size; j += ATTENTION_COLUMNS) {
    const columns = min(ATTENTION_COLUMNS, size - j);
    const at = <usize>j << 2;
    packColumns(b + at, bRow, 0, panels, columns, rows);
    mixedPacked(turned, panels, 32, <usize>rows << 5, c + at, cRow, keys, columns, rows, resume, scratch + EDGE_AT);
  }
}
