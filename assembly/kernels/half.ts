/**
 * f32 from and to IEEE 754 binary16, eight numbers at a time, the last ones by the same instructions alone. Subnormal numbers, zeros
 * of both signs, ±∞ and NaN come through; nothing is flushed. Items: elements.
 * @each x = 1; y = 1
 */

/** Vectors of constants: V8 makes those that stand in a loop anew each time. */
const WIDE = memory.data<u32>([
  0x77800000, 0x77800000, 0x77800000, 0x77800000, // 2¹¹²: exponents differ in their bias, 127 and 15
  0x8fffe000, 0x8fffe000, 0x8fffe000, 0x8fffe000, // f16's sign, exponent and significand where f32 has them
  0x7fff7fff, 0x7fff7fff, 0x7fff7fff, 0x7fff7fff, // f16 without its sign
  0x7bff7bff, 0x7bff7bff, 0x7bff7bff, 0x7bff7bff, // the greatest number
], 16);
const NARROW = memory.data<u32>([
  0x47800000, 0x47800000, 0x47800000, 0x47800000, // 65536, which becomes ∞, and all beyond it
  0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000, // f32's exponent
  0x38800000, 0x38800000, 0x38800000, 0x38800000, // the least normal f16, 2⁻¹⁴
  0x06800000, 0x06800000, 0x06800000, 0x06800000, // 2¹³ in the exponent: the last bit then weighs as much as f16's
  0x1f800, 0x1f800, 0x1f800, 0x1f800,             // what f16's exponent has too much of then
  0x80008000, 0x80008000, 0x80008000, 0x80008000, // f16's sign
  0x7e007e00, 0x7e007e00, 0x7e007e00, 0x7e007e00, // NaN
], 16);

/** f16 in the upper halves of four lanes, as f32: f16's magnitude is f32's but for the bias, also where it is subnormal. */
// @ts-ignore: decorator
@inline
function widen(h: v128, bias: v128, mask: v128): v128 {
  return f32x4.mul(v128.and(i32x4.shr_s(h, 3), mask), bias);
}

/** What `widen` makes of ±∞ and NaN is from 65536 on: they get their exponent back, NaN keeps its payload. */
// @ts-ignore: decorator
@inline
function unbounded(y: v128): v128 {
  return v128.or(y, v128.and(f32x4.ge(f32x4.abs(y), f32x4.splat(65536)), i32x4.splat(0x7f800000)));
}

/**
 * y = x, exactly.
 * @param x in  f16[n]
 * @param y out f32[n]
 */
export function f16ToF32(x: usize, y: usize, begin: i32, end: i32): void {
  const bias = v128.load(WIDE);
  const mask = v128.load(WIDE, 16);
  const unsigned = v128.load(WIDE, 32);
  const greatest = v128.load(WIDE, 48);
  const zero = i32x4.splat(0);
  let i = begin;
  for (; i + 8 <= end; i += 8) {
    const h = v128.load(x + (<usize>i << 1));
    let a = widen(v128.shuffle<u16>(zero, h, 0, 8, 1, 9, 2, 10, 3, 11), bias, mask);
    let b = widen(v128.shuffle<u16>(zero, h, 4, 12, 5, 13, 6, 14, 7, 15), bias, mask);
    if (v128.any_true(i16x8.gt_s(v128.and(h, unsigned), greatest))) {
      a = unbounded(a);
      b = unbounded(b);
    }
    const to = y + (<usize>i << 2);
    v128.store(to, a);
    v128.store(to, b, 16);
  }
  for (; i < end; ++i) {
    const h = i32x4.splat(<i32>load<u16>(x + (<usize>i << 1)) << 16);
    v128.store_lane<u32>(y + (<usize>i << 2), unbounded(widen(h, bias, mask)), 0);
  }
}

/**
 * Bits of |x| as f16, in four lanes of i32; NaN like ∞. A power of two so large that the sum's last bit weighs as much as f16's makes
 * the addition round to nearest, ties to even; the sum's low bits are the significand, which carries into the exponent as it should.
 * @source Rounding by a magic number: F. Giesen 2012, "Float->half variants"
 */
// @ts-ignore: decorator
@inline
function magnitude(x: v128, beyond: v128, exponent: v128, least: v128, align: v128, excess: v128): v128 {
  const a = f32x4.pmin(beyond, f32x4.abs(x)); // the constant first: it stays where x is NaN
  const power = i32x4.add(f32x4.pmax(v128.and(a, exponent), least), align);
  return i32x4.add(i32x4.sub(f32x4.add(a, power), power), i32x4.sub(i32x4.shr_u(power, 13), excess));
}

/**
 * y = x, rounded to nearest, ties to even: numbers from 65520 on become ∞.
 * @param x in  f32[n]
 * @param y out f16[n]
 */
export function f32ToF16(x: usize, y: usize, begin: i32, end: i32): void {
  const beyond = v128.load(NARROW);
  const exponent = v128.load(NARROW, 16);
  const least = v128.load(NARROW, 32);
  const align = v128.load(NARROW, 48);
  const excess = v128.load(NARROW, 64);
  const minus = v128.load(NARROW, 80);
  const quiet = v128.load(NARROW, 96);
  for (let i = begin; i < end; ) {
    const from = x + (<usize>i << 2);
    const to = y + (<usize>i << 1);
    const whole = i + 8 <= end;
    const a = whole ? v128.load(from) : v128.load_zero<u32>(from);
    const b = whole ? v128.load(from, 16) : a;
    const bits = i16x8.narrow_i32x4_s(
      magnitude(a, beyond, exponent, least, align, excess),
      magnitude(b, beyond, exponent, least, align, excess),
    );
    // What saturation leaves of x's bits is its sign.
    const sign = v128.and(i16x8.narrow_i32x4_s(a, b), minus);
    const nan = v128.and(i16x8.narrow_i32x4_s(f32x4.ne(a, a), f32x4.ne(b, b)), quiet);
    const h = v128.or(v128.or(bits, sign), nan);
    if (whole) {
      v128.store(to, h);
      i += 8;
    } else {
      v128.store_lane<u16>(to, h, 0);
      i += 1;
    }
  }
}
