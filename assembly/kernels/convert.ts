/**
 * Conversions between element types. To a narrower type: towards zero, then to the nearest value that the type holds; NaN gives 0.
 * The elements after the last whole vector take the same instructions one at a time. Items: elements.
 * @each x = 1; y = 1
 */
import { loadPart, storePart } from "../lanes";
import { scaleBytes } from "../move";

const I32_TO_F32 = 0;
const F32_TO_I32 = 1;
const SIGNED = 0;
const UNSIGNED = 1;

// @ts-ignore: decorator
@inline
function convertWords(op: i32, x: usize, y: usize, begin: i32, end: i32): void {
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2;
    const part = end - i;
    const v = part >= 4 ? v128.load(x + at) : loadPart(x + at, part, i32x4.splat(0));
    const w = op == I32_TO_F32 ? f32x4.convert_i32x4_s(v) : i32x4.trunc_sat_f32x4_s(v);
    if (part >= 4) v128.store(y + at, w);
    else storePart(y + at, part, w);
  }
}

/** Four bytes, as i32. */
// @ts-ignore: decorator
@inline
function widen(sign: i32, bytes: v128): v128 {
  return sign == SIGNED
    ? i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes))
    : i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
}

// @ts-ignore: decorator
@inline
function widenBytes(sign: i32, real: bool, x: usize, y: usize, begin: i32, end: i32): void {
  let i = begin;
  for (; i + 4 <= end; i += 4) {
    const v = widen(sign, v128.load_zero<u32>(x + i));
    v128.store(y + (<usize>i << 2), real ? f32x4.convert_i32x4_s(v) : v);
  }
  for (; i < end; ++i) {
    const v = sign == SIGNED ? <i32>load<i8>(x + i) : <i32>load<u8>(x + i);
    if (real) store<f32>(y + (<usize>i << 2), <f32>v);
    else store<i32>(y + (<usize>i << 2), v);
  }
}

// @ts-ignore: decorator
@inline
function toWords(real: bool, v: v128): v128 {
  return real ? i32x4.trunc_sat_f32x4_s(v) : v;
}

/** Four vectors of i32 in one of bytes, saturating. */
// @ts-ignore: decorator
@inline
function narrow(sign: i32, a: v128, b: v128, c: v128, d: v128): v128 {
  const low = i16x8.narrow_i32x4_s(a, b);
  const high = i16x8.narrow_i32x4_s(c, d);
  return sign == SIGNED ? i8x16.narrow_i16x8_s(low, high) : i8x16.narrow_i16x8_u(low, high);
}

// @ts-ignore: decorator
@inline
function narrowWords(sign: i32, real: bool, x: usize, y: usize, begin: i32, end: i32): void {
  let i = begin;
  for (; i + 16 <= end; i += 16) {
    const at = x + (<usize>i << 2);
    const a = toWords(real, v128.load(at));
    const b = toWords(real, v128.load(at, 16));
    const c = toWords(real, v128.load(at, 32));
    v128.store(y + i, narrow(sign, a, b, c, toWords(real, v128.load(at, 48))));
  }
  for (; i < end; ++i) {
    const v = toWords(real, v128.load_zero<u32>(x + (<usize>i << 2)));
    v128.store_lane<u8>(y + i, narrow(sign, v, v, v, v), 0);
  }
}

/**
 * y = x·factor.
 * @param x in  u8[n]
 * @param y out f32[n]
 */
export function u8ToF32(x: usize, y: usize, factor: f32, begin: i32, end: i32): void {
  scaleBytes(x + begin, y + (<usize>begin << 2), end - begin, factor);
}

/**
 * y = x, rounded to nearest beyond ±2²⁴.
 * @param x in  i32[n]
 * @param y out f32[n], may alias x
 */
export function i32ToF32(x: usize, y: usize, begin: i32, end: i32): void {
  convertWords(I32_TO_F32, x, y, begin, end);
}

/**
 * y = x towards zero, within ±2³¹; NaN gives 0.
 * @param x in  f32[n]
 * @param y out i32[n], may alias x
 */
export function f32ToI32(x: usize, y: usize, begin: i32, end: i32): void {
  convertWords(F32_TO_I32, x, y, begin, end);
}

/**
 * y = x.
 * @param x in  i8[n]
 * @param y out f32[n]
 */
export function i8ToF32(x: usize, y: usize, begin: i32, end: i32): void {
  widenBytes(SIGNED, true, x, y, begin, end);
}

/**
 * y = x.
 * @param x in  u8[n]
 * @param y out i32[n]
 */
export function u8ToI32(x: usize, y: usize, begin: i32, end: i32): void {
  widenBytes(UNSIGNED, false, x, y, begin, end);
}

/**
 * y = x towards zero, within 0 … 255; NaN gives 0.
 * @param x in  f32[n]
 * @param y out u8[n]
 */
export function f32ToU8(x: usize, y: usize, begin: i32, end: i32): void {
  narrowWords(UNSIGNED, true, x, y, begin, end);
}

/**
 * y = x towards zero, within −128 … 127; NaN gives 0.
 * @param x in  f32[n]
 * @param y out i8[n]
 */
export function f32ToI8(x: usize, y: usize, begin: i32, end: i32): void {
  narrowWords(SIGNED, true, x, y, begin, end);
}

/**
 * y = x, within 0 … 255.
 * @param x in  i32[n]
 * @param y out u8[n]
 */
export function i32ToU8(x: usize, y: usize, begin: i32, end: i32): void {
  narrowWords(UNSIGNED, false, x, y, begin, end);
}
