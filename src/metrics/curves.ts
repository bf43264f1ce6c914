/** Curves over all thresholds, and the areas under them. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { type TensorLike, tensorFor } from "../graph/from.ts";
import type { MetricWith } from "./metric.ts";
import { binaryScores, type Ranked, ranked, type Scored, scored } from "./scores.ts";

export type RocCurve = {
  /** False positive rate: the share of class 0 that is taken for class 1. */
  fpr: number[];
  /** True positive rate: the share of class 1 that is found. */
  tpr: number[];
  /** Scores from which on a row is taken for class 1, descending from ∞. */
  thresholds: number[];
};
/** Whether points on a straight line between others are left out. Default true. */
export type RocOptions = { dropIntermediate?: boolean };

const CORNERS = (values: readonly number[], i: number): number => values[i + 1]! - 2 * values[i]! + values[i - 1]!;

function binaryRanked(where: string, rows: Scored): Ranked {
  const { positive, scores } = binaryScores(where, rows);
  return ranked(where, positive, scores, rows.weights);
}

/**
 * The receiver operating characteristic: true against false positive rate for every threshold on the score.
 *
 * @param actual    classes 0 and 1 [n]  @param predicted scores of class 1 [n], or of both [n, 2]
 * @throws ValueError when one of the classes is missing
 * @source Fawcett 2006, Pattern Recognition Letters 27, 861–874
 * @example const { fpr, tpr } = rocCurve({ actual: [0, 1, 1], predicted: [0.2, 0.7, 0.4] });
 */
export const rocCurve: MetricWith<RocOptions, RocCurve> = scored("rocCurve", (rows, { dropIntermediate = true }) => {
  const { hits, misses, thresholds } = binaryRanked("rocCurve", rows);
  const [positives, negatives] = [hits.at(-1)!, misses.at(-1)!];
  if (!positives || !negatives)
    throw new ValueError("rocCurve", "needs rows of class 0 and of class 1", positives ? "1 only" : "0 only");
  const last = hits.length - 1;
  const kept = hits
    .map((_, i) => i)
    .filter((i) => !dropIntermediate || i === 0 || i === last || CORNERS(hits, i) !== 0 || CORNERS(misses, i) !== 0);
  return {
    fpr: [0, ...kept.map((i) => misses[i]! / negatives)],
    tpr: [0, ...kept.map((i) => hits[i]! / positives)],
    thresholds: [Number.POSITIVE_INFINITY, ...kept.map((i) => thresholds[i]!)],
  };
});

/**
 * The area under points by trapezes.
 *
 * @param x ascending or descending  @throws ShapeError when lengths differ  @throws ValueError when x goes both ways, or has one point
 * @example auc([0, 0.5, 1], [0, 1, 1]) // 0.75
 */
export function auc(x: TensorLike, y: TensorLike): number {
  const [xs, ys] = [tensorFor("auc", x), tensorFor("auc", y)];
  if (xs.size !== ys.size) throw new ShapeError("auc", "x and y are equally long", { x: xs, y: ys });
  if (xs.size < 2) throw new ValueError("auc", "needs at least two points", String(xs.size));
  const area = trapezes(xs.data(), ys.data());
  if (area === null) throw new ValueError("auc", "x ascends or descends", "both");
  return area;
}

/** Null where x goes both ways. */
function trapezes(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  let [area, up, down] = [0, false, false];
  for (let i = 1; i < x.length; ++i) {
    const step = x[i]! - x[i - 1]!;
    area += (step * (y[i]! + y[i - 1]!)) / 2;
    up ||= step > 0;
    down ||= step < 0;
  }
  return up && down ? null : down ? -area : area;
}

/** P(a row of class 1 scores higher than one of class 0), ties half. */
function areaOf(where: string, positive: readonly boolean[], scores: readonly number[], weights: readonly number[]): number {
  const { hits, misses } = ranked(where, positive, scores, weights);
  const [positives, negatives] = [hits.at(-1)!, misses.at(-1)!];
  if (!positives || !negatives) throw new ValueError(where, "needs rows of each class", "one class only");
  return trapezes([0, ...misses], [0, ...hits])! / (positives * negatives);
}

export type RocAucOptions = {
  /** Of more than two classes: each against the rest, or the mean over pairs. Default "ovr". */
  multiClass?: "ovr" | "ovo";
  /** The plain mean over classes or pairs, or weighted by how frequent they are. Default "macro". */
  average?: "macro" | "weighted";
};

function pairArea(rows: Scored, a: number, b: number): { area: number; weight: number } {
  const own = rows.actual.flatMap((label, row) => (label === a || label === b ? [row] : []));
  const weights = own.map((row) => rows.weights[row]!);
  const one = (c: number): number =>
    areaOf(
      "rocAuc",
      own.map((row) => rows.actual[row] === c),
      own.map((row) => rows.scores[row * rows.width + c]!),
      weights,
    );
  return { area: (one(a) + one(b)) / 2, weight: weights.reduce((x, y) => x + y, 0) };
}

function manyAreas(rows: Scored, ovo: boolean): { area: number; weight: number }[] {
  const classes = Array.from({ length: rows.width }, (_, c) => c);
  if (ovo) return classes.flatMap((a) => classes.slice(a + 1).map((b) => pairArea(rows, a, b)));
  return classes.map((c) => {
    const positive = rows.actual.map((label) => label === c);
    const weight = rows.weights.reduce((total, own, row) => total + (positive[row] ? own : 0), 0);
    const scores = rows.actual.map((_, row) => rows.scores[row * rows.width + c]!);
    return { area: areaOf("rocAuc", positive, scores, rows.weights), weight };
  });
}

/**
 * The area under the ROC curve: the probability that a row of the class scores higher than another, ties half; 0.5 is guessing.
 *
 * @param actual    class numbers [n]  @param predicted scores of class 1 [n], or of every class [n, classes]
 * @throws ValueError when a class has no rows
 * @source Hand & Till 2001, Machine Learning 45, 171–186, for "ovo"
 * @example rocAuc({ actual: [0, 1, 1], predicted: [0.2, 0.7, 0.4] }) // 1
 */
export const rocAuc: MetricWith<RocAucOptions, number> = scored("rocAuc", (rows, { multiClass = "ovr", average = "macro" }) => {
  if (rows.width <= 2) {
    const { positive, scores } = binaryScores("rocAuc", rows);
    return areaOf("rocAuc", positive, scores, rows.weights);
  }
  const areas = manyAreas(rows, multiClass === "ovo");
  const weight = (one: { weight: number }): number => (average === "weighted" ? one.weight : 1);
  return areas.reduce((total, one) => total + one.area * weight(one), 0) / areas.reduce((total, one) => total + weight(one), 0);
});

export type PrecisionRecallCurve = {
  /** One longer than `thresholds`: ends with precision 1, recall 0. */
  precision: number[];
  recall: number[];
  /** Ascending. */
  thresholds: number[];
};

/**
 * Precision against recall for every threshold on the score.
 *
 * @param actual    classes 0 and 1 [n]  @param predicted scores of class 1 [n], or of both [n, 2]
 * @example const { precision, recall } = precisionRecallCurve({ actual: [0, 1, 1], predicted: [0.2, 0.7, 0.4] });
 */
export const precisionRecallCurve: MetricWith<object, PrecisionRecallCurve> = scored("precisionRecallCurve", (rows) => {
  const { hits, misses, thresholds } = binaryRanked("precisionRecallCurve", rows);
  const positives = hits.at(-1)!;
  if (!positives) throw new ValueError("precisionRecallCurve", "needs rows of class 1", "none");
  return {
    precision: [...hits.map((hit, i) => hit / (hit + misses[i]!)).reverse(), 1],
    recall: [...hits.map((hit) => hit / positives).reverse(), 0],
    thresholds: [...thresholds].reverse(),
  };
});

/**
 * Precision averaged over the steps of recall: the area under the precision-recall curve without interpolation.
 *
 * @param actual    classes 0 and 1 [n]  @param predicted scores of class 1 [n], or of both [n, 2]
 * @example averagePrecision({ actual: [0, 1, 1], predicted: [0.2, 0.7, 0.4] }) // 1
 */
export const averagePrecision: MetricWith<object, number> = scored("averagePrecision", (rows) => {
  const { hits, misses } = binaryRanked("averagePrecision", rows);
  const positives = hits.at(-1)!;
  if (!positives) throw new ValueError("averagePrecision", "needs rows of class 1", "none");
  return hits.reduce((total, hit, i) => total + ((hit - (hits[i - 1] ?? 0)) / positives) * (hit / (hit + misses[i]!)), 0);
});
