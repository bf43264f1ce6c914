/** Optimizers as data: which kernel updates, which slots it keeps, which settings it reads. */
import { ValueError } from "../core/errors.ts";
import type { Parameter } from "../nn/parameter.ts";
import { Optimizer } from "./optimizer.ts";

/** The learning rate as a function of progress: `step` of `steps` in all, and the epoch, all counted from 0. */
export type Schedule = (progress: { step: number; steps: number; epoch: number }) => number;

/** Parameters that other settings hold for, chosen by path. */
export type Group<Options> = Partial<Options> & { match: RegExp | ((path: string, parameter: Parameter) => boolean) };

/** What a kernel reads from memory, in the order of assembly/kernels/optim.ts. */
export type Settings = { weightDecay: number; a: number; b: number; eps: number; flag: number };

/** One optimizer's formula, without any state. */
export type Formula<Options> = {
  readonly name: string;
  /** Kernel and slots for the given settings: plain descent keeps none. */
  readonly update: (options: Options) => { kernel: "sgd" | "sgdPlain" | "adam"; slots: readonly string[] };
  readonly settings: (options: Options) => Settings;
};

type Common = { lr: number | Schedule; weightDecay: number };

/** An optimizer to be: plain data that `fit` takes; `rule.for(model)` makes the one of a hand-written loop. */
export type Rule = {
  readonly name: string;
  /** All settings, defaults filled in. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The learning rate, or how it changes. */
  readonly lr: number | Schedule;
  /** The optimizer of one model's parameters. */
  for(model: object): Optimizer;
};

function checkRate(where: string, lr: number | Schedule): void {
  if (typeof lr === "number" && !(lr >= 0 && lr < Infinity)) throw new ValueError(where, "lr is a number ≥ 0", String(lr));
}

function rule<Options extends Common>(formula: Formula<Options>, defaults: Options) {
  return (given: Partial<Options> & { groups?: readonly Group<Options>[] } = {}): Rule => {
    const { groups = [], ...own } = given;
    const options: Options = { ...defaults, ...own };
    for (const { lr } of [options, ...groups]) if (lr !== undefined) checkRate(formula.name, lr);
    return {
      name: formula.name,
      options: { ...options, groups },
      lr: options.lr,
      for: (model) => new Optimizer(formula, options, groups, model),
    };
  };
}

export type SgdOptions = Common & { momentum: number; dampening: number; nesterov: boolean };

/**
 * Stochastic gradient descent, with momentum if asked: v ← momentum·v + (1 − dampening)·g, w ← w − lr·v, or with Nesterov's
 * look-ahead w ← w − lr·(g + momentum·v). Weight decay adds weightDecay·w to g.
 *
 * Defaults: lr 0.01, momentum 0, dampening 0, nesterov false, weightDecay 0. `groups` hold other settings for parameters chosen by
 * path.
 *
 * @throws ValueError on a negative learning rate
 * @source Sutskever et al. 2013, PMLR 28, eqs. 3–4, as PyTorch has it
 * @example sgd({ lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 1e-4, groups: [{ match: /bias$/, weightDecay: 0 }] })
 */
export const sgd = rule<SgdOptions>(
  {
    name: "sgd",
    update: ({ momentum }) => (momentum === 0 ? { kernel: "sgdPlain", slots: [] } : { kernel: "sgd", slots: ["momentum"] }),
    settings: ({ weightDecay, momentum, dampening, nesterov }) => ({
      weightDecay,
      a: momentum,
      b: dampening,
      eps: 0,
      flag: nesterov ? 1 : 0,
    }),
  },
  { lr: 0.01, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 },
);

export type AdamOptions = Common & { betas: readonly [number, number]; eps: number };

/**
 * Adam: running means of g and g², both corrected for their start at 0; ε is added outside the root. Weight decay adds weightDecay·w
 * to g.
 *
 * Defaults: lr 0.001, betas [0.9, 0.999], eps 1e-8, weightDecay 0.
 *
 * @throws ValueError on a negative learning rate
 * @source Kingma & Ba 2015, arXiv:1412.6980, Algorithm 1
 * @example adam({ lr: 2e-4, betas: [0.5, 0.999] })
 */
export const adam = rule<AdamOptions>(
  {
    name: "adam",
    update: () => ({ kernel: "adam", slots: ["m", "v"] }),
    settings: ({ weightDecay, betas: [a, b], eps }) => ({ weightDecay, a, b, eps, flag: 0 }),
  },
  { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 },
);
