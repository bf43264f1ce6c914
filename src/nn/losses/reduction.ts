/** What losses share: targets in the shape of predictions, weights of samples, and how the losses of a batch become one number. */
import { ShapeError } from "../../core/errors.ts";
import { sameShape, sizeOf } from "../../core/shape.ts";
import { tensorFor } from "../../graph/from.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { cast } from "../../ops/cast.ts";
import { div, mul } from "../../ops/pointwise.ts";
import { mean, sum } from "../../ops/reduce.ts";
import { expand, reshape } from "../../ops/shape.ts";

/** How the losses of a batch become one number; "none" leaves them. */
export type Reduction = "mean" | "sum" | "none";
export type LossOptions = {
  /** Default "mean". */
  reduction?: Reduction;
  /** How much each sample counts: [n], or one for each loss. The mean is then Σ weight·loss / Σ weight. Default all alike. */
  sampleWeight?: Tensor | readonly number[];
};

/** Compares predictions with targets. */
export type Loss = (prediction: Tensor, target: Tensor) => Tensor;

/** Weights [n] stand for whole rows of the losses. */
function stretched(where: string, weight: Tensor | readonly number[], losses: Tensor): Tensor {
  const weights = tensorFor(where, weight);
  if (sameShape(weights.shape, losses.shape)) return weights;
  if (weights.size !== losses.shape[0])
    throw new ShapeError(where, "needs one sampleWeight for each row, or one for each loss", { sampleWeight: weights, losses });
  return expand(reshape(weights, [weights.size, ...losses.shape.slice(1).map(() => 1)]), losses.shape);
}

/** The losses as `reduction` and `sampleWeight` ask. */
export function reduced(where: string, losses: Tensor, { reduction = "mean", sampleWeight }: LossOptions): Tensor {
  if (!sampleWeight) return reduction === "none" ? losses : reduction === "sum" ? sum(losses) : mean(losses);
  const weights = stretched(where, sampleWeight, losses);
  const weighted = mul(losses, weights);
  if (reduction === "none") return weighted;
  return reduction === "sum" ? sum(weighted) : div(sum(weighted), sum(weights));
}

/** Targets in the shape of the predictions: [n] and [n, 1] match, nothing else is stretched. */
export function matched(where: string, prediction: Tensor, target: Tensor): Tensor {
  const numbers = target.dtype === "f32" ? target : cast(target, "f32");
  if (sameShape(prediction.shape, numbers.shape)) return numbers;
  const column = sizeOf(prediction.shape) === sizeOf(numbers.shape) && prediction.shape[0] === numbers.shape[0];
  const thin = (x: Tensor): boolean => x.rank === 1 || (x.rank === 2 && x.shape[1] === 1);
  if (column && thin(prediction) && thin(numbers)) return reshape(numbers, prediction.shape);
  throw new ShapeError(where, "prediction and target must have the same shape", { prediction, target });
}
