/**
 * Pointwise kernels of one operand, over contiguous f32: items are the n elements. NaN gives NaN unless a kernel says otherwise.
 * One loop serves all: two vectors at a time, so that their chains of dependent operations overlap, then what is left in lanes with
 * the same arithmetic, so that there is no scalar twin to keep in step. Outputs may be written over inputs.
 */
import { fma } from "../isa";
import * as math from "../math";

const NEG = 0;
const ABS = 1;
const SIGN = 2;
const SQUARE = 3;
const SQRT = 4;
const RECIPROCAL = 5;
const EXP = 6;
const LOG = 7;
const SIN = 8;
const COS = 9;
const TANH = 10;
const SIGMOID = 11;
const RELU = 12;
const FLOOR = 13;
const ROUND = 14;
const CEIL = 15;
const LEAKY_RELU = 16;
const CLAMP = 17;
const SCALE = 18;
const CUBE = 19;
const POW = 20;

/** One vector of the op; `p` and `q` are its parameters in every lane, where it has any. */
// @ts-ignore: decorator
@inline
function apply(op: i32, x: v128, p: v128, q: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  if (op == NEG) return f32x4.neg(x);
  if (op == ABS) return f32x4.abs(x);
  if (op == SIGN) return f32x4.sub(v128.and(one, f32x4.gt(x, zero)), v128.and(one, f32x4.lt(x, zero)));
  if (op == SQUARE) return f32x4.mul(x, x);
  if (op == SQRT) return f32x4.sqrt(x);
  if (op == RECIPROCAL) return f32x4.div(one, x);
  if (op == EXP) return math.exp(x);
  if (op == LOG) return math.log(x);
  if (op == SIN) return math.sin(x);
  if (op == COS) return math.cos(x);
  if (op == TANH) return math.tanh(x);
  if (op == SIGMOID) return math.sigmoid(x);
  if (op == RELU) return f32x4.pmax(x, zero); // x first: keeps NaN; pmax is one instruction, max is five
  if (op == FLOOR) return f32x4.floor(x);
  if (op == ROUND) return f32x4.nearest(x);
  if (op == CEIL) return f32x4.ceil(x);
  if (op == LEAKY_RELU) return v128.bitselect(x, f32x4.mul(x, p), f32x4.gt(x, zero));
  if (op == CLAMP) return f32x4.pmin(f32x4.pmax(x, p), q);
  if (op == SCALE) return fma(x, p, q);
  if (op == CUBE) return f32x4.mul(f32x4.mul(x, x), x);
  return math.pow(x, p);
}

// @ts-ignore: decorator
@inline
function map(op: i32, x: usize, y: usize, begin: i32, end: i32, p: f32 = 0, q: f32 = 0): void {
  const ps = f32x4.splat(p);
  const qs = f32x4.splat(q);
  let i = begin;
  for (; i + 8 <= end; i += 8) {
    const at = <usize>i << 2;
    const first = apply(op, v128.load(x + at), ps, qs);
    const second = apply(op, v128.load(x + at, 16), ps, qs);
    v128.store(y + at, first);
    v128.store(y + at, second, 16);
  }
  for (; i < end; ++i) {
    const at = <usize>i << 2;
    v128.store32_lane(y + at, apply(op, v128.load32_zero(x + at), ps, qs), 0);
  }
}

/**
 * y = -x.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function neg(x: usize, y: usize, begin: i32, end: i32): void {
  map(NEG, x, y, begin, end);
}

/**
 * y = |x|.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function abs(x: usize, y: usize, begin: i32, end: i32): void {
  map(ABS, x, y, begin, end);
}

/**
 * y = -1, 0 or 1; NaN gives 0, as in PyTorch.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function sign(x: usize, y: usize, begin: i32, end: i32): void {
  map(SIGN, x, y, begin, end);
}

/**
 * y = x².
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function square(x: usize, y: usize, begin: i32, end: i32): void {
  map(SQUARE, x, y, begin, end);
}

/**
 * y = √x, correctly rounded; NaN below 0.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function sqrt(x: usize, y: usize, begin: i32, end: i32): void {
  map(SQRT, x, y, begin, end);
}

/**
 * y = 1 / x, correctly rounded; ±∞ at ±0.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function reciprocal(x: usize, y: usize, begin: i32, end: i32): void {
  map(RECIPROCAL, x, y, begin, end);
}

/**
 * y = eˣ, to 1.2 ulp; results below 2^-125.5 are 0, above the largest f32 ∞.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function exp(x: usize, y: usize, begin: i32, end: i32): void {
  map(EXP, x, y, begin, end);
}

/**
 * y = ln x, to 0.9 ulp; -∞ at 0, NaN below.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function log(x: usize, y: usize, begin: i32, end: i32): void {
  map(LOG, x, y, begin, end);
}

/**
 * y = sin x, to 1.6 ulp for |x| ≤ 10⁶ (see math.ts beyond); NaN at ±∞.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function sin(x: usize, y: usize, begin: i32, end: i32): void {
  map(SIN, x, y, begin, end);
}

/**
 * y = cos x, to 1.6 ulp for |x| ≤ 10⁶ (see math.ts beyond); NaN at ±∞.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function cos(x: usize, y: usize, begin: i32, end: i32): void {
  map(COS, x, y, begin, end);
}

/**
 * y = tanh x, to 2.6 ulp; ±1 at ±∞.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function tanh(x: usize, y: usize, begin: i32, end: i32): void {
  map(TANH, x, y, begin, end);
}

/**
 * y = 1 / (1 + e⁻ˣ), to 2.6 ulp; 0 and 1 at ∓∞.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function sigmoid(x: usize, y: usize, begin: i32, end: i32): void {
  map(SIGMOID, x, y, begin, end);
}

/**
 * y = max(x, 0); NaN stays NaN.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function relu(x: usize, y: usize, begin: i32, end: i32): void {
  map(RELU, x, y, begin, end);
}

/**
 * y = ⌊x⌋.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function floor(x: usize, y: usize, begin: i32, end: i32): void {
  map(FLOOR, x, y, begin, end);
}

/**
 * y = x rounded to the nearest whole number, halves to the even one.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function round(x: usize, y: usize, begin: i32, end: i32): void {
  map(ROUND, x, y, begin, end);
}

/**
 * y = ⌈x⌉.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function ceil(x: usize, y: usize, begin: i32, end: i32): void {
  map(CEIL, x, y, begin, end);
}

/**
 * y = x where x > 0, else slope·x; NaN stays NaN.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function leakyRelu(x: usize, y: usize, slope: f32, begin: i32, end: i32): void {
  map(LEAKY_RELU, x, y, begin, end, slope);
}

/**
 * y = min(max(x, low), high), so high where low > high; NaN stays NaN.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function clamp(x: usize, y: usize, low: f32, high: f32, begin: i32, end: i32): void {
  map(CLAMP, x, y, begin, end, low, high);
}

/**
 * y = x·factor + shift, rounded once where the machine fuses.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function scale(x: usize, y: usize, factor: f32, shift: f32, begin: i32, end: i32): void {
  map(SCALE, x, y, begin, end, factor, shift);
}

/**
 * y = x to the exponent, with the signs and special values of C's pow. By multiplication alone for 2 and 3, as √x for ½ and 1 / x
 * for -1; anything else to 1 ulp.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function powScalar(x: usize, y: usize, exponent: f32, begin: i32, end: i32): void {
  if (exponent == 2) map(SQUARE, x, y, begin, end);
  else if (exponent == 3) map(CUBE, x, y, begin, end);
  else if (exponent == 0.5) map(SQRT, x, y, begin, end);
  else if (exponent == -1) map(RECIPROCAL, x, y, begin, end);
  else map(POW, x, y, begin, end, exponent);
}
