/**
 * Transcendental functions of four lanes. Each states its error against the exact value in ulp of the result, in both binaries;
 * test/kernels/math.test.ts samples the whole range. Polynomials are minimax fits in the relative sense, made for this file with
 * the leading coefficients held at their exact values (so e⁰ = 1, log 1 = 0 and tanh x = x for tiny x hold to the bit).
 * Coefficients are loaded from tables: V8 builds a splat literal anew in every iteration.
 */
import { fma } from "./isa";

/** log₂ e; ln 2 in two parts, of which the first has 9 bits, so that its product with an exponent is exact. */
const LOG2E: f32 = 1.44269504;
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;

/** Added to |x| < 2²², leaves x rounded to a whole number in the low bits: 1.5·2²³. Plus 126: a biased exponent, less one. */
const ROUND_TO_EXPONENT: f32 = 12583038;
const EXP = memory.data<f32>([
  -87, -87, -87, -87, // n = -126 here, whose biased exponent is 0: the scale is 0
  89, 89, 89, 89, // overflows
  LOG2E, LOG2E, LOG2E, LOG2E,
  ROUND_TO_EXPONENT, ROUND_TO_EXPONENT, ROUND_TO_EXPONENT, ROUND_TO_EXPONENT,
  -LN2_HIGH, -LN2_HIGH, -LN2_HIGH, -LN2_HIGH,
  -LN2_LOW, -LN2_LOW, -LN2_LOW, -LN2_LOW,
  // Twice the coefficients of r⁶ … r¹, r⁰.
  0.002763962373137474, 0.002763962373137474, 0.002763962373137474, 0.002763962373137474,
  0.016737375408411026, 0.016737375408411026, 0.016737375408411026, 0.016737375408411026,
  0.08333655446767807, 0.08333655446767807, 0.08333655446767807, 0.08333655446767807,
  0.3333304226398468, 0.3333304226398468, 0.3333304226398468, 0.3333304226398468,
  0.9999998807907104, 0.9999998807907104, 0.9999998807907104, 0.9999998807907104,
  2, 2, 2, 2,
], 16);

/** n where x = n·ln 2 + r, rounded: its biased exponent less one stands in the low bits. */
// @ts-ignore: decorator
@inline
function roundedExponent(clamped: v128): v128 {
  return fma(clamped, v128.load(EXP, 32), v128.load(EXP, 48));
}

/** 2(eʳ − 1) / r. */
// @ts-ignore: decorator
@inline
function slopeOf(r: v128): v128 {
  let p = fma(v128.load(EXP, 96), r, v128.load(EXP, 112));
  p = fma(p, r, v128.load(EXP, 128));
  p = fma(p, r, v128.load(EXP, 144));
  p = fma(p, r, v128.load(EXP, 160));
  return fma(p, r, v128.load(EXP, 176));
}

/** What x is beyond n·ln 2. */
// @ts-ignore: decorator
@inline
function beyond(clamped: v128, rounded: v128): v128 {
  const n = f32x4.sub(rounded, v128.load(EXP, 48));
  return fma(n, v128.load(EXP, 80), fma(n, v128.load(EXP, 64), clamped));
}

/**
 * eˣ for x from -87 to 89.
 * @source x = n·ln 2 + r, |r| ≤ ln 2 / 2, after Cody & Waite 1980; 2eʳ times 2ⁿ⁻¹, so that n = 128 overflows as it should
 */
// @ts-ignore: decorator
@inline
function expWithin(x: v128): v128 {
  const rounded = roundedExponent(x);
  const r = beyond(x, rounded);
  return f32x4.mul(fma(slopeOf(r), r, v128.load(EXP, 176)), i32x4.shl(rounded, 23));
}

/**
 * eˣ, at most 1.2 ulp. e^-∞ = 0, e^∞ = ∞, NaN stays NaN; above 88.7228 the result is ∞, and below -86.99 (results under
 * 2^-125.5, half a binade above the smallest normal number) it is flushed to 0.
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  return expWithin(f32x4.pmin(f32x4.pmax(x, v128.load(EXP)), v128.load(EXP, 16)));
}

/** The same bits where x ≤ 89, or NaN: less how far a number lies below the largest. */
// @ts-ignore: decorator
@inline
export function expBelow(x: v128): v128 {
  return expWithin(f32x4.pmax(x, v128.load(EXP)));
}

/**
 * 1 / (1 + e⁻ˣ), at most 2 ulp; 0 and 1 at ∓∞, NaN stays NaN. Below -88.37 the result is flushed to 0; above, down to 4·10⁻³⁹, denormals
 * are given.
 * @source 1 + e⁻ˣ = 1 + 2ⁿ + 2ⁿ(eʳ − 1): the larger of the first two comes last, so what is rounded before is small beside it
 */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  const clamped = f32x4.pmin(f32x4.pmax(f32x4.neg(x), v128.load(EXP)), v128.load(EXP, 16));
  const rounded = roundedExponent(clamped);
  const r = beyond(clamped, rounded);
  const half = i32x4.shl(rounded, 23); // 2ⁿ⁻¹
  const power = f32x4.add(half, half);
  const rest = fma(f32x4.mul(slopeOf(r), r), half, f32x4.pmin(power, one));
  return f32x4.div(one, f32x4.add(f32x4.pmax(power, one), rest));
}

/** Plus 128: a biased exponent, and one more. */
const ROUND_TO_DOUBLE: f32 = 12583040;
/** Where tanh is ±1 to the last bit. */
const TANH_LIMIT: f32 = 9.5;
const TANH = memory.data<f32>([
  -TANH_LIMIT, -TANH_LIMIT, -TANH_LIMIT, -TANH_LIMIT,
  TANH_LIMIT, TANH_LIMIT, TANH_LIMIT, TANH_LIMIT,
  2.88539008, 2.88539008, 2.88539008, 2.88539008, // 2 log₂ e
  ROUND_TO_DOUBLE, ROUND_TO_DOUBLE, ROUND_TO_DOUBLE, ROUND_TO_DOUBLE,
  -0.3465735912322998, -0.3465735912322998, -0.3465735912322998, -0.3465735912322998, // -½ ln 2
  // Coefficients of s⁴ … s⁰.
  0.044386256486177444, 0.044386256486177444, 0.044386256486177444, 0.044386256486177444,
  0.13386037945747375, 0.13386037945747375, 0.13386037945747375, 0.13386037945747375,
  0.33333948254585266, 0.33333948254585266, 0.33333948254585266, 0.33333948254585266,
  0.6666618585586548, 0.6666618585586548, 0.6666618585586548, 0.6666618585586548,
  0.9999999403953552, 0.9999999403953552, 0.9999999403953552, 0.9999999403953552,
  0.5, 0.5, 0.5, 0.5,
  -1, -1, -1, -1,
  2, 2, 2, 2,
], 16);

/**
 * tanh x = E / (E + 2) where E = e²ˣ − 1, at most 2.6 ulp. ±1 from 9.5 on, x itself near 0 (0 for -0), NaN stays NaN.
 * @source x = n·½ ln 2 + s; E = 2ⁿ⁺¹·½(e²ˢ − 1) + (2ⁿ − 1), so nothing cancels near 0. What ½ ln 2 lacks as an f32 is 10⁻⁹, and the
 * further from 0, the less of s is left in tanh x: unlike that of eˣ, its remainder needs no second part
 */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(x, v128.load(TANH)), v128.load(TANH, 16));
  const rounded = fma(clamped, v128.load(TANH, 32), v128.load(TANH, 48));
  const s = fma(f32x4.sub(rounded, v128.load(TANH, 48)), v128.load(TANH, 64), clamped);
  let p = fma(v128.load(TANH, 80), s, v128.load(TANH, 96));
  p = fma(p, s, v128.load(TANH, 112));
  p = fma(p, s, v128.load(TANH, 128));
  p = fma(p, s, v128.load(TANH, 144));
  p = fma(p, f32x4.mul(s, s), s);
  const double = i32x4.shl(rounded, 23);
  const e = fma(p, double, fma(double, v128.load(TANH, 160), v128.load(TANH, 176)));
  return f32x4.div(e, f32x4.add(e, v128.load(TANH, 192)));
}

/** Bits of √½, where the mantissa is cut, of the smallest normal number, and of ∞. */
const LOG = memory.data<i32>([
  0x3f3504f3, 0x3f3504f3, 0x3f3504f3, 0x3f3504f3,
  0x00800000, 0x00800000, 0x00800000, 0x00800000,
  0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000,
], 16);
const LOG_SERIES = memory.data<f32>([
  LN2_HIGH, LN2_HIGH, LN2_HIGH, LN2_HIGH,
  LN2_LOW, LN2_LOW, LN2_LOW, LN2_LOW,
  8388608, 8388608, 8388608, 8388608, // 2²³
  // Coefficients of f¹⁰ … f³.
  -0.07637213915586472, -0.07637213915586472, -0.07637213915586472, -0.07637213915586472,
  0.1276428997516632, 0.1276428997516632, 0.1276428997516632, 0.1276428997516632,
  -0.13160279393196106, -0.13160279393196106, -0.13160279393196106, -0.13160279393196106,
  0.142013281583786, 0.142013281583786, 0.142013281583786, 0.142013281583786,
  -0.1662331372499466, -0.1662331372499466, -0.1662331372499466, -0.1662331372499466,
  0.20001249015331268, 0.20001249015331268, 0.20001249015331268, 0.20001249015331268,
  -0.250008225440979, -0.250008225440979, -0.250008225440979, -0.250008225440979,
  0.3333333134651184, 0.3333333134651184, 0.3333333134651184, 0.3333333134651184,
  -0.5, -0.5, -0.5, -0.5,
], 16);

/**
 * ln x, at most 0.9 ulp, denormals included. ln 0 = -∞, ln ∞ = ∞, NaN for x < 0, NaN stays NaN.
 * @source x = 2ᵉ(1 + f), √½ ≤ 1 + f < √2, after Cody & Waite 1980
 */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  const zero = f32x4.splat(0);
  const tiny = f32x4.lt(x, v128.load(LOG, 16));
  const scaled = v128.bitselect(f32x4.mul(x, v128.load(LOG_SERIES, 32)), x, tiny);
  const exponent = i32x4.shr_s(i32x4.sub(scaled, v128.load(LOG)), 23);
  const f = f32x4.sub(i32x4.sub(scaled, i32x4.shl(exponent, 23)), f32x4.splat(1));
  const e = f32x4.convert_i32x4_s(i32x4.sub(exponent, v128.and(tiny, i32x4.splat(23))));
  let p = fma(v128.load(LOG_SERIES, 48), f, v128.load(LOG_SERIES, 64));
  p = fma(p, f, v128.load(LOG_SERIES, 80));
  p = fma(p, f, v128.load(LOG_SERIES, 96));
  p = fma(p, f, v128.load(LOG_SERIES, 112));
  p = fma(p, f, v128.load(LOG_SERIES, 128));
  p = fma(p, f, v128.load(LOG_SERIES, 144));
  p = fma(p, f, v128.load(LOG_SERIES, 160));
  const square = f32x4.mul(f, f);
  // e·ln2 low, the cubic rest, −f²/2, f, e·ln2 high: from small to large.
  let y = fma(f32x4.mul(p, f), square, f32x4.mul(e, v128.load(LOG_SERIES, 16)));
  y = fma(square, v128.load(LOG_SERIES, 176), y);
  y = fma(e, v128.load(LOG_SERIES), f32x4.add(f, y));
  // ∞ and NaN add themselves, 0 adds −∞, what is negative becomes NaN.
  y = f32x4.add(y, v128.andnot(x, f32x4.lt(x, v128.load(LOG, 32))));
  y = f32x4.sub(y, v128.and(v128.load(LOG, 32), f32x4.eq(x, zero)));
  return v128.or(y, f32x4.lt(x, zero));
}

const TURN = memory.data<f64>([
  0.6366197723675814, 0.6366197723675814, // 2/π
  6755399441055744, 6755399441055744, // 1.5·2⁵²: leaves a whole number in the low bits
  1.5707963267341256, 1.5707963267341256, // π/2: its first 33 bits, so that 2²⁰ times it is exact
  6.077100506506192e-11, 6.077100506506192e-11, // and the rest
], 16);
const CIRCLE = memory.data<f32>([
  -0.7855, -0.7855, -0.7855, -0.7855,
  0.7855, 0.7855, 0.7855, 0.7855,
  // Sine: coefficients of r⁷, r⁵, r³; cosine: r⁶ … r⁰.
  -0.00019517903274390846, -0.00019517903274390846, -0.00019517903274390846, -0.00019517903274390846,
  0.008332187309861183, 0.008332187309861183, 0.008332187309861183, 0.008332187309861183,
  -0.16666655242443085, -0.16666655242443085, -0.16666655242443085, -0.16666655242443085,
  2.4432332336398885e-05, 2.4432332336398885e-05, 2.4432332336398885e-05, 2.4432332336398885e-05,
  -0.0013887309469282627, -0.0013887309469282627, -0.0013887309469282627, -0.0013887309469282627,
  0.04166664555668831, 0.04166664555668831, 0.04166664555668831, 0.04166664555668831,
  -0.5, -0.5, -0.5, -0.5,
  1, 1, 1, 1,
], 16);

/** x·2/π rounded, for two lanes in f64: the whole number stands in the low word of each. */
// @ts-ignore: decorator
@inline
function quarterTurns(x: v128): v128 {
  return f64x2.add(f64x2.mul(x, v128.load(TURN)), v128.load(TURN, 16));
}

/** What is left of x after `turns` quarter turns, for two lanes in f64. */
// @ts-ignore: decorator
@inline
function leftOver(x: v128, turns: v128): v128 {
  const n = f64x2.sub(turns, v128.load(TURN, 16));
  return f32x4.demote_f64x2_zero(f64x2.sub(f64x2.sub(x, f64x2.mul(n, v128.load(TURN, 32))), f64x2.mul(n, v128.load(TURN, 48))));
}

/** sin(x + quarter·π/2). The argument is reduced in f64, after Cody & Waite 1980, so zeros far from the origin keep their accuracy. */
// @ts-ignore: decorator
@inline
function circular(x: v128, quarter: i32): v128 {
  const low = f64x2.promote_low_f32x4(x);
  const high = f64x2.promote_low_f32x4(i32x4.shuffle(x, x, 2, 3, 2, 3));
  const lowTurns = quarterTurns(low);
  const highTurns = quarterTurns(high);
  const left = i32x4.shuffle(leftOver(low, lowTurns), leftOver(high, highTurns), 0, 1, 4, 5);
  const quadrant = i32x4.add(i32x4.shuffle(lowTurns, highTurns, 0, 2, 4, 6), i32x4.splat(quarter));
  const r = f32x4.pmin(f32x4.pmax(left, v128.load(CIRCLE)), v128.load(CIRCLE, 16));
  const t = f32x4.mul(r, r);
  let s = fma(fma(v128.load(CIRCLE, 32), t, v128.load(CIRCLE, 48)), t, v128.load(CIRCLE, 64));
  s = fma(f32x4.mul(s, t), r, r);
  let c = fma(fma(v128.load(CIRCLE, 80), t, v128.load(CIRCLE, 96)), t, v128.load(CIRCLE, 112));
  c = fma(f32x4.mul(c, t), t, fma(v128.load(CIRCLE, 128), t, v128.load(CIRCLE, 144)));
  const odd = i32x4.shr_s(i32x4.shl(quadrant, 31), 31);
  const negative = i32x4.shl(i32x4.shr_u(quadrant, 1), 31);
  return v128.xor(v128.bitselect(c, s, odd), negative);
}

/**
 * sin x, at most 1.6 ulp for |x| ≤ 10⁶. Beyond, |x|·2⁻⁵² is added to the error, so that from 2⁵² on the value says nothing, but stays
 * within ±1. NaN for ±∞ and NaN; 0 for -0.
 */
// @ts-ignore: decorator
@inline
export function sin(x: v128): v128 {
  return circular(x, 0);
}

/** cos x, with the error of `sin`. */
// @ts-ignore: decorator
@inline
export function cos(x: v128): v128 {
  return circular(x, 1);
}

const ATAN = memory.data<f32>([
  2.41421356, 2.41421356, 2.41421356, 2.41421356, // tan 3π/8
  0.41421356, 0.41421356, 0.41421356, 0.41421356, // tan π/8
  1.57079633, 1.57079633, 1.57079633, 1.57079633,
  0.78539816, 0.78539816, 0.78539816, 0.78539816,
  // Coefficients of r⁹ … r³.
  0.08060298, 0.08060298, 0.08060298, 0.08060298,
  -0.13879846, -0.13879846, -0.13879846, -0.13879846,
  0.19977926, 0.19977926, 0.19977926, 0.19977926,
  -0.33332955, -0.33332955, -0.33332955, -0.33332955,
], 16);

/**
 * arctan x, at most 2 ulp; ±π/2 at ±∞, NaN stays NaN.
 * @source arctan a = π/2 − arctan 1/a above tan 3π/8, π/4 + arctan (a − 1)/(a + 1) above tan π/8, after Cody & Waite 1980
 */
// @ts-ignore: decorator
@inline
export function atan(x: v128): v128 {
  const one = f32x4.splat(1);
  const a = f32x4.abs(x);
  const large = f32x4.gt(a, v128.load(ATAN));
  const middle = v128.andnot(f32x4.gt(a, v128.load(ATAN, 16)), large);
  const over = v128.bitselect(f32x4.splat(-1), v128.bitselect(f32x4.sub(a, one), a, middle), large);
  const under = v128.bitselect(a, v128.bitselect(f32x4.add(a, one), one, middle), large);
  const r = f32x4.div(over, under);
  const t = f32x4.mul(r, r);
  let p = fma(fma(v128.load(ATAN, 64), t, v128.load(ATAN, 80)), t, v128.load(ATAN, 96));
  p = fma(f32x4.mul(fma(p, t, v128.load(ATAN, 112)), t), r, r);
  const start = v128.or(v128.and(v128.load(ATAN, 32), large), v128.and(v128.load(ATAN, 48), middle));
  return v128.or(f32x4.add(start, p), v128.and(x, f32x4.splat(-0.0)));
}

/**
 * xʸ in each lane, at most 1 ulp, with the signs and special values of C's pow. A product with log x in f32 would lose up to 100 ulp,
 * so each lane goes through AssemblyScript's powf, which reckons in f64 with tables.
 */
// @ts-ignore: decorator
@inline
export function pow(x: v128, y: v128): v128 {
  let r = f32x4.splat(NativeMathf.pow(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0)));
  r = f32x4.replace_lane(r, 1, NativeMathf.pow(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1)));
  r = f32x4.replace_lane(r, 2, NativeMathf.pow(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2)));
  r = f32x4.replace_lane(r, 3, NativeMathf.pow(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3)));
  // 1 to any power and ±1 to ±∞ are 1 in C, as in PyTorch, where ECMAScript has NaN.
  const one = f32x4.splat(1);
  const endless = f32x4.eq(f32x4.abs(y), f32x4.splat(Infinity));
  const exact = v128.or(f32x4.eq(x, one), v128.and(f32x4.eq(f32x4.abs(x), one), endless));
  return v128.bitselect(one, r, exact);
}
