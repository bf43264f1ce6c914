/**
 * Matrix product. Apart from a matrix times a vector (n = 1), every element of c is one sum over k in ascending order from 0, on
 * every path: packed or not, tile or edge, large or tiny. So a row's bits depend neither on the rows beside it nor on the path,
 * and blocks and thresholds may change without changing a bit.
 * Blocking after Goto & van de Geijn 2008, "Anatomy of High-Performance Matrix Multiplication": a block of A stays in the second
 * cache, a panel of B in the first.
 */
import { dots } from "../gemm/dots";
import { listColumns, listRows, positions } from "../gemm/lists";
import { row, rowTransposed, small } from "../gemm/narrow";
import { packA, packChecked, packColumns, packRows, panelB, panelsFinite } from "../gemm/pack";
import { wide } from "../isa";
import { mixedPacked, mixedRows, wholePanels } from "../gemm/six";
import { finite, mostlyZero, tilesListed } from "../gemm/sparse";
import { tilesRows, wideRow } from "../gemm/tile";
import { tilesOfTwelve } from "../gemm/twelve";
import { GEMM_ACROSS_ROWS, GEMM_BLOCK_K, GEMM_BLOCK_ROWS, GEMM_LYING_ROWS, GEMM_PACK_A_COLUMNS, GEMM_PACK_A_ROWS, GEMM_TINY, SPARSE_BLOCK_K, SPARSE_BLOCK_ROWS } from "../tune";

/** Columns packed at a time where B comes unpacked and transposed. */
const STRIP = 32;
/** Scratch: a block of Aᵀ with the gaps between its panels, a strip of B, and a tile that overhangs c. */
const STRIP_AT: usize = GEMM_BLOCK_ROWS * (GEMM_BLOCK_K * 4 + 16);
const EDGE_AT: usize = STRIP_AT + STRIP * GEMM_BLOCK_K * 4;

// @ts-ignore: decorator
@inline
function bytes(elements: i32): usize {
  return (<usize>elements) << 2;
}

/** How a block of A comes: as it lies, as Aᵀ lies, in panels of packA, or in lists of what is not zero. */
const LYING = 0;
const ACROSS = 1;
const PANELS = 2;
const LISTS = 3;

/** A block of A against `columns` columns of B that can be read 8 at a time; what was made of the block stands in `scratch`. */
function rowsTimes(
  form: i32,
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
  depth: i32,
  resume: bool,
): void {
  const edge = scratch + EDGE_AT;
  if (form == LISTS) {
    tilesListed(scratch, a, aRow, aStep, b, bStep, bPanel, c, cRow, rows, columns, resume, edge);
    return;
  }
  if (form == ACROSS) {
    tilesOfTwelve(a, 16, 4, aStep, b, bStep, bPanel, c, cRow, rows, columns, depth, resume);
    return;
  }
  if (form == PANELS) {
    mixedPacked(scratch, b, bStep, bPanel, c, cRow, rows, columns, depth, resume, edge);
    return;
  }
  const whole = rows & ~3;
  if (whole) mixedRows(a, aRow, b, bStep, bPanel, c, cRow, whole, columns, depth, resume, edge);
  const left = rows - whole;
  if (!left) return;
  a += <usize>whole * aRow;
  c += <usize>whole * cRow;
  let wide = 0;
  for (let i = 0; i < left; ++i) wide = wideRow(a + <usize>i * aRow, b, bStep, bPanel, c + <usize>i * cRow, columns, depth, resume);
  if (wide == columns) return;
  b += <usize>(wide >> 3) * bPanel;
  tilesRows(a, aRow, b, bStep, bPanel, c + bytes(wide), cRow, left, columns - wide, depth, resume, edge);
}

/** Whether rows [first, stop) had better skip the zeros of A, and may: if skipped, 0·NaN and 0·∞ would be missing. */
function skipsZeros(a: usize, b: usize, m: i32, k: i32, n: i32, transA: i32, packed: i32, first: i32, stop: i32): bool {
  const rows = stop - first;
  const zeros = transA
    ? mostlyZero(a + bytes(first), bytes(m), k, rows, rows, n)
    : mostlyZero(a + <usize>first * bytes(k), bytes(k), rows, k, rows, n);
  return zeros && (packed ? panelsFinite(b, n, k) : finite(b, k * n));
}

/** Rows [first, stop) of one matrix product with k > 0, in blocks of rows and of k. */
function blocks(
  a: usize,
  b: usize,
  c: usize,
  m: i32,
  k: i32,
  n: i32,
  transA: i32,
  transB: i32,
  packed: i32,
  scratch: usize,
  first: i32,
  stop: i32,
): void {
  const skips = skipsZeros(a, b, m, k, n, transA, packed, first, stop);
  const across = n > 8 && n <= 12 && m <= GEMM_ACROSS_ROWS;
  const lies = wide() || m < GEMM_PACK_A_ROWS || n < GEMM_PACK_A_COLUMNS;
  const form = skips ? LISTS : transA ? (across ? ACROSS : PANELS) : lies ? LYING : PANELS;
  const blockRows = skips ? SPARSE_BLOCK_ROWS : form == LYING ? GEMM_LYING_ROWS : GEMM_BLOCK_ROWS;
  const blockK = skips ? SPARSE_BLOCK_K : GEMM_BLOCK_K;
  const strip = scratch + STRIP_AT;
  const aStored = bytes(transA ? m : k);
  const aRow: usize = transA ? 4 : aStored;
  const aStep: usize = transA ? aStored : 4;
  const bRow = bytes(transB ? k : n);
  const cRow = bytes(n);
  const parts = (k + blockK - 1) / blockK;
  const part = (k + parts - 1) / parts;
  if (skips) positions(scratch);
  for (let i = first; i < stop; i += blockRows) {
    const rows = min(blockRows, stop - i);
    const cAt = c + <usize>i * cRow;
    for (let kk = 0; kk < k; kk += part) {
      const depth = min(part, k - kk);
      const resume = kk > 0;
      const aAt = a + <usize>i * aRow + <usize>kk * aStep;
      if (form == PANELS) {
        if (transA) packA(aAt, aStored, scratch, rows, depth);
        else packRows(aAt, aStored, scratch, rows, depth);
      } else if (form == LISTS) {
        if (transA) listColumns(scratch, aAt, aStored, rows, depth);
        else listRows(scratch, aAt, aStored, rows, depth);
      }
      if (packed) {
        const bAt = b + (<usize>kk << 5);
        rowsTimes(form, scratch, aAt, aRow, aStep, bAt, 32, panelB(k), cAt, cRow, rows, n, depth, resume);
        continue;
      }
      let j = 0;
      if (!transB) {
        j = wholePanels(n);
        if (j) rowsTimes(form, scratch, aAt, aRow, aStep, b + <usize>kk * bRow, bRow, 32, cAt, cRow, rows, j, depth, resume);
      }
      for (; j < n; j += STRIP) {
        const columns = min(STRIP, n - j);
        const bAt = transB ? b + <usize>j * bRow + bytes(kk) : b + <usize>kk * bRow + bytes(j);
        packColumns(bAt, bRow, transB, strip, columns, depth);
        rowsTimes(form, scratch, aAt, aRow, aStep, strip, 32, <usize>depth << 5, cAt + bytes(j), cRow, rows, columns, depth, resume);
      }
    }
  }
}

/** Rows [first, stop) of one matrix product. */
function product(
  a: usize,
  b: usize,
  c: usize,
  m: i32,
  k: i32,
  n: i32,
  transA: i32,
  transB: i32,
  packed: i32,
  scratch: usize,
  first: i32,
  stop: i32,
): void {
  const rows = stop - first;
  const out = c + <usize>first * bytes(n);
  if (!k) {
    memory.fill(out, 0, <usize>rows * bytes(n));
    return;
  }
  if (n == 1 && !packed) {
    if (!transA) dots(a + <usize>first * bytes(k), bytes(k), b, out, rows, k);
    else row(b, a + bytes(first), bytes(m), out, rows, k);
    return;
  }
  if (!packed && <i64>m * n * k <= GEMM_TINY) {
    const aRow = bytes(transA ? 1 : k);
    const from = a + <usize>first * aRow;
    small(from, aRow, bytes(transA ? m : 1), b, bytes(transB ? k : 1), bytes(transB ? 1 : n), out, bytes(n), rows, n, k);
    return;
  }
  // A lone row of A is contiguous, transposed or not.
  if (m == 1 && !packed) {
    if (transB) rowTransposed(a, b, bytes(k), out, n, k);
    else row(a, b, bytes(n), out, n, k);
    return;
  }
  blocks(a, b, c, m, k, n, m == 1 ? 0 : transA, transB, packed, scratch, first, stop);
}

/**
 * Copies op(B) into panels of 8 columns, k-major, padded with zeros: the order in which gemm reads it. The row behind each panel is
 * zeros if the panel is finite, else has NaN among them.
 * Items: the batch · ⌈n/8⌉ panels.
 * @param b      in  f32[batch, k, n], or [batch, n, k] if transB
 * @param panels out f32[batch, ⌈n/8⌉, k + 1, 8]
 * @param strideB elements from one matrix of the batch to the next, 0 for the same matrix
 * @each b = strideB ? k * n per (n + 7) >> 3 : transB ? 8 * k : 0; panels = 8 * k + 8
 */
export function packB(b: usize, panels: usize, k: i32, n: i32, transB: i32, strideB: i32, begin: i32, end: i32): void {
  const each = (n + 7) >> 3;
  let item = begin;
  while (item < end) {
    const matrix = item / each;
    const first = item - matrix * each;
    const stop = min(each, first + end - item);
    const row = bytes(transB ? k : n);
    const from = b + <usize>matrix * bytes(strideB) + (transB ? <usize>(first << 3) * row : bytes(first << 3));
    packChecked(from, row, transB, panels + <usize>item * panelB(k), min(n, stop << 3) - (first << 3), k);
    item += stop - first;
  }
}

/**
 * c = op(A)·op(B), where op transposes if asked; zeros if k = 0. NaN and ±∞ propagate. Where most of A, as far as these items read
 * it, are zeros and B is finite, the zeros are skipped, which changes no bit: gemm/sparse.ts.
 * Each element is summed over k in ascending order; only where n = 1 and B is not packed, along k in 8 lanes (A as it lies).
 * Items: the batch · ⌈m/4⌉ runs of 4 rows.
 * @param a in  f32[batch, m, k], or [batch, k, m] if transA
 * @param b in  f32[batch, k, n], or [batch, n, k] if transB, or packB's panels if packed
 * @param c out f32[batch, m, n], aliases nothing
 * @param strideA elements from one matrix of the batch to the next, 0 for the same matrix
 * @param strideB likewise, in elements of panels if packed
 * @param inner   matrices until those begin again, `outerA` and `outerB` elements from where they began before
 * @each a = strideA && (outerA == inner * strideA || items <= inner * ((m + 3) >> 2)) ? m * k per (m + 3) >> 2
 * : transA || items > (m + 3) >> 2 ? 0 : 4 * k;
 * b = strideB && (outerB == inner * strideB || items <= inner * ((m + 3) >> 2)) ? strideB per (m + 3) >> 2 : 0; c = items > (m + 3) >> 2 ? m * n per (m + 3) >> 2 : 4 * n
 * @block 18
 * @flop 2 * m * k * n * items / ((m + 3) >> 2)
 */
export function gemm(
  a: usize,
  b: usize,
  c: usize,
  m: i32,
  k: i32,
  n: i32,
  transA: i32,
  transB: i32,
  packed: i32,
  strideA: i32,
  strideB: i32,
  inner: i32,
  outerA: i32,
  outerB: i32,
  scratch: usize,
  begin: i32,
  end: i32,
): void {
  const each = (m + 3) >> 2;
  let item = begin;
  while (item < end) {
    const matrix = item / each;
    const first = item - matrix * each;
    const stop = min(each, first + end - item);
    const outer = matrix / inner;
    const within = <usize>(matrix - outer * inner);
    const aAt = a + <usize>outer * bytes(outerA) + within * bytes(strideA);
    const bAt = b + <usize>outer * bytes(outerB) + within * bytes(strideB);
    const cAt = c + <usize>matrix * <usize>m * bytes(n);
    product(aAt, bAt, cAt, m, k, n, transA, transB, packed, scratch, first << 2, min(m, stop << 2));
    item += stop - first;
  }
}
