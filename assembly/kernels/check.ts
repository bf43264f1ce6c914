/** Kernels that only look. */
import { report } from "../fault";

const INFINITY_BITS: i32 = 0x7f800000;

/**
 * Reports the first element that is NaN or infinite; items: elements.
 * @param x in f32[n]
 * @each x = 1
 */
export function requireFinite(x: usize, fault: usize, begin: i32, end: i32): void {
  const exponent = i32x4.splat(INFINITY_BITS);
  let i = begin;
  for (; i + 4 <= end; i += 4) {
    const bits = v128.and(v128.load(x + (<usize>i << 2)), exponent);
    if (v128.any_true(i32x4.eq(bits, exponent))) break;
  }
  for (; i < end; ++i) {
    if ((load<i32>(x + (<usize>i << 2)) & INFINITY_BITS) == INFINITY_BITS) {
      report(fault, i);
      return;
    }
  }
}
