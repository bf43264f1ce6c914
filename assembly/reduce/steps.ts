/**
 * What sums and products do to numbers: eight vectors become one in f32, by a tree, which goes on in f64. So whatever the length, a sum
 * takes three f32 roundings and the last one, and equal numbers none but that.
 */
import { fma } from "../isa";

export const SUM = 0;
export const SQUARES = 1;
export const PROD = 2;
export const MAX = 3;
export const MIN = 4;

/** What changes nothing. */
// @ts-ignore: decorator
@inline
export function identity(op: i32): f32 {
  if (op == PROD) return 1;
  if (op == MAX) return -Infinity;
  if (op == MIN) return Infinity;
  return 0;
}

/** Two results in one. */
// @ts-ignore: decorator
@inline
function join(op: i32, a: v128, b: v128): v128 {
  return op == PROD ? f32x4.mul(a, b) : f32x4.add(a, b);
}

/** Two vectors of elements in one. */
// @ts-ignore: decorator
@inline
function pair(op: i32, a: v128, b: v128): v128 {
  return op == SQUARES ? fma(a, a, f32x4.mul(b, b)) : join(op, a, b);
}

/** Four lanes, or one and zeros. */
// @ts-ignore: decorator
@inline
export function loadLanes(whole: bool, x: usize): v128 {
  return whole ? v128.load(x) : v128.load32_zero(x);
}

/** Four vectors of elements, `stride` bytes apart, in one. */
// @ts-ignore: decorator
@inline
export function four(op: i32, whole: bool, x: usize, stride: usize): v128 {
  const low = pair(op, loadLanes(whole, x), loadLanes(whole, x + stride));
  return join(op, low, pair(op, loadLanes(whole, x + stride * 2), loadLanes(whole, x + stride * 3)));
}

/** Eight of them. */
// @ts-ignore: decorator
@inline
export function eight(op: i32, whole: bool, x: usize, stride: usize): v128 {
  return join(op, four(op, whole, x, stride), four(op, whole, x + stride * 4, stride));
}

/** One of them. */
// @ts-ignore: decorator
@inline
export function one(op: i32, v: v128): v128 {
  return op == SQUARES ? f32x4.mul(v, v) : v;
}

/** Two f64 results in one, for each of two lanes. */
// @ts-ignore: decorator
@inline
export function joinPairs(op: i32, a: v128, b: v128): v128 {
  return op == PROD ? f64x2.mul(a, b) : f64x2.add(a, b);
}

/** Two f64 results in one, whatever the op. */
// @ts-ignore: decorator
@inline
export function joinTotals(op: i32, a: f64, b: f64): f64 {
  if (op == PROD) return a * b;
  if (op == MAX) return max<f64>(a, b);
  if (op == MIN) return min<f64>(a, b);
  return a + b;
}

/** Lanes 0 and 1, or 2 and 3, as f64. */
// @ts-ignore: decorator
@inline
export function lowPair(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

// @ts-ignore: decorator
@inline
export function highPair(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<u64>(v, v, 1, 1));
}
