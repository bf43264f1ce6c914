/**
 * Group norm: each sample of x[samples, places, n] by itself, and in it each of `groups` runs of neighbouring channels. Instance norm
 * has as many groups as channels. Items are samples: what is read several times is still in the cache.
 *
 * Sums of a channel run in f32 for ROW_RUN places, then in f64; a group's moments come of its channels'. A channel's are taken around a
 * first mean, as in batch norm. NaN or ±∞ in a group makes all of it NaN, as in PyTorch.
 */
import { fma, fnma } from "../isa";
import { loadSome, storeSome } from "../norm/columns";
import { demote, normalizeRows, promoteHigh, ROWS } from "../norm/rows";
import { ROW_RUN } from "../tune";

/** A first mean of four columns, or fewer. */
// @ts-ignore: decorator
@inline
function nearOf(part: i32, x: usize, places: i32, row: usize): v128 {
  let sum = f32x4.splat(0);
  for (const last = x + row * places; x < last; x += row) sum = f32x4.add(sum, loadSome(x, part));
  return f32x4.mul(sum, f32x4.splat(1 / <f32>places));
}

/**
 * Four columns, or fewer, of all places. Forwards (dy = 0) the mean of each and Σ (x − mean)², where `near` is close to the mean;
 * backwards Σ dy and Σ dy·(x − near)·scale.
 */
// @ts-ignore: decorator
@inline
function sumsOf(
  back: bool, part: i32, x: usize, dy: usize, near: v128, scale: v128, first: usize, second: usize, places: i32, row: usize,
): void {
  let low = f64x2.splat(0);
  let high = low;
  let lowProducts = low;
  let highProducts = low;
  for (let left = places; left > 0; left -= ROW_RUN) {
    let a = f32x4.splat(0);
    let b = a;
    for (let count = min(left, ROW_RUN); count > 0; --count) {
      const u = f32x4.sub(loadSome(x, part), near);
      const g = back ? loadSome(dy, part) : u;
      a = f32x4.add(a, g);
      b = fma(g, u, b);
      x += row;
      if (back) dy += row;
    }
    low = f64x2.add(low, f64x2.promote_low_f32x4(a));
    high = f64x2.add(high, promoteHigh(a));
    lowProducts = f64x2.add(lowProducts, f64x2.promote_low_f32x4(b));
    highProducts = f64x2.add(highProducts, promoteHigh(b));
  }
  if (back) {
    storeSome(first, part, demote(low, high));
    storeSome(second, part, f32x4.mul(demote(lowProducts, highProducts), scale));
    return;
  }
  const share = f64x2.splat(1 / <f64>places);
  const lowOff = f64x2.mul(low, share);
  const highOff = f64x2.mul(high, share);
  const lowMean = f64x2.add(f64x2.promote_low_f32x4(near), lowOff);
  storeSome(first, part, demote(lowMean, f64x2.add(promoteHigh(near), highOff)));
  const squares = demote(f64x2.sub(lowProducts, f64x2.mul(low, lowOff)), f64x2.sub(highProducts, f64x2.mul(high, highOff)));
  storeSome(second, part, f32x4.pmax(squares, f32x4.splat(0))); // the sum first: keeps NaN
}

/** Mean and 1/√(variance + eps) of a sample's groups, for each of their channels, in place of the channels' moments. */
function joinMoments(mean: usize, scale: usize, places: i32, groups: i32, n: i32, eps: f64): void {
  const own = n / groups;
  const share = 1 / <f64>own;
  const shareOfAll = share / <f64>places;
  for (let from: usize = 0, row = <usize>n << 2; from < row; ) {
    const to = from + (<usize>own << 2);
    let m: f64 = 0;
    for (let at = from; at < to; at += 4) m += load<f32>(mean + at);
    m *= share;
    let variance: f64 = 0;
    for (let at = from; at < to; at += 4) {
      const d = <f64>load<f32>(mean + at) - m;
      variance += <f64>load<f32>(scale + at) * shareOfAll + d * d * share;
    }
    const s = <f32>(1 / sqrt<f64>(variance + eps));
    for (; from < to; from += 4) {
      store<f32>(mean + from, <f32>m);
      store<f32>(scale + from, s);
    }
  }
}

/**
 * y = (x − mean)·scale·weight + bias, where mean and scale = 1/√(variance + eps) are those of a sample's group. Items: samples.
 * @source Wu & He 2018, arXiv:1803.08494; moments joined by Chan, Golub & LeVeque 1983, eq. 2.1b
 * @param x      in  f32[samples, places, n]
 * @param weight in  f32[n]
 * @param bias   in  f32[n]
 * @param y      out f32[samples, places, n], may alias x
 * @param mean   out f32[samples, n], a group's for each of its channels
 * @param scale  out f32[samples, n], likewise
 * @each x = places * n; y = places * n; mean = n; scale = n
 */
export function groupNorm(
  x: usize, weight: usize, bias: usize, y: usize, mean: usize, scale: usize, places: i32, groups: i32, n: i32, eps: f32,
  begin: i32, end: i32,
): void {
  const row = <usize>n << 2;
  const size = row * places;
  const none = f32x4.splat(0);
  for (let i = begin; i < end; ++i) {
    const from = x + size * i;
    const m = mean + row * i;
    const s = scale + row * i;
    let at: usize = 0;
    let part = n;
    for (; part >= 4; part -= 4, at += 16) {
      sumsOf(false, 4, from + at, 0, nearOf(4, from + at, places, row), none, m + at, s + at, places, row);
    }
    if (part) sumsOf(false, part, from + at, 0, nearOf(part, from + at, places, row), none, m + at, s + at, places, row);
    joinMoments(m, s, places, groups, n, <f64>eps);
    normalizeRows(from, m, s, weight, bias, y + size * i, n, 0, places);
  }
}

/** shift = −scale·Σg/N and slope = scale²·Σ(g·x̂)/N over a group's N numbers, g = dy·weight, for each of its channels. */
function joinSlopes(
  weight: usize, scale: usize, dweight: usize, dbias: usize, shift: usize, slope: usize, places: i32, groups: i32, n: i32,
): void {
  const own = n / groups;
  const share = 1 / (<f64>own * <f64>places);
  for (let from: usize = 0, row = <usize>n << 2; from < row; ) {
    const to = from + (<usize>own << 2);
    let sum: f64 = 0;
    let products: f64 = 0;
    for (let at = from; at < to; at += 4) {
      const w = <f64>load<f32>(weight + at);
      sum += w * <f64>load<f32>(dbias + at);
      products += w * <f64>load<f32>(dweight + at);
    }
    const s = <f64>load<f32>(scale + from) * share;
    const down = <f32>(-sum * s);
    const tilt = <f32>(products * s * <f64>load<f32>(scale + from));
    for (; from < to; from += 4) {
      store<f32>(shift + from, down);
      store<f32>(slope + from, tilt);
    }
  }
}

/** dx of four columns of some rows, or fewer: dy·factor + shift − (x − mean)·slope. */
// @ts-ignore: decorator
@inline
function backOf(
  part: i32, x: usize, dy: usize, dx: usize, m: v128, factor: v128, shift: v128, slope: v128, last: usize, row: usize,
): void {
  for (; x < last; x += row, dy += row, dx += row) {
    const g = fma(loadSome(dy, part), factor, shift);
    storeSome(dx, part, fnma(f32x4.sub(loadSome(x, part), m), slope, g));
  }
}

/**
 * dx = scale·(g − Σg/N − x̂·Σ(g·x̂)/N) over a group's N numbers, where g = dy·weight and x̂ = (x − mean)·scale; and each sample's share of
 * dweight = Σ dy·x̂ and dbias = Σ dy. Items: samples.
 * @param x       in  f32[samples, places, n]
 * @param weight  in  f32[n]
 * @param mean    in  f32[samples, n], from groupNorm
 * @param scale   in  f32[samples, n], from groupNorm
 * @param dy      in  f32[samples, places, n]
 * @param dx      out f32[samples, places, n], may alias x or dy
 * @param dweight out f32[samples, n]
 * @param dbias   out f32[samples, n]
 * @param slopes  out f32[samples, 2, n], what is taken off
 * @each x = places * n; dy = places * n; dx = places * n; mean = n; scale = n; dweight = n; dbias = n; slopes = 2 * n
 */
export function groupNormGrad(
  x: usize, weight: usize, mean: usize, scale: usize, dy: usize, dx: usize, dweight: usize, dbias: usize, slopes: usize,
  places: i32, groups: i32, n: i32, begin: i32, end: i32,
): void {
  const row = <usize>n << 2;
  const size = row * places;
  for (let i = begin; i < end; ++i) {
    const m = mean + row * i;
    const s = scale + row * i;
    const shift = slopes + row * 2 * i;
    const slope = shift + row;
    for (let c = 0; c < n; c += 4) {
      const at = <usize>c << 2;
      const part = n - c;
      const from = size * i + at;
      const near = loadSome(m + at, part);
      const factor = loadSome(s + at, part);
      const bias = dbias + row * i + at;
      const products = dweight + row * i + at;
      if (part >= 4) sumsOf(true, 4, x + from, dy + from, near, factor, bias, products, places, row);
      else sumsOf(true, part, x + from, dy + from, near, factor, bias, products, places, row);
    }
    joinSlopes(weight, s, dweight + row * i, dbias + row * i, shift, slope, places, groups, n);
    for (let r = 0; r < places; r += ROWS) {
      const last = x + size * i + row * min(r + ROWS, places);
      for (let c = 0; c < n; c += 4) {
        const at = <usize>c << 2;
        const part = n - c;
        const from = size * i + row * r + at;
        const near = loadSome(m + at, part);
        const factor = f32x4.mul(loadSome(s + at, part), loadSome(weight + at, part));
        const down = loadSome(shift + at, part);
        const tilt = loadSome(slope + at, part);
        if (part >= 4) backOf(4, x + from, dy + from, dx + from, near, factor, down, tilt, last, row);
        else backOf(part, x + from, dy + from, dx + from, near, factor, down, tilt, last, row);
      }
    }
  }
}
