/** What estimators have in common: they learn from rows with `fit`, and answer for new rows with `predict`. */
import { NumericError, ShapeError, ValueError } from "../core/errors.ts";
import { type Label, type Labels, labelsOf } from "../data/labels.ts";
import { type TensorLike, tensorFor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { accuracy } from "../metrics/accuracy.ts";
import { r2 } from "../metrics/regression.ts";
import { cast } from "../ops/cast.ts";
import { requireFinite } from "../ops/check.ts";
import { encodeLabels } from "./labels.ts";
import type { DescribedEstimator } from "./learnt.ts";

export type FitWeights = {
  /** How much each row counts, [n]. Default 1. */
  sampleWeight?: ArrayLike<number>;
};

/** Something that learns. Options are what it was made with, so that another like it can be made. */
export type Estimator = {
  readonly kind: string;
  readonly options: object;
  fit(x: TensorLike, y: never, weights?: FitWeights): Promise<unknown>;
  predict(x: TensorLike): unknown;
  score(x: TensorLike, y: never, weights?: FitWeights): number;
};

/**
 * Rows of numbers as an f32 tensor [n, features].
 *
 * @throws ShapeError unless there are two axes, some rows, and `width` columns where that is known
 * @throws NumericError on NaN and infinity, naming row and column
 */
export function rowsFor(where: string, x: TensorLike, width?: number): Tensor {
  const given = tensorFor(where, x);
  const rows = given.dtype === "f32" ? given : cast(given, "f32");
  if (rows.rank !== 2) throw new ShapeError(where, "expects rows of features, [n, features]", { x: rows }, "reshape");
  if (rows.shape[0] === 0) throw new ShapeError(where, "there are no rows", { x: rows });
  if (width !== undefined && rows.shape[1] !== width) throw new ShapeError(where, `was fitted on ${width} features`, { x: rows });
  requireFinite(rows, (at, value) => {
    const place = `row ${Math.floor(at / rows.shape[1]!)}, column ${at % rows.shape[1]!}`;
    return new NumericError(
      where,
      "x must hold finite numbers",
      `${value} in ${place}`,
      "a SimpleImputer, or leaving such rows out",
    );
  });
  return rows;
}

/** @throws ShapeError when there are not as many as rows */
export function checkCount(where: string, x: Tensor, count: number, name = "y"): void {
  if (x.shape[0] !== count) throw new ShapeError(where, `x and ${name} must have the same number of rows`, { x, [name]: [count] });
}

/** Weights of rows, checked. @throws ShapeError, ValueError */
export function weightsFor(where: string, x: Tensor, { sampleWeight }: FitWeights = {}): Float32Array<ArrayBuffer> | null {
  if (!sampleWeight) return null;
  checkCount(where, x, sampleWeight.length, "sampleWeight");
  const weights = Float32Array.from(sampleWeight);
  const wrong = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (wrong >= 0) throw new ValueError(where, "weights are numbers ≥ 0", `${weights[wrong]} in row ${wrong}`);
  return weights;
}

/** Why an estimator that has not been fitted cannot answer. */
export function unfitted(name: string, call: string): ValueError {
  return new ValueError(`${name}.${call}`, "has learned nothing yet", undefined, "await fit(x, y) before");
}

/** Of each row of scores [n, classes], the class with the largest, the first among equals. */
export function winners(scores: Tensor, classes: readonly Label[]): Label[] {
  const [n = 0, k = 0] = scores.shape;
  const data = scores.data();
  return Array.from({ length: n }, (_, row) => {
    let best = 0;
    for (let c = 1; c < k; ++c) if (data[row * k + c]! > data[row * k + best]!) best = c;
    return classes[best]!;
  });
}

/** The share of rows whose label is right; a class never seen is a mistake, not an error. */
export function rightShare(where: string, predicted: readonly Label[], y: Labels, { sampleWeight }: FitWeights = {}): number {
  const given = labelsOf(where, y);
  const known = [...new Set([...predicted, ...given])];
  const encode = (labels: readonly Label[]): Int32Array => encodeLabels(where, labels, known);
  const weight = sampleWeight && { weight: Float32Array.from(sampleWeight) };
  return accuracy({ actual: encode(given), predicted: encode(predicted), ...weight });
}

/** An estimator of classes. */
export abstract class Classifier {
  /** The name of its kind: errors begin with it, minified or not. */
  abstract readonly kind: string;
  abstract readonly options: object;
  /** The classes seen by `fit`, ascending; column i of `predictProba` is that of classes[i]. */
  classes: readonly Label[] = [];

  /** Scores [n, classes], of which the largest wins. */
  abstract decisionFunction(x: TensorLike): Tensor;
  abstract fit(x: TensorLike, y: Labels, weights?: FitWeights): Promise<this>;
  /** All of it as data, for files: what it was made with, and what it has learned. */
  abstract describe(): DescribedEstimator;
  /** @internal What `describe` said was learned. @throws FormatError on anything else */
  abstract restore(learnt: unknown): this;

  /** The class of each row: the largest score's, the first among equals. */
  predict(x: TensorLike): Label[] {
    return winners(this.decisionFunction(x), this.classes);
  }

  /** Accuracy: the share of rows whose class is right. */
  score(x: TensorLike, y: Labels, weights: FitWeights = {}): number {
    return rightShare(`${this.kind}.score`, this.predict(x), y, weights);
  }
}

/** R² of predictions: the share of the variance of y that is explained. */
export function explainedShare(predicted: Tensor, y: TensorLike, { sampleWeight }: FitWeights = {}): number {
  const weight = sampleWeight && { weight: Float32Array.from(sampleWeight) };
  return r2({ actual: y, predicted, ...weight });
}

/** Targets of a regression as f32 [n] or [n, outputs], finite. @throws ShapeError, NumericError */
export function targetsFor(where: string, x: Tensor, y: TensorLike, outputs?: number): Tensor {
  const given = tensorFor(where, y);
  const targets = given.dtype === "f32" ? given : cast(given, "f32");
  if (targets.rank !== 1 && targets.rank !== 2) throw new ShapeError(where, "targets are [n] or [n, outputs]", { y: targets });
  checkCount(where, x, targets.shape[0]!);
  if (outputs !== undefined && (targets.shape[1] ?? 1) !== outputs)
    throw new ShapeError(where, `was fitted on ${outputs} outputs`, { y: targets });
  requireFinite(targets, (at, value) => {
    const row = Math.floor((at * targets.shape[0]!) / targets.size);
    return new NumericError(where, "y must hold finite numbers", `${value} in row ${row}`, "leaving such rows out");
  });
  return targets;
}
