import { momentsKernels } from "../../wasm/kernels.gen.ts";
import { type Common, type Given, type Rule, rule } from "../rule.ts";

export type AdamaxOptions = Common & { betas: readonly [number, number]; eps: number };

/**
 * AdaMax: Adam by the largest gradient instead of the mean square. m ← β₁·m + (1 − β₁)·g, u ← max(β₂·u, |g| + ε),
 * w ← w − lr / (1 − β₁ᵗ) · m / u. Weight decay adds weightDecay·w to g.
 *
 * Defaults: lr 0.002, betas [0.9, 0.999], eps 1e-8, weightDecay 0.
 *
 * @throws ValueError on an option out of range
 * @source Kingma & Ba 2015, arXiv:1412.6980, Algorithm 2; ε is PyTorch's
 * @example adamax({ lr: 0.001 })
 */
export const adamax: (options?: Given<AdamaxOptions>) => Rule = rule<AdamaxOptions>({
  name: "adamax",
  kernel: () => momentsKernels.adaMax,
  slots: () => ({ mean: 0, top: 0 }),
  bank: ({ weightDecay, betas: [a, b], eps }) => ({ decay: weightDecay, a, b, eps }),
  momentum: () => "a",
  defaults: { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 },
});
