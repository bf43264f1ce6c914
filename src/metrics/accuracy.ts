/** Shares of rows that are right. */
import { ValueError } from "../core/errors.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { cast } from "../ops/cast.ts";
import { arange, full } from "../ops/create.ts";
import { pick } from "../ops/gather.ts";
import { add, equal, greater, less, mul } from "../ops/pointwise.ts";
import { sum } from "../ops/reduce.ts";
import { reshape, stack, unsqueeze } from "../ops/shape.ts";
import { type MetricWith, metricWith } from "./metric.ts";
import { checkRows, checkSome, classesOf, columnsOf, stepsAsRows, weightsOf, withSteps } from "./rows.ts";
import { isClass, tallied } from "./tally.ts";

/** `normalize: false` gives the number of rows (their weight) instead of a share. Default true. */
export type AccuracyOptions = { normalize?: boolean };

/**
 * The share of rows whose predicted class is the actual one, 0 to 1.
 *
 * @param actual    class numbers [n] or [n, 1]; or probabilities [n, classes], of which the largest counts
 * @param predicted class numbers [n] or [n, 1]; or scores [n, classes], of which the largest counts, the first among equals
 * @throws ShapeError when the rows are not equally many  @throws ValueError on a class that is not a whole number ≥ 0, or no rows
 * @example accuracy({ actual: [0, 1, 2, 1], predicted: [0, 1, 1, 1] }) // 0.75
 */
export const accuracy: MetricWith<AccuracyOptions, number> = tallied("accuracy", ({ right, total }, { normalize = true }) =>
  normalize ? right / total : right,
);

/**
 * The share of rows whose predicted class is not the actual one: 1 − accuracy.
 *
 * @example hammingLoss({ actual: [0, 1], predicted: [1, 1] }) // 0.5
 */
export const hammingLoss: MetricWith<object, number> = tallied("hammingLoss", ({ right, total }) => (total - right) / total);

/** `adjusted: true` makes guessing 0 and perfection 1. Default false. */
export type BalancedAccuracyOptions = { adjusted?: boolean };

/**
 * Recall, averaged over the classes that occur: what accuracy would be if all classes were equally frequent.
 *
 * @source Brodersen et al. 2010, ICPR, 3121–3124
 * @example balancedAccuracy({ actual: [0, 0, 0, 1], predicted: [0, 0, 0, 0] }) // 0.5
 */
export const balancedAccuracy: MetricWith<BalancedAccuracyOptions, number> = tallied(
  "balancedAccuracy",
  (tally, { adjusted = false }) => {
    const { right, actual } = tally.margins(tally.labels());
    const recalls = right.flatMap((r, i) => (actual[i]! > 0 ? [r / actual[i]!] : []));
    const mean = recalls.reduce((a, b) => a + b, 0) / recalls.length;
    const chance = 1 / recalls.length;
    return adjusted ? (mean - chance) / (1 - chance) : mean;
  },
);

/** How many of the greatest scores are looked at; default 2. */
export type TopKOptions = { k?: number; normalize?: boolean };

/** 1 for each row whose class is among the k greatest scores, else 0, [n]. @param labels f32 [n, 1]; 0 where it is no class */
function hits(labels: Tensor, scores: Tensor, k: number): Tensor {
  const [n = 0, classes = 0] = scores.shape;
  const known = isClass(labels, classes);
  const own = unsqueeze(pick(scores, cast(reshape(mul(labels, known), [n]), "i32")), 1);
  const others = cast(arange(classes), "f32");
  const above = add(greater(scores, own), mul(equal(scores, own), greater(others, labels)));
  return mul(less(sum(above, 1), k), reshape(known, [n]));
}

/**
 * The share of rows whose class is among the k greatest scores; of equal scores the greater classes stand first, as in scikit-learn.
 *
 * @param predicted scores [n, classes]
 * @throws ValueError when k is not from 1 to the number of classes
 * @example topKAccuracy({ actual: [0, 2], predicted: [[0.3, 0.5, 0.2], [0.6, 0.3, 0.1]] }, { k: 2 }) // 0.5
 */
export const topKAccuracy: MetricWith<TopKOptions, number> = metricWith(({ k = 2, normalize = true }) => {
  let [right, total, rows] = [0, 0, 0];
  return {
    add(given) {
      const observed = withSteps("topKAccuracy", given);
      const labels = classesOf("topKAccuracy", "actual", observed.actual).rows;
      const { data, n, width } = columnsOf("topKAccuracy", "predicted", observed.predicted);
      checkRows("topKAccuracy", observed, labels.length, n);
      if (!(Number.isInteger(k) && k >= 1 && k <= width))
        throw new ValueError("topKAccuracy", `k is from 1 to ${width}`, String(k));
      const weights = weightsOf("topKAccuracy", observed, n);
      const wrong = Array.from(labels).findIndex((label) => label >= width);
      if (wrong >= 0)
        throw new ValueError("topKAccuracy", `there are scores of ${width} classes`, `class ${labels[wrong]} in row ${wrong}`);
      const column = (values: ArrayLike<number>, m: number): Tensor => tensor(Float32Array.from(values), { shape: [n, m] });
      const found = hits(column(labels, 1), column(data, width), k).data();
      for (let row = 0; row < n; ++row) {
        const weight = weights ? weights[row]! : 1;
        total += weight;
        right += weight * found[row]!;
      }
      rows += n;
    },
    value() {
      checkSome("topKAccuracy", rows);
      return normalize ? right / total : right;
    },
    sums: {
      key: `top ${k}`,
      of(given, scores) {
        const [actual, predicted] = stepsAsRows(given, scores);
        const [n, classes = 0] = predicted.shape;
        if (!n || predicted.rank !== 2 || predicted.dtype !== "f32" || actual.size !== n || !(k >= 1 && k <= classes)) return null;
        const labels = reshape(cast(actual, "f32"), [n, 1]);
        return stack([sum(hits(labels, predicted, k)), sum(isClass(labels, classes)), full([], n)]);
      },
      take([found, known, n]) {
        if (known !== n) return false; // there are rows of no class
        right += found!;
        total += n!;
        rows += n!;
        return true;
      },
    },
  };
});
