/** How far predicted numbers are from the actual ones. */
import { ValueError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import type { Arithmetic } from "./arithmetic.ts";
import { type Fold, folded, kept, type Rows, summed } from "./columns.ts";
import { type MetricOf, type MetricStream, metricOf } from "./metric.ts";

export type OutputOptions = {
  /** What becomes of several outputs: their mean, or a value for each. Default "uniformAverage". */
  multioutput?: "uniformAverage" | "rawValues";
};
export type VarianceOptions = {
  /** What becomes of several outputs: their mean, that weighted by their variance, or a value for each. Default "uniformAverage". */
  multioutput?: "uniformAverage" | "varianceWeighted" | "rawValues";
};

/** A metric of numbers: one value, or with `multioutput: "rawValues"` one for each output. */
export type RegressionMetric<Options extends VarianceOptions = OutputOptions> = MetricOf<
  Options,
  Options & { multioutput?: Exclude<Options["multioutput"], "rawValues" | undefined> },
  number,
  Options & { multioutput: "rawValues" },
  number[]
>;

/** What a metric is for one output, and where outputs may be weighted by variance, the variance. */
type Found = { value: number; variance?: number };
/** A stream of what it is for each output, made into something. */
type Streams = <Result>(finish: (outputs: readonly Found[]) => Result) => MetricStream<Result>;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function regression<Options extends VarianceOptions>(streams: Streams): RegressionMetric<Options> {
  const isRaw = (options: Partial<Options>): options is Options & { multioutput: "rawValues" } =>
    options.multioutput === "rawValues";
  return metricOf(
    isRaw,
    ({ multioutput }) =>
      streams((outputs) => {
        const variances = outputs.map(({ variance = 1 }) => (multioutput === "varianceWeighted" ? variance : 1));
        const whole = sum(variances);
        return whole > 0
          ? sum(outputs.map(({ value }, i) => value * variances[i]!)) / whole
          : sum(outputs.map(({ value }) => value)) / outputs.length;
      }),
    () => streams((outputs) => outputs.map(({ value }) => value)),
  );
}

/** A metric of a few numbers an output. */
const ofFold = <Options extends VarianceOptions = OutputOptions>(
  where: string,
  fold: Fold,
  one: (numbers: readonly number[], weight: number) => Found,
): RegressionMetric<Options> =>
  regression((finish) => folded(where, fold, (outputs, weight) => finish(outputs.map((numbers) => one(numbers, weight)))));

/** A metric of all rows. */
const ofRows = (where: string, one: (rows: Rows, weights: readonly number[]) => number): RegressionMetric =>
  regression((finish) => kept(where, (outputs, weights) => finish(outputs.map((rows) => ({ value: one(rows, weights) })))));

const meanOf = ([total]: readonly number[], weight: number): Found => ({ value: total! / weight });

// Constants each: bundlers leave out what is not asked for.
const squares = summed("squared errors", ({ sub, square, sum }, a, p) => [sum(square(sub(a, p)))]);
const absolutes = summed("absolute errors", ({ sub, abs, sum }, a, p) => [sum(abs(sub(a, p)))]);
/** The least that a percentage is taken of: scikit-learn's, the distance of 1 to the next f64. */
const LEAST = Number.EPSILON;
const shares = summed("relative errors", ({ sub, div, abs, atLeast, sum }, a, p) => [
  sum(div(abs(sub(a, p)), atLeast(abs(a), LEAST))),
]);
const logarithmic = summed(
  "squared errors of logarithms",
  ({ sub, square, log1p, sum }, a, p) => [sum(square(sub(log1p(a), log1p(p))))],
  ({ actual, predicted }) => {
    const bad = [...actual, ...predicted].find((value) => !(value > -1));
    if (bad !== undefined) throw new ValueError("meanSquaredLogError", "numbers are above −1", `${bad}`);
  },
);

/**
 * Mean of (actual − predicted)².
 *
 * @param actual [n] or [n, outputs]  @param predicted of the same shape
 * @throws ShapeError when the shapes differ  @throws ValueError without rows
 * @example meanSquaredError({ actual: [1, 2], predicted: [1, 4] }) // 2
 */
export const meanSquaredError: RegressionMetric = ofFold("meanSquaredError", squares, meanOf);

/**
 * √ of the mean squared error; of several outputs the mean of their roots.
 *
 * @example rootMeanSquaredError({ actual: [1, 2], predicted: [1, 4] }) // √2
 */
export const rootMeanSquaredError: RegressionMetric = ofFold("rootMeanSquaredError", squares, ([total], weight) => ({
  value: sqrt(total! / weight),
}));

/**
 * Mean of |actual − predicted|.
 *
 * @example meanAbsoluteError({ actual: [1, 2], predicted: [1, 4] }) // 1
 */
export const meanAbsoluteError: RegressionMetric = ofFold("meanAbsoluteError", absolutes, meanOf);

/**
 * Mean of |actual − predicted| / |actual|, as a share, not in per cent.
 *
 * @example meanAbsolutePercentageError({ actual: [1, 2], predicted: [1, 4] }) // 0.5
 */
export const meanAbsolutePercentageError: RegressionMetric = ofFold("meanAbsolutePercentageError", shares, meanOf);

/**
 * Mean of (ln(1 + actual) − ln(1 + predicted))².
 *
 * @throws ValueError on numbers ≤ −1
 * @example meanSquaredLogError({ actual: [0, 1], predicted: [0, 3] })
 */
export const meanSquaredLogError: RegressionMetric = ofFold("meanSquaredLogError", logarithmic, meanOf);

/** The value with half of all weight on either side; the mean of two where the half lies between them. */
function weightedMedian(values: readonly number[], weights: readonly number[]): number {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const counted = order.filter((i) => weights[i]! > 0);
  const half = sum(weights) / 2;
  let below = 0;
  for (const [rank, i] of counted.entries()) {
    below += weights[i]!;
    if (below > half || rank === counted.length - 1) return values[i]!;
    if (below === half) return (values[i]! + values[counted[rank + 1]!]!) / 2;
  }
  return Number.NaN;
}

/**
 * Median of |actual − predicted|: indifferent to outliers. Of weighted rows, the error with half of all weight on either side.
 *
 * @example medianAbsoluteError({ actual: [1, 2, 3], predicted: [1, 4, 9] }) // 2
 */
export const medianAbsoluteError: RegressionMetric = ofRows("medianAbsoluteError", ({ actual, predicted }, weights) =>
  weightedMedian(
    actual.map((a, row) => Math.abs(a - predicted[row]!)),
    weights,
  ),
);

/**
 * The greatest |actual − predicted| among rows that count.
 *
 * @example maxError({ actual: [1, 2], predicted: [1, 4] }) // 2
 */
export const maxError: RegressionMetric = ofFold(
  "maxError",
  {
    key: "greatest error",
    begin: [0],
    count: 1,
    parts: ({ sub, abs, max }, a, p) => [max(abs(sub(a, p)))],
    join: ([all], _, [own]) => [Math.max(all!, own!)],
  },
  ([most]) => ({ value: most! }),
);

/** Mean and Σ (x − mean)², joined to those of other rows: Chan, Golub & LeVeque 1983, The American Statistician 37, 242–247. */
function spread<T>({ sub, square, mean, sum }: Arithmetic<T>, x: T): readonly T[] {
  const middle = mean(x); // rounded: how far it is from the mean is a sum of its own
  const rest = sub(x, middle);
  return [middle, sum(rest), sum(square(rest))];
}

function joinSpreads(
  [mean, squared]: readonly [number, number],
  before: number,
  [middle, rest, restSquared]: readonly [number, number, number],
  own: number,
): [mean: number, squared: number] {
  if (own === 0) return [mean, squared];
  const distance = middle + rest / own - mean;
  const whole = before + own;
  const inner = restSquared - (rest * rest) / own;
  return [mean + (distance * own) / whole, squared + inner + (distance * distance * before * own) / whole];
}

/** 1 − unexplained / variance; of constant targets 1 if all is explained, else 0, as in scikit-learn. */
function explained(unexplained: number, variance: number): Found {
  if (variance === 0) return { value: unexplained === 0 ? 1 : 0, variance };
  return { value: 1 - unexplained / variance, variance };
}

/**
 * Coefficient of determination: the share of the targets' variance that the predictions explain; 0 is predicting the mean.
 *
 * @example r2({ actual: [1, 2, 3], predicted: [1, 2, 2] }) // 0.5
 */
export const r2: RegressionMetric<VarianceOptions> = ofFold(
  "r2",
  {
    key: "squared errors and spread of targets",
    begin: [0, 0, 0],
    count: 4,
    parts: (arithmetic, a, p) => [...spread(arithmetic, a), arithmetic.sum(arithmetic.square(arithmetic.sub(a, p)))],
    join: ([mean, squared, errors], before, [middle, rest, restSquared, own], weight) => [
      ...joinSpreads([mean!, squared!], before, [middle!, rest!, restSquared!], weight),
      errors! + own!,
    ],
  },
  ([, squared, errors]) => explained(errors!, squared!),
);

/**
 * Like r2, but a constant offset of the predictions costs nothing.
 *
 * @example explainedVariance({ actual: [1, 2, 3], predicted: [2, 3, 4] }) // 1
 */
export const explainedVariance: RegressionMetric<VarianceOptions> = ofFold(
  "explainedVariance",
  {
    key: "spread of targets and errors",
    begin: [0, 0, 0, 0],
    count: 6,
    parts: (arithmetic, a, p) => [...spread(arithmetic, a), ...spread(arithmetic, arithmetic.sub(a, p))],
    join: ([mean, squared, bias, errors], before, [a, b, c, d, e, f], weight) => [
      ...joinSpreads([mean!, squared!], before, [a!, b!, c!], weight),
      ...joinSpreads([bias!, errors!], before, [d!, e!, f!], weight),
    ],
  },
  ([, squared, , errors]) => explained(errors!, squared!),
);
