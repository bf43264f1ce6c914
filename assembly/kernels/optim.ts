/**
 * Optimizer steps, each one pass over a slab of parameters. What varies between steps lives in memory as f64, so that a compiled
 * step sees a new learning rate: settings f64[16] = {step, lr, weightDecay, powerA, powerB, a, b, eps, flag, …}. Scalars are derived
 * in f64 once per call and then rounded to f32. Items are the n elements; NaN and ±∞ propagate.
 */
import { fma, fnma } from "../isa";

/** A scalar, derived in f64, rounded into every lane. */
// @ts-ignore: decorator
@inline
function lanes(value: f64): v128 {
  return f32x4.splat(<f32>value);
}

/**
 * Begins a step: step += 1, powerA *= a, powerB *= b (running products from 1, so that no power is ever computed). One item.
 * @param settings inout f64[16]
 */
export function tick(settings: usize, begin: i32, end: i32): void {
  if (begin >= end) return;
  store<f64>(settings, load<f64>(settings) + 1);
  store<f64>(settings, load<f64>(settings, 24) * load<f64>(settings, 40), 24);
  store<f64>(settings, load<f64>(settings, 32) * load<f64>(settings, 48), 32);
}

/** keep·old + share·fresh. */
// @ts-ignore: decorator
@inline
function average(keep: v128, old: v128, share: v128, fresh: v128): v128 {
  return fma(keep, old, f32x4.mul(share, fresh));
}

/**
 * Gradient descent without momentum: w −= lr·(g + weightDecay·w).
 * @param w        inout f32[n]
 * @param g        in    f32[n]
 * @param settings in    f64[16]
 */
export function sgdPlain(w: usize, g: usize, settings: usize, begin: i32, end: i32): void {
  const lr = lanes(load<f64>(settings, 8));
  const decay = lanes(load<f64>(settings, 16));
  let i = begin;
  for (; i + 4 <= end; i += 4) {
    const at = <usize>i << 2;
    const weight = v128.load(w + at);
    v128.store(w + at, fnma(lr, fma(decay, weight, v128.load(g + at)), weight));
  }
  for (; i < end; ++i) {
    const at = <usize>i << 2;
    const weight = v128.load32_zero(w + at);
    v128.store32_lane(w + at, fnma(lr, fma(decay, weight, v128.load32_zero(g + at)), weight), 0);
  }
}

/**
 * Gradient descent with momentum a and dampening b, as in PyTorch: g += weightDecay·w; buf = g in step 1, else a·buf + (1 − b)·g;
 * w −= lr·(flag ? g + a·buf : buf), where flag asks for Nesterov's form. What buf holds before step 1 does not matter.
 * @param w        inout f32[n]
 * @param g        in    f32[n]
 * @param buf      inout f32[n]
 * @param settings in    f64[16]
 * @source Sutskever, Martens, Dahl & Hinton 2013, "On the importance of initialization and momentum in deep learning"
 */
export function sgd(w: usize, g: usize, buf: usize, settings: usize, begin: i32, end: i32): void {
  const lr = lanes(load<f64>(settings, 8));
  const decay = lanes(load<f64>(settings, 16));
  const momentum = lanes(load<f64>(settings, 40));
  const first = load<f64>(settings) == 1;
  const nesterov = load<f64>(settings, 64) != 0;
  // All bits or none: whether the old buffer counts, and whether g is added to the direction.
  const keep = i32x4.splat(first ? 0 : -1);
  const ahead = i32x4.splat(nesterov ? -1 : 0);
  const share = lanes(first ? 1 : 1 - load<f64>(settings, 48));
  const along = nesterov ? momentum : f32x4.splat(1);
  let i = begin;
  for (; i + 4 <= end; i += 4) {
    const at = <usize>i << 2;
    const weight = v128.load(w + at);
    const gradient = fma(decay, weight, v128.load(g + at));
    const buffer = average(momentum, v128.and(v128.load(buf + at), keep), share, gradient);
    v128.store(buf + at, buffer);
    v128.store(w + at, fnma(lr, fma(along, buffer, v128.and(gradient, ahead)), weight));
  }
  for (; i < end; ++i) {
    const at = <usize>i << 2;
    const weight = v128.load32_zero(w + at);
    const gradient = fma(decay, weight, v128.load32_zero(g + at));
    const buffer = average(momentum, v128.and(v128.load32_zero(buf + at), keep), share, gradient);
    v128.store32_lane(buf + at, buffer, 0);
    v128.store32_lane(w + at, fnma(lr, fma(along, buffer, v128.and(gradient, ahead)), weight), 0);
  }
}

/** w − rate·m / (correction·√v + ε). */
// @ts-ignore: decorator
@inline
function moved(weight: v128, first: v128, second: v128, rate: v128, correction: v128, eps: v128): v128 {
  return f32x4.sub(weight, f32x4.div(f32x4.mul(rate, first), fma(f32x4.sqrt(second), correction, eps)));
}

/**
 * Adam with L2 weight decay, as in PyTorch: g += weightDecay·w; m = a·m + (1 − a)·g; v = b·v + (1 − b)·g²;
 * w −= lr / (1 − powerA) · m / (√v / √(1 − powerB) + eps), after `tick` has brought the powers up to this step.
 * @param w        inout f32[n]
 * @param g        in    f32[n]
 * @param m        inout f32[n]
 * @param v        inout f32[n]
 * @param settings in    f64[16]
 * @source Kingma & Ba 2015, arXiv:1412.6980, Algorithm 1; ε is added to the corrected root
 */
export function adam(w: usize, g: usize, m: usize, v: usize, settings: usize, begin: i32, end: i32): void {
  const a = load<f64>(settings, 40);
  const b = load<f64>(settings, 48);
  const rate = lanes(load<f64>(settings, 8) / (1 - load<f64>(settings, 24)));
  const decay = lanes(load<f64>(settings, 16));
  const aKeep = lanes(a);
  const bKeep = lanes(b);
  const aRest = lanes(1 - a);
  const bRest = lanes(1 - b);
  const correction = lanes(1 / Math.sqrt(1 - load<f64>(settings, 32)));
  const eps = lanes(load<f64>(settings, 56));
  let i = begin;
  for (; i + 4 <= end; i += 4) {
    const at = <usize>i << 2;
    const weight = v128.load(w + at);
    const gradient = fma(decay, weight, v128.load(g + at));
    const first = average(aKeep, v128.load(m + at), aRest, gradient);
    const second = average(bKeep, v128.load(v + at), bRest, f32x4.mul(gradient, gradient));
    v128.store(m + at, first);
    v128.store(v + at, second);
    v128.store(w + at, moved(weight, first, second, rate, correction, eps));
  }
  for (; i < end; ++i) {
    const at = <usize>i << 2;
    const weight = v128.load32_zero(w + at);
    const gradient = fma(decay, weight, v128.load32_zero(g + at));
    const first = average(aKeep, v128.load32_zero(m + at), aRest, gradient);
    const second = average(bKeep, v128.load32_zero(v + at), bRest, f32x4.mul(gradient, gradient));
    v128.store32_lane(m + at, first, 0);
    v128.store32_lane(v + at, second, 0);
    v128.store32_lane(w + at, moved(weight, first, second, rate, correction, eps), 0);
  }
}
