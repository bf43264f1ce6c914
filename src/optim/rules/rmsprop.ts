import { descentKernels } from "../../wasm/kernels.gen.ts";
import { type Common, type Given, type Rule, rule } from "../rule.ts";

export type RmspropOptions = Common & { alpha: number; eps: number; momentum: number; centered: boolean };

/**
 * RMSprop: v ← α·v + (1 − α)·g², w ← w − lr·g / (√v + ε), ε outside the root. `centered` divides by an estimate of the deviation
 * instead: a running mean of g is taken from it, √(v − mean²). With momentum, b ← momentum·b + g / (√v + ε) and w ← w − lr·b.
 * Weight decay adds weightDecay·w to g.
 *
 * Defaults: lr 0.01, alpha 0.99, eps 1e-8, momentum 0, centered false, weightDecay 0.
 *
 * @throws ValueError on an option out of range
 * @source Tieleman & Hinton 2012, "Lecture 6.5"; centered: Graves 2013, arXiv:1308.0850, eqs. 38–45
 * @example rmsprop({ lr: 0.001, momentum: 0.9 })
 */
export const rmsprop: (options?: Given<RmspropOptions>) => Rule = rule<RmspropOptions>({
  name: "rmsprop",
  kernel: () => descentKernels.rmsProp,
  slots: ({ momentum, centered }) => ({
    square: 0,
    mean: centered ? 0 : undefined,
    momentum: momentum === 0 ? undefined : 0,
  }),
  bank: ({ weightDecay, alpha, eps, momentum, centered }) => ({
    decay: weightDecay,
    a: alpha,
    b: momentum,
    eps,
    flag: centered ? 1 : 0,
  }),
  momentum: ({ momentum }) => (momentum === 0 ? undefined : "b"),
  defaults: { lr: 0.01, alpha: 0.99, eps: 1e-8, momentum: 0, centered: false, weightDecay: 0 },
});
