/** Products over the middle axis of x[outer, n, inner]: items and blocks as in kernels/reduce. */
import { reduce } from "../reduce/fold";
import { PROD } from "../reduce/steps";

/**
 * Π x; 1 where n = 0. NaN and 0·∞ give NaN.
 * @param x in  f32[outer, n, inner]
 * @param y out f32[outer, inner], or f64[outer, blocks, inner]
 * @each x = block < n ? outer == 1 ? block * inner per inner : 0 : inner == 1 ? n : n * inner per inner; y = block < n ? 2 : 1
 */
export function prod(x: usize, y: usize, outer: i32, n: i32, inner: i32, block: i32, scratch: usize, begin: i32, end: i32): void {
  reduce(PROD, x, y, n, inner, block, 1, scratch, begin, end);
}
