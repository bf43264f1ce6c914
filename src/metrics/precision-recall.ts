/** Precision, recall and what is made of them, per class or averaged. */
import { ValueError } from "../core/errors.ts";
import { type MetricOf, metricOf } from "./metric.ts";
import { labelsFor, type Tally, tallyStream } from "./tally.ts";

/** How the classes' values become one number. */
export type Average = "binary" | "micro" | "macro" | "weighted";

export type AverageOptions = {
  /**
   * null: a value for each class; "binary": that of class `positive`; "micro": of all rows together; "macro": the mean over the classes;
   * "weighted": the mean weighted by how frequent the classes are. Default null.
   */
  average?: Average | null;
  /** The class that "binary" is about. Default 1. */
  positive?: number;
  /** The classes, in the order wanted. Default all that occur, ascending; where there are scores, all that have one. */
  labels?: readonly number[];
  /** The value of a share of nothing. Default 0. */
  zeroDivision?: number;
};

/** A metric per class: a list of one number for each, or one number with an `average`. */
export type ClassMetric<More = object> = MetricOf<
  AverageOptions & More,
  AverageOptions & More & { average?: null },
  number[],
  AverageOptions & More & { average: Average },
  number
>;

/** Weights of rows: rightly predicted as the class, of the class, predicted as it. */
type Margins = { right: number; actual: number; predicted: number };
type Share = (margins: Margins, zeroDivision: number) => number;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The rows of each class. */
function marginsOf(tally: Tally, labels: readonly number[]): Margins[] {
  const { right, actual, predicted } = tally.margins(labels);
  return labels.map((_, i) => ({ right: right[i]!, actual: actual[i]!, predicted: predicted[i]! }));
}

function averaged(where: string, tally: Tally, options: AverageOptions & { average: Average }, share: Share): number {
  const { average, positive = 1, zeroDivision = 0 } = options;
  if (average === "binary" && tally.labels().length > 2)
    throw new ValueError(where, 'average: "binary" is for two classes', `${tally.labels().length}`, 'average: "macro"');
  const margins = marginsOf(tally, average === "binary" ? [positive] : labelsFor(where, tally, options.labels));
  const all = (of: keyof Margins): number => sum(margins.map((margin) => margin[of]));
  const values = margins.map((margin) => share(margin, zeroDivision));
  if (average === "micro") return share({ right: all("right"), actual: all("actual"), predicted: all("predicted") }, zeroDivision);
  if (average === "binary") return values[0]!;
  if (average === "macro") return sum(values) / values.length;
  if (average !== "weighted")
    throw new ValueError(where, 'average is "binary", "micro", "macro", "weighted" or null', String(average));
  const support = all("actual");
  return support === 0 ? zeroDivision : sum(values.map((value, i) => value * margins[i]!.actual)) / support;
}

function perClass<More extends object = object>(where: string, share: (options: Partial<More>) => Share): ClassMetric<More> {
  type Options = AverageOptions & More;
  const isAveraged = (options: Partial<Options>): options is Options & { average: Average } => (options.average ?? null) !== null;
  return metricOf(
    isAveraged,
    (options) =>
      tallyStream(where, (tally) => {
        const own = share(options);
        return marginsOf(tally, labelsFor(where, tally, options.labels)).map((margin) => own(margin, options.zeroDivision ?? 0));
      }),
    (options) => tallyStream(where, (tally) => averaged(where, tally, options, share(options))),
  );
}

const over = (part: number, whole: number, zeroDivision: number): number => (whole === 0 ? zeroDivision : part / whole);

/**
 * Of the rows predicted as a class, the share that is of it.
 *
 * @param actual    class numbers [n] or [n, 1]; or probabilities [n, classes], of which the largest counts
 * @param predicted class numbers [n] or [n, 1]; or scores [n, classes], of which the largest counts, the first among equals
 * @returns a value for each class; one number with an `average`
 * @throws ShapeError when the rows are not equally many  @throws ValueError on a class that is not a whole number ≥ 0, or no rows
 * @example precision({ actual: [0, 1, 1], predicted: [0, 0, 1] }) // [0.5, 1]
 */
export const precision: ClassMetric = perClass(
  "precision",
  () =>
    ({ right, predicted }, zero) =>
      over(right, predicted, zero),
);

/**
 * Of the rows of a class, the share that is predicted as it.
 *
 * @param actual    class numbers [n] or [n, 1]; or probabilities [n, classes], of which the largest counts
 * @param predicted class numbers [n] or [n, 1]; or scores [n, classes], of which the largest counts, the first among equals
 * @returns a value for each class; one number with an `average`
 * @throws ShapeError when the rows are not equally many  @throws ValueError on a class that is not a whole number ≥ 0, or no rows
 * @example recall({ actual: [0, 1, 1], predicted: [0, 0, 1] }) // [1, 0.5]
 */
export const recall: ClassMetric = perClass(
  "recall",
  () =>
    ({ right, actual }, zero) =>
      over(right, actual, zero),
);

/** β times as much weight on recall as on precision. Default 1. */
export type BetaOptions = { beta?: number };

/**
 * The weighted harmonic mean of precision and recall: (1 + β²)·tp / ((1 + β²)·tp + β²·fn + fp).
 *
 * @returns a value for each class; one number with an `average`
 * @source van Rijsbergen 1979, Information Retrieval, chapter 7
 * @example fBeta({ actual: [0, 1, 1], predicted: [0, 0, 1] }, { beta: 2, average: "macro" })
 */
export const fBeta: ClassMetric<BetaOptions> = perClass<BetaOptions>("fBeta", ({ beta = 1 }) => {
  if (!(beta >= 0)) throw new ValueError("fBeta", "beta is a number ≥ 0", String(beta));
  const square = beta * beta;
  return ({ right, actual, predicted }, zero) => over((1 + square) * right, square * actual + predicted, zero);
});

/**
 * The harmonic mean of precision and recall: 2·tp / (2·tp + fn + fp).
 *
 * @returns a value for each class; one number with an `average`
 * @example f1({ actual: [0, 1, 1], predicted: [0, 0, 1] }, { average: "macro" })
 */
export const f1: ClassMetric = perClass(
  "f1",
  () =>
    ({ right, actual, predicted }, zero) =>
      over(2 * right, actual + predicted, zero),
);

/**
 * Jaccard index: rows rightly predicted as a class, as a share of those that are of it or are predicted as it.
 *
 * @returns a value for each class; one number with an `average`
 * @example jaccard({ actual: [0, 1, 1], predicted: [0, 0, 1] }, { average: "macro" }) // 0.5
 */
export const jaccard: ClassMetric = perClass(
  "jaccard",
  () =>
    ({ right, actual, predicted }, zero) =>
      over(right, actual + predicted - right, zero),
);
