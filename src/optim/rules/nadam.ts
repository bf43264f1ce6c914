import { power } from "../../core/math.ts";
import { momentsKernels } from "../../wasm/kernels.gen.ts";
import { type Common, type Given, type Rule, rule } from "../rule.ts";

export type NadamOptions = Common & { betas: readonly [number, number]; eps: number; momentumDecay: number };

/** How fast the momentum's schedule approaches β₁: a constant of the paper's. */
const SCHEDULE = 0.96;

/**
 * NAdam: Adam with Nesterov's look-ahead. m and v as in `adam`, μₜ = β₁·(1 − ½·0.96^(t·momentumDecay)),
 * w ← w − lr·((1 − μₜ) / (1 − μ₁…μₜ) · g + μₜ₊₁ / (1 − μ₁…μₜ₊₁) · m) / (√(v / (1 − β₂ᵗ)) + ε). Weight decay adds weightDecay·w to g.
 *
 * Defaults: lr 0.002, betas [0.9, 0.999], eps 1e-8, momentumDecay 0.004, weightDecay 0.
 *
 * @throws ValueError on an option out of range
 * @source Dozat 2016, "Incorporating Nesterov Momentum into Adam", as PyTorch 2 has it
 * @example nadam({ lr: 0.001 })
 */
export const nadam: (options?: Given<NadamOptions>) => Rule = rule<NadamOptions>({
  name: "nadam",
  kernel: () => momentsKernels.nAdam,
  slots: () => ({ mean: 0, square: 0 }),
  bank: ({ weightDecay, betas: [a, b], eps, momentumDecay }) => ({
    decay: weightDecay,
    a,
    b,
    c: power(SCHEDULE, momentumDecay),
    eps,
  }),
  momentum: () => "a",
  defaults: { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, momentumDecay: 4e-3, weightDecay: 0 },
});
