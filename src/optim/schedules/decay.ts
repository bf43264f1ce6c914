/** Rates that fall, or rise once. */
import { power } from "../../core/math.ts";
import type { Schedule } from "../rules.ts";
import { type By, check, counts, positive, schedule } from "./rate.ts";

/**
 * lr·γ^⌊t / stepSize⌋.
 *
 * @param gamma default 0.1
 * @throws ValueError on a stepSize that is not a whole number > 0
 * @example sgd({ lr: stepLR(0.1, { stepSize: 10 }) })
 */
export function stepLR(lr: number, { stepSize, gamma = 0.1, by = "epoch" }: { stepSize: number; gamma?: number } & By): Schedule {
  check("stepLR", { "stepSize is a whole number > 0": [counts(stepSize), stepSize] });
  return schedule(by, (t) => lr * power(gamma, Math.floor(t / stepSize)));
}

/**
 * lr·γ for every milestone that has been reached.
 *
 * @param gamma default 0.1
 * @example sgd({ lr: multiStepLR(0.1, { milestones: [15, 30, 40] }) })
 */
export function multiStepLR(
  lr: number,
  { milestones, gamma = 0.1, by = "epoch" }: { milestones: readonly number[]; gamma?: number } & By,
): Schedule {
  return schedule(by, (t) => lr * power(gamma, milestones.filter((milestone) => t >= milestone).length));
}

/**
 * lr·γᵗ.
 *
 * @example sgd({ lr: exponentialLR(0.1, { gamma: 0.95 }) })
 */
export function exponentialLR(lr: number, { gamma, by = "epoch" }: { gamma: number } & By): Schedule {
  return schedule(by, (t) => lr * power(gamma, t));
}

/**
 * lr·(1 − t / totalIters)^power, then 0.
 *
 * @param power default 1
 * @example sgd({ lr: polynomialLR(0.1, { totalIters: 40, power: 2 }) })
 */
export function polynomialLR(
  lr: number,
  { totalIters, power: exponent = 1, by = "epoch" }: { totalIters: number; power?: number } & By,
): Schedule {
  check("polynomialLR", { "totalIters is a number > 0": [positive(totalIters), totalIters] });
  return schedule(by, (t) => (t >= totalIters ? 0 : lr * power(1 - t / totalIters, exponent)));
}

/**
 * lr / (1 + decay·t).
 *
 * @example sgd({ lr: inverseTimeLR(0.1, { decay: 0.05 }) })
 */
export function inverseTimeLR(lr: number, { decay, by = "epoch" }: { decay: number } & By): Schedule {
  check("inverseTimeLR", { "decay is a number ≥ 0": [decay >= 0, decay] });
  return schedule(by, (t) => lr / (1 + decay * t));
}

/**
 * lr / (t + 1)^power: scikit-learn's "invscaling".
 *
 * @param power default 0.5
 * @example sgd({ lr: inverseScalingLR(0.1) })
 */
export function inverseScalingLR(lr: number, { power: exponent = 0.5, by = "epoch" }: { power?: number } & By = {}): Schedule {
  return schedule(by, (t) => lr / power(t + 1, exponent));
}

/**
 * lr times a factor that goes from startFactor to endFactor over totalIters and stays: a linear warm-up by default.
 *
 * @param startFactor default 1/3  @param endFactor default 1  @param totalIters default 5
 * @example adam({ lr: linearLR(1e-3, { startFactor: 0.01, totalIters: 500, by: "step" }) })
 */
export function linearLR(
  lr: number,
  {
    startFactor = 1 / 3,
    endFactor = 1,
    totalIters = 5,
    by = "epoch",
  }: { startFactor?: number; endFactor?: number; totalIters?: number } & By = {},
): Schedule {
  check("linearLR", { "totalIters is a number > 0": [positive(totalIters), totalIters] });
  return schedule(by, (t) => lr * (startFactor + (endFactor - startFactor) * Math.min(1, t / totalIters)));
}

/**
 * lr·factor until totalIters, then lr.
 *
 * @param factor default 1/3  @param totalIters default 5
 * @example sgd({ lr: constantLR(0.1, { factor: 0.5, totalIters: 8 }) })
 */
export function constantLR(
  lr: number,
  { factor = 1 / 3, totalIters = 5, by = "epoch" }: { factor?: number; totalIters?: number } & By = {},
): Schedule {
  return schedule(by, (t) => (t < totalIters ? lr * factor : lr));
}
