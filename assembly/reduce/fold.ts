/**
 * What the reduction kernels have in common: x[outer, n, inner] over its middle axis.
 *
 * Runs of a few hundred elements are reduced in f32 lanes and their results in f64, so a sum is right to about one f32 rounding
 * however long it is. The order depends on n alone: a column's is the same whichever vector it falls in.
 *
 * Largest and smallest: `pmax` drops NaN, so NaN is remembered beside it (`taint`); three cheap instructions against the five of
 * `f32x4.max`.
 */
import { loadPart, storePart } from "../lanes";
import { COLUMN_RUN, COLUMN_STRIP, ROW_RUN } from "../tune";

export const SUM = 0;
export const SQUARES = 1;
export const PROD = 2;
export const MAX = 3;
export const MIN = 4;

// @ts-ignore: decorator
@inline
function identity(op: i32): f32 {
  if (op == PROD) return 1;
  if (op == MAX) return -Infinity;
  if (op == MIN) return Infinity;
  return 0;
}

/** An accumulator after one more vector. */
// @ts-ignore: decorator
@inline
function step(op: i32, total: v128, x: v128): v128 {
  if (op == SQUARES) return f32x4.add(total, f32x4.mul(x, x));
  return join(op, total, x);
}

/** Two accumulators in one. */
// @ts-ignore: decorator
@inline
function join(op: i32, a: v128, b: v128): v128 {
  if (op == PROD) return f32x4.mul(a, b);
  if (op == MAX) return f32x4.pmax(a, b);
  if (op == MIN) return f32x4.pmin(a, b);
  return f32x4.add(a, b);
}

// @ts-ignore: decorator
@inline
function taint(op: i32, seen: v128, x: v128): v128 {
  return op == MAX || op == MIN ? v128.or(seen, f32x4.ne(x, x)) : seen;
}

/** `taint` by four vectors at once: pairs first, lest each wait for the one before. */
// @ts-ignore: decorator
@inline
function taintFour(op: i32, seen: v128, a: v128, b: v128, c: v128, d: v128): v128 {
  if (op != MAX && op != MIN) return seen;
  return v128.or(seen, v128.or(v128.or(f32x4.ne(a, a), f32x4.ne(b, b)), v128.or(f32x4.ne(c, c), f32x4.ne(d, d))));
}

// @ts-ignore: decorator
@inline
function joinPairs(op: i32, a: v128, b: v128): v128 {
  if (op == PROD) return f64x2.mul(a, b);
  if (op == MAX) return f64x2.max(a, b);
  if (op == MIN) return f64x2.min(a, b);
  return f64x2.add(a, b);
}

// @ts-ignore: decorator
@inline
function joinTotals(op: i32, a: f64, b: f64): f64 {
  if (op == PROD) return a * b;
  if (op == MAX) return max<f64>(a, b);
  if (op == MIN) return min<f64>(a, b);
  return a + b;
}

/** Lanes 2 and 3 as f64. */
// @ts-ignore: decorator
@inline
function promoteHigh(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<u64>(v, v, 1, 1));
}

/** `count` contiguous elements. */
// @ts-ignore: decorator
@inline
function reduceRun(op: i32, x: usize, count: i32): f64 {
  const none = f32x4.splat(identity(op));
  let a = none;
  let b = none;
  let c = none;
  let d = none;
  let e = none;
  let f = none;
  let g = none;
  let h = none;
  let seen = i32x4.splat(0);
  let i = 0;
  if (count >= 32) {
    for (; i + 32 <= count; i += 32) {
      const at = x + (<usize>i << 2);
      const p = v128.load(at);
      const q = v128.load(at, 16);
      const r = v128.load(at, 32);
      const s = v128.load(at, 48);
      a = step(op, a, p);
      b = step(op, b, q);
      c = step(op, c, r);
      d = step(op, d, s);
      seen = taintFour(op, seen, p, q, r, s);
      const t = v128.load(at, 64);
      const u = v128.load(at, 80);
      const v = v128.load(at, 96);
      const w = v128.load(at, 112);
      e = step(op, e, t);
      f = step(op, f, u);
      g = step(op, g, v);
      h = step(op, h, w);
      seen = taintFour(op, seen, t, u, v, w);
    }
    a = join(op, join(op, join(op, a, b), join(op, c, d)), join(op, join(op, e, f), join(op, g, h)));
  }
  for (; i + 4 <= count; i += 4) {
    const v = v128.load(x + (<usize>i << 2));
    a = step(op, a, v);
    seen = taint(op, seen, v);
  }
  if (i < count) {
    const v = loadPart(x + (<usize>i << 2), count - i, none);
    a = step(op, a, v);
    seen = taint(op, seen, v);
  }
  a = v128.or(a, seen); // all ones is a NaN
  const pair = joinPairs(op, f64x2.promote_low_f32x4(a), promoteHigh(a));
  return joinTotals(op, f64x2.extract_lane(pair, 0), f64x2.extract_lane(pair, 1));
}

// @ts-ignore: decorator
@inline
export function reduceRow(op: i32, x: usize, n: i32): f64 {
  let total = <f64>identity(op);
  for (let i = 0; i < n; i += ROW_RUN) total = joinTotals(op, total, reduceRun(op, x + (<usize>i << 2), min(ROW_RUN, n - i)));
  return total;
}

/** Adds one run's result for four columns to their f64 totals. */
// @ts-ignore: decorator
@inline
function keep(op: i32, totals: usize, v: v128, first: bool): void {
  const low = f64x2.promote_low_f32x4(v);
  const high = promoteHigh(v);
  v128.store(totals, first ? low : joinPairs(op, v128.load(totals), low));
  v128.store(totals, first ? high : joinPairs(op, v128.load(totals, 16), high), 16);
}

/** One run of `rows` rows, `row` bytes apart, in `columns` neighbouring columns. */
// @ts-ignore: decorator
@inline
function reduceBlock(op: i32, x: usize, row: usize, rows: i32, columns: i32, totals: usize, first: bool): void {
  const none = f32x4.splat(identity(op));
  let end = x + row * rows;
  let c = 0;
  for (; c + 16 <= columns; c += 16) {
    let a = none;
    let b = none;
    let g = none;
    let h = none;
    let seenA = i32x4.splat(0);
    let seenB = seenA;
    let seenG = seenA;
    let seenH = seenA;
    for (let at = x; at < end; at += row) {
      const p = v128.load(at);
      const q = v128.load(at, 16);
      const r = v128.load(at, 32);
      const s = v128.load(at, 48);
      a = step(op, a, p);
      b = step(op, b, q);
      g = step(op, g, r);
      h = step(op, h, s);
      seenA = taint(op, seenA, p);
      seenB = taint(op, seenB, q);
      seenG = taint(op, seenG, r);
      seenH = taint(op, seenH, s);
    }
    const at = totals + (<usize>c << 3);
    keep(op, at, v128.or(a, seenA), first);
    keep(op, at + 32, v128.or(b, seenB), first);
    keep(op, at + 64, v128.or(g, seenG), first);
    keep(op, at + 96, v128.or(h, seenH), first);
    x += 64;
    end += 64;
  }
  for (; c < columns; c += 4) {
    const part = columns - c;
    let a = none;
    let seen = i32x4.splat(0);
    for (let at = x; at < end; at += row) {
      const v = part >= 4 ? v128.load(at) : loadPart(at, part, none);
      a = step(op, a, v);
      seen = taint(op, seen, v);
    }
    keep(op, totals + (<usize>c << 3), v128.or(a, seen), first);
    x += 16;
    end += 16;
  }
}

/** Divides `columns` totals and rounds them to f32. */
function round(totals: usize, y: usize, columns: i32, over: f64): void {
  const divisor = f64x2.splat(over);
  for (let c = 0; c < columns; c += 4, totals += 32, y += 16) {
    const low = f32x4.demote_f64x2_zero(f64x2.div(v128.load(totals), divisor));
    const v = v128.shuffle<u64>(low, f32x4.demote_f64x2_zero(f64x2.div(v128.load(totals, 16), divisor)), 0, 2);
    if (columns - c >= 4) v128.store(y, v);
    else storePart(y, columns - c, v);
  }
}

// @ts-ignore: decorator
@inline
export function reduce(op: i32, x: usize, y: usize, n: i32, inner: i32, over: f64, scratch: usize, begin: i32, end: i32): void {
  if (inner == 1 || n == 0) {
    for (let i = begin; i < end; ++i) store<f32>(y + (<usize>i << 2), <f32>(reduceRow(op, x + (<usize>(i * n) << 2), n) / over));
    return;
  }
  const row = <usize>inner << 2;
  for (let i = begin; i < end; ) {
    const slab = i / inner;
    const column = i - slab * inner;
    const columns = min(COLUMN_STRIP, min(inner - column, end - i));
    let from = x + (<usize>(slab * n * inner + column) << 2);
    for (let k = 0; k < n; k += COLUMN_RUN, from += row * COLUMN_RUN) {
      reduceBlock(op, from, row, min(COLUMN_RUN, n - k), columns, scratch, k == 0);
    }
    round(scratch, y + (<usize>i << 2), columns, over);
    i += columns;
  }
}

/** Where the first element lies that equals `best`, or is NaN: there is none of the latter unless the first is what is sought. */
function find(x: usize, n: i32, best: f32): i32 {
  const sought = f32x4.splat(best);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const v = v128.load(x + (<usize>i << 2));
    const hits = i32x4.bitmask(v128.or(f32x4.eq(v, sought), f32x4.ne(v, v)));
    if (hits) return i + ctz(hits);
  }
  for (; i < n; ++i) {
    const v = load<f32>(x + (<usize>i << 2));
    if (v == best || v != v) return i;
  }
  return 0;
}

/** Where the best of up to four columns lies: an element that is better, or the first NaN, takes its lane. */
// @ts-ignore: decorator
@inline
function findInColumns(op: i32, x: usize, row: usize, n: i32, part: i32): v128 {
  const zero = i32x4.splat(0);
  let best = part >= 4 ? v128.load(x) : loadPart(x, part, zero);
  let where = zero;
  for (let k = 1; k < n; ++k) {
    x += row;
    const v = part >= 4 ? v128.load(x) : loadPart(x, part, zero);
    const worse = op == MAX ? f32x4.le(v, best) : f32x4.ge(v, best);
    const better = v128.andnot(f32x4.eq(best, best), worse);
    best = v128.bitselect(v, best, better);
    where = v128.bitselect(i32x4.splat(k), where, better);
  }
  return where;
}

// @ts-ignore: decorator
@inline
export function arg(op: i32, x: usize, y: usize, n: i32, inner: i32, begin: i32, end: i32): void {
  if (inner == 1) {
    for (let i = begin; i < end; ++i) {
      const at = x + (<usize>(i * n) << 2);
      store<i32>(y + (<usize>i << 2), find(at, n, <f32>reduceRow(op, at, n)));
    }
    return;
  }
  const row = <usize>inner << 2;
  for (let i = begin; i < end; ) {
    const slab = i / inner;
    const column = i - slab * inner;
    const part = min(inner - column, end - i);
    const where = findInColumns(op, x + (<usize>(slab * n * inner + column) << 2), row, n, part);
    if (part >= 4) v128.store(y + (<usize>i << 2), where);
    else storePart(y + (<usize>i << 2), part, where);
    i += min(part, 4);
  }
}
