import type { MetricValues } from "../metrics/metric.ts";

/** What happened, epoch by epoch. */
export type History = {
  /** Mean loss of the training rows during each epoch. */
  loss: number[];
  /** Mean loss of the validation rows after each epoch; empty without such. */
  validationLoss: number[];
  /** Training time of each epoch, in seconds. */
  seconds: number[];
  /** Values of each metric after each epoch. */
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
    for (const [name, values] of Object.entries(this.history.metrics)) values.push(metrics[name]);
    if (validated) this.history.validationLoss.push(Number(metrics.loss));
  }
}
