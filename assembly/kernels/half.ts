/**
 * f32 from and to IEEE 754 binary16, eight numbers at a time, the last ones by the same instructions alone. Subnormal numbers, zeros of
 * both signs, ±∞ and NaN come through; nothing is flushed. Items: elements.
 * @each x = 1; y = 1
 */

/** f32's exponent, all of it. */
const EXPONENT = i32x4.splat(0x7f800000);
/** Exponents differ in their bias: 127 and 15. */
const REBIAS = i32x4.splat((127 + 112) << 23); // 2¹¹²
/** The least normal f16, 2⁻¹⁴, as f32's bits. */
const LEAST = i32x4.splat(113 << 23);
/** What brings an exponent counted from LEAST to that of a number whose last bit weighs as much as f16's: 113 + 23 − 10. */
const ALIGN = i32x4.splat(126 << 23);
/** Rounds to ∞, and all beyond it. */
const BEYOND = f32x4.splat(65536);
const ZERO = i32x4.splat(0);

/** f16 in the upper halves of four lanes, as f32: f16's magnitude is f32's but for the bias, also where it is subnormal. */
// @ts-ignore: decorator
@inline
function widen(h: v128): v128 {
  return f32x4.mul(v128.and(i32x4.shr_s(h, 3), i32x4.splat(0x8fffe000)), REBIAS);
}

/** What `widen` makes of ±∞ and NaN is from 65536 on: they get their exponent back, NaN keeps its payload. */
// @ts-ignore: decorator
@inline
function unbounded(y: v128): v128 {
  return v128.or(y, v128.and(f32x4.ge(f32x4.abs(y), BEYOND), EXPONENT));
}

/**
 * y = x, exactly.
 * @param x in  f16[n]
 * @param y out f32[n]
 */
export function f16ToF32(x: usize, y: usize, begin: i32, end: i32): void {
  let i = begin;
  for (; i + 8 <= end; i += 8) {
    const h = v128.load(x + (<usize>i << 1));
    let low = widen(v128.shuffle<u16>(ZERO, h, 0, 8, 0, 9, 0, 10, 0, 11));
    let high = widen(v128.shuffle<u16>(ZERO, h, 0, 12, 0, 13, 0, 14, 0, 15));
    if (v128.any_true(i16x8.gt_s(v128.and(h, i16x8.splat(0x7fff)), i16x8.splat(0x7bff)))) {
      low = unbounded(low);
      high = unbounded(high);
    }
    const to = y + (<usize>i << 2);
    v128.store(to, low);
    v128.store(to, high, 16);
  }
  for (; i < end; ++i) {
    const h = i32x4.splat(<i32>load<u16>(x + (<usize>i << 1)) << 16);
    v128.store_lane<u32>(y + (<usize>i << 2), unbounded(widen(h)), 0);
  }
}

/**
 * Bits of |x| as f16, in four lanes of i32; NaN like ∞. A power of two so large that the sum's last bit weighs as much as f16's makes
 * the addition round to nearest, ties to even; the sum's low bits are the significand, which carries into the exponent as it should.
 * @source Rounding by a magic number: F. Giesen 2012, "Float->half variants"
 */
// @ts-ignore: decorator
@inline
function magnitude(x: v128): v128 {
  const a = f32x4.pmin(BEYOND, f32x4.abs(x)); // BEYOND first: it stays where x is NaN
  const exponent = i32x4.max_s(i32x4.sub(v128.and(a, EXPONENT), LEAST), ZERO); // subnormals have that of LEAST
  const power = i32x4.add(exponent, ALIGN);
  return i32x4.add(i32x4.sub(f32x4.add(a, power), power), i32x4.shr_u(exponent, 13));
}

/** Eight f32 as f16: the sign is what saturation leaves of x's bits, NaN the quiet one of its sign. */
// @ts-ignore: decorator
@inline
function narrow(a: v128, b: v128): v128 {
  const sign = v128.and(i16x8.narrow_i32x4_s(a, b), i16x8.splat(-0x8000));
  const nan = v128.and(i16x8.narrow_i32x4_s(f32x4.ne(a, a), f32x4.ne(b, b)), i16x8.splat(0x7e00));
  return v128.or(v128.or(i16x8.narrow_i32x4_s(magnitude(a), magnitude(b)), sign), nan);
}

/**
 * y = x, rounded to nearest, ties to even: numbers from 65520 on become ∞.
 * @param x in  f32[n]
 * @param y out f16[n]
 */
export function f32ToF16(x: usize, y: usize, begin: i32, end: i32): void {
  let i = begin;
  for (; i + 8 <= end; i += 8) {
    const from = x + (<usize>i << 2);
    v128.store(y + (<usize>i << 1), narrow(v128.load(from), v128.load(from, 16)));
  }
  for (; i < end; ++i) {
    const v = v128.load_zero<u32>(x + (<usize>i << 2));
    v128.store_lane<u16>(y + (<usize>i << 1), narrow(v, v), 0);
  }
}
