/**
 * Rows of a tile of scores: scaled, masked, made probabilities, and their gradients. A row has room for whole pairs of vectors; what
 * lies behind its last key counts as blocked, −∞ as a score and 0 as a probability, so that no loop has a tail.
 */
import { fma } from "../isa";
import { loadPart, maxLane, sumLanes } from "../lanes";
import { expBelow } from "../math";

export const NO_MASK = 0;
export const MAY_ATTEND = 1; // where the mask is 0, the score is −∞
export const ADDED = 2; // the mask is added to the score

const COUNT = memory.data<i32>([0, 1, 2, 3], 16);

/** One vector of scores behind its mask. */
// @ts-ignore: decorator
@inline
function masked(kind: i32, s: v128, mask: v128): v128 {
  if (kind == ADDED) return f32x4.add(s, mask);
  return v128.bitselect(s, f32x4.splat(-Infinity), f32x4.ne(mask, f32x4.splat(0)));
}

/**
 * s = s·scale, behind the mask, and −∞ from `limit` to `width`, a multiple of 8. Returns the largest, as if NaN were not there.
 * @param mask the row's, of `limit` elements; unused where kind is NO_MASK
 */
export function scoreRow(s: usize, mask: usize, kind: i32, scale: f32, limit: i32, width: i32): f32 {
  const factor = f32x4.splat(scale);
  const none = f32x4.splat(-Infinity);
  let a = none;
  let b = none;
  let i = 0;
  for (; i + 8 <= limit; i += 8) {
    const at = <usize>i << 2;
    let p = f32x4.mul(v128.load(s + at), factor);
    let q = f32x4.mul(v128.load(s + at, 16), factor);
    if (kind) {
      p = masked(kind, p, v128.load(mask + at));
      q = masked(kind, q, v128.load(mask + at, 16));
    }
    v128.store(s + at, p);
    v128.store(s + at, q, 16);
    a = f32x4.pmax(a, p);
    b = f32x4.pmax(b, q);
  }
  for (; i < width; i += 4) {
    const at = <usize>i << 2;
    const part = limit - i;
    let p = none;
    if (part > 0) {
      p = f32x4.mul(v128.load(s + at), factor);
      if (kind) p = masked(kind, p, part >= 4 ? v128.load(mask + at) : loadPart(mask + at, part, f32x4.splat(0)));
      p = v128.bitselect(p, none, i32x4.lt_s(v128.load(COUNT), i32x4.splat(part)));
    }
    v128.store(s + at, p);
    a = f32x4.pmax(a, p);
  }
  return maxLane(f32x4.pmax(a, b));
}

/** s = exp(s − shift), where no s is larger than shift, and 0 where all of a row is −∞; returns the sum. */
export function expRow(s: usize, shift: f32, width: i32): f32 {
  const shifts = f32x4.splat(shift);
  let a = f32x4.splat(0);
  let b = a;
  for (const end = s + (<usize>width << 2); s < end; s += 32) {
    const p = expBelow(f32x4.sub(v128.load(s), shifts));
    const q = expBelow(f32x4.sub(v128.load(s, 16), shifts));
    v128.store(s, p);
    v128.store(s, q, 16);
    a = f32x4.add(a, p);
    b = f32x4.add(b, q);
  }
  return <f32>sumLanes(f32x4.add(a, b));
}

/** p, and the gradient of the score before it was scaled; none where the score is −∞. */
// @ts-ignore: decorator
@inline
function gradVector(s: usize, t: usize, logs: v128, along: v128, factor: v128): void {
  const score = v128.load(s);
  const p = expBelow(f32x4.sub(score, logs));
  const ds = f32x4.mul(f32x4.mul(p, f32x4.sub(v128.load(t), along)), factor);
  v128.store(s, p);
  v128.store(t, v128.andnot(ds, f32x4.eq(score, f32x4.splat(-Infinity))));
}

/**
 * s = p = exp(s − logZ), t = p·(t − along)·scale: probabilities and their scores' gradients, where t was dP = dy·Vᵀ.
 * @param along Σ dy·y of the row, which is Σ p·dP
 */
export function gradRow(s: usize, t: usize, logZ: f32, along: f32, scale: f32, width: i32): void {
  const logs = f32x4.splat(logZ);
  const alongs = f32x4.splat(along);
  const factor = f32x4.splat(scale);
  for (const end = s + (<usize>width << 2); s < end; s += 32, t += 32) {
    gradVector(s, t, logs, alongs, factor);
    gradVector(s + 16, t + 16, logs, alongs, factor);
  }
}

/** y = y·factor. */
export function scaleRow(y: usize, n: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  const end = y + (<usize>n << 2);
  for (; y + 16 <= end; y += 16) v128.store(y, f32x4.mul(v128.load(y), f));
  for (; y < end; y += 4) store<f32>(y, load<f32>(y) * factor);
}

/** Σ a·b. */
export function dotRow(a: usize, b: usize, n: i32): f32 {
  const none = f32x4.splat(0);
  let p = none;
  let q = none;
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const at = <usize>i << 2;
    p = fma(v128.load(a + at), v128.load(b + at), p);
    q = fma(v128.load(a + at, 16), v128.load(b + at, 16), q);
  }
  for (; i < n; i += 4) {
    const at = <usize>i << 2;
    const part = n - i;
    if (part >= 4) p = fma(v128.load(a + at), v128.load(b + at), p);
    else q = fma(loadPart(a + at, part, none), loadPart(b + at, part, none), q);
  }
  return <f32>sumLanes(f32x4.add(p, q));
}
