/** What is told of a training as it goes, and may end it. */
import type { TypedArray } from "../core/dtype.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { MetricValues } from "../metrics/metric.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Network } from "./forward.ts";
import type { History } from "./history.ts";

/** What a callback goes on from, as a checkpoint keeps it: arrays, and whatever JSON can say (NaN and infinities too). */
export type Saved = { readonly [name: string]: unknown };
export type SavedArrays = Readonly<Record<string, TypedArray>>;

/** A step that was taken; all counted from 0. */
export type StepEvent = {
  step: number;
  steps: number;
  epoch: number;
  /** The sum of those below. */
  loss: number;
  /** By the names that a step of one's own gives them; else `loss` alone. */
  losses: Readonly<Record<string, number>>;
};
/** An epoch that has ended, with what was measured after it, and the means of a step's several losses; counted from 0. */
export type EpochEvent = { epoch: number; epochs: number; loss: number; seconds: number; metrics: MetricValues };

/** A running training, as callbacks see it. */
export type Training = {
  readonly model: Network;
  /** By the fields of the model that they change; one for all is `optimizer`. */
  readonly optimizers: Readonly<Record<string, Optimizer>>;
  /** Of the epochs that have ended. */
  readonly history: History;
  /** Steps taken so far. */
  readonly step: number;
  readonly epochs: number;
  readonly batches: number;
  readonly steps: number;
  /**
   * Loss of the last step's rows as the model is now, in eval mode: to look at, and to take gradients of.
   * @throws ValueError where training has a step of its own, and no loss
   */
  loss(): Tensor;
  /** Prints a line without disturbing the bar; nothing where `verbose` is false. */
  say(line: string): void;
  /** Ends the training after the running step, or before the next epoch. The reason becomes part of what is said at the end. */
  stop(reason: string): void;
};

type Done = void | Promise<void>;

/**
 * Something to do while a network trains: `fit(…, { callbacks: [ … ] })`.
 *
 * @example const hello = { name: "hello", epoch: ({ loss }) => console.log(loss) };
 */
export type Callback = {
  readonly name: string;
  /** Before the first step, or the first one after resuming. */
  start?(training: Training): Done;
  step?(event: StepEvent, training: Training): Done;
  /** After the epoch's measuring. Not called for an epoch that was broken off. */
  epoch?(event: EpochEvent, training: Training): Done;
  /** However training ended, errors excepted. */
  end?(training: Training): Done;
  /** What a checkpoint is to keep. */
  state?(): Saved;
  /** Goes on from what `state` gave, before `start`. */
  restore?(state: Saved): void;
};
