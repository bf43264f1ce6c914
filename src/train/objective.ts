/** What a step makes less: a loss, or a loss for each of several targets, of rows that may count differently. */
import { ValueError } from "../core/errors.ts";
import type { NamedDataset, Rows } from "../data/rows.ts";
import { Tensor } from "../graph/tensor.ts";
import type { Loss, LossOptions } from "../nn/losses/index.ts";
import { add } from "../ops/pointwise.ts";
import { mean } from "../ops/reduce.ts";

/** A loss, or one for each target by its name. */
export type Objective = Loss | Readonly<Record<string, Loss>>;
type WeightedLoss = (prediction: Tensor, target: Tensor, options?: LossOptions) => Tensor;

function one(loss: WeightedLoss, prediction: Tensor, target: Tensor, weight: Tensor | undefined): Tensor {
  if (!weight) return loss(prediction, target);
  const losses = loss(prediction, target, { reduction: "none", sampleWeight: weight });
  if (losses.rank === 0)
    throw new ValueError(
      "fit",
      "weights need a loss that can tell rows apart: it takes (prediction, target, { reduction, sampleWeight })",
      "one that gives a single number",
      "crossEntropy, mse, or another of nabla's own",
    );
  return mean(losses);
}

function part(rows: Rows | undefined, name: string, what: string): Tensor {
  const found = rows === undefined || rows instanceof Tensor ? undefined : rows[name];
  if (!found)
    throw new ValueError("fit", `there is a loss '${name}', and no ${what} of that name`, undefined, "the same names for all");
  return found;
}

/** The loss of a batch: the mean of its rows', or the sum of those of several targets. */
export function lossOf(loss: Objective, prediction: Rows, { y, weight }: Pick<NamedDataset, "y" | "weight">): Tensor {
  if (typeof loss === "function") {
    if (prediction instanceof Tensor && y instanceof Tensor) return one(loss, prediction, y, weight);
    throw new ValueError("fit", "several outputs or targets need a loss each", "one loss", "loss: { name: crossEntropy, … }");
  }
  return Object.entries(loss)
    .map(([name, own]) => one(own, part(prediction, name, "output"), part(y, name, "target"), weight))
    .reduce((sum, value) => add(sum, value));
}
