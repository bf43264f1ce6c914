/** The quantity that a callback goes by. */
import { ValueError } from "../../core/errors.ts";
import type { EpochEvent } from "../callback.ts";

export type WatchOptions = {
  /** `"loss"`, `"validationLoss"`, or the name of a metric. Default: the validation loss, or the training loss where there is none. */
  monitor?: string;
  /** Whether less of it is better. Default: "min" for losses, "max" for metrics. */
  mode?: "min" | "max";
  /** Less than this is no improvement. Default 0. */
  minDelta?: number;
};

/** Their names. */
export const WATCH_OPTIONS: readonly string[] = ["monitor", "mode", "minDelta"];

/** The best value so far, and when it was. */
export class Best {
  readonly #where: string;
  readonly #options: WatchOptions;
  value = Number.NaN;
  /** Counted from 0; −1 before the first. */
  epoch = -1;

  constructor(where: string, options: WatchOptions) {
    const { minDelta = 0, mode = "min" } = options;
    if (!(minDelta >= 0)) throw new ValueError(where, "minDelta is a number ≥ 0", String(minDelta));
    if (mode !== "min" && mode !== "max") throw new ValueError(where, 'mode is "min" or "max"', String(mode));
    this.#where = where;
    this.#options = options;
  }

  /** What it goes by, in words. */
  nameIn(event: EpochEvent): string {
    const { monitor = "loss" in event.metrics ? "validationLoss" : "loss" } = this.#options;
    return monitor === "validationLoss" ? "validation loss" : monitor;
  }

  /** Takes this epoch's value; whether it is the best so far. NaN never is. */
  improves(event: EpochEvent): boolean {
    const value = this.#valueIn(event);
    const { minDelta = 0 } = this.#options;
    const sign = this.#mode() === "min" ? 1 : -1;
    const isFirst = this.epoch < 0 && !Number.isNaN(value);
    if (!isFirst && !(sign * (this.value - value) > minDelta)) return false;
    this.value = value;
    this.epoch = event.epoch;
    return true;
  }

  #mode(): "min" | "max" {
    const { monitor = "loss", mode } = this.#options;
    return mode ?? (monitor === "loss" || monitor === "validationLoss" ? "min" : "max");
  }

  #valueIn({ loss, metrics }: EpochEvent): number {
    const { monitor = "loss" in metrics ? "validationLoss" : "loss" } = this.#options;
    if (monitor === "loss") return loss;
    const value = monitor === "validationLoss" ? metrics.loss : metrics[monitor];
    if (typeof value === "number") return value;
    const known = ["loss", ...Object.keys(metrics).map((name) => (name === "loss" ? "validationLoss" : name))];
    throw new ValueError(this.#where, `there is no number '${monitor}' to go by`, known.join(", "), "metrics, or validation data");
  }
}
