/** What `fit` is told, checked and filled in. */
import { ValueError } from "../core/errors.ts";
import { preparationOf } from "../data/attached.ts";
import { checkData } from "../data/dataset.ts";
import { type BatchStream, isStream } from "../data/feed.ts";
import { setAside } from "../data/parts.ts";
import { isRaw, type RawRows } from "../data/preparation.ts";
import type { NamedDataset } from "../data/rows.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Metrics } from "../metrics/metric.ts";
import type { Rule } from "../optim/rules.ts";
import type { Callback, EpochEvent, StepEvent } from "./callback.ts";
import type { Objective } from "./objective.ts";
import type { StepTools } from "./step.ts";
import type { ClassWeight } from "./weights.ts";

/** One step of one's own: computes losses, has optimizers minimize them, and returns those that are to be shown. It is compiled. */
export type OwnStep = (batch: NamedDataset, tools: StepTools) => Tensor | Readonly<Record<string, Tensor>>;

export type FitOptions = {
  /** Compares predictions with targets: `crossEntropy`, `mse`, …; of several outputs, a loss each by name, whose sum is made less. */
  loss?: Objective;
  /** How parameters change: `sgd({ lr: 0.1 })`, `adam()`, …; or one for each of several fields of the model, by name. */
  optimizer: Rule | Readonly<Record<string, Rule>>;
  /** In place of `loss`: what a step does, such as training two networks in turn. */
  step?: OwnStep;
  /** How much rows of each class count, besides `weight` of the data. Default all alike. */
  classWeight?: ClassWeight;
  /** Passes over the data. Default 10. */
  epochs?: number;
  /** Rows a step takes; the last batch of an epoch may be smaller. Default 32. */
  batchSize?: number;
  /**
   * Data to watch, or the share of rows to set aside for that: a data set, a stream, raw rows where a preparation made the training data.
   * Rows count by their `weight`, if they have one. Default none.
   */
  validation?: NamedDataset | RawRows | BatchStream | number;
  /** Measured after each epoch, on the validation data if there are any. */
  metrics?: Metrics;
  /** Governs the order of rows, and first values and dropout where `init` has not been asked for another seed. Default 0. */
  seed?: number;
  /** Whether each epoch takes the rows in another order. Default true. */
  shuffle?: boolean;
  /** Whether to print what runs and how it goes. Default true. */
  verbose?: boolean;
  /** Called as training goes. */
  on?: FitEvents;
  /** What else to do as training goes: `earlyStopping()`, `csvLog(path)`, … */
  callbacks?: readonly Callback[];
  /** Where to write training down, so that it can go on after the process has ended. */
  checkpoint?: CheckpointOptions;
  /** Stops after the running step. */
  signal?: AbortSignal;
};

/** What is told along the way; all counted from 0. */
export type FitEvents = {
  step?(event: StepEvent): void;
  epoch?(event: EpochEvent): void;
};

export type CheckpointOptions = {
  /** The file; its folder is made. */
  path: string;
  /** Steps between two writings; one is always written at the end. Default: after each epoch. */
  every?: number;
  /** Whether to go on from the file, if there is one. Default false: it is replaced. */
  resume?: boolean;
};

export type Settled = Omit<FitOptions, "optimizer"> & {
  /** By the field of the model that they change; `optimizer` where there is one for all. */
  rules: Readonly<Record<string, Rule>>;
} & { epochs: number; batchSize: number; seed: number; shuffle: boolean };

/** @throws ValueError on options that cannot be, and data that are none */
export function settle(data: NamedDataset | BatchStream, options: FitOptions): Settled {
  const { epochs = 10, batchSize = 32, seed = 0, shuffle = true, checkpoint } = options;
  const whole = { epochs, batchSize, ...(checkpoint?.every !== undefined && { "checkpoint.every": checkpoint.every }) };
  for (const [name, value] of Object.entries(whole)) {
    if (!Number.isInteger(value) || value < 1) throw new ValueError("fit", `${name} is a whole number ≥ 1`, String(value));
  }
  const { loss, step, optimizer } = options;
  const losses = typeof loss === "function" ? [loss] : Object.values(loss ?? {});
  if (typeof step !== "function" && (losses.length === 0 || losses.some((one) => typeof one !== "function")))
    throw new ValueError("fit", "needs a loss", String(loss), "loss: crossEntropy or loss: mse");
  const rules = isRule(optimizer) ? { optimizer } : { ...optimizer };
  if (Object.keys(rules).length === 0 || !Object.values(rules).every(isRule))
    throw new ValueError("fit", "needs an optimizer", String(optimizer), "optimizer: adam()");
  if (isStream(data)) data.check(options);
  else checkData("fit", data, step === undefined);
  return { ...options, rules, epochs, batchSize, seed, shuffle };
}

function isRule(optimizer: FitOptions["optimizer"]): optimizer is Rule {
  return typeof optimizer?.for === "function" && "lr" in optimizer; // lbfgs, which asks for the loss several times a step, is none
}

/** What to learn from, and the rows to watch. @throws ValueError on raw rows, where no preparation made the training data */
export async function withValidation(
  data: NamedDataset | BatchStream,
  { validation, seed }: Settled,
): Promise<{ train: NamedDataset | BatchStream; watched: NamedDataset | null }> {
  if (validation === undefined || validation === 0) return { train: data, watched: null };
  if (typeof validation === "number") {
    if (!(validation > 0 && validation < 1))
      throw new ValueError("fit", "validation is a data set or a share between 0 and 1", String(validation));
    const { train, aside } = setAside("fit", data as NamedDataset, validation, seed);
    return { train, watched: aside };
  }
  const prepared = isRaw(validation) ? preparationOf("fit", data).transform(validation) : validation;
  const watched = isStream(prepared) ? await prepared.gathered() : prepared;
  checkData("fit: validation", watched);
  return { train: data, watched };
}
