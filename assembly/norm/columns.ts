/**
 * What every norm's gradients have in common: Σ dy·x̂ and Σ dy over the rows of x[rows, n], in blocks of rows, one partial sum for
 * each block and column. The order is the same however the work is shared, and whichever vector a column falls in.
 */
import { fma } from "../isa";
import { loadPart, storePart } from "../lanes";

export const LAYER = 0; // x̂ = (x − mean)·scale, both a row's
export const RMS = 1; // x̂ = x·scale, a row's
export const BATCH = 2; // x̂ = (x − mean)·scale, both a column's: scale comes last

/** Four lanes, or the `part` there are and zeros. */
// @ts-ignore: decorator
@inline
export function loadSome(x: usize, part: i32): v128 {
  return part >= 4 ? v128.load(x) : loadPart(x, part, f32x4.splat(0));
}

// @ts-ignore: decorator
@inline
export function storeSome(y: usize, part: i32, v: v128): void {
  if (part >= 4) v128.store(y, v);
  else storePart(y, part, v);
}

/** dy·x̂ added to a sum. */
// @ts-ignore: decorator
@inline
function addProduct(op: i32, total: v128, dy: v128, x: v128, mean: v128, scale: v128): v128 {
  if (op == BATCH) return fma(dy, f32x4.sub(x, mean), total);
  return fma(dy, f32x4.mul(op == RMS ? x : f32x4.sub(x, mean), scale), total);
}

/** One block's sums for eight neighbouring columns, or for up to four; mean and scale of its rows, or of these columns. */
// @ts-ignore: decorator
@inline
function sumGroup(
  op: i32, wide: bool, part: i32, x: usize, mean: usize, scale: usize, dy: usize, dweight: usize, dbias: usize,
  count: i32, row: usize,
): void {
  const none = f32x4.splat(0);
  let m = op == BATCH ? loadSome(mean, part) : none;
  let n = op == BATCH && wide ? v128.load(mean, 16) : none;
  let s = none;
  let a = none;
  let b = none;
  let c = none;
  let d = none;
  let r: usize = 0;
  for (const last = x + row * count; x < last; x += row, dy += row, r += 4) {
    if (op == LAYER) {
      m = v128.load32_splat(mean + r);
      n = m;
    }
    if (op != BATCH) s = v128.load32_splat(scale + r);
    const g = loadSome(dy, part);
    a = addProduct(op, a, g, loadSome(x, part), m, s);
    if (op != RMS) c = f32x4.add(c, g);
    if (wide) {
      const h = v128.load(dy, 16);
      b = addProduct(op, b, h, v128.load(x, 16), n, s);
      if (op != RMS) d = f32x4.add(d, h);
    }
  }
  if (op == BATCH) a = f32x4.mul(a, loadSome(scale, part));
  storeSome(dweight, part, a);
  if (op != RMS) storeSome(dbias, part, c);
  if (!wide) return;
  if (op == BATCH) b = f32x4.mul(b, v128.load(scale, 16));
  v128.store(dweight, b, 16);
  if (op != RMS) v128.store(dbias, d, 16);
}

/** Partial sums of dy·x̂ and dy: items [begin, end) of blocks·n. */
// @ts-ignore: decorator
@inline
export function sumColumns(
  op: i32, x: usize, mean: usize, scale: usize, dy: usize, dweight: usize, dbias: usize,
  rows: i32, block: i32, n: i32, begin: i32, end: i32,
): void {
  const row = <usize>n << 2;
  for (let i = begin; i < end; ) {
    const k = i / n;
    const column = i - k * n;
    const stop = i + min(n - column, end - i);
    const first = k * block;
    const count = min(block, rows - first);
    let at = <usize>(first * n + column) << 2;
    let stats = <usize>(op == BATCH ? column : first) << 2;
    const stride: usize = op == BATCH ? 16 : 0;
    let to = <usize>i << 2;
    for (; i + 8 <= stop; i += 8, at += 32, to += 32, stats += stride * 2) {
      sumGroup(op, true, 8, x + at, mean + stats, scale + stats, dy + at, dweight + to, dbias + to, count, row);
    }
    for (; i < stop; i += 4, at += 16, to += 16, stats += stride) {
      sumGroup(op, false, stop - i, x + at, mean + stats, scale + stats, dy + at, dweight + to, dbias + to, count, row);
    }
    i = stop;
  }
}
