/**
 * The only file that asks which SIMD is compiled, and what the engine makes of it. Strict: multiply, then add, each rounded.
 * Relaxed: one rounding where the machine fuses.
 */

/** a·b + c in four lanes. */
// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c − a·b in four lanes. */
// @ts-ignore: decorator
@inline
export function fnma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

/**
 * A finished sum, its zeros +0: fused, a product too small for a subnormal can leave −0, and whether it does depends on which
 * products of 0 came after it (gemm/sparse.ts). Strict sums that start at +0 are never −0.
 */
// @ts-ignore: decorator
@inline
export function settled(sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.add(sum, f32x4.splat(0));
  return sum;
}

// @ts-ignore: decorator
@external("env", "wide")
declare const WIDE: i32;

/**
 * Whether a loop may keep 15 vectors in registers: what the host knows of its engine, `keepsWide` in src/wasm/host.ts. For speed
 * alone; no bit depends on it. Never strict: there a product needs one register more.
 */
// @ts-ignore: decorator
@inline
export function wide(): bool {
  if (ASC_FEATURE_RELAXED_SIMD) return WIDE != 0;
  return false;
}

/** 1 in the relaxed binary, 0 in the strict one: what `engine()` reports. */
export function relaxed(): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? 1 : 0;
}
