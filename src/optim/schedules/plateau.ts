/** A rate that follows how training goes. */
import type { Schedule } from "../rules.ts";
import { check } from "./rate.ts";

export type PlateauOptions = {
  /** Whether the metric shall fall or rise. Default "min". */
  mode?: "min" | "max";
  /** Default 0.1. */
  factor?: number;
  /** Epochs without improvement that are borne. Default 10. */
  patience?: number;
  /** Less than this is no improvement. Default 10⁻⁴. */
  threshold?: number;
  /** Whether `threshold` is a share of the best or a difference. Default "rel". */
  thresholdMode?: "rel" | "abs";
  /** Epochs after a reduction in which nothing is counted. Default 0. */
  cooldown?: number;
  /** Default 0. */
  minLr?: number;
};

/** A schedule that is told how training goes. */
export type Plateau = Schedule & Required<Pick<Schedule, "observe" | "state" | "restore">>;

/**
 * lr, times `factor` whenever a metric has not improved for more than `patience` epochs. `fit` tells it the validation
 * loss after each epoch, or the training loss where there are no validation data; a loop of one's own calls `observe(loss)`.
 *
 * @example sgd({ lr: reduceLROnPlateau(0.1, { patience: 3 }) })
 */
export function reduceLROnPlateau(lr: number, options: PlateauOptions = {}): Plateau {
  const { mode = "min", factor = 0.1, patience = 10, threshold = 1e-4, thresholdMode = "rel", cooldown = 0, minLr = 0 } = options;
  check("reduceLROnPlateau", { "factor is from 0 to below 1": [factor >= 0 && factor < 1, factor] });
  const sign = mode === "min" ? 1 : -1;
  let [rate, best, bad, resting] = [lr, sign * Infinity, 0, 0];
  const margin = (): number => (thresholdMode === "rel" ? threshold * Math.abs(best) : threshold);
  const observe = (metric: number): void => {
    if (Math.abs(best) === Infinity || sign * (best - metric) > margin()) {
      best = metric;
      bad = 0;
    } else bad += 1;
    if (resting > 0) {
      resting -= 1;
      bad = 0;
    }
    if (bad <= patience) return;
    // PyTorch leaves changes below 10⁻⁸ out.
    const next = Math.max(rate * factor, minLr);
    if (rate - next > 1e-8) rate = next;
    resting = cooldown;
    bad = 0;
  };
  const state = () => ({ rate, best, bad, resting });
  const restore = (saved: Readonly<Record<string, number>>): void => {
    [rate, best, bad, resting] = [saved.rate ?? rate, saved.best ?? best, saved.bad ?? bad, saved.resting ?? resting];
  };
  return Object.assign(() => rate, { observe, state, restore });
}
