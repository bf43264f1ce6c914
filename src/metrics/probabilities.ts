/** How good predicted probabilities are. */
import { ValueError } from "../core/errors.ts";
import { exp } from "../core/math.ts";
import type { Tensor } from "../graph/tensor.ts";
import { cast } from "../ops/cast.ts";
import { full } from "../ops/create.ts";
import { pick } from "../ops/gather.ts";
import { add, div, equal, greaterEqual, less, lessEqual, mul, neg, where } from "../ops/pointwise.ts";
import { sum as sumOf } from "../ops/reduce.ts";
import { reshape, stack } from "../ops/shape.ts";
import { type Arithmetic, inNumbers, inTensors } from "./arithmetic.ts";
import { type MetricWith, metricWith } from "./metric.ts";
import { checkSome, stepsAsRows } from "./rows.ts";
import { binaryScores, type Scored, scored, scoresOf } from "./scores.ts";
import { isClass } from "./tally.ts";

/** scikit-learn's bound for f32 probabilities: the distance of 1 to the next number. */
const EPSILON = 1.1920928955078125e-7;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The probability that each row gives its own class; rows of several classes are renormalised. */
function ownProbabilities(name: string, { actual, scores, width }: Scored): number[] {
  const bad = scores.find((p) => !(p >= 0 && p <= 1));
  if (bad !== undefined) throw new ValueError(name, "takes probabilities from 0 to 1", String(bad), "softmax or sigmoid of logits");
  return actual.map((label, row) => {
    if (width === 1) {
      if (label > 1) throw new ValueError(name, "classes are 0 and 1 where there is one probability a row", String(label));
      return label === 1 ? scores[row]! : 1 - scores[row]!;
    }
    if (label >= width) throw new ValueError(name, `there are probabilities of ${width} classes`, `class ${label} in row ${row}`);
    const own = scores.slice(row * width, (row + 1) * width);
    return own[label]! / sum(own);
  });
}

/** The same of tensors, [n, 1], and how many rows or probabilities are none; null where rows must be looked at. */
function ownInTensors(given: Tensor, all: Tensor): { own: Tensor; bad: Tensor } | null {
  const [actual, predicted] = stepsAsRows(given, all);
  const [n, width = 1] = predicted.shape;
  if (!n || predicted.rank > 2 || predicted.dtype !== "f32" || actual.size !== n || width === 0) return null;
  const labels = reshape(cast(actual, "f32"), [n, 1]);
  const scores = reshape(predicted, [n, width]);
  const known = isClass(labels, Math.max(width, 2));
  const within = mul(greaterEqual(scores, 0), lessEqual(scores, 1));
  const bad = add(sumOf(less(known, 1)), sumOf(less(within, 1)));
  if (width === 1) return { own: where(equal(labels, 1), scores, add(neg(scores), 1)), bad };
  const picked = pick(scores, cast(reshape(mul(labels, known), [n]), "i32"));
  return { own: div(reshape(picked, [n, 1]), sumOf(scores, 1, { keepDims: true })), bad };
}

/** A metric of Σ weight·ln p over the probabilities p that rows give their own classes. @param bounded p as it is counted */
function likelihood<Options extends object>(
  name: string,
  bounded: <T>(in_: Arithmetic<T>, own: T) => T,
  value: (total: number, weight: number, options: Partial<Options>) => number,
): MetricWith<Options, number> {
  const logarithms = <T>(in_: Arithmetic<T>, own: T): T => in_.sum(in_.ln(bounded(in_, own)));
  return metricWith((options) => {
    let [total, weight, rows] = [0, 0, 0];
    return {
      add(observed) {
        const batch = scoresOf(name, observed);
        const n = batch.actual.length;
        total += logarithms(inNumbers(n, batch.weights), ownProbabilities(name, batch))[0]!;
        weight += sum(batch.weights);
        rows += n;
      },
      value() {
        checkSome(name, rows);
        return value(total, weight, options);
      },
      sums: {
        key: name,
        of(actual, predicted) {
          const found = ownInTensors(actual, predicted);
          return found && stack([reshape(logarithms(inTensors, found.own), []), found.bad, full([], found.own.size)]);
        },
        take([found, bad, n]) {
          if (!Number.isFinite(found) || bad !== 0) return false;
          total += found!;
          weight += n!;
          rows += n!;
          return true;
        },
      },
    };
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
export const logLoss: MetricWith<LogLossOptions, number> = likelihood(
  "logLoss",
  ({ atLeast, atMost }, own) => atMost(atLeast(own, EPSILON), 1 - EPSILON),
  (total, weight, { normalize = true }) => (normalize ? -total / weight : -total),
);

/**
 * e to the log loss: among how many equally likely classes the model hesitates.
 *
 * @param actual    class numbers [n]  @param predicted probabilities [n, classes]
 * @example perplexity({ actual: [0, 1], predicted: [[0.5, 0.5], [0.5, 0.5]] }) // 2
 */
export const perplexity: MetricWith<object, number> = likelihood(
  "perplexity",
  (_, own) => own,
  (total, weight) => exp(-total / weight),
);

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
