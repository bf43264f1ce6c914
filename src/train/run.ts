/** A training on its way: where it is, and the loop that takes it on. What it goes on from is all here, for checkpoints. */
import { ValueError } from "../core/errors.ts";
import { type BatchStream, type Feed, isStream, type Portion, residentFeed } from "../data/feed.ts";
import type { NamedDataset } from "../data/rows.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { MetricValues } from "../metrics/metric.ts";
import { Stream } from "../ops/random.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Schedule } from "../optim/rules.ts";
import type { Callback, EpochEvent, StepEvent, Training } from "./callback.ts";
import { evaluate } from "./evaluate.ts";
import { forwardRows, type Network } from "./forward.ts";
import { type History, HistoryLog } from "./history.ts";
import { lossOf } from "./objective.ts";
import type { Settled } from "./options.ts";
import { type Progress, progressFor } from "./progress.ts";
import { compileStep, type Step } from "./step.ts";
import { breathe } from "./turn.ts";

/** How far a training is. */
export type Cursor = {
  epoch: number;
  /** Steps taken. */
  step: number;
  /** Batches of this epoch that are done, the sum of their rows' losses, and those rows. */
  batch: number;
  total: number;
  seen: number;
  /** The same sums of each of several losses. */
  parts: Record<string, number>;
  /** Time spent on this epoch. */
  seconds: number;
  /** What the order of this epoch's rows follows from. */
  order: Int32Array<ArrayBuffer>;
  /** Why it ended before its time, if it did. */
  stopped: string | null;
};

/** Writes a training down, between two steps. */
export type Keeper = {
  /** Whether it is time, after so many steps, and perhaps at the end of an epoch. */
  due(steps: number, atEpoch: boolean): boolean;
  write(): Promise<void>;
};

type Data = NamedDataset | BatchStream;

export class Run implements Training {
  readonly model: Network;
  readonly optimizers: Readonly<Record<string, Optimizer>>;
  readonly schedules: Readonly<Record<string, number | Schedule>>;
  readonly epochs: number;
  readonly batches: number;
  readonly rows: number;
  readonly settled: Settled;
  /** What a step of one's own draws from. */
  readonly random: Stream;
  readonly cursor: Cursor;
  readonly log: HistoryLog;
  keeper: Keeper | null = null;
  readonly feed: Feed;
  readonly #data: Data;
  readonly #watched: NamedDataset | null;
  readonly #step: Step;
  /** Of the last step. */
  #last: Portion | null = null;
  #progress: Progress | null = null;

  constructor(model: Network, data: Data, watched: NamedDataset | null, settled: Settled) {
    const { epochs, batchSize, shuffle, seed, metrics = {}, rules } = settled;
    this.model = model;
    this.settled = settled;
    const feed = isStream(data) ? data.feed : residentFeed(data, batchSize, shuffle, seed);
    this.feed = feed;
    this.#data = data;
    this.#watched = watched;
    this.rows = feed.rows;
    this.epochs = epochs;
    this.batches = feed.batches;
    this.schedules = Object.fromEntries(Object.entries(rules).map(([name, { lr }]) => [name, lr]));
    this.optimizers = Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, rule.for(fieldOf(model, name))]));
    this.random = new Stream(seed, "step");
    this.#step = compileStep({ model, feed, settled, optimizers: this.optimizers, random: this.random });
    this.cursor = { epoch: 0, step: 0, ...atBegin(), order: feed.order(), stopped: null };
    this.log = new HistoryLog(Object.keys(metrics));
  }

  get history(): History {
    return this.log.history;
  }

  get steps(): number {
    return this.batches * this.epochs;
  }

  get step(): number {
    return this.cursor.step;
  }

  get callbacks(): readonly Callback[] {
    return this.settled.callbacks ?? [];
  }

  loss(): Tensor {
    const { loss } = this.settled;
    if (!loss || !this.#last)
      throw new ValueError("fit", "a callback asks for the loss", "a step of one's own", "leaving that callback out");
    const batch = this.feed.batchOf(this.#last.inputs);
    return lossOf(loss, forwardRows(this.model, batch.x, "eval"), batch);
  }

  say(line: string): void {
    this.#progress?.say(line);
  }

  stop(reason: string): void {
    this.cursor.stopped ??= reason;
  }

  /** From where the cursor is to the end, or until it is told to stop. */
  async train(verdict: (history: History) => string): Promise<History> {
    const { steps, batches, epochs, cursor } = this;
    const { seed, verbose = true } = this.settled;
    this.#progress = progressFor(verbose, this.model, { seed, steps, batches, epochs, first: this.step });
    if (this.step > 0) this.say(`goes on after step ${this.step}`);
    for (const callback of this.callbacks) await callback.start?.(this);
    while (cursor.epoch < epochs && !this.#isOver()) await this.#epoch();
    for (const callback of this.callbacks) await callback.end?.(this);
    const words = verdict(this.history);
    this.#progress.end(cursor.stopped ? `${cursor.stopped}: ${words}` : words);
    return this.history;
  }

  #isOver(): boolean {
    return this.settled.signal?.aborted === true || this.cursor.stopped !== null;
  }

  async #epoch(): Promise<void> {
    const { cursor, feed } = this;
    feed.begin(cursor.epoch, cursor.batch, cursor.order);
    const begun = performance.now() - cursor.seconds * 1000;
    let portion = await feed.next();
    while (portion && !this.#isOver()) {
      await this.#batch(portion);
      cursor.seconds = (performance.now() - begun) / 1000;
      // Whoever wants it to end does not wait for a stream: then only what is known beforehand tells whether this was the last batch.
      if (!this.#isOver() || cursor.batch === this.batches) portion = await feed.next();
      if (portion) await this.#keep(false);
    }
    feed.leave?.();
    await this.#measure(portion === null);
  }

  /** Writes a checkpoint where it is time for one. */
  async #keep(atEpoch: boolean): Promise<void> {
    const isLast = this.#isOver() || this.cursor.epoch === this.epochs;
    if (this.keeper && (isLast || this.keeper.due(this.step, atEpoch))) await this.keeper.write();
  }

  async #batch(portion: Portion): Promise<void> {
    const { cursor, steps, step } = this;
    const { on } = this.settled;
    const { epoch } = cursor;
    const { rows } = portion;
    const losses = this.#step(portion, { step, steps, epoch });
    this.#last = portion;
    let loss = 0;
    for (const [name, value] of Object.entries(losses)) {
      loss += value;
      cursor.parts[name] = (cursor.parts[name] ?? 0) + value * rows;
    }
    cursor.step += 1;
    cursor.batch += 1;
    cursor.total += loss * rows;
    cursor.seen += rows;
    const event: StepEvent = { step, steps, epoch, loss, losses };
    on?.step?.(event);
    for (const callback of this.callbacks) if (callback.step) await callback.step(event, this);
    this.#progress?.step(step, loss, cursor.total / cursor.seen);
    await breathe();
  }

  /** What an epoch came to; `whole` unless it was broken off. */
  async #measure(whole: boolean): Promise<void> {
    const { cursor, epochs } = this;
    const { metrics = {}, loss, on } = this.settled;
    const { epoch, total, seen, parts, seconds } = cursor;
    const checked = this.#watched ?? (Object.keys(metrics).length > 0 ? (this.#data as NamedDataset) : null);
    const measured = checked ? await evaluate(this.model, checked, metrics, loss ? { loss } : {}) : {};
    const { loss: _, ...own } = parts; // one alone is the loss itself
    const means = Object.fromEntries(Object.entries(own).map(([name, sum]) => [name, sum / seen]));
    const values: MetricValues = { ...measured, ...means };
    const entry: EpochEvent = { epoch, epochs, loss: seen > 0 ? total / seen : Number.NaN, seconds, metrics: values };
    this.log.add(entry, this.#watched !== null && loss !== undefined);
    on?.epoch?.(entry);
    this.#progress?.epoch(entry);
    if (!whole) return;
    const judged = this.#watched && loss ? Number(values.loss) : entry.loss;
    for (const schedule of Object.values(this.schedules)) if (typeof schedule === "function") schedule.observe?.(judged);
    Object.assign(cursor, { epoch: epoch + 1, ...atBegin(), order: this.feed.order() });
    for (const callback of this.callbacks) await callback.epoch?.(entry, this);
    await this.#keep(true);
  }
}

/** An epoch of which nothing has been done. */
function atBegin(): Pick<Cursor, "batch" | "total" | "seen" | "parts" | "seconds"> {
  return { batch: 0, total: 0, seen: 0, parts: {}, seconds: 0 };
}

/** What an optimizer of that name changes: a field of the model, or all of it. */
function fieldOf(model: Network, name: string): object {
  if (name === "optimizer") return model;
  const field: unknown = Reflect.get(model, name);
  if (typeof field === "object" && field !== null) return field;
  throw new ValueError("fit", "optimizers are named by fields of the model", `'${name}'`, Object.keys(model).join(", "));
}
