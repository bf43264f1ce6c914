/**
 * Batch norm: the columns of x[rows, n]. Statistics come in blocks of rows, one pair of partial sums for each block and column,
 * which `columnStatistics` joins: the order is the same however the work is shared.
 *
 * A block's moments are taken around a first mean; what that is off by is then taken off both, so a column of equal numbers has
 * their very mean, and the variance 0. NaN or ±∞ in a column makes all of it NaN, as in PyTorch.
 */
import { fma, fnma } from "../isa";
import { BATCH, loadSome, storeSome, sumColumns } from "../norm/columns";
import { demote, normalizeRows, promoteHigh, ROWS } from "../norm/rows";

/** Mean of one block's eight neighbouring columns, or of up to four, and Σ (x − mean)². */
// @ts-ignore: decorator
@inline
function momentsOf(wide: bool, part: i32, x: usize, mean: usize, total: usize, count: i32, row: usize): void {
  const none = f32x4.splat(0);
  const share = f32x4.splat(1 / <f32>count);
  const last = x + row * count;
  let a = none;
  let b = none;
  for (let p = x; p < last; p += row) {
    a = f32x4.add(a, loadSome(p, part));
    if (wide) b = f32x4.add(b, v128.load(p, 16));
  }
  const nearA = f32x4.mul(a, share);
  const nearB = f32x4.mul(b, share);
  a = none;
  b = none;
  let c = none;
  let d = none;
  for (let p = x; p < last; p += row) {
    const u = f32x4.sub(loadSome(p, part), nearA);
    a = f32x4.add(a, u);
    c = fma(u, u, c);
    if (wide) {
      const v = f32x4.sub(v128.load(p, 16), nearB);
      b = f32x4.add(b, v);
      d = fma(v, v, d);
    }
  }
  const offA = f32x4.mul(a, share);
  storeSome(mean, part, f32x4.add(nearA, offA));
  storeSome(total, part, f32x4.pmax(fnma(a, offA, c), none)); // the sum first: keeps NaN
  if (!wide) return;
  const offB = f32x4.mul(b, share);
  v128.store(mean, f32x4.add(nearB, offB), 16);
  v128.store(total, f32x4.pmax(fnma(b, offB, d), none), 16);
}

/**
 * The mean of each block's column and Σ (x − mean)² around it. Items: blocks·n.
 * @param x     in  f32[rows, n]
 * @param mean  out f32[⌈rows/block⌉, n]
 * @param total out f32[⌈rows/block⌉, n]
 * @each x = block * n per n; mean = 1; total = 1
 */
export function columnMoments(
  x: usize, mean: usize, total: usize, rows: i32, block: i32, n: i32, begin: i32, end: i32,
): void {
  const row = <usize>n << 2;
  for (let i = begin; i < end; ) {
    const k = i / n;
    const column = i - k * n;
    const stop = i + min(n - column, end - i);
    const count = min(block, rows - k * block);
    let from = x + (<usize>(k * block * n + column) << 2);
    let to = <usize>i << 2;
    for (; i + 8 <= stop; i += 8, from += 32, to += 32) momentsOf(true, 8, from, mean + to, total + to, count, row);
    for (; i < stop; i += 4, from += 16, to += 16) momentsOf(false, stop - i, from, mean + to, total + to, count, row);
    i = stop;
  }
}

// @ts-ignore: decorator
@inline
function inverseRoot(variance: v128, eps: v128): v128 {
  return f64x2.div(f64x2.splat(1), f64x2.sqrt(f64x2.add(variance, eps)));
}

/**
 * Mean, variance (divided by rows) and 1/√(variance + eps) of each column, from the moments of its blocks. Items: columns.
 * @source Chan, Golub & LeVeque 1983, eq. 2.1b, for all blocks at once
 * @param means    in  f32[⌈rows/block⌉, n], from columnMoments
 * @param totals   in  f32[⌈rows/block⌉, n], from columnMoments
 * @param mean     out f32[n]
 * @param variance out f32[n]
 * @param scale    out f32[n]
 */
export function columnStatistics(
  means: usize, totals: usize, mean: usize, variance: usize, scale: usize,
  rows: i32, block: i32, n: i32, eps: f32, begin: i32, end: i32,
): void {
  const row = <usize>n << 2;
  const share = f64x2.splat(1 / <f64>rows);
  const epsilon = f64x2.splat(<f64>eps);
  for (let i = begin; i < end; i += 4) {
    const part = end - i;
    const at = <usize>i << 2;
    let low = f64x2.splat(0);
    let high = low;
    let p = at;
    for (let r = 0; r < rows; r += block, p += row) {
      const count = f64x2.splat(<f64>min(block, rows - r));
      const m = loadSome(means + p, part);
      low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(m), count));
      high = f64x2.add(high, f64x2.mul(promoteHigh(m), count));
    }
    low = f64x2.mul(low, share);
    high = f64x2.mul(high, share);
    storeSome(mean + at, part, demote(low, high));
    let lowSum = f64x2.splat(0);
    let highSum = lowSum;
    p = at;
    for (let r = 0; r < rows; r += block, p += row) {
      const count = f64x2.splat(<f64>min(block, rows - r));
      const m = loadSome(means + p, part);
      const t = loadSome(totals + p, part);
      const u = f64x2.sub(f64x2.promote_low_f32x4(m), low);
      const v = f64x2.sub(promoteHigh(m), high);
      lowSum = f64x2.add(lowSum, f64x2.add(f64x2.promote_low_f32x4(t), f64x2.mul(f64x2.mul(u, u), count)));
      highSum = f64x2.add(highSum, f64x2.add(promoteHigh(t), f64x2.mul(f64x2.mul(v, v), count)));
    }
    lowSum = f64x2.mul(lowSum, share);
    highSum = f64x2.mul(highSum, share);
    storeSome(variance + at, part, demote(lowSum, highSum));
    storeSome(scale + at, part, demote(inverseRoot(lowSum, epsilon), inverseRoot(highSum, epsilon)));
  }
}

/**
 * y = (x − mean)·scale·weight + bias. Items: rows.
 * @param x      in  f32[rows, n]
 * @param mean   in  f32[n]
 * @param scale  in  f32[n]
 * @param weight in  f32[n]
 * @param bias   in  f32[n]
 * @param y      out f32[rows, n], may alias x
 * @each x = n; y = n
 */
export function batchNorm(
  x: usize, mean: usize, scale: usize, weight: usize, bias: usize, y: usize, n: i32, begin: i32, end: i32,
): void {
  normalizeRows(x, mean, scale, weight, bias, y, n, begin, end);
}

/** dx of four columns: (dy − shift − (x − m)·slope)·factor. */
// @ts-ignore: decorator
@inline
function back(x: v128, dy: v128, m: v128, slope: v128, shift: v128, factor: v128): v128 {
  return f32x4.mul(fnma(f32x4.sub(x, m), slope, f32x4.sub(dy, shift)), factor);
}

/** dx of eight columns of some rows, or of up to four. */
// @ts-ignore: decorator
@inline
function normalizeGrad(
  wide: bool, part: i32, x: usize, weight: usize, mean: usize, scale: usize, dweight: usize, dbias: usize, dy: usize, dx: usize,
  share: v128, last: usize, row: usize,
): void {
  const m = loadSome(mean, part);
  const s = f32x4.mul(loadSome(scale, part), share);
  const slope = f32x4.mul(s, loadSome(dweight, part));
  const shift = f32x4.mul(loadSome(dbias, part), share);
  const factor = f32x4.mul(loadSome(scale, part), loadSome(weight, part));
  const m2 = wide ? v128.load(mean, 16) : m;
  const s2 = wide ? f32x4.mul(v128.load(scale, 16), share) : s;
  const slope2 = wide ? f32x4.mul(s2, v128.load(dweight, 16)) : slope;
  const shift2 = wide ? f32x4.mul(v128.load(dbias, 16), share) : shift;
  const factor2 = wide ? f32x4.mul(v128.load(scale, 16), v128.load(weight, 16)) : factor;
  for (; x < last; x += row, dy += row, dx += row) {
    storeSome(dx, part, back(loadSome(x, part), loadSome(dy, part), m, slope, shift, factor));
    if (wide) v128.store(dx, back(v128.load(x, 16), v128.load(dy, 16), m2, slope2, shift2, factor2), 16);
  }
}

/**
 * dx = scale·weight·(dy − dbias/rows − x̂·dweight/rows), where x̂ = (x − mean)·scale. Items: rows.
 * @param x       in  f32[rows, n]
 * @param weight  in  f32[n]
 * @param mean    in  f32[n], from columnStatistics
 * @param scale   in  f32[n], from columnStatistics
 * @param dweight in  f32[n], Σ dy·x̂ over all rows
 * @param dbias   in  f32[n], Σ dy over all rows
 * @param dy      in  f32[rows, n]
 * @param dx      out f32[rows, n], may alias x or dy
 * @each x = n; dy = n; dx = n
 */
export function batchNormGrad(
  x: usize, weight: usize, mean: usize, scale: usize, dweight: usize, dbias: usize, dy: usize, dx: usize,
  rows: i32, n: i32, begin: i32, end: i32,
): void {
  const row = <usize>n << 2;
  const share = f32x4.splat(1 / <f32>rows);
  for (let r = begin; r < end; r += ROWS) {
    const last = x + row * min(r + ROWS, end);
    let at = row * r;
    let c: usize = 0;
    let part = n;
    for (; part >= 8; part -= 8, c += 32, at += 32) {
      normalizeGrad(true, 8, x + at, weight + c, mean + c, scale + c, dweight + c, dbias + c, dy + at, dx + at, share, last, row);
    }
    for (; part > 0; part -= 4, c += 16, at += 16) {
      normalizeGrad(
        false, part, x + at, weight + c, mean + c, scale + c, dweight + c, dbias + c, dy + at, dx + at, share, last, row,
      );
    }
  }
}

/**
 * Partial sums dweight = Σ dy·x̂ and dbias = Σ dy of blocks of rows, where x̂ = (x − mean)·scale. Items: blocks·n.
 * @param x       in  f32[rows, n]
 * @param mean    in  f32[n], from columnStatistics
 * @param scale   in  f32[n], from columnStatistics
 * @param dy      in  f32[rows, n]
 * @param dweight out f32[⌈rows/block⌉, n]
 * @param dbias   out f32[⌈rows/block⌉, n]
 * @each x = block * n per n; dy = block * n per n; dweight = 1; dbias = 1
 */
export function batchNormColumns(
  x: usize, mean: usize, scale: usize, dy: usize, dweight: usize, dbias: usize, rows: i32, block: i32, n: i32, begin: i32, end: i32,
): void {
  sumColumns(BATCH, x, mean, scale, dy, dweight, dbias, rows, block, n, begin, end);
}
