/**
 * The largest and smallest. `pmax` drops NaN, so NaN is remembered beside it (`taint`): three cheap instructions against the five of
 * `f32x4.max`.
 */
import { loadPart } from "../lanes";
import { identity, loadLanes, MAX } from "./steps";

// @ts-ignore: decorator
@inline
function better(op: i32, a: v128, b: v128): v128 {
  return op == MAX ? f32x4.pmax(a, b) : f32x4.pmin(a, b);
}

// @ts-ignore: decorator
@inline
function taint(seen: v128, x: v128): v128 {
  return v128.or(seen, f32x4.ne(x, x));
}

/** `n` contiguous elements. */
// @ts-ignore: decorator
@inline
export function rowExtreme(op: i32, x: usize, n: i32): f32 {
  const none = f32x4.splat(identity(op));
  let a = none;
  let b = none;
  let c = none;
  let d = none;
  let seen = i32x4.splat(0);
  const end = x + (<usize>n << 2);
  for (; x + 64 <= end; x += 64) {
    const p = v128.load(x);
    const q = v128.load(x, 16);
    const r = v128.load(x, 32);
    const s = v128.load(x, 48);
    a = better(op, a, p);
    b = better(op, b, q);
    c = better(op, c, r);
    d = better(op, d, s);
    // Pairs first, lest each wait for the one before.
    seen = v128.or(seen, v128.or(v128.or(f32x4.ne(p, p), f32x4.ne(q, q)), v128.or(f32x4.ne(r, r), f32x4.ne(s, s))));
  }
  for (; x + 16 <= end; x += 16) {
    const v = v128.load(x);
    a = better(op, a, v);
    seen = taint(seen, v);
  }
  if (x < end) {
    const v = loadPart(x, <i32>(end - x) >> 2, none);
    b = better(op, b, v);
    seen = taint(seen, v);
  }
  a = better(op, better(op, a, b), better(op, c, d));
  a = better(op, a, v128.shuffle<u64>(a, a, 1, 1));
  const best = f32x4.extract_lane(better(op, a, v128.shuffle<u32>(a, a, 1, 1, 1, 1)), 0);
  return v128.any_true(seen) ? NaN : best;
}

/** Eight vectors, `stride` bytes apart, joined with `best`; all ones, a NaN, stays. */
// @ts-ignore: decorator
@inline
export function eightExtremes(op: i32, whole: bool, best: v128, x: usize, stride: usize): v128 {
  const a = loadLanes(whole, x);
  const b = loadLanes(whole, x + stride);
  const c = loadLanes(whole, x + stride * 2);
  const d = loadLanes(whole, x + stride * 3);
  const low = better(op, better(op, a, b), better(op, c, d));
  let seen = v128.or(v128.or(f32x4.ne(a, a), f32x4.ne(b, b)), v128.or(f32x4.ne(c, c), f32x4.ne(d, d)));
  x += stride * 4;
  const e = loadLanes(whole, x);
  const f = loadLanes(whole, x + stride);
  const g = loadLanes(whole, x + stride * 2);
  const h = loadLanes(whole, x + stride * 3);
  const high = better(op, better(op, e, f), better(op, g, h));
  seen = v128.or(seen, v128.or(v128.or(f32x4.ne(e, e), f32x4.ne(f, f)), v128.or(f32x4.ne(g, g), f32x4.ne(h, h))));
  return v128.or(better(op, best, better(op, low, high)), seen);
}

/** One of them. */
// @ts-ignore: decorator
@inline
export function oneExtreme(op: i32, best: v128, v: v128): v128 {
  return taint(better(op, best, v), v);
}
