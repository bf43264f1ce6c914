/** Schedules made of others. */
import type { Schedule } from "../rules.ts";
import { type By, check } from "./rate.ts";

/**
 * One schedule after the other, each counting from where it begins.
 *
 * @param milestones where the second, third, … begins
 * @example sequentialLR([linearLR(1e-3, { totalIters: 5 }), cosineAnnealingLR(1e-3, { tMax: 45 })], { milestones: [5] })
 */
export function sequentialLR(
  schedules: readonly Schedule[],
  { milestones, by = "epoch" }: { milestones: readonly number[] } & By,
): Schedule {
  check("sequentialLR", {
    "there is one milestone fewer than schedules": [
      schedules.length === milestones.length + 1,
      `${schedules.length}, ${milestones.length}`,
    ],
    "milestones ascend": [milestones.every((at, i) => i === 0 || at > milestones[i - 1]!), `[${milestones.join(", ")}]`],
  });
  return ({ step, steps, epoch }) => {
    const t = by === "step" ? step : epoch;
    const which = milestones.filter((at) => t >= at).length;
    const start = which === 0 ? 0 : milestones[which - 1]!;
    return schedules[which]!(by === "step" ? { step: step - start, steps, epoch } : { step, steps, epoch: epoch - start });
  };
}

/**
 * Several schedules at once: the product of how much each changes its own first rate.
 *
 * @example chainedLR(0.1, [constantLR(0.1, { factor: 0.5 }), exponentialLR(0.1, { gamma: 0.9 })])
 */
export function chainedLR(lr: number, schedules: readonly Schedule[]): Schedule {
  return (progress) => schedules.reduce((rate, own) => rate * (own(progress) / lr), lr);
}
