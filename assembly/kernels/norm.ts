/**
 * Layer and RMS norm over the rows of x[rows, n], and their gradients.
 *
 * Sums run in f32 lanes for ROW_RUN elements, then in f64. The variance is taken around a first mean; what that is off by is then
 * taken off both, so a row of equal numbers has their very mean. NaN or ±∞ in a row makes all of it NaN, as in PyTorch; but in an
 * RMS norm's row ±∞ makes itself NaN, the others 0.
 */
import { fma, fnma } from "../isa";
import { loadPart, storePart } from "../lanes";
import { LAYER, RMS, sumColumns } from "../norm/columns";
import { ROW_RUN } from "../tune";

const SUM = 0; // Σ x
const MOMENTS = 1; // Σ d and Σ d², d = x − shift
const SQUARES = 2; // Σ x²
const LAYER_GRAD = 3; // Σ g and Σ g·d, g = dy·weight
const RMS_GRAD = 4; // Σ g·x

/** x − shift, or x where there is none. */
// @ts-ignore: decorator
@inline
function left(op: i32, x: v128, shift: v128): v128 {
  return op == MOMENTS || op == LAYER_GRAD ? f32x4.sub(x, shift) : x;
}

/** dy·weight, or what `left` gave. */
// @ts-ignore: decorator
@inline
function right(op: i32, d: v128, dy: usize, weight: usize): v128 {
  return op >= LAYER_GRAD ? f32x4.mul(v128.load(dy), v128.load(weight)) : d;
}

// @ts-ignore: decorator
@inline
function rightPart(op: i32, d: v128, dy: usize, weight: usize, part: i32): v128 {
  const none = f32x4.splat(0);
  return op >= LAYER_GRAD ? f32x4.mul(loadPart(dy, part, none), loadPart(weight, part, none)) : d;
}

// @ts-ignore: decorator
@inline
function addFirst(op: i32, total: v128, g: v128): v128 {
  return op == SQUARES || op == RMS_GRAD ? total : f32x4.add(total, g);
}

// @ts-ignore: decorator
@inline
function addSecond(op: i32, total: v128, d: v128, g: v128): v128 {
  return op == SUM ? total : fma(d, g, total);
}

/** Lanes of `a` and of `b` added up: two f64. */
// @ts-ignore: decorator
@inline
function sumPairs(a: v128, b: v128): v128 {
  const p = f64x2.add(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(v128.shuffle<u64>(a, a, 1, 1)));
  const q = f64x2.add(f64x2.promote_low_f32x4(b), f64x2.promote_low_f32x4(v128.shuffle<u64>(b, b, 1, 1)));
  return f64x2.add(v128.shuffle<u64>(p, q, 0, 2), v128.shuffle<u64>(p, q, 1, 3));
}

/** The two sums of an op over a row, as f64. */
// @ts-ignore: decorator
@inline
function sumsOf(op: i32, x: usize, dy: usize, weight: usize, n: i32, shift: f32): v128 {
  const none = f32x4.splat(0);
  const shifts = f32x4.splat(shift);
  let totals = f64x2.splat(0);
  for (let i = 0; i < n; ) {
    const stop = min(n, i + ROW_RUN);
    let a = none;
    let b = none;
    let c = none;
    let d = none;
    let e = none;
    let f = none;
    let g = none;
    let h = none;
    if (op < LAYER_GRAD) {
      for (; i + 16 <= stop; i += 16) {
        const at = x + (<usize>i << 2);
        const p = left(op, v128.load(at), shifts);
        const q = left(op, v128.load(at, 16), shifts);
        const r = left(op, v128.load(at, 32), shifts);
        const s = left(op, v128.load(at, 48), shifts);
        a = addFirst(op, a, p);
        b = addFirst(op, b, q);
        c = addFirst(op, c, r);
        d = addFirst(op, d, s);
        e = addSecond(op, e, p, p);
        f = addSecond(op, f, q, q);
        g = addSecond(op, g, r, r);
        h = addSecond(op, h, s, s);
      }
      a = f32x4.add(a, c);
      b = f32x4.add(b, d);
      e = f32x4.add(e, g);
      f = f32x4.add(f, h);
    }
    for (; i + 8 <= stop; i += 8) {
      const at = <usize>i << 2;
      const p = left(op, v128.load(x + at), shifts);
      const q = left(op, v128.load(x + at, 16), shifts);
      const u = right(op, p, dy + at, weight + at);
      const v = right(op, q, dy + at + 16, weight + at + 16);
      a = addFirst(op, a, u);
      b = addFirst(op, b, v);
      e = addSecond(op, e, p, u);
      f = addSecond(op, f, q, v);
    }
    for (; i < stop; i += 4) {
      const at = <usize>i << 2;
      const part = stop - i;
      const p = left(op, part >= 4 ? v128.load(x + at) : loadPart(x + at, part, shifts), shifts); // adds zeros
      const u = part >= 4 ? right(op, p, dy + at, weight + at) : rightPart(op, p, dy + at, weight + at, part);
      a = addFirst(op, a, u);
      e = addSecond(op, e, p, u);
    }
    i = stop;
    totals = f64x2.add(totals, sumPairs(f32x4.add(a, b), f32x4.add(e, f)));
  }
  return totals;
}

const LAYER_NORM = 0; // (x − p)·q·weight + v
const RMS_NORM = 1; // x·q·weight
const LAYER_BACK = 2; // (v·weight − r − (x − p)·s)·q
const RMS_BACK = 3; // (v·weight − x·s)·q

// @ts-ignore: decorator
@inline
function apply(op: i32, x: v128, v: v128, weight: v128, p: v128, q: v128, r: v128, s: v128): v128 {
  if (op == LAYER_NORM) return fma(f32x4.mul(f32x4.sub(x, p), q), weight, v);
  if (op == RMS_NORM) return f32x4.mul(f32x4.mul(x, q), weight);
  const g = f32x4.mul(v, weight);
  if (op == RMS_BACK) return f32x4.mul(fnma(x, s, g), q);
  return f32x4.mul(fnma(f32x4.sub(x, p), s, f32x4.sub(g, r)), q);
}

/** y of a row; `v` is the bias forwards and dy backwards. */
// @ts-ignore: decorator
@inline
function mapRow(op: i32, x: usize, v: usize, weight: usize, y: usize, n: i32, p: f32, q: f32, r: f32, s: f32): void {
  const ps = f32x4.splat(p);
  const qs = f32x4.splat(q);
  const rs = f32x4.splat(r);
  const ss = f32x4.splat(s);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = <usize>i << 2;
    const b = op == RMS_NORM ? ps : v128.load(v + at);
    v128.store(y + at, apply(op, v128.load(x + at), b, v128.load(weight + at), ps, qs, rs, ss));
  }
  if (i < n) {
    const at = <usize>i << 2;
    const part = n - i;
    const b = op == RMS_NORM ? ps : loadPart(v + at, part, ps);
    storePart(y + at, part, apply(op, loadPart(x + at, part, ps), b, loadPart(weight + at, part, ps), ps, qs, rs, ss));
  }
}

/**
 * y = (x − mean)·scale·weight + bias, where scale = 1/√(variance + eps), the variance being that of all n. Items: rows.
 * @param x      in  f32[rows, n]
 * @param weight in  f32[n]
 * @param bias   in  f32[n]
 * @param y      out f32[rows, n], may alias x
 * @param mean   out f32[rows]
 * @param scale  out f32[rows]
 * @each x = n; y = n; mean = 1; scale = 1
 */
export function layerNorm(
  x: usize, weight: usize, bias: usize, y: usize, mean: usize, scale: usize, n: i32, eps: f32, begin: i32, end: i32,
): void {
  const row = <usize>n << 2;
  const share = 1 / <f64>n;
  for (let r = begin; r < end; ++r) {
    const from = x + row * r;
    const near = <f32>(f64x2.extract_lane(sumsOf(SUM, from, 0, 0, n, 0), 0) * share);
    const sums = sumsOf(MOMENTS, from, 0, 0, n, near);
    const off = f64x2.extract_lane(sums, 0) * share;
    const variance = max<f64>(f64x2.extract_lane(sums, 1) * share - off * off, 0);
    const m = <f32>(<f64>near + off);
    const s = <f32>(1 / sqrt<f64>(variance + <f64>eps));
    store<f32>(mean + (<usize>r << 2), m);
    store<f32>(scale + (<usize>r << 2), s);
    mapRow(LAYER_NORM, from, bias, weight, y + row * r, n, m, s, 0, 0);
  }
}

/**
 * dx = scale·(g − Σg/n − x̂·Σ(g·x̂)/n), where g = dy·weight and x̂ = (x − mean)·scale. Items: rows.
 * @param x      in  f32[rows, n]
 * @param weight in  f32[n]
 * @param mean   in  f32[rows], from layerNorm
 * @param scale  in  f32[rows], from layerNorm
 * @param dy     in  f32[rows, n]
 * @param dx     out f32[rows, n], may alias x or dy
 * @each x = n; dy = n; dx = n; mean = 1; scale = 1
 */
export function layerNormGrad(
  x: usize, weight: usize, mean: usize, scale: usize, dy: usize, dx: usize, n: i32, begin: i32, end: i32,
): void {
  const row = <usize>n << 2;
  const share = 1 / <f64>n;
  for (let r = begin; r < end; ++r) {
    const at = row * r;
    const m = load<f32>(mean + (<usize>r << 2));
    const s = load<f32>(scale + (<usize>r << 2));
    const sums = sumsOf(LAYER_GRAD, x + at, dy + at, weight, n, m);
    const slope = <f32>(f64x2.extract_lane(sums, 1) * <f64>s * <f64>s * share);
    mapRow(LAYER_BACK, x + at, dy + at, weight, dx + at, n, m, s, <f32>(f64x2.extract_lane(sums, 0) * share), slope);
  }
}

/**
 * y = x·scale·weight, where scale = 1/√(Σx²/n + eps). Items: rows.
 * @param x      in  f32[rows, n]
 * @param weight in  f32[n]
 * @param y      out f32[rows, n], may alias x
 * @param scale  out f32[rows]
 * @each x = n; y = n; scale = 1
 */
export function rmsNorm(x: usize, weight: usize, y: usize, scale: usize, n: i32, eps: f32, begin: i32, end: i32): void {
  const row = <usize>n << 2;
  const share = 1 / <f64>n;
  for (let r = begin; r < end; ++r) {
    const from = x + row * r;
    const s = <f32>(1 / sqrt<f64>(f64x2.extract_lane(sumsOf(SQUARES, from, 0, 0, n, 0), 1) * share + <f64>eps));
    store<f32>(scale + (<usize>r << 2), s);
    mapRow(RMS_NORM, from, 0, weight, y + row * r, n, 0, s, 0, 0);
  }
}

/**
 * dx = scale·(g − x̂·Σ(g·x̂)/n), where g = dy·weight and x̂ = x·scale. Items: rows.
 * @param x      in  f32[rows, n]
 * @param weight in  f32[n]
 * @param scale  in  f32[rows], from rmsNorm
 * @param dy     in  f32[rows, n]
 * @param dx     out f32[rows, n], may alias x or dy
 * @each x = n; dy = n; dx = n; mean = 1; scale = 1
 */
export function rmsNormGrad(
  x: usize, weight: usize, scale: usize, dy: usize, dx: usize, n: i32, begin: i32, end: i32,
): void {
  const row = <usize>n << 2;
  const share = 1 / <f64>n;
  for (let r = begin; r < end; ++r) {
    const at = row * r;
    const s = load<f32>(scale + (<usize>r << 2));
    const slope = <f32>(f64x2.extract_lane(sumsOf(RMS_GRAD, x + at, dy + at, weight, n, 0), 1) * <f64>s * <f64>s * share);
    mapRow(RMS_BACK, x + at, dy + at, weight, dx + at, n, 0, s, 0, slope);
  }
}

/**
 * Partial sums dweight = Σ dy·x̂ and dbias = Σ dy of blocks of rows, where x̂ = (x − mean)·scale. Items: blocks·n.
 * @param x       in  f32[rows, n]
 * @param mean    in  f32[rows], from layerNorm
 * @param scale   in  f32[rows], from layerNorm
 * @param dy      in  f32[rows, n]
 * @param dweight out f32[⌈rows/block⌉, n]
 * @param dbias   out f32[⌈rows/block⌉, n]
 * @each x = block * n per n; dy = block * n per n; mean = block per n; scale = block per n; dweight = 1; dbias = 1
 */
export function layerNormColumns(
  x: usize, mean: usize, scale: usize, dy: usize, dweight: usize, dbias: usize, rows: i32, block: i32, n: i32, begin: i32, end: i32,
): void {
  sumColumns(LAYER, x, mean, scale, dy, dweight, dbias, rows, block, n, begin, end);
}

/**
 * Partial sums dweight = Σ dy·x̂ of blocks of rows, where x̂ = x·scale. Items: blocks·n.
 * @param x       in  f32[rows, n]
 * @param scale   in  f32[rows], from rmsNorm
 * @param dy      in  f32[rows, n]
 * @param dweight out f32[⌈rows/block⌉, n]
 * @each x = block * n per n; dy = block * n per n; scale = block per n; dweight = 1
 */
export function rmsNormColumns(
  x: usize, scale: usize, dy: usize, dweight: usize, rows: i32, block: i32, n: i32, begin: i32, end: i32,
): void {
  sumColumns(RMS, x, 0, scale, dy, dweight, 0, rows, block, n, begin, end);
}
