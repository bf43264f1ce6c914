import { sgdKernels } from "../../wasm/kernels.gen.ts";
import { type Common, type Given, type Rule, rule } from "../rule.ts";

export type SgdOptions = Common & { momentum: number; dampening: number; nesterov: boolean };

/**
 * Stochastic gradient descent, with momentum if asked: v ← momentum·v + (1 − dampening)·g (v = g at first), w ← w − lr·v, or with
 * Nesterov's look-ahead w ← w − lr·(g + momentum·v). Weight decay adds weightDecay·w to g.
 *
 * Defaults: lr 0.01, momentum 0, dampening 0, nesterov false, weightDecay 0. `groups` hold other settings for parameters chosen by
 * path.
 *
 * @throws ValueError on an option out of range
 * @source Sutskever et al. 2013, PMLR 28, eqs. 3–4, as PyTorch has it
 * @example sgd({ lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 1e-4, groups: [{ match: /bias$/, weightDecay: 0 }] })
 */
export const sgd: (options?: Given<SgdOptions>) => Rule = rule<SgdOptions>({
  name: "sgd",
  kernel: () => sgdKernels.sgd,
  slots: ({ momentum }) => ({ momentum: momentum === 0 ? undefined : 0 }),
  bank: ({ weightDecay, momentum, dampening, nesterov }) => ({
    decay: weightDecay,
    a: momentum,
    b: dampening,
    flag: momentum === 0 ? -1 : nesterov ? 1 : 0,
  }),
  momentum: ({ momentum }) => (momentum === 0 ? undefined : "a"),
  defaults: { lr: 0.01, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 },
});
