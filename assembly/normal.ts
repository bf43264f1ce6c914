/**
 * The normal distribution in four lanes, and the activations made of it. Φ(x) = ½·(1 + erf(x/√2)) is reckoned from its tail, so that
 * nothing cancels where it is small, and the tail and the density share one exponential. Polynomials as in math.ts.
 */
import { fma } from "./isa";
import { exp, sigmoid } from "./math";

const TAIL = memory.data<f32>([
  // Coefficients of t⁹ … t¹.
  0.030896084383130074, 0.030896084383130074, 0.030896084383130074, 0.030896084383130074,
  -0.15474019944667816, -0.15474019944667816, -0.15474019944667816, -0.15474019944667816,
  0.2554665803909302, 0.2554665803909302, 0.2554665803909302, 0.2554665803909302,
  -0.15553587675094604, -0.15553587675094604, -0.15553587675094604, -0.15553587675094604,
  0.16415244340896606, 0.16415244340896606, 0.16415244340896606, 0.16415244340896606,
  0.04964248090982437, 0.04964248090982437, 0.04964248090982437, 0.04964248090982437,
  0.10339134186506271, 0.10339134186506271, 0.10339134186506271, 0.10339134186506271,
  0.10296493023633957, 0.10296493023633957, 0.10296493023633957, 0.10296493023633957,
  0.1037621945142746, 0.1037621945142746, 0.1037621945142746, 0.1037621945142746,
  1, 1, 1, 1,
], 16);

/**
 * Φ(−z)/e^(−z²/2) for z ≥ 0, Φ being the normal distribution, of t = 0.26·z: at most 3.5 ulp up to z = 13.3, where the exponential
 * is flushed to 0.
 * @source the form of Abramowitz & Stegun 1964, 7.1.26: a polynomial in 1/(1 + t)
 */
// @ts-ignore: decorator
@inline
export function normalTail(t: v128): v128 {
  const u = f32x4.div(v128.load(TAIL, 144), f32x4.add(v128.load(TAIL, 144), t));
  let p = fma(v128.load(TAIL), u, v128.load(TAIL, 16));
  p = fma(p, u, v128.load(TAIL, 32));
  p = fma(p, u, v128.load(TAIL, 48));
  p = fma(p, u, v128.load(TAIL, 64));
  p = fma(p, u, v128.load(TAIL, 80));
  p = fma(p, u, v128.load(TAIL, 96));
  p = fma(p, u, v128.load(TAIL, 112));
  p = fma(p, u, v128.load(TAIL, 128));
  return f32x4.mul(p, u);
}

const ERF = memory.data<f32>([
  // 0.26·√2, and coefficients of x¹¹ … x³, x (2/√π).
  0.36769552621700474, 0.36769552621700474, 0.36769552621700474, 0.36769552621700474,
  -0.0005769032286480069, -0.0005769032286480069, -0.0005769032286480069, -0.0005769032286480069,
  0.004954933188855648, 0.004954933188855648, 0.004954933188855648, 0.004954933188855648,
  -0.026747960597276688, -0.026747960597276688, -0.026747960597276688, -0.026747960597276688,
  0.11281727999448776, 0.11281727999448776, 0.11281727999448776, 0.11281727999448776,
  -0.37612584233283997, -0.37612584233283997, -0.37612584233283997, -0.37612584233283997,
  1.128379225730896, 1.128379225730896, 1.128379225730896, 1.128379225730896,
], 16);

/**
 * erf x = 2/√π·∫₀ˣ e^(−t²) dt, at most 2.6 ulp; ±1 from 3.93 on, NaN stays NaN.
 * @source its series below 1, 1 − 2·Φ(−√2·x) above
 */
// @ts-ignore: decorator
@inline
export function erf(x: v128): v128 {
  const one = f32x4.splat(1);
  const size = f32x4.abs(x);
  const square = f32x4.mul(x, x);
  let p = fma(v128.load(ERF, 16), square, v128.load(ERF, 32));
  p = fma(p, square, v128.load(ERF, 48));
  p = fma(p, square, v128.load(ERF, 64));
  p = fma(p, square, v128.load(ERF, 80));
  p = fma(p, square, v128.load(ERF, 96));
  const tail = f32x4.mul(normalTail(f32x4.mul(size, v128.load(ERF))), exp(f32x4.neg(square)));
  const large = f32x4.sub(one, f32x4.add(tail, tail));
  return v128.bitselect(f32x4.mul(x, p), v128.or(large, v128.and(x, f32x4.splat(-0.0))), f32x4.lt(size, one));
}

/** t of normalTail, −½ and 1/√(2π). */
const NORMAL = memory.data<f32>([
  0.26, 0.26, 0.26, 0.26,
  -0.5, -0.5, -0.5, -0.5,
  0.3989422804014327, 0.3989422804014327, 0.3989422804014327, 0.3989422804014327,
], 16);

/** Φ(x), from its tail e·normalTail. */
// @ts-ignore: decorator
@inline
function normal(x: v128, e: v128): v128 {
  const tail = f32x4.mul(normalTail(f32x4.mul(f32x4.abs(x), v128.load(NORMAL))), e);
  return v128.bitselect(f32x4.sub(f32x4.splat(1), tail), tail, f32x4.gt(x, f32x4.splat(0)));
}

/** e^(−x²/2). */
// @ts-ignore: decorator
@inline
function bell(x: v128): v128 {
  return exp(f32x4.mul(f32x4.mul(x, x), v128.load(NORMAL, 16)));
}

/** x·Φ(x), to a relative 2⁻²³·(4 + x²/2): nothing cancels where x is negative. NaN at −∞. */
// @ts-ignore: decorator
@inline
export function gelu(x: v128): v128 {
  return f32x4.mul(x, normal(x, bell(x)));
}

/** Its derivative Φ(x) + x·φ(x), φ(x) = e^(−x²/2)/√(2π). */
// @ts-ignore: decorator
@inline
export function geluSlope(x: v128): v128 {
  const e = bell(x);
  return fma(f32x4.mul(x, v128.load(NORMAL, 32)), e, normal(x, e));
}

/** 2·√(2/π), and times 0.044715 and three times that. */
const GELU_TANH = memory.data<f32>([
  1.5957691216057308, 1.5957691216057308, 1.5957691216057308, 1.5957691216057308,
  0.07135481627260025, 0.07135481627260025, 0.07135481627260025, 0.07135481627260025,
  0.21406444881780075, 0.21406444881780075, 0.21406444881780075, 0.21406444881780075,
], 16);

/**
 * x·σ(u), u = 2·√(2/π)·(x + 0.044715·x³), which is ½·x·(1 + tanh(u/2)). NaN at −∞.
 * @source Hendrycks & Gimpel 2016, arXiv:1606.08415, section 2
 */
// @ts-ignore: decorator
@inline
export function geluTanh(x: v128): v128 {
  const u = f32x4.mul(x, fma(f32x4.mul(x, x), v128.load(GELU_TANH, 16), v128.load(GELU_TANH)));
  return f32x4.mul(x, sigmoid(u));
}

/** Its derivative σ(u) + x·u′·σ(u)·(1 − σ(u)). */
// @ts-ignore: decorator
@inline
export function geluTanhSlope(x: v128): v128 {
  const square = f32x4.mul(x, x);
  const s = sigmoid(f32x4.mul(x, fma(square, v128.load(GELU_TANH, 16), v128.load(GELU_TANH))));
  const rise = f32x4.mul(x, fma(square, v128.load(GELU_TANH, 32), v128.load(GELU_TANH)));
  return fma(f32x4.mul(rise, s), f32x4.sub(f32x4.splat(1), s), s);
}
