/** Losses of numbers: what a regression is trained by. */
import { ln, PI } from "../../core/math.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { log1p } from "../../ops/functions.ts";
import { abs, add, clamp, div, equal, exp, greater, less, log, mul, sqrt, square, sub, where } from "../../ops/pointwise.ts";
import { meanSquare } from "../../ops/reduce.ts";
import { type LossOptions, matched, reduced } from "./reduction.ts";

type Regression<More = unknown> = (prediction: Tensor, target: Tensor, options?: LossOptions & More) => Tensor;

/** prediction − target. */
function difference(where: string, prediction: Tensor, target: Tensor): Tensor {
  return sub(prediction, matched(where, prediction, target));
}

/** Mean squared error: (prediction − target)². Both of one shape; [n] and [n, 1] match. */
export const mse: Regression = (prediction, target, options = {}) => {
  const d = difference("mse", prediction, target);
  const { reduction = "mean", sampleWeight } = options;
  return reduction === "mean" && !sampleWeight ? meanSquare(d) : reduced("mse", square(d), options);
};

/** Root of the mean squared error; its derivative is 0 where there is no error. */
export const rmse: Regression = (prediction, target, options = {}) => {
  const total = mse(prediction, target, options);
  const zero = equal(total, 0);
  return where(zero, 0, sqrt(where(zero, 1, total)));
};

/** Mean absolute error: |prediction − target|; its derivative is 0 where they are equal. PyTorch's L1Loss. */
export const mae: Regression = (prediction, target, options = {}) =>
  reduced("mae", abs(difference("mae", prediction, target)), options);

/**
 * d²/2 where |d| ≤ delta, delta·(|d| − delta/2) beyond, d = prediction − target.
 *
 * @param options delta, default 1
 * @source Huber 1964, Annals of Mathematical Statistics 35, 73–101
 */
export const huber: Regression<{ delta?: number }> = (prediction, target, { delta = 1, ...options } = {}) => {
  const d = difference("huber", prediction, target);
  const size = abs(d);
  const losses = where(less(size, delta), mul(square(d), 0.5), mul(sub(size, delta / 2), delta));
  return reduced("huber", losses, options);
};

/**
 * d²/(2·beta) where |d| < beta, |d| − beta/2 beyond, d = prediction − target; |d| for beta 0.
 *
 * @param options beta, default 1
 * @source Girshick 2015, arXiv:1504.08083, eq. 3
 */
export const smoothL1: Regression<{ beta?: number }> = (prediction, target, { beta = 1, ...options } = {}) => {
  if (beta === 0) return mae(prediction, target, options);
  const d = difference("smoothL1", prediction, target);
  const size = abs(d);
  return reduced("smoothL1", where(less(size, beta), mul(square(d), 0.5 / beta), sub(size, beta / 2)), options);
};

const LN2 = ln(2);
/** log cosh(prediction − target): d²/2 near 0, |d| − log 2 far from it. */
export const logCosh: Regression = (prediction, target, options = {}) => {
  const size = abs(difference("logCosh", prediction, target));
  return reduced("logCosh", sub(add(size, log1p(exp(mul(size, -2)))), LN2), options);
};

/**
 * Negative log-likelihood of counts under a Poisson distribution, without the constant log target!.
 *
 * @param prediction log of the rate; the rate itself with `logInput: false`
 * @param target     counts
 * @param options    logInput, default true; full adds Stirling's t·log t − t + log(2πt)/2 where t > 1, default false; eps guards
 *   log(rate), default 1e-8
 */
export const poissonNll: Regression<{ logInput?: boolean; full?: boolean; eps?: number }> = (
  prediction,
  target,
  { logInput = true, full = false, eps = 1e-8, ...options } = {},
) => {
  const t = matched("poissonNll", prediction, target);
  const losses = logInput ? sub(exp(prediction), mul(t, prediction)) : sub(prediction, mul(t, log(add(prediction, eps))));
  if (!full) return reduced("poissonNll", losses, options);
  const large = greater(t, 1);
  const count = where(large, t, 1);
  const stirling = add(sub(mul(count, log(count)), count), mul(log(mul(count, 2 * PI)), 0.5));
  return reduced("poissonNll", add(losses, where(large, stirling, 0)), options);
};

/**
 * Negative log-likelihood under a normal distribution whose variance is predicted too: (d²/v + log v)/2.
 *
 * @param variance of the prediction's shape, or stretched to it; below `eps` it counts as eps, and keeps its gradient
 * @param options  full adds log(2π)/2, default false; eps, default 1e-6
 * @source Nix & Weigend 1994, IEEE ICNN, eq. 2
 */
export const gaussianNll = (
  prediction: Tensor,
  target: Tensor,
  variance: Tensor,
  { full = false, eps = 1e-6, ...options }: LossOptions & { full?: boolean; eps?: number } = {},
): Tensor => {
  const d = difference("gaussianNll", prediction, target);
  const raised = sub(clamp(variance, eps, Infinity), variance).detach();
  const v = add(variance, raised);
  const losses = mul(add(div(square(d), v), log(v)), 0.5);
  return reduced("gaussianNll", full ? add(losses, 0.5 * ln(2 * PI)) : losses, options);
};
