/** What schedules share. */
import { ValueError } from "../../core/errors.ts";
import { cos, PI } from "../../core/math.ts";
import type { Schedule } from "../rules.ts";

/** What a schedule counts: epochs or steps. */
export type Unit = "epoch" | "step";
export type By = {
  /** Whether the rate changes with the epoch or with the step. Default "epoch", for `oneCycleLR` and `cyclicLR` "step". */
  by?: Unit;
};

export function check(where: string, rules: Readonly<Record<string, [ok: boolean, got: unknown]>>): void {
  for (const [rule, [ok, got]] of Object.entries(rules)) if (!ok) throw new ValueError(where, rule, String(got));
}

export const positive = (value: number): boolean => value > 0 && value < Infinity;
export const counts = (value: number): boolean => Number.isInteger(value) && value > 0;

export function schedule(by: Unit, rate: (t: number) => number): Schedule {
  return ({ step, epoch }) => rate(by === "step" ? step : epoch);
}

/** From a to b along half a cosine, as `share` goes from 0 to 1. */
export function anneal(a: number, b: number, share: number): number {
  return b + ((a - b) / 2) * (1 + cos(PI * share));
}
