/** Losses: (prediction, target) → one number, the mean over the batch, or another reduction. */
import { DTypeError, ShapeError } from "../core/errors.ts";
import { sameShape, sizeOf } from "../core/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { cast } from "../ops/cast.ts";
import { asLabels } from "../ops/gather.ts";
import { abs, add, exp, less, log, maximum, mul, neg, square, sub, where } from "../ops/pointwise.ts";
import { mean, sum } from "../ops/reduce.ts";
import { reshape } from "../ops/shape.ts";
import { logSoftmax, softmaxCrossEntropy } from "../ops/softmax.ts";

/** How the losses of a batch become one number; "none" leaves them. */
export type Reduction = "mean" | "sum" | "none";
export type LossOptions = {
  /** Default "mean". */
  reduction?: Reduction;
};

/** Compares predictions with targets. */
export type Loss = (prediction: Tensor, target: Tensor) => Tensor;

function reduced(losses: Tensor, { reduction = "mean" }: LossOptions): Tensor {
  if (reduction === "none") return losses;
  return reduction === "sum" ? sum(losses) : mean(losses);
}

/** Targets in the shape of the predictions: [n] and [n, 1] match, nothing else is stretched. */
function matched(where: string, prediction: Tensor, target: Tensor): Tensor {
  const numbers = target.dtype === "f32" ? target : cast(target, "f32");
  if (sameShape(prediction.shape, numbers.shape)) return numbers;
  const column = sizeOf(prediction.shape) === sizeOf(numbers.shape) && prediction.shape[0] === numbers.shape[0];
  const thin = (x: Tensor): boolean => x.rank === 1 || (x.rank === 2 && x.shape[1] === 1);
  if (column && thin(prediction) && thin(numbers)) return reshape(numbers, prediction.shape);
  throw new ShapeError(where, "prediction and target must have the same shape", { prediction, target });
}

/** Mean squared error: (prediction − target)². */
export const mse: (prediction: Tensor, target: Tensor, options?: LossOptions) => Tensor = (prediction, target, options = {}) =>
  reduced(square(sub(prediction, matched("mse", prediction, target))), options);

/** Mean absolute error: |prediction − target|. */
export const mae: (prediction: Tensor, target: Tensor, options?: LossOptions) => Tensor = (prediction, target, options = {}) =>
  reduced(abs(sub(prediction, matched("mae", prediction, target))), options);

/**
 * d²/2 where |d| ≤ delta, delta·(|d| − delta/2) beyond, d = prediction − target.
 *
 * @param delta default 1
 * @source Huber 1964, Annals of Mathematical Statistics 35, 73–101
 */
export const huber: (prediction: Tensor, target: Tensor, options?: LossOptions & { delta?: number }) => Tensor = (
  prediction,
  target,
  { delta = 1, ...options } = {},
) => {
  const d = sub(prediction, matched("huber", prediction, target));
  const size = abs(d);
  return reduced(where(less(size, delta), mul(square(d), 0.5), mul(sub(size, delta / 2), delta)), options);
};

/**
 * Binary cross-entropy from logits: log(1 + e^−|x|) + max(x, 0) − x·target, which is −log p of the target for p = sigmoid(x).
 *
 * @param logits any shape  @param target from 0 to 1, same shape
 */
export const bceWithLogits: (logits: Tensor, target: Tensor, options?: LossOptions) => Tensor = (logits, target, options = {}) => {
  const t = matched("bceWithLogits", logits, target);
  const tail = log(add(exp(neg(abs(logits))), 1));
  return reduced(add(sub(maximum(logits, 0), mul(logits, t)), tail), options);
};

/**
 * Cross-entropy of softmax(logits) with class numbers or probabilities.
 *
 * @param logits [n, classes], before any softmax
 * @param target [n] or [n, 1] class numbers from 0, or [n, classes] probabilities
 * @throws ShapeError unless there is one target for each row  @throws ValueError on a class out of range, naming the row
 * @example crossEntropy(model.forward(x), labels)
 */
export const crossEntropy: (logits: Tensor, target: Tensor, options?: LossOptions) => Tensor = (logits, target, options = {}) => {
  if (logits.rank < 2) throw new ShapeError("crossEntropy", "expects logits [n, classes]", { logits, target });
  if (logits.dtype !== "f32") throw new DTypeError("crossEntropy", "logits must be f32", logits.dtype);
  const probabilities = target.dtype === "f32" && target.rank === logits.rank && sameShape(target.shape, logits.shape);
  if (probabilities) return reduced(neg(sum(mul(target, logSoftmax(logits)), -1)), options);
  const labels = target.rank === logits.rank ? asLabels(target) : target;
  if (!sameShape(labels.shape, logits.shape.slice(0, -1))) {
    throw new ShapeError("crossEntropy", "needs one class number for each row of logits, or probabilities of their shape", {
      logits,
      target,
    });
  }
  return reduced(softmaxCrossEntropy(logits, cast(labels, "i32")), options);
};
