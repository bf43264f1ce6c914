/**
 * Pointwise kernels of one operand, over contiguous f32: items are the n elements. NaN gives NaN unless a kernel says otherwise.
 * @each x = 1; y = 1
 */
import {
  map, ABS, CEIL, CLAMP, COS, CUBE, EXP, FLOOR, LEAKY_RELU, LOG, NEG, POW, RECIPROCAL, RELU, ROUND, SIGMOID, SIGN, SIN, SQRT, SQUARE, TANH,
} from "../elementwise/one";

/**
 * y = -x.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function neg(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(NEG, x, y, scratch, begin, end);
}

/**
 * y = |x|.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function abs(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(ABS, x, y, scratch, begin, end);
}

/**
 * y = -1, 0 or 1; NaN gives 0, as in PyTorch.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function sign(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(SIGN, x, y, scratch, begin, end);
}

/**
 * y = x².
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function square(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(SQUARE, x, y, scratch, begin, end);
}

/**
 * y = √x, correctly rounded; NaN below 0.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function sqrt(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(SQRT, x, y, scratch, begin, end);
}

/**
 * y = 1 / x, correctly rounded; ±∞ at ±0.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function reciprocal(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(RECIPROCAL, x, y, scratch, begin, end);
}

/**
 * y = eˣ, to 1.2 ulp; results below 2^-125.5 are 0, above the largest f32 ∞.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function exp(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(EXP, x, y, scratch, begin, end);
}

/**
 * y = ln x, to 0.9 ulp; -∞ at 0, NaN below.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function log(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(LOG, x, y, scratch, begin, end);
}

/**
 * y = sin x, to 1.6 ulp for |x| ≤ 10⁶ (see math.ts beyond); NaN at ±∞.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function sin(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(SIN, x, y, scratch, begin, end);
}

/**
 * y = cos x, to 1.6 ulp for |x| ≤ 10⁶ (see math.ts beyond); NaN at ±∞.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function cos(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(COS, x, y, scratch, begin, end);
}

/**
 * y = tanh x, to 2.6 ulp; ±1 at ±∞.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function tanh(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(TANH, x, y, scratch, begin, end);
}

/**
 * y = 1 / (1 + e⁻ˣ), to 2 ulp; 0 and 1 at ∓∞, 0 below -88.37.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function sigmoid(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(SIGMOID, x, y, scratch, begin, end);
}

/**
 * y = max(x, 0); NaN stays NaN.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function relu(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(RELU, x, y, scratch, begin, end);
}

/**
 * y = ⌊x⌋.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function floor(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(FLOOR, x, y, scratch, begin, end);
}

/**
 * y = x rounded to the nearest whole number, halves to the even one.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function round(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(ROUND, x, y, scratch, begin, end);
}

/**
 * y = ⌈x⌉.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function ceil(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(CEIL, x, y, scratch, begin, end);
}

/**
 * y = x where x > 0, else slope·x; NaN stays NaN.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function leakyRelu(x: usize, y: usize, slope: f32, scratch: usize, begin: i32, end: i32): void {
  map(LEAKY_RELU, x, y, scratch, begin, end, slope);
}

/**
 * y = min(max(x, low), high), so high where low > high; NaN stays NaN.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function clamp(x: usize, y: usize, low: f32, high: f32, scratch: usize, begin: i32, end: i32): void {
  map(CLAMP, x, y, scratch, begin, end, low, high);
}

/**
 * y = x to the exponent, with the signs and special values of C's pow. By multiplication alone for 2 and 3, as √x for ½ and 1 / x
 * for -1; anything else to 1 ulp.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function powScalar(x: usize, y: usize, exponent: f32, scratch: usize, begin: i32, end: i32): void {
  if (exponent == 2) map(SQUARE, x, y, scratch, begin, end);
  else if (exponent == 3) map(CUBE, x, y, scratch, begin, end);
  else if (exponent == 0.5) map(SQRT, x, y, scratch, begin, end);
  else if (exponent == -1) map(RECIPROCAL, x, y, scratch, begin, end);
  else map(POW, x, y, scratch, begin, end, exponent);
}
