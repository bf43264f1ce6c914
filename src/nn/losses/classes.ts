/** Losses of several classes. The class axis is the last one. */
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { sameShape } from "../../core/shape.ts";
import { scalar } from "../../graph/from.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { cast } from "../../ops/cast.ts";
import { requireFinite } from "../../ops/check.ts";
import { asLabels, gather, oneHot, pick } from "../../ops/gather.ts";
import { add, div, equal, exp, log, mul, neg, notEqual, pow, relu, sub, where } from "../../ops/pointwise.ts";
import { mean, sum } from "../../ops/reduce.ts";
import { unsqueeze } from "../../ops/shape.ts";
import { logSoftmax, softmaxCrossEntropy } from "../../ops/softmax.ts";
import { type LossOptions, matched, reduced } from "./reduction.ts";

export type ClassOptions = LossOptions & {
  /** How much each class counts, [classes]. The mean is then Σ weight·loss / Σ weight over the targets. Default all alike. */
  weight?: Tensor;
  /** A class number that is not counted at all. Default none. */
  ignoreIndex?: number;
};

/** Class numbers, those to be ignored replaced by 0; and what each row counts, null where all count 1. */
type Targets = { labels: Tensor; weights: Tensor | null };

function targetsOf(where_: string, scores: Tensor, target: Tensor, { weight, ignoreIndex }: ClassOptions): Targets {
  checkScores(where_, scores, target);
  const given = target.rank === scores.rank ? asLabels(target) : target;
  const rows = scores.shape.slice(0, -1);
  if (!sameShape(given.shape, rows)) {
    const rule = "needs one class number for each row of logits, or probabilities of their shape";
    throw new ShapeError(where_, rule, { logits: scores, target });
  }
  checkWeight(where_, scores, weight);
  if (given.dtype === "f32") requireWhole(where_, given);
  if (ignoreIndex === undefined) {
    const labels = cast(given, "i32");
    return { labels, weights: weight ? gather(weight, labels) : null };
  }
  const numbers = cast(given, "f32");
  const counts = notEqual(numbers, ignoreIndex);
  const labels = cast(where(counts, numbers, 0), "i32");
  return { labels, weights: weight ? mul(gather(weight, labels), counts) : counts };
}

/** Stops the program where a class number is a fraction, or NaN: cut off, it would be another class. */
function requireWhole(where_: string, given: Tensor): void {
  // 1 where it is whole, else infinite.
  const whole = div(scalar(1), equal(given, cast(cast(given, "i32"), "f32")));
  requireFinite(whole, (row) => new ValueError(where_, "class numbers are whole", `a fraction in row ${row}`, "mse, for numbers"));
}

function checkScores(where_: string, scores: Tensor, target: Tensor): void {
  if (scores.rank < 2) throw new ShapeError(where_, "expects logits [n, classes]", { logits: scores, target });
  if (scores.dtype !== "f32") throw new DTypeError(where_, "logits must be f32", scores.dtype);
}

function checkWeight(where_: string, scores: Tensor, weight: Tensor | undefined): void {
  const classes = scores.shape[scores.rank - 1]!;
  if (weight && !sameShape(weight.shape, [classes]))
    throw new ShapeError(where_, `needs a weight for each of ${classes} classes`, { weight });
}

/** Losses of rows that count differently; those of `weights` are already in `losses`. */
function weighted(where_: string, losses: Tensor, weights: Tensor | null, options: LossOptions): Tensor {
  const { reduction = "mean", sampleWeight } = options;
  if (!weights || sampleWeight || reduction !== "mean") return reduced(where_, losses, options);
  return div(sum(losses), sum(weights));
}

/**
 * Cross-entropy of softmax(logits) with class numbers or probabilities.
 *
 * @param logits [n, …, classes], before any softmax
 * @param target [n, …] or [n, 1] class numbers from 0, or probabilities of the logits' shape
 * @param options weight of each class; ignoreIndex; labelSmoothing from 0 to 1: how much of the target is spread over all classes,
 *   default 0
 * @throws ShapeError unless there is one target for each row  @throws ValueError on a class out of range, or a fraction, naming the row
 * @source Label smoothing: Szegedy et al. 2016, arXiv:1512.00567, section 7
 * @example crossEntropy(model.forward(x), labels)
 */
export const crossEntropy: (logits: Tensor, target: Tensor, options?: ClassOptions & { labelSmoothing?: number }) => Tensor = (
  logits,
  target,
  { labelSmoothing = 0, ...options } = {},
) => {
  const where_ = "crossEntropy";
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new ValueError(where_, "labelSmoothing is from 0 to 1", String(labelSmoothing));
  checkScores(where_, logits, target);
  const classes = logits.shape[logits.rank - 1]!;
  const probabilities = target.dtype === "f32" && sameShape(target.shape, logits.shape);
  if (probabilities) {
    checkWeight(where_, logits, options.weight);
    const smooth = labelSmoothing ? add(mul(target, 1 - labelSmoothing), labelSmoothing / classes) : target;
    const expected = options.weight ? mul(smooth, options.weight) : smooth;
    return reduced(where_, neg(sum(mul(expected, logSoftmax(logits)), -1)), options);
  }
  const { labels, weights } = targetsOf(where_, logits, target, options);
  const plain = softmaxCrossEntropy(logits, labels);
  const own = weights ? mul(plain, weights) : plain;
  if (!labelSmoothing) return weighted(where_, own, weights, options);
  const all = logSoftmax(logits);
  const spread = neg(mean(options.weight ? mul(all, options.weight) : all, -1));
  const counted =
    options.ignoreIndex === undefined ? spread : mul(spread, notEqual(cast(asLabels(target), "f32"), options.ignoreIndex));
  return weighted(where_, add(mul(own, 1 - labelSmoothing), mul(counted, labelSmoothing)), weights, options);
};

/**
 * Negative log-likelihood: −(log-probability of the target class).
 *
 * @param logProbabilities [n, …, classes], as logSoftmax gives them  @param target [n, …] class numbers
 * @throws as crossEntropy
 */
export const nll: (logProbabilities: Tensor, target: Tensor, options?: ClassOptions) => Tensor = (
  logProbabilities,
  target,
  options = {},
) => {
  const { labels, weights } = targetsOf("nll", logProbabilities, target, options);
  const plain = neg(pick(logProbabilities, labels));
  return weighted("nll", weights ? mul(plain, weights) : plain, weights, options);
};

/**
 * Kullback–Leibler divergence t·(log t − x) of predicted log-probabilities x from targets t.
 *
 * @param options logTarget: targets are logarithms too, default false; reduction "batchMean" divides the sum by n
 */
export const klDiv = (
  logPrediction: Tensor,
  target: Tensor,
  {
    logTarget = false,
    reduction = "mean",
    ...options
  }: Omit<LossOptions, "reduction"> & {
    logTarget?: boolean;
    reduction?: LossOptions["reduction"] | "batchMean";
  } = {},
): Tensor => {
  const t = matched("klDiv", logPrediction, target);
  const p = logTarget ? exp(t) : t;
  const entropy = logTarget ? mul(p, t) : mul(p, log(where(notEqual(p, 0), p, 1)));
  const losses = sub(entropy, mul(p, logPrediction));
  if (reduction !== "batchMean") return reduced("klDiv", losses, { ...options, reduction });
  return div(reduced("klDiv", losses, { ...options, reduction: "sum" }), logPrediction.shape[0]!);
};

/**
 * Focal loss: cross-entropy times (1 − p)^gamma, p being the probability of the target class, so that easy samples count less.
 *
 * @param logits [n, …, classes]  @param target [n, …] class numbers
 * @param options gamma, default 2; weight of each class; ignoreIndex
 * @source Lin et al. 2017, arXiv:1708.02002, eq. 4
 */
export const focal: (logits: Tensor, target: Tensor, options?: ClassOptions & { gamma?: number }) => Tensor = (
  logits,
  target,
  { gamma = 2, ...options } = {},
) => {
  const { labels, weights } = targetsOf("focal", logits, target, options);
  const plain = softmaxCrossEntropy(logits, labels);
  const losses = mul(plain, pow(relu(sub(scalar(1), exp(neg(plain)))), gamma));
  return weighted("focal", weights ? mul(losses, weights) : losses, weights, options);
};

/**
 * Hinge loss of several classes: Σ over the others i of max(0, margin − x[target] + x[i])^p, divided by the number of classes.
 *
 * @param scores [n, classes]  @param target [n] class numbers
 * @param options p, 1 or 2, default 1; margin, default 1; weight of each class
 * @source Crammer & Singer 2001, JMLR 2, 265–292, in PyTorch's form
 */
export const multiMargin: (
  scores: Tensor,
  target: Tensor,
  options?: LossOptions & { p?: 1 | 2; margin?: number; weight?: Tensor },
) => Tensor = (scores, target, { p = 1, margin = 1, weight, ...options } = {}) => {
  const { labels, weights } = targetsOf("multiMargin", scores, target, weight ? { weight } : {});
  const classes = scores.shape[scores.rank - 1]!;
  const short = relu(add(sub(scores, unsqueeze(pick(scores, labels), -1)), margin));
  const others = mul(p === 1 ? short : mul(short, short), sub(scalar(1), oneHot(labels, classes)));
  const losses = mean(others, -1);
  return reduced("multiMargin", weights ? mul(losses, weights) : losses, options);
};
