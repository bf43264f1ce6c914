/** Losses of two classes. */
import { scalar } from "../../graph/from.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { softplus } from "../../ops/activations.ts";
import { customGradient } from "../../ops/custom.ts";
import { add, clamp, div, log, maximum, mul, neg, pow, relu, sigmoid, square, sub } from "../../ops/pointwise.ts";
import { type LossOptions, matched, reduced } from "./reduction.ts";

/** Logarithms count as no less than this. */
const LEAST_LOG = -100;
/** p·(1 − p) counts as no less than this in the gradient. */
const LEAST_VARIANCE = 1e-12;

const bceOf = customGradient(
  "bce",
  (p: Tensor, t: Tensor) => {
    const yes = mul(t, clamp(log(p), LEAST_LOG, Infinity));
    const no = mul(sub(scalar(1), t), clamp(log(sub(scalar(1), p)), LEAST_LOG, Infinity));
    return neg(add(yes, no));
  },
  (dy, _, p, t) => [div(mul(dy, sub(p, t)), maximum(mul(p, sub(scalar(1), p)), LEAST_VARIANCE)), null],
);

/**
 * Binary cross-entropy of probabilities: −(t·log p + (1 − t)·log(1 − p)), with logarithms of at least −100. Prefer `bceWithLogits`.
 *
 * @param prediction probabilities from 0 to 1, any shape  @param target from 0 to 1, same shape; no gradient flows to it
 * @param options    weight multiplies each loss, and is stretched to their shape; the mean still divides by their number
 */
export const bce: (prediction: Tensor, target: Tensor, options?: LossOptions & { weight?: Tensor }) => Tensor = (
  prediction,
  target,
  { weight, ...options } = {},
) => {
  const losses = bceOf(prediction, matched("bce", prediction, target));
  return reduced("bce", weight ? mul(losses, weight) : losses, options);
};

const withLogits = customGradient(
  "bceWithLogits",
  (x: Tensor, t: Tensor) => sub(softplus(x, { threshold: Infinity }), mul(x, t)),
  (dy, _, x, t) => [mul(dy, sub(sigmoid(x), t)), neg(mul(dy, x))],
);

/**
 * Binary cross-entropy from logits: log(1 + eˣ) − x·target, which is −log p of the target for p = sigmoid(x).
 *
 * @param logits any shape, before any sigmoid  @param target from 0 to 1, same shape
 * @param options posWeight: how much a positive target counts, stretched to the logits' shape; for rare events, negatives / positives
 * @example bceWithLogits(model.forward(x), isFraud, { posWeight: tensor([99]) })
 */
export const bceWithLogits: (logits: Tensor, target: Tensor, options?: LossOptions & { posWeight?: Tensor | number }) => Tensor = (
  logits,
  target,
  { posWeight, ...options } = {},
) => {
  const t = matched("bceWithLogits", logits, target);
  if (posWeight === undefined) return reduced("bceWithLogits", withLogits(logits, t), options);
  const factor = add(mul(t, sub(typeof posWeight === "number" ? scalar(posWeight) : posWeight, 1)), 1);
  const losses = add(mul(sub(scalar(1), t), logits), mul(factor, softplus(neg(logits), { threshold: Infinity })));
  return reduced("bceWithLogits", losses, options);
};

/**
 * max(0, 1 − t·prediction), squared if asked: the loss of support vector machines.
 *
 * @param target −1 or 1, of the prediction's shape  @param options squared, default false
 * @source Cortes & Vapnik 1995, Machine Learning 20, 273–297
 */
export const hinge: (prediction: Tensor, target: Tensor, options?: LossOptions & { squared?: boolean }) => Tensor = (
  prediction,
  target,
  { squared = false, ...options } = {},
) => {
  const short = relu(sub(scalar(1), mul(matched("hinge", prediction, target), prediction)));
  return reduced("hinge", squared ? square(short) : short, options);
};

/**
 * Focal loss of two classes: cross-entropy times (1 − p)^gamma, p being the probability of the target, so that easy samples count less.
 *
 * @param logits any shape  @param target 0 or 1, same shape
 * @param options gamma, default 2; alpha weighs class 1, 1 − alpha class 0; default 0.25, none for undefined
 * @source Lin et al. 2017, arXiv:1708.02002, eq. 5
 */
export const binaryFocal: (logits: Tensor, target: Tensor, options?: LossOptions & { gamma?: number; alpha?: number }) => Tensor = (
  logits,
  target,
  { gamma = 2, alpha = 0.25, ...options } = {},
) => {
  const t = matched("binaryFocal", logits, target);
  const p = sigmoid(logits);
  const wrong = add(mul(p, sub(scalar(1), t)), mul(sub(scalar(1), p), t));
  const share = add(mul(t, 2 * alpha - 1), 1 - alpha);
  return reduced("binaryFocal", mul(share, mul(pow(wrong, gamma), withLogits(logits, t))), options);
};
