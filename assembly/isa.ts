/**
 * The only file that knows of two kinds of SIMD. Relaxed is what asc compiles: multiply and add round once where the machine fuses
 * them. Strict rounds both; scripts/wasm/fused.ts makes it of the relaxed binary, so there is no other difference between the two.
 */

/** a·b + c in four lanes. */
// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  return f32x4.relaxed_madd(a, b, c);
}

/** c − a·b in four lanes. One instruction more than `fma`: where a or b is a constant, its negative is faster. */
// @ts-ignore: decorator
@inline
export function fnma(a: v128, b: v128, c: v128): v128 {
  return fma(f32x4.neg(a), b, c);
}

/**
 * A finished sum, its zeros +0: fused, a product too small for a subnormal can leave −0, and whether it does depends on which
 * products of 0 came after it (gemm/sparse.ts). Strict sums that start at +0 are never −0: they stay as they are.
 * The zero is made of the sum: a constant would be one with the zero that sums start from, and hold a register through their loop.
 */
// @ts-ignore: decorator
@inline
export function settled(sum: v128): v128 {
  return f32x4.add(sum, v128.xor(sum, sum));
}

// @ts-ignore: decorator
@external("env", "wide")
declare const WIDE: i32;

/**
 * Whether a loop may keep 15 vectors in registers: what the host knows of its engine, `keepsWide` in src/wasm/host.ts. For speed
 * alone; no bit depends on it. The host never says so to the strict binary, where a product needs one register more.
 */
// @ts-ignore: decorator
@inline
export function wide(): bool {
  return WIDE != 0;
}

/** 1, and in the strict binary 0: what `engine()` reports. */
export function relaxed(): i32 {
  return 1;
}
