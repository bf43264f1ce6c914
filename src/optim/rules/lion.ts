import { descentKernels } from "../../wasm/kernels.gen.ts";
import { type Common, type Given, type Rule, rule } from "../rule.ts";

export type LionOptions = Common & { betas: readonly [number, number] };

/**
 * Lion: steps of one size, by the sign of a mean. w ← (1 − lr·weightDecay)·w, w ← w − lr·sign(β₁·m + (1 − β₁)·g),
 * m ← β₂·m + (1 − β₂)·g. Its rate should be 3 to 10 times smaller than Adam's, its weight decay as much larger.
 *
 * Defaults: lr 1e-4, betas [0.9, 0.99], weightDecay 0.
 *
 * @throws ValueError on an option out of range
 * @source Chen et al. 2023, arXiv:2302.06675, Algorithm 2
 * @example lion({ lr: 1e-4, weightDecay: 0.1 })
 */
export const lion: (options?: Given<LionOptions>) => Rule = rule<LionOptions>({
  name: "lion",
  kernel: () => descentKernels.lion,
  slots: () => ({ mean: 0 }),
  bank: ({ weightDecay, betas: [a, b] }) => ({ shrink: weightDecay, a, b }),
  momentum: () => "a",
  defaults: { lr: 1e-4, betas: [0.9, 0.99], weightDecay: 0 },
});
