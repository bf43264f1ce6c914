/**
 * Running totals of x[outer, n, inner] along its middle axis, kept in f64. Items: the outer·inner lines.
 * @each x = inner == 1 ? n : n * inner per inner; y = inner == 1 ? n : n * inner per inner
 */
import { loadPart, storePart } from "../lanes";
import { highPair, joinPairs, joinTotals, lowPair, PROD, SUM } from "../reduce/steps";

/** One line of contiguous elements. */
// @ts-ignore: decorator
@inline
function scanRow(op: i32, x: usize, y: usize, n: i32, reverse: i32): void {
  let total: f64 = op == PROD ? 1 : 0;
  const step: usize = reverse ? <usize>-4 : 4;
  let at: usize = reverse ? (<usize>n << 2) - 4 : 0;
  for (let k = 0; k < n; ++k, at += step) {
    total = joinTotals(op, total, <f64>load<f32>(x + at));
    store<f32>(y + at, <f32>total);
  }
}

/** Up to four neighbouring lines, whose elements lie `row` bytes apart. */
// @ts-ignore: decorator
@inline
function scanColumns(op: i32, x: usize, y: usize, n: i32, row: usize, part: i32, reverse: i32): void {
  let low = f64x2.splat(op == PROD ? 1 : 0);
  let high = low;
  const step = reverse ? <usize>(-<isize>row) : row;
  let at: usize = reverse ? row * (n - 1) : 0;
  for (let k = 0; k < n; ++k, at += step) {
    const v = part >= 4 ? v128.load(x + at) : loadPart(x + at, part, f32x4.splat(0));
    low = joinPairs(op, low, lowPair(v));
    high = joinPairs(op, high, highPair(v));
    const totals = v128.shuffle<u64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
    if (part >= 4) v128.store(y + at, totals);
    else storePart(y + at, part, totals);
  }
}

// @ts-ignore: decorator
@inline
function scan(op: i32, x: usize, y: usize, n: i32, inner: i32, reverse: i32, begin: i32, end: i32): void {
  for (let i = begin; i < end; ) {
    const slab = i / inner;
    const column = i - slab * inner;
    const offset = (<usize>slab * n * inner + column) << 2;
    const part = min(4, min(inner - column, end - i));
    if (inner == 1) scanRow(op, x + offset, y + offset, n, reverse);
    else scanColumns(op, x + offset, y + offset, n, <usize>inner << 2, part, reverse);
    i += part;
  }
}

/**
 * y[…, k, …] = Σ x[…, 0 … k, …], or with `reverse` 1 from k to the end.
 * @param x in  f32[outer, n, inner]
 * @param y out f32[outer, n, inner], may alias x
 */
export function cumSum(x: usize, y: usize, outer: i32, n: i32, inner: i32, reverse: i32, begin: i32, end: i32): void {
  scan(SUM, x, y, n, inner, reverse, begin, end);
}

/**
 * y[…, k, …] = Π x[…, 0 … k, …], or with `reverse` 1 from k to the end.
 * @param x in  f32[outer, n, inner]
 * @param y out f32[outer, n, inner], may alias x
 */
export function cumProd(x: usize, y: usize, outer: i32, n: i32, inner: i32, reverse: i32, begin: i32, end: i32): void {
  scan(PROD, x, y, n, inner, reverse, begin, end);
}
