/** Rates that fall along cosines. */
import type { Schedule } from "../rules.ts";
import { anneal, type By, check, positive, schedule } from "./rate.ts";

/**
 * Half a cosine from lr to etaMin over tMax, and back up after it.
 *
 * @param etaMin default 0
 * @source Loshchilov & Hutter 2017, arXiv:1608.03983, without restarts
 * @example adam({ lr: cosineAnnealingLR(1e-3, { tMax: 50 }) })
 */
export function cosineAnnealingLR(
  lr: number,
  { tMax, etaMin = 0, by = "epoch" }: { tMax: number; etaMin?: number } & By,
): Schedule {
  check("cosineAnnealingLR", { "tMax is a number > 0": [positive(tMax), tMax] });
  return schedule(by, (t) => anneal(lr, etaMin, t / tMax));
}

/**
 * Half cosines from lr to etaMin, over t0, t0·tMult, t0·tMult², …
 *
 * @param tMult default 1  @param etaMin default 0
 * @source Loshchilov & Hutter 2017, arXiv:1608.03983, equation 5
 * @example adam({ lr: cosineAnnealingWarmRestarts(1e-3, { t0: 10, tMult: 2 }) })
 */
export function cosineAnnealingWarmRestarts(
  lr: number,
  { t0, tMult = 1, etaMin = 0, by = "epoch" }: { t0: number; tMult?: number; etaMin?: number } & By,
): Schedule {
  check("cosineAnnealingWarmRestarts", {
    "t0 is a number > 0": [positive(t0), t0],
    "tMult is a number ≥ 1": [tMult >= 1 && tMult < Infinity, tMult],
  });
  return schedule(by, (t) => {
    let [since, period] = [t, t0];
    while (since >= period) {
      since -= period;
      period *= tMult;
    }
    return anneal(lr, etaMin, since / period);
  });
}
