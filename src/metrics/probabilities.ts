/** How good predicted probabilities are. */
import { ValueError } from "../core/errors.ts";
import { exp, ln } from "../core/math.ts";
import type { MetricWith } from "./metric.ts";
import { binaryScores, type Scored, scored } from "./scores.ts";

/** scikit-learn's bound for f32 probabilities: the distance of 1 to the next number. */
const EPSILON = 1.1920928955078125e-7;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The probability that each row gives its own class; rows of several classes are renormalised. */
function ownProbabilities(where: string, { actual, scores, width }: Scored): number[] {
  const bad = scores.find((p) => !(p >= 0 && p <= 1));
  if (bad !== undefined)
    throw new ValueError(where, "takes probabilities from 0 to 1", String(bad), "softmax or sigmoid of logits");
  return actual.map((label, row) => {
    if (width === 1) {
      if (label > 1) throw new ValueError(where, "classes are 0 and 1 where there is one probability a row", String(label));
      return label === 1 ? scores[row]! : 1 - scores[row]!;
    }
    if (label >= width) throw new ValueError(where, `there are probabilities of ${width} classes`, `class ${label} in row ${row}`);
    const own = scores.slice(row * width, (row + 1) * width);
    return own[label]! / sum(own);
  });
}

/** `normalize: false` gives the sum over rows instead of the mean. Default true. */
export type LogLossOptions = { normalize?: boolean };

/**
 * Cross-entropy of predicted probabilities: the mean of −ln p of each row's class, p held within [ε, 1 − ε], ε = 2⁻²³.
 *
 * @param actual    class numbers [n]  @param predicted probabilities of class 1 [n], or of every class [n, classes]
 * @example logLoss({ actual: [0, 1], predicted: [0.1, 0.8] })
 */
export const logLoss: MetricWith<LogLossOptions, number> = scored("logLoss", (rows, { normalize = true }) => {
  const losses = ownProbabilities("logLoss", rows).map((p) => -ln(Math.min(Math.max(p, EPSILON), 1 - EPSILON)));
  const total = sum(losses.map((loss, row) => loss * rows.weights[row]!));
  return normalize ? total / sum(rows.weights) : total;
});

/**
 * e to the log loss: among how many equally likely classes the model hesitates.
 *
 * @param actual    class numbers [n]  @param predicted probabilities [n, classes]
 * @example perplexity({ actual: [0, 1], predicted: [[0.5, 0.5], [0.5, 0.5]] }) // 2
 */
export const perplexity: MetricWith<object, number> = scored("perplexity", (rows) => {
  const losses = ownProbabilities("perplexity", rows).map((p) => -ln(p));
  return exp(sum(losses.map((loss, row) => loss * rows.weights[row]!)) / sum(rows.weights));
});

/**
 * Mean squared distance of probability and outcome, 0 to 1.
 *
 * @param actual    classes 0 and 1 [n]  @param predicted probabilities of class 1 [n], or of both [n, 2]
 * @source Brier 1950, Monthly Weather Review 78, 1–3
 * @example brierScore({ actual: [0, 1], predicted: [0.1, 0.8] }) // 0.025
 */
export const brierScore: MetricWith<object, number> = scored("brierScore", (rows) => {
  ownProbabilities("brierScore", rows);
  const { positive, scores } = binaryScores("brierScore", rows);
  const losses = scores.map((p, row) => (p - Number(positive[row])) * (p - Number(positive[row])));
  return sum(losses.map((loss, row) => loss * rows.weights[row]!)) / sum(rows.weights);
});

/** Equal bins of confidence. Default 10. */
export type CalibrationOptions = { bins?: number };

/**
 * Expected calibration error: how far confidence is from accuracy, averaged over bins of confidence.
 *
 * @param actual    class numbers [n]  @param predicted probabilities of class 1 [n], or of every class [n, classes]
 * @source Guo et al. 2017, arXiv:1706.04599, equation 3
 * @example calibrationError({ actual: [0, 1], predicted: [0.1, 0.8] }) // 0.15
 */
export const calibrationError: MetricWith<CalibrationOptions, number> = scored("calibrationError", (rows, { bins = 10 }) => {
  if (!(Number.isInteger(bins) && bins > 0)) throw new ValueError("calibrationError", "bins is a whole number > 0", String(bins));
  ownProbabilities("calibrationError", rows);
  const { actual, scores, weights, width } = rows;
  const [weight, sure, right] = [new Array<number>(bins).fill(0), new Array<number>(bins).fill(0), new Array<number>(bins).fill(0)];
  for (const [row, label] of actual.entries()) {
    const own = width === 1 ? [1 - scores[row]!, scores[row]!] : scores.slice(row * width, (row + 1) * width);
    const confidence = Math.max(...own);
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1));
    weight[bin]! += weights[row]!;
    sure[bin]! += weights[row]! * confidence;
    if (own.indexOf(confidence) === label) right[bin]! += weights[row]!;
  }
  return sum(weight.map((_, bin) => Math.abs(right[bin]! - sure[bin]!))) / sum(weights);
});
