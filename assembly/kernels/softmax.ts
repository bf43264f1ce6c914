/**
 * Softmax and what belongs to it, over the rows of x[rows, n]. Items: rows.
 *
 * The largest element m is taken off first, so nothing overflows; sums run in f32 lanes for EXP_RUN elements, then in f64. A row
 * with NaN or +∞, or of −∞ alone, gives NaN throughout, as in PyTorch; other elements −∞ have the probability 0. Probabilities
 * below e⁻⁸⁷ times the largest are 0: `exp` flushes there.
 * @each x = n; y = n; dy = n; dx = n; label = 1; loss = 1; logZ = 1; g = 1
 */
import { clampedAt, indexAt } from "../indices";
import { fma, fnma } from "../isa";
import { loadPart, maxLane, storePart, sumLanes } from "../lanes";
import { exp, log } from "../math";
import { EXP_RUN } from "../tune";

/** The largest of a row, as if NaN were not there: it comes back with the differences x − m. */
// @ts-ignore: decorator
@inline
function largest(x: usize, n: i32): f32 {
  const none = f32x4.splat(-Infinity);
  let a = none;
  let b = none;
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const at = x + (<usize>i << 2);
    a = f32x4.pmax(a, v128.load(at));
    b = f32x4.pmax(b, v128.load(at, 16));
  }
  a = f32x4.pmax(a, b);
  if (i + 4 <= n) {
    a = f32x4.pmax(a, v128.load(x + (<usize>i << 2)));
    i += 4;
  }
  if (i < n) a = f32x4.pmax(a, loadPart(x + (<usize>i << 2), n - i, none));
  return maxLane(a);
}

/** Σ exp(x − m); where `keep`, y = exp(x − m) too. */
// @ts-ignore: decorator
@inline
function sumExp(keep: bool, x: usize, y: usize, n: i32, m: f32): f64 {
  const shift = f32x4.splat(m);
  const none = f32x4.splat(0);
  let total: f64 = 0;
  let i = 0;
  while (i < n) {
    const stop = min(n, i + EXP_RUN);
    let a = none;
    let b = none;
    for (; i + 8 <= stop; i += 8) {
      const at = <usize>i << 2;
      const p = exp(f32x4.sub(v128.load(x + at), shift));
      const q = exp(f32x4.sub(v128.load(x + at, 16), shift));
      if (keep) {
        v128.store(y + at, p);
        v128.store(y + at, q, 16);
      }
      a = f32x4.add(a, p);
      b = f32x4.add(b, q);
    }
    for (; i < stop; i += 4) {
      const at = <usize>i << 2;
      const part = stop - i;
      const p = exp(f32x4.sub(part >= 4 ? v128.load(x + at) : loadPart(x + at, part, f32x4.splat(-Infinity)), shift));
      if (keep) {
        if (part >= 4) v128.store(y + at, p);
        else storePart(y + at, part, p);
      }
      a = f32x4.add(a, p);
    }
    i = stop;
    total += sumLanes(f32x4.add(a, b));
  }
  return total;
}

/** log of one number; a call a row costs nothing, a copy of `log` in each kernel its bytes. */
function logOf(x: f64): f32 {
  return f32x4.extract_lane(log(f32x4.splat(<f32>x)), 0);
}

/** Σ a·b, or Σ a where `alone`. */
// @ts-ignore: decorator
@inline
function sumRow(alone: bool, a: usize, b: usize, n: i32): f64 {
  const none = f32x4.splat(0);
  let total: f64 = 0;
  let i = 0;
  while (i < n) {
    const stop = min(n, i + EXP_RUN);
    let p = none;
    let q = none;
    for (; i + 8 <= stop; i += 8) {
      const at = <usize>i << 2;
      const u = v128.load(a + at);
      const v = v128.load(a + at, 16);
      p = alone ? f32x4.add(p, u) : fma(u, v128.load(b + at), p);
      q = alone ? f32x4.add(q, v) : fma(v, v128.load(b + at, 16), q);
    }
    for (; i < stop; i += 4) {
      const at = <usize>i << 2;
      const part = stop - i;
      const u = part >= 4 ? v128.load(a + at) : loadPart(a + at, part, none);
      if (alone) p = f32x4.add(p, u);
      else p = fma(u, part >= 4 ? v128.load(b + at) : loadPart(b + at, part, none), p);
    }
    i = stop;
    total += sumLanes(f32x4.add(p, q));
  }
  return total;
}

const SCALE = 0; // a·p
const SHIFT = 1; // (a − p) − q
const SOFTMAX_GRAD = 2; // a·(b − p)
const LOG_SOFTMAX_GRAD = 3; // b − exp(a)·p
const CROSS_ENTROPY_GRAD = 4; // exp(a − p)·q

// @ts-ignore: decorator
@inline
function apply(op: i32, a: v128, b: v128, p: v128, q: v128): v128 {
  if (op == SCALE) return f32x4.mul(a, p);
  if (op == SHIFT) return f32x4.sub(f32x4.sub(a, p), q);
  if (op == SOFTMAX_GRAD) return f32x4.mul(a, f32x4.sub(b, p));
  if (op == LOG_SOFTMAX_GRAD) return fnma(exp(a), p, b);
  return f32x4.mul(exp(f32x4.sub(a, p)), q);
}

/** y = op(a, b) over a row; p and q are the row's own numbers. */
// @ts-ignore: decorator
@inline
function mapRow(op: i32, a: usize, b: usize, y: usize, n: i32, p: f32, q: f32): void {
  const ps = f32x4.splat(p);
  const qs = f32x4.splat(q);
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const at = <usize>i << 2;
    const u = apply(op, v128.load(a + at), v128.load(b + at), ps, qs);
    const v = apply(op, v128.load(a + at, 16), v128.load(b + at, 16), ps, qs);
    v128.store(y + at, u);
    v128.store(y + at, v, 16);
  }
  for (; i < n; i += 4) {
    const at = <usize>i << 2;
    const part = n - i;
    const u = part >= 4 ? v128.load(a + at) : loadPart(a + at, part, ps);
    const v = apply(op, u, part >= 4 ? v128.load(b + at) : loadPart(b + at, part, ps), ps, qs);
    if (part >= 4) v128.store(y + at, v);
    else storePart(y + at, part, v);
  }
}

/**
 * y = exp(x) / Σ exp(x).
 * @param x in  f32[rows, n]
 * @param y out f32[rows, n], may alias x
 */
export function softmax(x: usize, y: usize, n: i32, begin: i32, end: i32): void {
  const row = <usize>n << 2;
  for (let r = begin; r < end; ++r) {
    const from = x + row * r;
    const to = y + row * r;
    const total = sumExp(true, from, to, n, largest(from, n));
    mapRow(SCALE, to, to, to, n, <f32>(1 / total), 0);
  }
}

/**
 * y = x − log Σ exp(x).
 * @param x in  f32[rows, n]
 * @param y out f32[rows, n], may alias x
 */
export function logSoftmax(x: usize, y: usize, n: i32, begin: i32, end: i32): void {
  const row = <usize>n << 2;
  for (let r = begin; r < end; ++r) {
    const from = x + row * r;
    const m = largest(from, n);
    mapRow(SHIFT, from, from, y + row * r, n, m, logOf(sumExp(false, from, from, n, m)));
  }
}

/**
 * dx = y·(dy − Σ dy·y), for y = softmax(x).
 * @param y  in  f32[rows, n]
 * @param dy in  f32[rows, n]
 * @param dx out f32[rows, n], may alias dy
 */
export function softmaxGrad(y: usize, dy: usize, dx: usize, n: i32, begin: i32, end: i32): void {
  const row = <usize>n << 2;
  for (let r = begin; r < end; ++r) {
    const at = row * r;
    mapRow(SOFTMAX_GRAD, y + at, dy + at, dx + at, n, <f32>sumRow(false, dy + at, y + at, n), 0);
  }
}

/**
 * dx = dy − exp(y)·Σ dy, for y = logSoftmax(x).
 * @param y  in  f32[rows, n]
 * @param dy in  f32[rows, n]
 * @param dx out f32[rows, n], may alias dy
 */
export function logSoftmaxGrad(y: usize, dy: usize, dx: usize, n: i32, begin: i32, end: i32): void {
  const row = <usize>n << 2;
  for (let r = begin; r < end; ++r) {
    const at = row * r;
    mapRow(LOG_SOFTMAX_GRAD, y + at, dy + at, dx + at, n, <f32>sumRow(true, dy + at, dy + at, n), 0);
  }
}

/**
 * y = log Σ exp(x). Unlike the others: ∞ where a row has +∞, −∞ where it has nothing else; NaN only for NaN.
 * @param x in  f32[rows, n]
 * @param y out f32[rows]
 * @each y = 1
 */
export function logSumExp(x: usize, y: usize, n: i32, begin: i32, end: i32): void {
  for (let r = begin; r < end; ++r) {
    const from = x + (<usize>(r * n) << 2);
    const m = largest(from, n);
    const shift: f32 = abs(m) == Infinity ? 0 : m; // exp(±∞ − 0) says it all
    store<f32>(y + (<usize>r << 2), shift + logOf(sumExp(false, from, from, n, shift)));
  }
}

/**
 * loss = logZ − x[label], where logZ = log Σ exp(x); reckoned from x − m, so that it is exact to its own size, not to that of x.
 * @param x     in  f32[rows, n]
 * @param label in  i32[rows]
 * @param loss  out f32[rows]
 * @param logZ  out f32[rows], for the gradient
 */
export function crossEntropy(
  x: usize, label: usize, loss: usize, logZ: usize, n: i32, fault: usize, begin: i32, end: i32,
): void {
  for (let r = begin; r < end; ++r) {
    const from = x + (<usize>(r * n) << 2);
    const at = <usize>r << 2;
    const m = largest(from, n);
    const logTotal = logOf(sumExp(false, from, from, n, m));
    const target = load<f32>(from + (<usize>indexAt(label, r, n, fault) << 2));
    store<f32>(loss + at, logTotal - (target - m));
    store<f32>(logZ + at, logTotal + m);
  }
}

/**
 * dx = (exp(x − logZ) − [j = label])·g, a row of x, logZ and g at a time. A label out of range counts as the nearest in it.
 * @param x     in  f32[rows, n]
 * @param label in  i32[rows]
 * @param logZ  in  f32[rows], from crossEntropy
 * @param g     in  f32[rows], the losses' gradients
 * @param dx    out f32[rows, n], may alias x
 */
export function crossEntropyGrad(
  x: usize, label: usize, logZ: usize, g: usize, dx: usize, n: i32, begin: i32, end: i32,
): void {
  const row = <usize>n << 2;
  for (let r = begin; r < end; ++r) {
    const at = <usize>r << 2;
    const from = x + row * r;
    const to = dx + row * r;
    const scale = load<f32>(g + at);
    mapRow(CROSS_ENTROPY_GRAD, from, from, to, n, load<f32>(logZ + at), scale);
    const target = to + (<usize>clampedAt(label, r, n) << 2);
    store<f32>(target, load<f32>(target) - scale);
  }
}
