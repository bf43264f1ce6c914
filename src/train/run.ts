/** A training on its way: where it is, and the loop that takes it on. What it goes on from is all here, for checkpoints. */
import { ValueError } from "../core/errors.ts";
import { rowsOf } from "../data/dataset.ts";
import { take } from "../data/parts.ts";
import type { NamedDataset } from "../data/rows.ts";
import { writeState } from "../graph/state.ts";
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
  /** Batches of this epoch that are done, the sum of their rows' losses, and those rows. */
  batch: number;
  total: number;
  seen: number;
  /** The same sums of each of several losses. */
  parts: Record<string, number>;
  /** Time spent on this epoch. */
  seconds: number;
  /** The stream of the order of rows, as it was before this epoch. */
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
  readonly #data: NamedDataset;
  readonly #watched: NamedDataset | null;
  readonly #order: Stream;
  readonly #step: Step;
  /** Rows of the last step. */
  #last: Int32Array = Int32Array.of(0);
  #progress: Progress | null = null;

  constructor(model: Network, data: NamedDataset, watched: NamedDataset | null, settled: Settled) {
    const { epochs, batchSize, seed, metrics = {}, rules } = settled;
    this.model = model;
    this.settled = settled;
    this.#data = data;
    this.#watched = watched;
    this.rows = rowsOf(data);
    this.epochs = epochs;
    this.batches = Math.ceil(this.rows / batchSize);
    this.schedules = Object.fromEntries(Object.entries(rules).map(([name, { lr }]) => [name, lr]));
    this.optimizers = Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, rule.for(fieldOf(model, name))]));
    this.random = new Stream(seed, "step");
    this.#step = compileStep({ model, data, settled, optimizers: this.optimizers, random: this.random });
    this.#order = new Stream(seed, "fit");
    this.cursor = { epoch: 0, batch: 0, total: 0, seen: 0, parts: {}, seconds: 0, order: this.#orderNow(), stopped: null };
    this.log = new HistoryLog(Object.keys(metrics));
  }

  get history(): History {
    return this.log.history;
  }

  get steps(): number {
    return this.batches * this.epochs;
  }

  get step(): number {
    return this.cursor.epoch * this.batches + this.cursor.batch;
  }

  get callbacks(): readonly Callback[] {
    return this.settled.callbacks ?? [];
  }

  loss(): Tensor {
    const { loss } = this.settled;
    if (!loss) throw new ValueError("fit", "a callback asks for the loss", "a step of one's own", "leaving that callback out");
    const batch = take(this.#data, this.#last);
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
    if (this.step > 0) this.say(`goes on after step ${this.step} of ${steps}`);
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

  #orderNow(): Int32Array<ArrayBuffer> {
    return this.#order.state.data() as Int32Array<ArrayBuffer>;
  }

  /** The order of this epoch's rows. */
  #draw(): Int32Array {
    const n = this.rows;
    if (!this.settled.shuffle) return Int32Array.from({ length: n }, (_, i) => i);
    writeState(this.#order.state, this.cursor.order);
    return this.#order.permutation(n).data() as Int32Array<ArrayBuffer>;
  }

  async #epoch(): Promise<void> {
    const { cursor, batches } = this;
    const rows = this.#draw();
    const begun = performance.now() - cursor.seconds * 1000;
    while (cursor.batch < batches && !this.#isOver()) {
      await this.#batch(rows);
      cursor.seconds = (performance.now() - begun) / 1000;
      if (cursor.batch < batches) await this.#keep(false);
    }
    await this.#measure(cursor.batch === batches);
  }

  /** Writes a checkpoint where it is time for one. */
  async #keep(atEpoch: boolean): Promise<void> {
    const isLast = this.#isOver() || this.cursor.epoch === this.epochs;
    if (this.keeper && (isLast || this.keeper.due(this.step, atEpoch))) await this.keeper.write();
  }

  async #batch(rows: Int32Array): Promise<void> {
    const { cursor, steps, step, settled } = this;
    const { batchSize, on } = settled;
    const { epoch } = cursor;
    const index = rows.subarray(cursor.batch * batchSize, (cursor.batch + 1) * batchSize);
    const losses = this.#step(index, { step, steps, epoch });
    this.#last = index;
    let loss = 0;
    for (const [name, value] of Object.entries(losses)) {
      loss += value;
      cursor.parts[name] = (cursor.parts[name] ?? 0) + value * index.length;
    }
    cursor.batch += 1;
    cursor.total += loss * index.length;
    cursor.seen += index.length;
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
    const checked = this.#watched ?? (Object.keys(metrics).length > 0 ? this.#data : null);
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
    Object.assign(cursor, { epoch: epoch + 1, batch: 0, total: 0, seen: 0, parts: {}, seconds: 0, order: this.#orderNow() });
    for (const callback of this.callbacks) await callback.epoch?.(entry, this);
    await this.#keep(true);
  }
}

/** What an optimizer of that name changes: a field of the model, or all of it. */
function fieldOf(model: Network, name: string): object {
  if (name === "optimizer") return model;
  const field: unknown = Reflect.get(model, name);
  if (typeof field === "object" && field !== null) return field;
  throw new ValueError("fit", "optimizers are named by fields of the model", `'${name}'`, Object.keys(model).join(", "));
}
