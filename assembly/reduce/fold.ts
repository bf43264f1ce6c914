/**
 * What the reduction kernels have in common: x[outer, n, inner] over its middle axis, all of it at once or in blocks whose f64 results
 * are joined later. The order depends on n alone: a column's is the same whichever vector it falls in.
 */
import { loadPart } from "../lanes";
import { COLUMN_STRIP } from "../tune";
import { eightExtremes, oneExtreme, rowExtreme } from "./extremes";
import { eight, four, highPair, identity, joinPairs, loadLanes, lowPair, MAX, MIN, one, PROD } from "./steps";

/** Sum or product of `n` contiguous elements. */
// @ts-ignore: decorator
@inline
export function rowTotal(op: i32, x: usize, n: i32): f64 {
  const none = f64x2.splat(<f64>identity(op));
  let low = none;
  let high = none;
  const end = x + (<usize>n << 2);
  for (; x + 128 <= end; x += 128) {
    const v = eight(op, true, x, 16);
    low = joinPairs(op, low, lowPair(v));
    high = joinPairs(op, high, highPair(v));
  }
  if (x + 64 <= end) {
    const v = four(op, true, x, 16);
    low = joinPairs(op, low, lowPair(v));
    high = joinPairs(op, high, highPair(v));
    x += 64;
  }
  for (; x < end; x += 16) {
    const part = <i32>(end - x) >> 2;
    const v = one(op, part >= 4 ? v128.load(x) : loadPart(x, part, f32x4.splat(identity(op))));
    low = joinPairs(op, low, lowPair(v));
    high = joinPairs(op, high, highPair(v));
  }
  const all = joinPairs(op, low, high);
  return f64x2.extract_lane(joinPairs(op, all, v128.shuffle<u64>(all, all, 1, 1)), 0);
}

// @ts-ignore: decorator
@inline
function isExtreme(op: i32): bool {
  return op == MAX || op == MIN;
}

// @ts-ignore: decorator
@inline
function rowResult(op: i32, x: usize, n: i32): f64 {
  return isExtreme(op) ? <f64>rowExtreme(op, x, n) : rowTotal(op, x, n);
}

/** Results of four columns so far take 32 bytes: four f64, or four f32 where no sum is kept. */
const RESULTS: usize = 32;

// @ts-ignore: decorator
@inline
function begin4(op: i32, to: usize): void {
  const none = isExtreme(op) ? f32x4.splat(identity(op)) : f64x2.splat(<f64>identity(op));
  v128.store(to, none);
  v128.store(to, none, 16);
}

// @ts-ignore: decorator
@inline
function add(op: i32, to: usize, v: v128): void {
  v128.store(to, joinPairs(op, v128.load(to), lowPair(v)));
  v128.store(to, joinPairs(op, v128.load(to, 16), highPair(v)), 16);
}

/** Eight rows of four columns. */
// @ts-ignore: decorator
@inline
function addEight(op: i32, whole: bool, to: usize, x: usize, row: usize): void {
  if (isExtreme(op)) v128.store(to, eightExtremes(op, whole, v128.load(to), x, row));
  else add(op, to, eight(op, whole, x, row));
}

/** One row of them. */
// @ts-ignore: decorator
@inline
function addOne(op: i32, whole: bool, to: usize, x: usize): void {
  const v = loadLanes(whole, x);
  if (isExtreme(op)) v128.store(to, oneExtreme(op, v128.load(to), v));
  else add(op, to, one(op, v));
}

/**
 * Results of `columns` neighbouring columns of `rows` rows, `row` bytes apart: four at a time, of which the last four may repeat
 * others; or of one column.
 */
// @ts-ignore: decorator
@inline
function foldColumns(op: i32, whole: bool, x: usize, row: usize, rows: i32, columns: i32, results: usize): void {
  const last = whole ? (<usize>columns << 2) - 16 : 0;
  for (let c: usize = 0; c < last + 16; c += 16) begin4(op, results + c * 2);
  let k = 0;
  for (; k + 8 <= rows; k += 8, x += row * 8) {
    let to = results;
    for (let c: usize = 0; c < last; c += 16, to += RESULTS) addEight(op, whole, to, x + c, row);
    addEight(op, whole, to, x + last, row);
  }
  for (; k < rows; ++k, x += row) {
    let to = results;
    for (let c: usize = 0; c < last; c += 16, to += RESULTS) addOne(op, whole, to, x + c);
    addOne(op, whole, to, x + last);
  }
}

/** Two results, rounded; of a product there is nothing to divide. */
// @ts-ignore: decorator
@inline
function divided(op: i32, pair: v128, over: v128): v128 {
  return f32x4.demote_f64x2_zero(op == PROD ? pair : f64x2.div(pair, over));
}

/** Writes four results, or one, divided as f32, or as f64. */
// @ts-ignore: decorator
@inline
function put(op: i32, y: usize, from: usize, whole: bool, wide: bool, over: v128): void {
  const kept = v128.load(from);
  if (wide) {
    const low = isExtreme(op) ? lowPair(kept) : kept;
    if (whole) {
      v128.store(y, low);
      v128.store(y, isExtreme(op) ? highPair(kept) : v128.load(from, 16), 16);
    } else v128.store64_lane(y, low, 0);
    return;
  }
  const v = isExtreme(op)
    ? kept
    : v128.shuffle<u64>(divided(op, kept, over), divided(op, v128.load(from, 16), over), 0, 2);
  if (whole) v128.store(y, v);
  else v128.store32_lane(y, v, 0);
}

// @ts-ignore: decorator
@inline
function reduceRows(op: i32, x: usize, y: usize, n: i32, block: i32, blocks: i32, over: i32, begin: i32, end: i32): void {
  if (blocks == 1) {
    x += (<usize>begin * n) << 2;
    const divisor = <f64>over;
    for (let i = begin; i < end; ++i, x += <usize>n << 2) {
      const result = rowResult(op, x, n);
      store<f32>(y + (<usize>i << 2), <f32>(op == PROD || isExtreme(op) ? result : result / divisor));
    }
    return;
  }
  for (let i = begin; i < end; ++i) {
    const from = (i % blocks) * block;
    store<f64>(y + (<usize>i << 3), rowResult(op, x + ((<usize>(i / blocks) * n + from) << 2), min(block, n - from)));
  }
}

/**
 * Reduces items [begin, end) of outer × blocks × inner results, each of up to `block` of the n: f32 where one block is all, sums
 * divided by `over`; else f64.
 */
// @ts-ignore: decorator
@inline
export function reduce(
  op: i32, x: usize, y: usize, n: i32, inner: i32, block: i32, over: i32, scratch: usize, begin: i32, end: i32,
): void {
  const wide = block < n;
  const blocks = wide ? (n + block - 1) / block : 1;
  if (inner == 1) {
    reduceRows(op, x, y, n, block, blocks, over, begin, end);
    return;
  }
  const divisor = f64x2.splat(over);
  const size: usize = wide ? 8 : 4;
  const row = <usize>inner << 2;
  for (let i = begin; i < end; ) {
    const slab = i / inner;
    const column = i - slab * inner;
    const from = (slab % blocks) * block;
    const rows = wide ? min(block, n - from) : n;
    const at = x + (((<usize>(slab / blocks) * n + from) * inner + column) << 2);
    const columns = min(COLUMN_STRIP, min(inner - column, end - i));
    let to = y + <usize>i * size;
    if (columns < 4) {
      foldColumns(op, false, at, row, rows, 1, scratch);
      put(op, to, scratch, false, wide, divisor);
      i += 1;
      continue;
    }
    foldColumns(op, true, at, row, rows, columns, scratch);
    // The last four may repeat others, to the same bits.
    const last = to + <usize>(columns - 4) * size;
    let from4 = scratch;
    for (; to < last; to += size << 2, from4 += RESULTS) put(op, to, from4, true, wide, divisor);
    put(op, last, from4, true, wide, divisor);
    i += columns;
  }
}
