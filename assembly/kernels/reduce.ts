/**
 * Reductions of x[outer, n, inner] over its middle axis: every other one is this after a permutation. Items: the outer·inner outputs.
 * @each x = inner == 1 ? n : n * inner per inner; y = 1
 */
import { arg, MAX, MIN, PROD, reduce, SQUARES, SUM } from "../reduce/fold";

/**
 * Σ x / over, divided before it is rounded; 0 where n = 0. NaN and ∞ − ∞ give NaN.
 * @param x in  f32[outer, n, inner]
 * @param y out f32[outer, inner]
 */
export function sum(x: usize, y: usize, outer: i32, n: i32, inner: i32, over: i32, scratch: usize, begin: i32, end: i32): void {
  reduce(SUM, x, y, n, inner, over, scratch, begin, end);
}

/**
 * Σ x² / over, likewise; 0 where n = 0. NaN gives NaN.
 * @param x in  f32[outer, n, inner]
 * @param y out f32[outer, inner]
 */
export function sumSquares(x: usize, y: usize, outer: i32, n: i32, inner: i32, over: i32, scratch: usize, begin: i32, end: i32): void {
  reduce(SQUARES, x, y, n, inner, over, scratch, begin, end);
}

/**
 * Π x; 1 where n = 0. NaN and 0·∞ give NaN.
 * @param x in  f32[outer, n, inner]
 * @param y out f32[outer, inner]
 */
export function prod(x: usize, y: usize, outer: i32, n: i32, inner: i32, scratch: usize, begin: i32, end: i32): void {
  reduce(PROD, x, y, n, inner, 1, scratch, begin, end);
}

/**
 * The largest, NaN if there is one. n ≥ 1.
 * @param x in  f32[outer, n, inner]
 * @param y out f32[outer, inner]
 */
export function max(x: usize, y: usize, outer: i32, n: i32, inner: i32, scratch: usize, begin: i32, end: i32): void {
  reduce(MAX, x, y, n, inner, 1, scratch, begin, end);
}

/**
 * The smallest, NaN if there is one. n ≥ 1.
 * @param x in  f32[outer, n, inner]
 * @param y out f32[outer, inner]
 */
export function min(x: usize, y: usize, outer: i32, n: i32, inner: i32, scratch: usize, begin: i32, end: i32): void {
  reduce(MIN, x, y, n, inner, 1, scratch, begin, end);
}

/**
 * Where the largest lies: the first of equals, the first NaN if there is one. n ≥ 1.
 * @param x in  f32[outer, n, inner]
 * @param y out i32[outer, inner]
 */
export function argmax(x: usize, y: usize, outer: i32, n: i32, inner: i32, begin: i32, end: i32): void {
  arg(MAX, x, y, n, inner, begin, end);
}

/**
 * Where the smallest lies: the first of equals, the first NaN if there is one. n ≥ 1.
 * @param x in  f32[outer, n, inner]
 * @param y out i32[outer, inner]
 */
export function argmin(x: usize, y: usize, outer: i32, n: i32, inner: i32, begin: i32, end: i32): void {
  arg(MIN, x, y, n, inner, begin, end);
}
