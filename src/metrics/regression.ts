/** How far predicted numbers are from the actual ones. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { ln, sqrt } from "../core/math.ts";
import { type Metric, metricWith, type Observed } from "./metric.ts";
import { checkRows, checkSome, columnsOf, weightsOf } from "./rows.ts";

export type OutputOptions = {
  /** What becomes of several outputs: their mean, or a value for each. Default "uniformAverage". */
  multioutput?: "uniformAverage" | "rawValues";
};
export type VarianceOptions = {
  /** What becomes of several outputs: their mean, that weighted by their variance, or a value for each. Default "uniformAverage". */
  multioutput?: "uniformAverage" | "varianceWeighted" | "rawValues";
};

type Values<Options> = Options extends { multioutput: "rawValues" } ? number[] : number;

/** A metric of numbers: one value, or with `multioutput: "rawValues"` one for each output. */
export type RegressionMetric<Options = OutputOptions> = Metric<number> & {
  <Own extends Options>(observed: Observed, options: Own): Values<Own>;
  with<Own extends Options>(options: Own): Metric<Values<Own>>;
};

/** Rows of one output. */
type Output = { actual: number[]; predicted: number[] };
type Kept = { outputs: Output[]; weights: number[] };

function keep(where: string, kept: Kept, observed: Observed): void {
  const actual = columnsOf(where, "actual", observed.actual);
  const predicted = columnsOf(where, "predicted", observed.predicted);
  checkRows(where, observed, actual.n, predicted.n);
  const width = kept.outputs.length || actual.width;
  if (actual.width !== width || predicted.width !== width)
    throw new ShapeError(where, "actual and predicted have equally many outputs", {
      actual: [actual.n, actual.width],
      predicted: [predicted.n, predicted.width],
    });
  const weights = weightsOf(where, observed, actual.n);
  if (actual.n && kept.outputs.length === 0) kept.outputs = Array.from({ length: width }, () => ({ actual: [], predicted: [] }));
  for (let row = 0; row < actual.n; ++row) {
    kept.weights.push(weights ? weights[row]! : 1);
    for (const [c, output] of kept.outputs.entries()) {
      output.actual.push(actual.data[row * width + c]!);
      output.predicted.push(predicted.data[row * width + c]!);
    }
  }
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function weightedMean(values: readonly number[], weights: readonly number[]): number {
  return sum(values.map((value, i) => value * weights[i]!)) / sum(weights);
}

/** @param one its value for one output, and where outputs may be weighted by variance, the variance */
function regression<Options extends VarianceOptions | OutputOptions>(
  where: string,
  one: (output: Output, weights: readonly number[]) => { value: number; variance?: number },
): RegressionMetric<Options> {
  const whole = metricWith<VarianceOptions, number | number[]>(({ multioutput = "uniformAverage" }) => {
    const kept: Kept = { outputs: [], weights: [] };
    return {
      add: (observed) => keep(where, kept, observed),
      value() {
        checkSome(where, kept.weights.length);
        const found = kept.outputs.map((output) => one(output, kept.weights));
        const values = found.map(({ value }) => value);
        if (multioutput === "rawValues") return values;
        const variances = multioutput === "varianceWeighted" ? found.map(({ variance = 1 }) => variance) : values.map(() => 1);
        return weightedMean(values, sum(variances) > 0 ? variances : values.map(() => 1));
      },
    };
  });
  return whole as unknown as RegressionMetric<Options>;
}

function meanOf(where: string, loss: (actual: number, predicted: number) => number): RegressionMetric {
  return regression(where, ({ actual, predicted }, weights) => ({
    value: weightedMean(
      actual.map((a, row) => loss(a, predicted[row]!)),
      weights,
    ),
  }));
}

const squared = (a: number, p: number): number => (a - p) * (a - p);

/**
 * Mean of (actual − predicted)².
 *
 * @param actual [n] or [n, outputs]  @param predicted of the same shape
 * @throws ShapeError when the shapes differ  @throws ValueError without rows
 * @example meanSquaredError({ actual: [1, 2], predicted: [1, 4] }) // 2
 */
export const meanSquaredError: RegressionMetric = meanOf("meanSquaredError", squared);

/**
 * √ of the mean squared error; of several outputs the mean of their roots.
 *
 * @example rootMeanSquaredError({ actual: [1, 2], predicted: [1, 4] }) // √2
 */
export const rootMeanSquaredError: RegressionMetric = regression("rootMeanSquaredError", ({ actual, predicted }, weights) => ({
  value: sqrt(
    weightedMean(
      actual.map((a, row) => squared(a, predicted[row]!)),
      weights,
    ),
  ),
}));

/**
 * Mean of |actual − predicted|.
 *
 * @example meanAbsoluteError({ actual: [1, 2], predicted: [1, 4] }) // 1
 */
export const meanAbsoluteError: RegressionMetric = meanOf("meanAbsoluteError", (a, p) => Math.abs(a - p));

/** The least that a percentage is taken of: scikit-learn's, the distance of 1 to the next f64. */
const LEAST = Number.EPSILON;

/**
 * Mean of |actual − predicted| / |actual|, as a share, not in per cent.
 *
 * @example meanAbsolutePercentageError({ actual: [1, 2], predicted: [1, 4] }) // 0.5
 */
export const meanAbsolutePercentageError: RegressionMetric = meanOf(
  "meanAbsolutePercentageError",
  (a, p) => Math.abs(a - p) / Math.max(Math.abs(a), LEAST),
);

/**
 * Mean of (ln(1 + actual) − ln(1 + predicted))².
 *
 * @throws ValueError on numbers ≤ −1
 * @example meanSquaredLogError({ actual: [0, 1], predicted: [0, 3] })
 */
export const meanSquaredLogError: RegressionMetric = meanOf("meanSquaredLogError", (a, p) => {
  if (!(a > -1 && p > -1)) throw new ValueError("meanSquaredLogError", "numbers are above −1", `${a > -1 ? p : a}`);
  return squared(ln(1 + a), ln(1 + p));
});

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
export const medianAbsoluteError: RegressionMetric = regression("medianAbsoluteError", ({ actual, predicted }, weights) => ({
  value: weightedMedian(
    actual.map((a, row) => Math.abs(a - predicted[row]!)),
    weights,
  ),
}));

/**
 * The greatest |actual − predicted| among rows that count.
 *
 * @example maxError({ actual: [1, 2], predicted: [1, 4] }) // 2
 */
export const maxError: RegressionMetric = regression("maxError", ({ actual, predicted }, weights) => ({
  value: actual.reduce((most, a, row) => (weights[row]! > 0 ? Math.max(most, Math.abs(a - predicted[row]!)) : most), 0),
}));

/** 1 − unexplained / variance; of constant targets 1 if all is explained, else 0, as in scikit-learn. */
function explained(unexplained: number, variance: number): { value: number; variance: number } {
  if (variance === 0) return { value: unexplained === 0 ? 1 : 0, variance };
  return { value: 1 - unexplained / variance, variance };
}

/**
 * Coefficient of determination: the share of the targets' variance that the predictions explain; 0 is predicting the mean.
 *
 * @example r2({ actual: [1, 2, 3], predicted: [1, 2, 2] }) // 0.5
 */
export const r2: RegressionMetric<VarianceOptions> = regression("r2", ({ actual, predicted }, weights) => {
  const mean = weightedMean(actual, weights);
  return explained(
    sum(actual.map((a, row) => weights[row]! * squared(a, predicted[row]!))),
    sum(actual.map((a, row) => weights[row]! * squared(a, mean))),
  );
});

/**
 * Like r2, but a constant offset of the predictions costs nothing.
 *
 * @example explainedVariance({ actual: [1, 2, 3], predicted: [2, 3, 4] }) // 1
 */
export const explainedVariance: RegressionMetric<VarianceOptions> = regression(
  "explainedVariance",
  ({ actual, predicted }, weights) => {
    const errors = actual.map((a, row) => a - predicted[row]!);
    const [meanError, mean] = [weightedMean(errors, weights), weightedMean(actual, weights)];
    return explained(
      weightedMean(
        errors.map((error) => squared(error, meanError)),
        weights,
      ),
      weightedMean(
        actual.map((a) => squared(a, mean)),
        weights,
      ),
    );
  },
);
