import { descentKernels } from "../../wasm/kernels.gen.ts";
import { type Common, type Given, type Rule, rule } from "../rule.ts";

export type AdagradOptions = Common & { lrDecay: number; initialAccumulatorValue: number; eps: number };

/**
 * AdaGrad: rates that shrink by each number's own gradients so far. s ← s + g², w ← w − lr / (1 + (t − 1)·lrDecay) · g / (√s + ε).
 * Weight decay adds weightDecay·w to g.
 *
 * Defaults: lr 0.01, lrDecay 0, initialAccumulatorValue 0 (s before the first step), eps 1e-10, weightDecay 0.
 *
 * @throws ValueError on an option out of range
 * @source Duchi, Hazan & Singer 2011, JMLR 12, as PyTorch has it
 * @example adagrad({ lr: 0.05 })
 */
export const adagrad: (options?: Given<AdagradOptions>) => Rule = rule<AdagradOptions>({
  name: "adagrad",
  kernel: () => descentKernels.adagrad,
  slots: ({ initialAccumulatorValue }) => ({ sum: initialAccumulatorValue }),
  bank: ({ weightDecay, lrDecay, eps }) => ({ decay: weightDecay, a: lrDecay, eps }),
  momentum: () => undefined,
  defaults: { lr: 0.01, lrDecay: 0, initialAccumulatorValue: 0, eps: 1e-10, weightDecay: 0 },
});
