/**
 * Schedules of the learning rate: functions of progress, by PyTorch's names and formulas. `fit` asks them before each step; a loop of
 * one's own sets `optimizer.lr = schedule({ step, steps, epoch })`.
 */
export { chainedLR, sequentialLR } from "./combine.ts";
export { cosineAnnealingLR, cosineAnnealingWarmRestarts } from "./cosine.ts";
export { type Cycle, type CyclicOptions, cyclicLR, type OneCycleOptions, oneCycleLR } from "./cycle.ts";
export {
  constantLR,
  exponentialLR,
  inverseScalingLR,
  inverseTimeLR,
  linearLR,
  multiStepLR,
  polynomialLR,
  stepLR,
} from "./decay.ts";
export { type Plateau, type PlateauOptions, reduceLROnPlateau } from "./plateau.ts";
export type { Unit } from "./rate.ts";
