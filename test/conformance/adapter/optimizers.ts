/** 09: optimizers on small problems, and clipping. */

import type { Rule, Tensor } from "../../../src/index.ts";
import * as nabla from "../../../src/index.ts";
import { type Case, isNumbers, type Plain } from "../cases.ts";
import { compare, type Finding, type Got } from "../compare.ts";
import { type Mode, tensorOf } from "../run.ts";
import type { Adapters } from "./adapter.ts";

const camel = (text: string): string => text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** What is not an option of the rule. */
const REST = ["optimizer", "clip", "problem", "steps", "record_at"];
const RULES: Readonly<Record<string, (options: never) => Rule>> = {
  ...{ sgd: nabla.sgd, adagrad: nabla.adagrad, rmsprop: nabla.rmsprop, adadelta: nabla.adadelta, lion: nabla.lion },
  ...{ adam: nabla.adam, adamw: nabla.adamW, adamax: nabla.adamax, nadam: nabla.nadam, radam: nabla.radam },
};
const VALUES: Readonly<Record<string, string>> = { strong_wolfe: "strongWolfe" };
const OWN: Readonly<Record<string, string>> = { line_search_fn: "lineSearch" };

type Clip = { readonly type: string; readonly max_norm?: number; readonly clip_value?: number };

function optionsOf({ config }: Case): Record<string, unknown> {
  const own = Object.entries(config).filter(([name]) => !REST.includes(name));
  const clip = config.clip as Clip | null;
  return {
    ...Object.fromEntries(
      own.map(([name, value]) => [OWN[name] ?? camel(name), typeof value === "string" ? (VALUES[value] ?? value) : value]),
    ),
    ...(clip?.type === "norm" && { clipNorm: clip.max_norm }),
    ...(clip?.type === "value" && { clipValue: clip.clip_value }),
  };
}

function input(of: Case, name: string): Tensor {
  const value = of.inputs[name];
  if (!isNumbers(value)) throw new Error(`the case has no '${name}'`);
  return tensorOf(value);
}

/** The case's function of the parameters; where gradients are given, one whose gradient is that of the step. */
function problemOf(of: Case): (p: Tensor, step: Tensor) => Tensor {
  const { problem } = of.config;
  if (problem === "quadratic") {
    const [a, b] = [input(of, "A"), input(of, "b")];
    return (p) =>
      p
        .mul(a.matmul(p.reshape([p.size, 1])).reshape([p.size]))
        .sum()
        .mul(0.5)
        .sub(b.mul(p).sum());
  }
  if (problem === "nonconvex") {
    return (p) => {
      const valley = p
        .slice(1)
        .sub(p.slice(0, p.size - 1).square())
        .square()
        .sum()
        .mul(2);
      return p.mul(-1).add(1).square().sum().add(valley).add(p.mul(3).sin().sum().mul(0.5));
    };
  }
  const g = input(of, "g");
  return (p, step) => p.mul(g.gather(step.cast("i32")).reshape(p.shape)).sum();
}

type Model = { p: nabla.Parameter };

function modelOf(of: Case): Model {
  const start = input(of, "p");
  const p = new nabla.Parameter(start.shape, nabla.constant(0));
  p.set(start);
  return { p };
}

type Run = { recorded: number[][]; loss: number[]; final: number };

/** Calls `step` so often, which gives the loss before; records the parameters where the case asks for them. */
function follow(of: Case, { p }: Model, step: (t: number) => Tensor, loss: () => Tensor): Run {
  const recordAt = of.config.record_at as readonly number[];
  const run: Run = { recorded: [], loss: [], final: 0 };
  for (let t = 0; t < Number(of.config.steps); ++t) {
    run.loss.push(step(t).item());
    if (recordAt.includes(t + 1)) run.recorded.push([...p.data()]);
  }
  run.final = loss().item();
  return run;
}

function byRule(of: Case, name: string, mode: Mode): Run {
  const make = RULES[name];
  if (!make) throw new Error(`${name} is not offered`);
  const model = modelOf(of);
  const optimizer = make(optionsOf(of) as never).for(model);
  const problem = problemOf(of);
  const step = (t: Tensor): Tensor => {
    const loss = problem(model.p, t);
    optimizer.minimize(loss);
    return loss;
  };
  const taken = mode === "compiled" ? nabla.compile(step) : step;
  const zero = nabla.tensor([0]);
  return follow(
    of,
    model,
    (t) => taken(nabla.tensor([t])),
    () => problem(model.p, zero),
  );
}

function byClosure(of: Case): Run {
  const model = modelOf(of);
  const optimizer = nabla.lbfgs(optionsOf(of)).for(model);
  const problem = problemOf(of);
  const loss = () => problem(model.p, model.p);
  return follow(of, model, () => optimizer.minimize(loss), loss);
}

/** "Require only final_loss not above the reference by more than 1e-3·max(1, |reference|)." */
function acceptLoose(of: Case, numbers: Readonly<Record<string, Got>>): Finding[] {
  const [want, got] = [numberOf(of.outputs.final_loss), numberOf(numbers["outputs.final_loss"])];
  const multiple = Math.max(0, (got - want) / (1e-3 * Math.max(1, Math.abs(want))));
  return [{ place: "outputs.final_loss", multiple, relative: multiple, detail: `got ${got}, expected ${want}` }];
}

function numberOf(value: Got | Plain | undefined): number {
  return typeof value === "number" ? value : Number((value as { data: ArrayLike<number> }).data[0]);
}

export const optimizers: Adapters = {
  optimizer: {
    run(of, mode) {
      const name = String(of.config.optimizer);
      const { recorded, loss, final } = name === "lbfgs" ? byClosure(of) : byRule(of, name, mode);
      return {
        p: { shape: [recorded.length, recorded[0]!.length], data: recorded.flat() },
        ...(of.outputs.loss !== undefined && { loss: { shape: [loss.length], data: loss } }),
        ...(of.outputs.final_loss !== undefined && { final_loss: { shape: [], data: [final] } }),
      };
    },
    accept(of, numbers) {
      if (of.tags.includes("loose")) return acceptLoose(of, numbers);
      return Object.entries(of.outputs).map(([name, want]) => {
        const place = `outputs.${name}`;
        return compare(place, numbers[place], want, of.toleranceOf(place));
      });
    },
  },
  clip_grad_norm: (tensors, { max_norm, norm_type }) => {
    const { gradients, norm } = nabla.clipGradNorm(tensors, Number(max_norm), {
      p: Number(norm_type === "inf" ? Infinity : norm_type),
    });
    return { ...gradients, total_norm: norm };
  },
  clip_grad_value: (tensors, { clip_value }) => nabla.clipGradValue(tensors, Number(clip_value)),
};
