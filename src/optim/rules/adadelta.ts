import { descentKernels } from "../../wasm/kernels.gen.ts";
import { type Common, type Given, type Rule, rule } from "../rule.ts";

export type AdadeltaOptions = Common & { rho: number; eps: number };

/**
 * AdaDelta: steps in the units of the weights. v ← ρ·v + (1 − ρ)·g², d = √(u + ε) / √(v + ε) · g, ε inside the roots,
 * u ← ρ·u + (1 − ρ)·d², w ← w − lr·d. Weight decay adds weightDecay·w to g.
 *
 * Defaults: lr 1, rho 0.9, eps 1e-6, weightDecay 0.
 *
 * @throws ValueError on an option out of range
 * @source Zeiler 2012, arXiv:1212.5701, Algorithm 1
 * @example adadelta({ rho: 0.95 })
 */
export const adadelta: (options?: Given<AdadeltaOptions>) => Rule = rule<AdadeltaOptions>({
  name: "adadelta",
  kernel: () => descentKernels.adaDelta,
  slots: () => ({ square: 0, step: 0 }),
  bank: ({ weightDecay, rho, eps }) => ({ decay: weightDecay, a: rho, eps }),
  momentum: () => undefined,
  defaults: { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0 },
});
