import type { MetricValues } from "../metrics/metric.ts";

/** What happened, epoch by epoch. */
export type History = {
  /** Mean loss of the training rows during each epoch. */
  loss: number[];
  /** Mean loss of the validation rows after each epoch; empty without such. */
  validationLoss: number[];
  /** Training time of each epoch, in seconds. */
  seconds: number[];
  /** Values of each metric after each epoch, and means of the losses that a step of one's own names. */
  metrics: Record<string, unknown[]>;
};

/** Gathers a history. */
export class HistoryLog {
  readonly history: History;

  constructor(metrics: readonly string[]) {
    this.history = { loss: [], validationLoss: [], seconds: [], metrics: Object.fromEntries(metrics.map((name) => [name, []])) };
  }

  add({ loss, seconds, metrics }: { loss: number; seconds: number; metrics: MetricValues }, validated: boolean): void {
    this.history.loss.push(loss);
    this.history.seconds.push(seconds);
    const { loss: _, ...own } = metrics;
    for (const [name, value] of Object.entries(own)) (this.history.metrics[name] ??= []).push(value);
    if (validated) this.history.validationLoss.push(Number(metrics.loss));
  }
}
