/** What an optimizer is as data: a kernel, its slots, its settings. `rule` makes of it the function that users call. */
import { ValueError } from "../core/errors.ts";
import type { Parameter } from "../nn/parameter.ts";
import type { Kernel } from "../wasm/kernel.ts";
import type { Operands } from "../wasm/kernels.gen.ts";
import { Optimizer } from "./optimizer.ts";

/** How far a training is: `step` of `steps` in all, and the epoch, all counted from 0. */
export type Progress = { step: number; steps: number; epoch: number };

/** The learning rate as a function of progress; some have the momentum move against it. */
export type Schedule = ((progress: Progress) => number) & {
  readonly momentum?: (progress: Progress) => number;
  /** Is told the validation loss, or else the training loss, after each epoch of `fit`. */
  observe?(loss: number): void;
  /** What it goes on from, where it remembers something. */
  state?(): Readonly<Record<string, number>>;
  /** Goes on from what `state` gave. */
  restore?(state: Readonly<Record<string, number>>): void;
};

/** What every rule has. */
export type Common = {
  /** The learning rate, or how it changes. */
  lr: number | Schedule;
  weightDecay: number;
};

/** Parameters that other settings hold for, chosen by path. Their learning rate is a number, which follows the optimizer's in proportion. */
export type Group<Options> = Partial<Omit<Options, "lr">> & {
  match: RegExp | ((path: string, parameter: Parameter) => boolean);
  lr?: number;
};

/** What holds for all parameters alike, whatever the rule. */
export type Whole = {
  /** The largest size of a gradient's element; larger ones are cut. Default: any. */
  clipValue?: number;
  /** The largest norm of all gradients together, after `clipValue`; larger ones are scaled down. Infinity only measures. Default: any. */
  clipNorm?: number;
  /** Gradients whose mean a step takes: so many calls to `minimize` make one step. Default 1. */
  accumulate?: number;
};

/** What a rule is called with. */
export type Given<Options> = Partial<Options> & Whole & { groups?: readonly Group<Options>[] };

/** Options that hold for all parameters alike. */
const WHOLE = ["clipNorm", "clipValue", "accumulate", "groups"];

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

/** What every update is given: see assembly/kernels/descent.ts. */
type UpdateOperands<Ref> = {
  w: Ref;
  g: Ref;
  first: Ref;
  second: Ref;
  third: Ref;
  settings: Ref;
  section: number;
  from: number;
  ticks: number;
};

/** The kernels that take just that. */
export type UpdateKernel = Kernel<
  { [K in keyof Operands<object>]: Operands<object>[K] extends UpdateOperands<object> ? K : never }[keyof Operands<object>]
>;

/** Settings that a kernel reads: assembly/update/settings.ts. What is left out is 0. */
export type Bank = { decay?: number; shrink?: number; eps?: number; a?: number; b?: number; c?: number; flag?: number };

export type Slots = Readonly<Record<string, number | undefined>>;

/** One optimizer's formula, without any state. */
export type Formula<Options extends Common> = {
  readonly name: string;
  /** Called when it is needed, so that bundlers can leave out rules, and kernels, that nobody uses. */
  readonly kernel: () => UpdateKernel;
  /** State beside each parameter, by name, with its first value: at most three, in the kernel's order; undefined where it is not used. */
  readonly slots: (options: Options) => Slots;
  readonly bank: (options: Options) => Bank;
  /** Where the bank holds what moves against the learning rate in a cycle, if anything does. */
  readonly momentum: (options: Options) => keyof Bank | undefined;
  readonly defaults: Options;
};

/** Settings of one group, as the engine needs them. */
export type SectionPlan = {
  readonly match: Group<Common>["match"];
  /** Its own, if it has one. */
  readonly lr: number | undefined;
  readonly slots: Slots;
  readonly bank: Bank;
  readonly momentum: keyof Bank | undefined;
};

/** An optimizer to be, as the engine needs it. */
export type Plan = {
  readonly name: string;
  readonly kernel: UpdateKernel;
  readonly lr: number | Schedule;
  readonly whole: Required<Whole> & { readonly measures: boolean };
  /** The first that matches a parameter holds for it; the last one matches all. */
  readonly sections: readonly SectionPlan[];
};

const isRate = (value: unknown): boolean => typeof value === "number" && value >= 0 && value < Infinity;
const isShare = (value: unknown): boolean => typeof value === "number" && value >= 0 && value < 1;
const isBound = (value: unknown): boolean => typeof value === "number" && value > 0;

/** What the options of all rules have to be, by name. */
const REQUIRED: Readonly<Record<string, readonly [rule: string, holds: (value: unknown) => boolean]>> = {
  lr: ["is a number ≥ 0 or a schedule", (value) => typeof value === "function" || isRate(value)],
  weightDecay: ["is a number ≥ 0", isRate],
  momentum: ["is a number ≥ 0", isRate],
  eps: ["is a number ≥ 0", isRate],
  lrDecay: ["is a number ≥ 0", isRate],
  initialAccumulatorValue: ["is a number ≥ 0", isRate],
  momentumDecay: ["is a number ≥ 0", isRate],
  alpha: ["is from 0 to below 1", isShare],
  rho: ["is from 0 to below 1", isShare],
  betas: ["is a pair of numbers from 0 to below 1", (value) => Array.isArray(value) && value.length === 2 && value.every(isShare)],
  clipNorm: ["is a number > 0", isBound],
  clipValue: ["is a number > 0", isBound],
  accumulate: ["is a whole number ≥ 1", (value) => Number.isInteger(value) && Number(value) >= 1],
};

/** Throws on options that the rule does not have, or cannot take. Returns those that are given. */
function checked<T extends object>(name: string, known: readonly string[], options: T): Partial<T> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [option, value] of given) {
    if (!known.includes(option)) throw new ValueError(name, `has no option '${option}'`, undefined, known.join(", "));
    const [text, holds] = REQUIRED[option] ?? ["", () => true];
    if (!holds(value)) throw new ValueError(name, `${option} ${text}`, String(value));
  }
  return Object.fromEntries(given) as Partial<T>;
}

function checkRate(name: string, lr: unknown): void {
  if (lr !== undefined && typeof lr !== "number")
    throw new ValueError(name, "a group's lr is a number, which follows the optimizer's in proportion", typeof lr);
}

/** The function that users call, of an optimizer's formula. */
export function rule<Options extends Common>(formula: Formula<Options>): (options?: Given<Options>) => Rule {
  const { name, kernel, defaults } = formula;
  const own = Object.keys(defaults);
  const plan = (match: SectionPlan["match"], lr: number | undefined, options: Options): SectionPlan => ({
    match,
    lr,
    slots: formula.slots(options),
    bank: formula.bank(options),
    momentum: formula.momentum(options),
  });
  return (wanted = {}) => {
    const given = checked(name, [...own, ...WHOLE], wanted);
    const { groups = [], clipNorm, clipValue = Infinity, accumulate = 1, ...rest } = given;
    const options: Options = { ...defaults, ...(rest as Partial<Options>) };
    const sections = groups.map(({ match, ...group }) => {
      const { lr, ...others } = checked(name, own, group);
      checkRate(name, lr);
      return plan(match, lr, { ...options, ...(others as Partial<Options>) });
    });
    sections.push(plan(() => true, undefined, options));
    const whole = { clipNorm: clipNorm ?? Infinity, clipValue, accumulate, measures: clipNorm !== undefined };
    return {
      name,
      options: { ...options, ...given, groups },
      lr: options.lr,
      for: (model) => new Optimizer({ name, kernel: kernel(), lr: options.lr, whole, sections }, model),
    };
  };
}
