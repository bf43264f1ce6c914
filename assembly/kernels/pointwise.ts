/**
 * Pointwise kernels of one operand, over contiguous f32: items are the n elements. NaN gives NaN unless a kernel says otherwise.
 * One loop serves all: two vectors at a time, so that their chains of dependent operations overlap. The last few elements take the
 * same two vectors through scratch, so that there is no scalar twin to keep in step and each op's code exists only twice.
 * @each x = 1; y = 1
 */
import { fma } from "../isa";
import { giveFew, takeFew } from "../lanes";
import * as math from "../math";
import * as normal from "../normal";

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
const ATAN = 21;
const ERF = 22;
const GELU = 23;
const GELU_TANH = 24;
const SILU = 25;

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
  if (op == ATAN) return math.atan(x);
  if (op == CUBE) return f32x4.mul(f32x4.mul(x, x), x);
  if (op == ERF) return normal.erf(x);
  if (op == GELU) return normal.gelu(x);
  if (op == GELU_TANH) return normal.geluTanh(x);
  if (op == SILU) return f32x4.mul(x, math.sigmoid(x));
  return math.pow(x, p);
}

/** First whole pairs of vectors where they stand, then, in a second turn of the same loop, the rest in scratch. */
// @ts-ignore: decorator
@inline
function map(op: i32, x: usize, y: usize, scratch: usize, begin: i32, end: i32, p: f32 = 0, q: f32 = 0): void {
  const ps = f32x4.splat(p);
  const qs = f32x4.splat(q);
  const rest = (end - begin) & 7;
  let left = (end - begin) & -8;
  let from = x + (<usize>begin << 2);
  let to = y + (<usize>begin << 2);
  for (let turn = 0; ; ++turn) {
    for (; left > 0; left -= 8) {
      const first = apply(op, v128.load(from), ps, qs);
      const second = apply(op, v128.load(from, 16), ps, qs);
      v128.store(to, first);
      v128.store(to, second, 16);
      from += 32;
      to += 32;
    }
    if (turn || !rest) break;
    from = takeFew(from, rest, scratch);
    to = scratch;
    left = 8;
  }
  if (rest) giveFew(scratch, rest, y + (<usize>(end - rest) << 2));
}

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
 * y = arctan x, to 2 ulp; ±π/2 at ±∞.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function atan(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(ATAN, x, y, scratch, begin, end);
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
 * y = 1 / (1 + e⁻ˣ), to 2.6 ulp; 0 and 1 at ∓∞.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function sigmoid(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(SIGMOID, x, y, scratch, begin, end);
}

/**
 * y = erf x, to 2.6 ulp; ±1 at ±∞.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function erf(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(ERF, x, y, scratch, begin, end);
}

/**
 * y = x·Φ(x), Φ being the normal distribution; NaN at -∞, as in PyTorch.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function gelu(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(GELU, x, y, scratch, begin, end);
}

/**
 * y = ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))); NaN at -∞, as in PyTorch.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function geluTanh(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(GELU_TANH, x, y, scratch, begin, end);
}

/**
 * y = x / (1 + e⁻ˣ); NaN at -∞, as in PyTorch.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function silu(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(SILU, x, y, scratch, begin, end);
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
 * y = x·factor + shift, rounded once where the machine fuses.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function scale(x: usize, y: usize, factor: f32, shift: f32, scratch: usize, begin: i32, end: i32): void {
  map(SCALE, x, y, scratch, begin, end, factor, shift);
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
