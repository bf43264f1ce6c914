import { momentsKernels } from "../../wasm/kernels.gen.ts";
import { type Common, type Given, type Rule, rule } from "../rule.ts";

export type RadamOptions = Common & { betas: readonly [number, number]; eps: number };

/**
 * RAdam: Adam that begins without dividing, until v rests on enough steps. ρ∞ = 2 / (1 − β₂) − 1, ρₜ = ρ∞ − 2t·β₂ᵗ / (1 − β₂ᵗ).
 * Where ρₜ > 5, w ← w − lr·m / (1 − β₁ᵗ) · r·√(1 − β₂ᵗ) / (√v + ε), r² = (ρₜ − 4)(ρₜ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρₜ), else
 * w ← w − lr·m / (1 − β₁ᵗ). Weight decay adds weightDecay·w to g.
 *
 * Defaults: lr 0.001, betas [0.9, 0.999], eps 1e-8, weightDecay 0.
 *
 * @throws ValueError on an option out of range
 * @source Liu et al. 2020, arXiv:1908.03265, Algorithm 2, with PyTorch's bound of 5
 * @example radam({ lr: 0.001 })
 */
export const radam: (options?: Given<RadamOptions>) => Rule = rule<RadamOptions>({
  name: "radam",
  kernel: () => momentsKernels.rAdam,
  slots: () => ({ mean: 0, square: 0 }),
  bank: ({ weightDecay, betas: [a, b], eps }) => ({ decay: weightDecay, a, b, eps }),
  momentum: () => "a",
  defaults: { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 },
});
