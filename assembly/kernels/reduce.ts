/**
 * Reductions of x[outer, n, inner] over its middle axis. Items: the outer·inner outputs; or, where block < n, outer·blocks·inner, each the
 * f64 result of up to `block` of the n, which `joinBlocks` makes one.
 */
import { arg } from "../reduce/arg";
import { reduce } from "../reduce/fold";
import { joinTotals, MAX, MIN, SQUARES, SUM } from "../reduce/steps";

/**
 * Σ x / over, divided before it is rounded; 0 where n = 0. NaN and ∞ − ∞ give NaN. Blocks are not divided.
 * @param x in  f32[outer, n, inner]
 * @param y out f32[outer, inner], or f64[outer, blocks, inner]
 * @each x = block < n ? outer == 1 ? block * inner per inner : 0 : inner == 1 ? n : n * inner per inner; y = block < n ? 2 : 1
 */
export function sum(
  x: usize, y: usize, outer: i32, n: i32, inner: i32, block: i32, over: i32, scratch: usize, begin: i32, end: i32,
): void {
  reduce(SUM, x, y, n, inner, block, over, scratch, begin, end);
}

/**
 * Σ x² / over, likewise; 0 where n = 0. NaN gives NaN.
 * @param x in  f32[outer, n, inner]
 * @param y out f32[outer, inner], or f64[outer, blocks, inner]
 * @each x = block < n ? outer == 1 ? block * inner per inner : 0 : inner == 1 ? n : n * inner per inner; y = block < n ? 2 : 1
 */
export function sumSquares(
  x: usize, y: usize, outer: i32, n: i32, inner: i32, block: i32, over: i32, scratch: usize, begin: i32, end: i32,
): void {
  reduce(SQUARES, x, y, n, inner, block, over, scratch, begin, end);
}

/**
 * The largest, NaN if there is one. n ≥ 1.
 * @param x in  f32[outer, n, inner]
 * @param y out f32[outer, inner], or f64[outer, blocks, inner]
 * @each x = block < n ? outer == 1 ? block * inner per inner : 0 : inner == 1 ? n : n * inner per inner; y = block < n ? 2 : 1
 */
export function max(x: usize, y: usize, outer: i32, n: i32, inner: i32, block: i32, scratch: usize, begin: i32, end: i32): void {
  reduce(MAX, x, y, n, inner, block, 1, scratch, begin, end);
}

/**
 * The smallest, NaN if there is one. n ≥ 1.
 * @param x in  f32[outer, n, inner]
 * @param y out f32[outer, inner], or f64[outer, blocks, inner]
 * @each x = block < n ? outer == 1 ? block * inner per inner : 0 : inner == 1 ? n : n * inner per inner; y = block < n ? 2 : 1
 */
export function min(x: usize, y: usize, outer: i32, n: i32, inner: i32, block: i32, scratch: usize, begin: i32, end: i32): void {
  reduce(MIN, x, y, n, inner, block, 1, scratch, begin, end);
}

/**
 * Joins what the blocks of a reduction gave, in their order, and divides it by `over`. `op`: SUM … MIN of assembly/reduce/steps.ts.
 * @param partial in  f64[outer, blocks, inner]
 * @param y       out f32[outer, inner]
 * @each y = 1
 */
export function joinBlocks(partial: usize, y: usize, op: i32, blocks: i32, inner: i32, over: i32, begin: i32, end: i32): void {
  for (let i = begin; i < end; ++i) {
    const slab = i / inner;
    let at = partial + ((<usize>(slab * blocks) * inner + (i - slab * inner)) << 3);
    let total = load<f64>(at);
    for (let k = 1; k < blocks; ++k) {
      at += <usize>inner << 3;
      total = joinTotals(op, total, load<f64>(at));
    }
    store<f32>(y + (<usize>i << 2), <f32>(total / over));
  }
}

/**
 * Where the largest lies: the first of equals, the first NaN if there is one. n ≥ 1.
 * @param x in  f32[outer, n, inner]
 * @param y out i32[outer, inner]
 * @each x = inner == 1 ? n : n * inner per inner; y = 1
 */
export function argmax(x: usize, y: usize, outer: i32, n: i32, inner: i32, begin: i32, end: i32): void {
  arg(MAX, x, y, n, inner, begin, end);
}

/**
 * Where the smallest lies: the first of equals, the first NaN if there is one. n ≥ 1.
 * @param x in  f32[outer, n, inner]
 * @param y out i32[outer, inner]
 * @each x = inner == 1 ? n : n * inner per inner; y = 1
 */
export function argmin(x: usize, y: usize, outer: i32, n: i32, inner: i32, begin: i32, end: i32): void {
  arg(MIN, x, y, n, inner, begin, end);
}
