/** `fit`: the training loop. One compiled step: gather a batch, predict, loss, gradients, update. */
import { NumericError, ValueError } from "../core/errors.ts";
import { attach } from "../data/attached.ts";
import { checkData, type Dataset, rowsOf } from "../data/dataset.ts";
import { setAside, take } from "../data/parts.ts";
import { compile } from "../graph/compile.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Metrics, MetricValues } from "../metrics/metric.ts";
import type { Loss } from "../nn/losses/index.ts";
import { initMissing, type Model } from "../nn/model.ts";
import { requireFinite } from "../ops/check.ts";
import { gather } from "../ops/gather.ts";
import { Stream } from "../ops/random.ts";
import type { Rule } from "../optim/rules.ts";
import { checkWalked } from "./check-model.ts";
import { blame } from "./diagnose.ts";
import { evaluate } from "./evaluate.ts";
import { type History, HistoryLog } from "./history.ts";
import { type Progress, progressFor } from "./progress.ts";
import { breathe } from "./turn.ts";
import { verdict } from "./verdict.ts";

export type FitOptions = {
  /** Compares predictions with targets: `crossEntropy`, `mse`, … */
  loss: Loss;
  /** How parameters change: `sgd({ lr: 0.1 })`, `adam()`, … */
  optimizer: Rule;
  /** Passes over the data. Default 10. */
  epochs?: number;
  /** Rows a step takes; the last batch of an epoch may be smaller. Default 32. */
  batchSize?: number;
  /** Data to watch, or the share of rows to set aside for that. Default none. */
  validation?: Dataset | number;
  /** Measured after each epoch, on the validation data if there are any. */
  metrics?: Metrics;
  /** Governs first values, order and dropout. Default 0. */
  seed?: number;
  /** Whether each epoch takes the rows in another order. Default true. */
  shuffle?: boolean;
  /** Whether to print what runs and how it goes. Default true. */
  verbose?: boolean;
  /** Called as training goes. */
  on?: FitEvents;
  /** Stops after the running step. */
  signal?: AbortSignal;
};

/** What is told along the way; all counted from 0. */
export type FitEvents = {
  step?(event: { step: number; steps: number; epoch: number; loss: number }): void;
  epoch?(event: { epoch: number; epochs: number; loss: number; seconds: number; metrics: MetricValues }): void;
};

type Settled = FitOptions & { epochs: number; batchSize: number; seed: number; shuffle: boolean };

function settle(data: Dataset, options: FitOptions): Settled {
  const { epochs = 10, batchSize = 32, seed = 0, shuffle = true } = options;
  for (const [name, value] of Object.entries({ epochs, batchSize })) {
    if (!Number.isInteger(value) || value < 1) throw new ValueError("fit", `${name} is a whole number ≥ 1`, String(value));
  }
  if (typeof options.loss !== "function")
    throw new ValueError("fit", "needs a loss", String(options.loss), "loss: crossEntropy or loss: mse");
  if (typeof options.optimizer?.for !== "function")
    throw new ValueError("fit", "needs an optimizer", String(options.optimizer), "optimizer: adam()");
  checkData("fit", data);
  return { ...options, epochs, batchSize, seed, shuffle };
}

/** The training step as one program for each size of batch. */
function compileStep(model: Model, data: Dataset, { loss, optimizer }: Settled) {
  const stateful = optimizer.for(model);
  const step = compile((index: Tensor) => {
    const x = gather(data.x, index);
    const y = gather(data.y, index);
    const value = loss(model.forward(x, "train"), y);
    checkWalked("fit", value, model);
    requireFinite(value, () => new NumericError("fit", "the loss is not finite"));
    stateful.minimize(value);
    return value;
  });
  return { stateful, step };
}

/**
 * Trains a model on data.
 *
 * Prints what runs, a line of progress, and what came of it in words, unless `verbose` is false. Gives other work a turn every few
 * milliseconds. Parameters that have values (from `init`, a file, an earlier `fit`) go on from there.
 *
 * @param model anything with `forward(x, mode)`
 * @param data x [n, …], y [n, …]
 * @returns losses, metrics and seconds of each epoch
 * @throws ValueError on empty data, x and y of different length, a label out of range (which row), a parameter out of the walk's sight
 * @throws NumericError when data or loss are not finite, naming epoch, step and layer; parameters are then as before that step
 * @example await fit(model, train, { loss: crossEntropy, optimizer: adam(), epochs: 5 })
 */
export async function fit(model: Model, data: Dataset, options: FitOptions): Promise<History> {
  const settled = settle(data, options);
  const { seed, epochs, batchSize, on, signal, metrics = {} } = settled;
  const { train, watched } = withValidation(data, settled);
  initMissing(model, options.seed);
  attach(model, data);
  const { stateful, step } = compileStep(model, train, settled);
  const n = rowsOf(train);
  const batches = Math.ceil(n / batchSize);
  const steps = batches * epochs;
  const order = new Stream(seed, "fit");
  const log = new HistoryLog(Object.keys(metrics));
  const progress: Progress = progressFor(options.verbose ?? true, model, { seed, steps, batches, epochs });
  for (let epoch = 0; epoch < epochs && !signal?.aborted; ++epoch) {
    const rows = settled.shuffle ? (order.permutation(n).data() as Int32Array) : Int32Array.from({ length: n }, (_, i) => i);
    const start = performance.now();
    let total = 0;
    let seen = 0;
    for (let batch = 0; batch < batches && !signal?.aborted; ++batch) {
      const number = epoch * batches + batch;
      stateful.follow({ step: number, steps, epoch });
      const index = rows.subarray(batch * batchSize, (batch + 1) * batchSize);
      let loss: number;
      try {
        loss = step(index).item();
      } catch (error) {
        throw blame(error, model, take(train, index), settled.loss, { epoch, step: number, rows: index });
      }
      total += loss * index.length;
      seen += index.length;
      on?.step?.({ step: number, steps, epoch, loss });
      progress.step(number, loss, total / seen);
      await breathe();
    }
    const seconds = (performance.now() - start) / 1000;
    const checked = watched ?? (Object.keys(metrics).length > 0 ? train : null);
    const values: MetricValues = checked ? await evaluate(model, checked, metrics, { loss: settled.loss }) : {};
    const entry = { epoch, epochs, loss: seen > 0 ? total / seen : Number.NaN, seconds, metrics: values };
    log.add(entry, watched !== null);
    on?.epoch?.(entry);
    progress.epoch(entry);
  }
  const history = log.history;
  progress.end(verdict(history, train.y));
  return history;
}

function withValidation(data: Dataset, { validation, seed }: Settled): { train: Dataset; watched: Dataset | null } {
  if (validation === undefined || validation === 0) return { train: data, watched: null };
  if (typeof validation !== "number") {
    checkData("fit: validation", validation);
    return { train: data, watched: validation };
  }
  if (!(validation > 0 && validation < 1))
    throw new ValueError("fit", "validation is a data set or a share between 0 and 1", String(validation));
  const { train, aside } = setAside("fit", data, validation, seed);
  return { train, watched: aside };
}
