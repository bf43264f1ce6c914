/** Rates that rise and fall, with momentum moving against them. */
import { ValueError } from "../../core/errors.ts";
import { power } from "../../core/math.ts";
import type { Schedule } from "../rules.ts";
import { anneal, type By, check, positive, schedule } from "./rate.ts";

/** A schedule of the rate, and one of the momentum that moves against it. */
export type Cycle = Schedule & { momentum: Schedule };

export type OneCycleOptions = By & {
  maxLr: number;
  /** Steps in all; default as many as `fit` takes. */
  totalSteps?: number;
  /** Share of the steps in which the rate rises. Default 0.3. */
  pctStart?: number;
  /** Default "cos". */
  annealStrategy?: "cos" | "linear";
  /** maxLr over the first rate. Default 25. */
  divFactor?: number;
  /** The first rate over the last. Default 10⁴. */
  finalDivFactor?: number;
  /** Fall as fast as rise, then on to the last rate. Default false. */
  threePhase?: boolean;
  /** Least momentum, at the greatest rate. Default 0.85. */
  baseMomentum?: number;
  /** Default 0.95. */
  maxMomentum?: number;
};

/** The number of steps. @throws ValueError where a stream does not say how many there are */
function known(steps: number): number {
  if (Number.isFinite(steps)) return steps;
  throw new ValueError("oneCycleLR", "needs to know how many steps there are", "a stream that does not say", "totalSteps");
}

/** Where a phase ends, and what rate and momentum are there. */
type Corner = { at: number; lr: number; momentum: number };

/**
 * One rise and one fall: from maxLr/divFactor to maxLr and down to a small fraction, while the momentum falls and rises.
 *
 * @source Smith & Topin 2018, arXiv:1708.07120
 * @example const cycle = oneCycleLR({ maxLr: 0.5 }); sgd({ lr: cycle, momentum: 0.9 })
 */
export function oneCycleLR(options: OneCycleOptions): Cycle {
  const { maxLr, totalSteps, pctStart = 0.3, annealStrategy = "cos", divFactor = 25, finalDivFactor = 1e4, by = "step" } = options;
  const { threePhase = false, baseMomentum = 0.85, maxMomentum = 0.95 } = options;
  check("oneCycleLR", {
    "maxLr is a number > 0": [positive(maxLr), maxLr],
    "pctStart is from 0 to 1": [pctStart >= 0 && pctStart <= 1, pctStart],
    'annealStrategy is "cos" or "linear"': [annealStrategy === "cos" || annealStrategy === "linear", annealStrategy],
  });
  const first = maxLr / divFactor;
  const low: Omit<Corner, "at"> = { lr: first, momentum: maxMomentum };
  const high: Omit<Corner, "at"> = { lr: maxLr, momentum: baseMomentum };
  const last: Omit<Corner, "at"> = { lr: first / finalDivFactor, momentum: maxMomentum };
  const corners = (total: number): Corner[] => {
    const top = pctStart * total - 1;
    const middle: Corner[] = threePhase ? [{ at: 2 * pctStart * total - 2, ...low }] : [];
    return [{ at: 0, ...low }, { at: top, ...high }, ...middle, { at: total - 1, ...last }];
  };
  const between = annealStrategy === "cos" ? anneal : (a: number, b: number, share: number) => a + (b - a) * share;
  const along =
    (value: "lr" | "momentum"): Schedule =>
    (progress) => {
      const t = by === "step" ? progress.step : progress.epoch;
      const points = corners(known(totalSteps ?? progress.steps));
      const next = Math.max(
        1,
        points.findIndex(({ at }, i) => i > 0 && t <= at),
      );
      const [from, to] = [points[next - 1]!, points[next]!];
      return between(from[value], to[value], Math.min(1, (t - from.at) / (to.at - from.at)));
    };
  return Object.assign(along("lr"), { momentum: along("momentum") });
}

export type CyclicOptions = By & {
  baseLr: number;
  maxLr: number;
  /** Default 2000. */
  stepSizeUp?: number;
  /** Default stepSizeUp. */
  stepSizeDown?: number;
  /** The height of the triangles: all alike, halved each time, or times γᵗ. Default "triangular". */
  mode?: "triangular" | "triangular2" | "expRange";
  /** Default 1. */
  gamma?: number;
  /** Least momentum, at the greatest rate. Default 0.8. */
  baseMomentum?: number;
  /** Default 0.9. */
  maxMomentum?: number;
};

/**
 * Triangles between baseLr and maxLr, while the momentum moves against the rate.
 *
 * @source Smith 2017, arXiv:1506.01186
 * @example sgd({ lr: cyclicLR({ baseLr: 0.01, maxLr: 0.1, stepSizeUp: 500 }) })
 */
export function cyclicLR(options: CyclicOptions): Cycle {
  const { baseLr, maxLr, stepSizeUp = 2000, stepSizeDown = stepSizeUp, mode = "triangular", gamma = 1, by = "step" } = options;
  const { baseMomentum = 0.8, maxMomentum = 0.9 } = options;
  check("cyclicLR", {
    "stepSizeUp and stepSizeDown are numbers > 0": [
      positive(stepSizeUp) && positive(stepSizeDown),
      `${stepSizeUp}, ${stepSizeDown}`,
    ],
    'mode is "triangular", "triangular2" or "expRange"': [["triangular", "triangular2", "expRange"].includes(mode), mode],
  });
  const size = stepSizeUp + stepSizeDown;
  const height = (t: number): number => {
    const cycle = Math.floor(t / size);
    const within = t - cycle * size;
    const share = within < stepSizeUp ? within / stepSizeUp : (size - within) / stepSizeDown;
    return share * (mode === "triangular" ? 1 : mode === "triangular2" ? power(0.5, cycle) : power(gamma, t));
  };
  return Object.assign(
    schedule(by, (t) => baseLr + (maxLr - baseLr) * height(t)),
    { momentum: schedule(by, (t) => maxMomentum - (maxMomentum - baseMomentum) * height(t)) },
  );
}
