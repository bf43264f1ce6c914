import { momentsKernels } from "../../wasm/kernels.gen.ts";
import { type Bank, type Common, type Given, type Rule, rule } from "../rule.ts";

export type AdamOptions = Common & { betas: readonly [number, number]; eps: number; amsgrad: boolean };

/** What Adam and AdamW share is all but where weight decay goes. */
const kernel = () => momentsKernels.adam;
const slots = ({ amsgrad }: AdamOptions) => ({ mean: 0, square: 0, top: amsgrad ? 0 : undefined });
const momentum = () => "a" as const;

function bank(decay: "decay" | "shrink", { weightDecay, betas: [a, b], eps, amsgrad }: AdamOptions): Bank {
  return { [decay]: weightDecay, a, b, eps, flag: amsgrad ? 1 : 0 };
}

/**
 * Adam: m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², w ← w − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε), so ε is added to the
 * corrected root. `amsgrad` puts the largest v so far in v's place there. Weight decay adds weightDecay·w to g.
 *
 * Defaults: lr 0.001, betas [0.9, 0.999], eps 1e-8, amsgrad false, weightDecay 0.
 *
 * @throws ValueError on an option out of range
 * @source Kingma & Ba 2015, arXiv:1412.6980, Algorithm 1; amsgrad: Reddi, Kale & Kumar 2018, arXiv:1904.09237
 * @example adam({ lr: 2e-4, betas: [0.5, 0.999] })
 */
export const adam: (options?: Given<AdamOptions>) => Rule = rule<AdamOptions>({
  name: "adam",
  kernel,
  slots,
  bank: (options) => bank("decay", options),
  momentum,
  defaults: { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, amsgrad: false, weightDecay: 0 },
});

/**
 * AdamW: Adam with weight decay apart from the gradient, w ← (1 − lr·weightDecay)·w before each step of `adam`.
 *
 * Defaults: lr 0.001, betas [0.9, 0.999], eps 1e-8, amsgrad false, weightDecay 0.01.
 *
 * @throws ValueError on an option out of range
 * @source Loshchilov & Hutter 2019, arXiv:1711.05101, Algorithm 2
 * @example adamW({ lr: 3e-4, weightDecay: 0.1, groups: [{ match: /bias$|norm/, weightDecay: 0 }] })
 */
export const adamW: (options?: Given<AdamOptions>) => Rule = rule<AdamOptions>({
  name: "adamW",
  kernel,
  slots,
  bank: (options) => bank("shrink", options),
  momentum,
  defaults: { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, amsgrad: false, weightDecay: 0.01 },
});
