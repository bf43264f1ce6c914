/** What a prediction rests on: `permutationImportance` of features, `saliency` of single inputs. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import { formatTable } from "../core/table.ts";
import { type Dataset, rowsOf } from "../data/dataset.ts";
import { grad } from "../graph/backward.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { accuracy } from "../metrics/accuracy.ts";
import type { Observed } from "../metrics/metric.ts";
import { r2 } from "../metrics/regression.ts";
import type { Model } from "../nn/model.ts";
import { Stream } from "../ops/random.ts";
import { predict } from "../train/evaluate.ts";

export type ImportanceOptions = {
  /** How good predictions are; larger is better. Default accuracy where targets are classes, else R². */
  score?: (observed: Observed) => number;
  /** Times each feature is shuffled. Default 5. */
  repeats?: number;
  /** Governs the order. Default 0. */
  seed?: number;
  /** Names of the features. Default their numbers. */
  names?: readonly string[];
};

/** How much worse predictions get without a feature. */
export type Importance = { feature: string; mean: number; std: number };

/**
 * How much a model rests on each feature: how far its score falls when the feature's values are shuffled among the rows.
 *
 * Features that say the same stand in for each other, so that each alone seems to matter little.
 *
 * @param data x [n, features] and y; rows that were not learned from
 * @returns features by importance, the greatest first; printed, a table
 * @throws ShapeError unless x has two axes
 * @source Breiman 2001, Machine Learning 45; Fisher, Rudin, Dominici 2019, JMLR 20
 * @example console.log(String(permutationImportance(model, test, { names: ["length", "width"] })));
 */
export function permutationImportance(model: Model, data: Dataset, options: ImportanceOptions = {}): Importance[] {
  const { x, y } = data;
  if (x.rank !== 2) throw new ShapeError("permutationImportance", "expects rows of features, [n, features]", { x });
  const { repeats = 5, seed = 0, names, score = y.dtype === "f32" ? r2 : accuracy } = options;
  if (!(Number.isInteger(repeats) && repeats >= 1))
    throw new ValueError("permutationImportance", "repeats is a whole number ≥ 1", String(repeats));
  const [n, width] = [rowsOf(data), x.shape[1]!];
  const values = x.data();
  const judge = (rows: Tensor): number => score({ actual: y, predicted: predict(model, rows) });
  const whole = judge(x);
  const draw = new Stream(seed, "permutationImportance");
  const found = Array.from({ length: width }, (_, feature) => {
    const falls = Array.from({ length: repeats }, () => {
      const order = draw.permutation(n).data();
      const shuffled = values.slice();
      for (let row = 0; row < n; ++row) shuffled[row * width + feature] = values[order[row]! * width + feature]!;
      return whole - judge(tensor(shuffled, { shape: x.shape }));
    });
    const mean = falls.reduce((a, b) => a + b, 0) / repeats;
    const std = sqrt(falls.reduce((sum, fall) => sum + (fall - mean) * (fall - mean), 0) / repeats);
    return { feature: names?.[feature] ?? String(feature), mean, std };
  });
  found.sort((a, b) => b.mean - a.mean);
  const text = (): string =>
    formatTable(
      [["feature", "importance", "±"], ...found.map(({ feature, mean, std }) => [feature, mean.toFixed(4), std.toFixed(4)])],
      ["left", "right", "right"],
    );
  return Object.defineProperty(found, "toString", { value: text });
}

/** What each element of the input adds: a tensor of the input's shape. */
export type Attribution = Tensor;

/**
 * How much each element of the input moves the score of a class: its gradient, by default times the element itself.
 *
 * @param x [n, …], a few rows  @param target the class, the same for all rows; default each row's most probable one
 * @param options `times: "nothing"` gives the bare gradient. Default "input"
 * @returns f32, shaped as x; sum its last axis for a picture of an image with colours
 * @throws ShapeError unless the model gives [n, classes]  @throws ValueError on a class that there is not
 * @source Simonyan, Vedaldi, Zisserman 2013, arXiv:1312.6034; Shrikumar et al. 2016, arXiv:1605.01713
 * @example console.log(drawImage(saliency(model, test.x.slice(0, 1)).abs()));
 */
export function saliency(
  model: Model,
  x: Tensor,
  target?: number,
  { times = "input" }: { times?: "input" | "nothing" } = {},
): Attribution {
  const inputs = x.dtype === "f32" ? x : x.cast("f32");
  const scores = predict(model, inputs);
  if (scores.rank !== 2) throw new ShapeError("saliency", "a model gives [n, classes]", { scores });
  const [n, classes] = [scores.shape[0]!, scores.shape[1]!];
  if (target !== undefined && !(Number.isInteger(target) && target >= 0 && target < classes))
    throw new ValueError("saliency", `the class is from 0 to ${classes - 1}`, String(target));
  const chosen = target === undefined ? scores.argmax(1).data() : new Int32Array(n).fill(target);
  const mask = new Float32Array(n * classes);
  for (let row = 0; row < n; ++row) mask[row * classes + chosen[row]!] = 1;
  const wanted = tensor(mask, { shape: [n, classes] });
  const gradient = grad((given: Tensor) => model.forward(given, "eval").mul(wanted).sum())(inputs);
  return times === "input" ? gradient.mul(inputs) : gradient;
}
