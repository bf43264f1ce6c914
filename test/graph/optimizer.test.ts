/** Optimizers inside a step: eager and compiled to the same bits, and to PyTorch's formulas computed in f64. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/graph/compile.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { constant } from "../../src/nn/initialisers.ts";
import { Linear } from "../../src/nn/layers.ts";
import { crossEntropy, mse } from "../../src/nn/losses/index.ts";
import { init, parameters } from "../../src/nn/model.ts";
import { Parameter } from "../../src/nn/parameter.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { add, mul, ones, sum, tanh } from "../../src/ops/index.ts";
import { gradients } from "../../src/optim/gradients.ts";
import * as rules from "../../src/optim/rules.ts";
import { toTensor } from "../ops/laws.ts";
import { expectClose, expectSame } from "../support/match.ts";
import { type Options, steppers } from "../support/optimizers.ts";
import { numbers } from "../support/random.ts";
import { type Array64, array64 } from "../support/reference.ts";

const { adam, sgd } = rules;
type Rule = rules.Rule;
const STEPS = 20;

/** The parameter after each of the given gradients. */
function follow(name: string, options: Options, first: Array64, steps: readonly Array64[]): Array64 {
  return array64(
    first.shape,
    Array.from(first.data, (value, i) => {
      const update = steppers[name]!(options);
      return steps.reduce((w, step) => update(w, step.data[i]!), value);
    }),
  );
}

const all = Object.fromEntries(Object.entries(rules).filter(([name]) => name in steppers)) as Record<
  string,
  (options?: object) => Rule
>;

test("every rule is known here, and follows a formula of its own name", () => {
  expect(Object.keys(rules).sort()).toEqual(Object.keys(steppers).sort());
  for (const [name, rule] of Object.entries(all)) expect(rule().name).toBe(name);
});

/** Each rule as it is by default, then every variant it has. */
const rows: readonly (readonly [name: string, options: Options])[] = [
  ...Object.keys(steppers).map((name) => [name, {}] as const),
  ["sgd", { lr: 0.1, weightDecay: 0.01 }],
  ["sgd", { lr: 0.1, momentum: 0.9 }],
  ["sgd", { lr: 0.1, momentum: 0.9, dampening: 0.5 }],
  ["sgd", { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 }],
  ["adagrad", { lr: 0.1, lrDecay: 0.1, initialAccumulatorValue: 0.1, eps: 1e-6, weightDecay: 0.01 }],
  ["rmsprop", { lr: 0.02, alpha: 0.9, weightDecay: 0.01 }],
  ["rmsprop", { lr: 0.02, alpha: 0.9, momentum: 0.8, eps: 1e-3 }],
  ["rmsprop", { lr: 0.02, alpha: 0.9, momentum: 0.8, centered: true, eps: 1e-2 }],
  ["rmsprop", { lr: 0.02, alpha: 0.9, centered: true, eps: 1e-2 }],
  ["adadelta", { lr: 0.5, rho: 0.95, eps: 1e-4, weightDecay: 0.01 }],
  ["adam", { lr: 0.02, betas: [0.5, 0.99], weightDecay: 0.01 }],
  ["adam", { lr: 0.02, betas: [0.9, 0.9], amsgrad: true }],
  ["adamW", { lr: 0.02, weightDecay: 0.2, amsgrad: true }],
  ["adamax", { lr: 0.02, betas: [0.8, 0.95], weightDecay: 0.05 }],
  ["nadam", { lr: 0.02, betas: [0.8, 0.99], momentumDecay: 0.01, weightDecay: 0.05 }],
  ["radam", { lr: 0.02, betas: [0.9, 0.95], weightDecay: 0.05 }],
  ["lion", { lr: 0.02, betas: [0.9, 0.9], weightDecay: 0.1 }],
];

/** Sizes that end within a vector, and one that threads share. */
describe.each([
  [3, 2],
  [5, 7],
  [200, 33],
])("%i × %i", (inputs, outputs) => {
  const shapes = { weight: [inputs, outputs], bias: [outputs] };
  const first = { weight: numbers(shapes.weight, 1), bias: numbers(shapes.bias, 2) };
  const steps = Array.from({ length: STEPS }, (_, i) => ({
    weight: numbers(shapes.weight, 10 + i),
    bias: numbers(shapes.bias, 50 + i),
  }));

  function made(rule: Rule) {
    const model = new Linear(inputs, outputs);
    model.weight.set(toTensor(first.weight));
    model.bias!.set(toTensor(first.bias));
    const optimizer = rule.for(model);
    /** The gradients of this loss are its arguments. */
    const step = (weight: Tensor, bias: Tensor) =>
      optimizer.minimize(add(sum(mul(model.weight, weight)), sum(mul(model.bias!, bias))));
    return { model, optimizer, step };
  }
  type Made = ReturnType<typeof made>;

  test.each(rows)("%s %o", (name, options) => {
    const [eager, compiled, applied] = [0, 1, 2].map(() => made(all[name]!(options))) as [Made, Made, Made];
    const step = compile(compiled.step);
    for (const { weight, bias } of steps) {
      eager.step(toTensor(weight), toTensor(bias));
      step(toTensor(weight), toTensor(bias));
      applied.optimizer.apply({ weight: toTensor(weight), bias: toTensor(bias) });
    }
    expect([eager.optimizer.step, compiled.optimizer.step]).toEqual([STEPS, STEPS]);
    for (const part of ["weight", "bias"] as const) {
      const expected = follow(
        name,
        options,
        first[part],
        steps.map((one) => one[part]),
      );
      // Each step rounds the parameter, the slots and the update: 8 units of the largest of them.
      const tolerance = STEPS * 8 * 2 ** -24 * Math.max(2, ...expected.data.map(Math.abs));
      expectClose(part, eager.model[part]!, expected, tolerance);
      expectSame(`compiled ${part}`, compiled.model[part]!, eager.model[part]!);
      expectSame(`applied ${part}`, applied.model[part]!, eager.model[part]!);
    }
  });
});

describe("settings", () => {
  const one = () => {
    const model = new Linear(1, 1);
    model.weight.set(Float32Array.of(0));
    model.bias!.set(Float32Array.of(0));
    return model;
  };
  /** Gradients of 1 everywhere. */
  const slope = (model: Linear) => add(sum(model.weight), sum(model.bias!));

  test("groups by path and by function, the first that matches", () => {
    const model = one();
    const rule = sgd({
      lr: 1,
      groups: [
        { match: /bias$/, lr: 0.5 },
        { match: () => true, lr: 0.25 },
      ],
    });
    rule.for(model).minimize(slope(model));
    expect([model.weight.item(), model.bias!.item()]).toEqual([-0.25, -0.5]);
  });

  test("weight decay of some only", () => {
    const model = one();
    model.weight.set(Float32Array.of(1));
    model.bias!.set(Float32Array.of(1));
    sgd({ lr: 1, weightDecay: 0.5, groups: [{ match: /bias$/, weightDecay: 0 }] })
      .for(model)
      .minimize(mul(slope(model), 0.25));
    expect([model.weight.item(), model.bias!.item()]).toEqual([0.25, 0.75]);
  });

  test("a compiled step reads the learning rate anew, groups in proportion", () => {
    const model = one();
    const optimizer = sgd({ lr: 1, groups: [{ match: /bias$/, lr: 0.5 }] }).for(model);
    let traces = 0;
    const step = compile(() => {
      traces += 1;
      optimizer.minimize(slope(model));
    });
    step();
    optimizer.lr = 0.5;
    step();
    expect([model.weight.item(), model.bias!.item(), traces]).toEqual([-1.5, -0.75, 1]);
  });

  test("parameters that the loss does not reach are left alone", () => {
    const model = one();
    model.bias!.set(Float32Array.of(3));
    for (const rule of [
      sgd({ lr: 1, weightDecay: 0.5 }),
      sgd({ lr: 1, momentum: 0.9, weightDecay: 0.5 }),
      adam({ lr: 1, weightDecay: 0.5 }),
    ]) {
      const optimizer = rule.for(model);
      for (let i = 0; i < 3; ++i) optimizer.minimize(sum(model.weight));
      compile(() => optimizer.minimize(sum(model.weight)))();
      expect(model.bias!.item(), rule.name).toBe(3);
    }
  });
});

describe("models and optimizers", () => {
  const data = [toTensor(numbers([6, 4], 70)), toTensor(numbers([6, 2], 71))] as const;
  const network = (seed: number) => init(new Sequential(new Linear(4, 5), tanh, new Linear(5, 2)), { seed });

  test("apply(gradients(loss, model)) is minimize(loss)", () => {
    const [one, two] = [network(1), network(1)];
    const [a, b] = [adam().for(one), adam().for(two)];
    const applied = compile((x: Tensor, y: Tensor) => b.apply(gradients(mse(two.forward(x), y), two)));
    for (let i = 0; i < 3; ++i) {
      a.minimize(mse(one.forward(data[0]), data[1]));
      applied(...data);
    }
    for (const [path, parameter] of parameters(one)) expectSame(path, parameters(two).get(path)!, parameter);
  });

  test("two models in one step: each optimizer changes its own", () => {
    const build = () => {
      const [g, d] = [network(2), init(new Linear(2, 1), { seed: 3 })];
      const [optG, optD] = [adam({ lr: 0.1 }).for(g), sgd({ lr: 0.1 }).for(d)];
      const step = (x: Tensor) => {
        const fake = g.forward(x);
        const dLoss = sum(d.forward(fake));
        optD.minimize(dLoss);
        const gLoss = sum(d.forward(fake));
        optG.minimize(gLoss);
        return { dLoss, gLoss };
      };
      return { g, d, step };
    };
    const [eager, compiled] = [build(), build()];
    const before = eager.g.forward(data[0]).data();
    const step = compile(compiled.step);
    for (let i = 0; i < 3; ++i) {
      const [expected, found] = [eager.step(data[0]), step(data[0])];
      expectSame("dLoss", found.dLoss, expected.dLoss);
      expectSame("gLoss", found.gLoss, expected.gLoss);
    }
    for (const name of ["g", "d"] as const) {
      for (const [path, parameter] of parameters(eager[name])) expectSame(path, parameters(compiled[name]).get(path)!, parameter);
    }
    expect(eager.g.forward(data[0]).data()).not.toEqual(before);
  });

  test("two optimizers over one model: the later owns it, and compiled steps of the earlier say so", () => {
    const model = network(4);
    const first = sgd({ lr: 0.1 }).for(model);
    const step = compile((x: Tensor, y: Tensor) => first.minimize(mse(model.forward(x), y)));
    step(...data);
    const before = model.forward(data[0]).data();
    const second = sgd({ lr: 0.1 }).for(model);
    expect(model.forward(data[0]).data()).toEqual(before);
    expect(() => step(...data)).toThrow("belongs to an optimizer that was made later");
    expect(model.forward(data[0]).data()).toEqual(before);
    second.minimize(mse(model.forward(data[0]), data[1]));
    expect(model.forward(data[0]).data()).not.toEqual(before);
  });

  test("parameters that share one gradient each take their step", () => {
    const build = () => {
      const model = { a: new Parameter([3], constant(1)), b: new Parameter([3], constant(2)), c: new Parameter([3], constant(3)) };
      const optimizer = sgd({ lr: 1 }).for(model);
      return { model, step: () => optimizer.minimize(sum(add(add(model.a, model.b), model.c))) };
    };
    const [eager, compiled] = [build(), build()];
    eager.step();
    compile(compiled.step)();
    for (const { model } of [eager, compiled]) {
      expect([model.a, model.b, model.c].map((x) => x.toArray())).toEqual([
        [0, 0, 0],
        [1, 1, 1],
        [2, 2, 2],
      ]);
    }
  });

  test("a value computed before a compiled step cannot be differentiated after it", () => {
    const model = network(6);
    const optimizer = sgd({ lr: 0.1 }).for(model);
    const step = compile((x: Tensor, y: Tensor) => optimizer.minimize(mse(model.forward(x), y)));
    step(...data); // compiled before, so that it is the run that counts
    const loss = mse(model.forward(data[0]), data[1]);
    step(...data);
    expect(() => optimizer.minimize(loss)).toThrow("was computed before a parameter");
  });

  test("a bad label changes nothing", () => {
    const model = network(5);
    const optimizer = adam({ lr: 0.1 }).for(model);
    const step = compile((x: Tensor, y: Tensor) => optimizer.minimize(crossEntropy(model.forward(x), y)));
    const x = ones([3, 4]);
    step(x, [0, 1, 1]);
    const before = [...parameters(model).values()].map((parameter) => parameter.data());
    expect(() => step(x, [0, 1, 2])).toThrow("got 2 in row 2");
    expect([...parameters(model).values()].map((parameter) => parameter.data())).toEqual(before);
    expect(optimizer.step).toBe(1);
    step(x, [0, 1, 1]);
    expect(optimizer.step).toBe(2);
  });
});
