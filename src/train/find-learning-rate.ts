/** A learning rate before training: what the loss does while the rate grows from step to step. */
import { ValueError } from "../core/errors.ts";
import { exp, ln } from "../core/math.ts";
import { Printed } from "../core/printed.ts";
import { checkData, type Dataset, rowsOf } from "../data/dataset.ts";
import { compile } from "../graph/compile.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Loss } from "../nn/losses/index.ts";
import type { Model } from "../nn/model.ts";
import { gather } from "../ops/gather.ts";
import { Stream } from "../ops/random.ts";
import type { Rule } from "../optim/rules.ts";
import { checkWalked } from "./check-model.ts";
import { snapshot } from "./snapshot.ts";
import { breathe } from "./turn.ts";

export type FindLearningRateOptions = {
  /** Compares predictions with targets: `crossEntropy`, `mse`, … */
  loss: Loss;
  /** What will train the model; its own learning rate does not matter. */
  optimizer: Rule;
  /** The first rate. Default 1e-6. */
  from?: number;
  /** The last rate, if the loss does not diverge before. Default 10. */
  to?: number;
  /** Steps from the first to the last. Default 100. */
  steps?: number;
  /** Rows a step takes. Default 32. */
  batchSize?: number;
  /** Governs the order of the rows. Default 0. */
  seed?: number;
  /** Share of the earlier losses in the running mean, from 0 to below 1. Default 0.95. */
  smoothing?: number;
  /** The search ends where the running mean is so many times its least. Default 4. */
  divergence?: number;
};

type Settled = Required<FindLearningRateOptions>;

/** Rates that were tried and what they led to; prints as a line, `nabla/report` draws it. */
export class LearningRateSearch extends Printed {
  /** In ascending order, one for each step. */
  readonly rates: readonly number[];
  /** The loss of each step's batch, before the step. */
  readonly losses: readonly number[];
  /** Running mean of the losses. */
  readonly smoothed: readonly number[];
  /** Where the running mean falls most steeply, after the first tenth of the steps; null where it never falls. */
  readonly suggestion: number | null;
  /** Whether the search ended because the loss grew. */
  readonly diverged: boolean;

  constructor(rates: readonly number[], losses: readonly number[], smoothed: readonly number[], diverged: boolean) {
    super();
    this.rates = rates;
    this.losses = losses;
    this.smoothed = smoothed;
    this.suggestion = steepest(rates, smoothed);
    this.diverged = diverged;
  }

  override toString(): string {
    const { rates, suggestion, diverged } = this;
    const [first, last] = [rates[0] ?? 0, rates.at(-1) ?? 0].map((rate) => rate.toPrecision(2));
    const found = suggestion === null ? "the loss does not fall" : `the loss falls most steeply at ${suggestion.toPrecision(2)}`;
    return `${found}; ${rates.length} steps at rates from ${first} to ${last}${diverged ? ", where it diverged" : ""}`;
  }
}

/** Share of the steps whose running mean is of too few losses to say anything. */
const TOO_EARLY = 0.1;

/** The rate at which the curve over the rates' logarithms falls most steeply, by differences of neighbours on both sides. */
function steepest(rates: readonly number[], smoothed: readonly number[]): number | null {
  let best: number | null = null;
  let least = 0;
  for (let i = 1 + Math.floor(rates.length * TOO_EARLY); i + 1 < rates.length; ++i) {
    const slope = smoothed[i + 1]! - smoothed[i - 1]!;
    if (slope < least) [least, best] = [slope, rates[i]!];
  }
  return best;
}

function settle(options: FindLearningRateOptions): Settled {
  const { from = 1e-6, to = 10, steps = 100, batchSize = 32, seed = 0, smoothing = 0.95, divergence = 4 } = options;
  const where = "findLearningRate";
  for (const [name, value, least] of [
    ["steps", steps, 3],
    ["batchSize", batchSize, 1],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new ValueError(where, `${name} is a whole number ≥ ${least}`, String(value));
  if (!(from > 0 && to > from && to < Infinity))
    throw new ValueError(where, "rates go from above 0 to above that", `${from} to ${to}`);
  if (!(smoothing >= 0 && smoothing < 1)) throw new ValueError(where, "smoothing is from 0 to below 1", String(smoothing));
  if (!(divergence > 1)) throw new ValueError(where, "divergence is a number > 1", String(divergence));
  return { ...options, from, to, steps, batchSize, seed, smoothing, divergence };
}

/** Row numbers of one batch after the other, each pass over the data in another order. */
function* batches(n: number, { batchSize, seed }: Settled): Generator<Int32Array> {
  const order = new Stream(seed, "findLearningRate");
  for (;;) {
    const rows = order.permutation(n).data() as Int32Array;
    for (let at = 0; at < n; at += batchSize) yield rows.subarray(at, at + batchSize);
  }
}

/** Steps at growing rates until the loss diverges; the model learns meanwhile. */
async function climb(model: Model, data: Dataset, settled: Settled): Promise<LearningRateSearch> {
  const { from, to, steps, smoothing, divergence } = settled;
  const optimizer = settled.optimizer.for(model);
  const step = compile((index: Tensor) => {
    const loss = settled.loss(model.forward(gather(data.x, index), "train"), gather(data.y, index));
    checkWalked("findLearningRate", loss, model);
    optimizer.minimize(loss);
    return loss;
  });
  const growth = exp(ln(to / from) / (steps - 1));
  const [rates, losses, smoothed]: [number[], number[], number[]] = [[], [], []];
  let [rate, mean, weight, least] = [from, 0, 1, Infinity];
  for (const index of batches(rowsOf(data), settled)) {
    optimizer.lr = rate;
    const loss = step(index).item();
    // A mean that begins at 0 is too small by 1 − smoothingᵗ: Kingma & Ba 2015, section 3.
    mean = smoothing * mean + (1 - smoothing) * loss;
    weight *= smoothing;
    const unbiased = mean / (1 - weight);
    const bound = least + (divergence - 1) * Math.abs(least); // divergence·least, also of losses below 0 a bound above
    if (!(unbiased <= bound) && rates.length > 0) return new LearningRateSearch(rates, losses, smoothed, true);
    least = Math.min(least, unbiased);
    rates.push(rate);
    losses.push(loss);
    smoothed.push(unbiased);
    if (rates.length === steps) break;
    rate *= growth;
    await breathe();
  }
  return new LearningRateSearch(rates, losses, smoothed, false);
}

/**
 * Tries learning rates, from small to large, a step each, until the loss diverges. Afterwards the model is what it was before:
 * weights, running statistics, dropout.
 *
 * @returns rates and losses, and as `suggestion` the rate at which the loss falls most steeply; many take a little less than that
 * @throws ValueError on options out of range, and on what `fit` refuses
 * @source Smith 2017, arXiv:1506.01186, section 3.3
 * @example const { suggestion } = await findLearningRate(model, train, { loss: crossEntropy, optimizer: sgd({ momentum: 0.9 }) });
 */
export async function findLearningRate(model: Model, data: Dataset, options: FindLearningRateOptions): Promise<LearningRateSearch> {
  const settled = settle(options);
  checkData("findLearningRate", data);
  const restore = snapshot(model);
  try {
    return await climb(model, data, settled);
  } finally {
    restore();
  }
}
