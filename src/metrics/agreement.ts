/** How far predictions agree with the truth beyond chance. */
import { ValueError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import type { MetricWith } from "./metric.ts";
import { tallied } from "./tally.ts";

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const dot = (a: readonly number[], b: readonly number[]): number => sum(a.map((value, i) => value * b[i]!));

/**
 * Matthews' correlation coefficient of actual and predicted classes, −1 to 1; 0 where either is constant.
 *
 * @source Gorodkin 2004, Computational Biology and Chemistry 28, 367–374, for more than two classes
 * @example matthewsCorrcoef({ actual: [0, 1, 1, 0], predicted: [0, 1, 1, 1] })
 */
export const matthewsCorrcoef: MetricWith<object, number> = tallied("matthewsCorrcoef", (tally) => {
  const { actual, predicted } = tally.margins(tally.labels());
  const { right, total } = tally;
  const covariance = right * total - dot(actual, predicted);
  const spread = (total * total - dot(actual, actual)) * (total * total - dot(predicted, predicted));
  return spread === 0 ? 0 : covariance / sqrt(spread);
});

/** How much a confusion counts by the distance of its classes: all alike, in proportion, or by the square. Default null. */
export type KappaOptions = { weights?: "linear" | "quadratic" | null };

/**
 * Cohen's κ: agreement beyond what the frequencies of the classes give by chance; 1 is perfect, 0 is chance.
 *
 * @source Cohen 1960, Educational and Psychological Measurement 20, 37–46; weighted: Cohen 1968
 * @example cohenKappa({ actual: [0, 1, 2], predicted: [0, 1, 1] }, { weights: "quadratic" })
 */
export const cohenKappa: MetricWith<KappaOptions, number> = tallied("cohenKappa", (tally, { weights = null }) => {
  if (weights !== null && weights !== "linear" && weights !== "quadratic")
    throw new ValueError("cohenKappa", 'weights are "linear", "quadratic" or null', String(weights));
  const labels = tally.labels();
  const { actual, predicted } = tally.margins(labels);
  const cost = (i: number, j: number): number => {
    const distance = Math.abs(i - j);
    return weights === "linear" ? distance : weights === "quadratic" ? distance * distance : Number(i !== j);
  };
  let [observed, expected] = [0, 0];
  for (const [i, row] of tally.matrix(labels).entries()) {
    for (const [j, count] of row.entries()) {
      observed += cost(i, j) * count;
      expected += (cost(i, j) * actual[i]! * predicted[j]!) / tally.total;
    }
  }
  return 1 - observed / expected;
});
