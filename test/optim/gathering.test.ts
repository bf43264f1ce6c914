/** What rules do to gradients before they use them, and what goes on from a checkpoint: eager and compiled to the same bits. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/graph/compile.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { adam, adamW, oneCycleLR, type Rule, rmsprop, sgd, stepLR } from "../../src/index.ts";
import { Linear } from "../../src/nn/layers.ts";
import { mse } from "../../src/nn/losses/index.ts";
import { init, parameters } from "../../src/nn/model.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { ones, sum, tanh } from "../../src/ops/index.ts";
import { clipGradNorm, clipGradValue, gradientNorm } from "../../src/optim/clip.ts";
import { gradients } from "../../src/optim/gradients.ts";
import type { Optimizer } from "../../src/optim/optimizer.ts";
import { toTensor } from "../ops/laws.ts";
import { expectSame } from "../support/match.ts";
import { numbers } from "../support/random.ts";

/** Sizes of parameters that are whole vectors and not, in two sections. */
const network = () => init(new Sequential(new Linear(5, 6), tanh, new Linear(6, 3)), { seed: 1 });
const groups = [{ match: /bias$/, weightDecay: 0 }];
const batch = (i: number) => [toTensor(numbers([7, 5], i)), toTensor(numbers([7, 3], 100 + i))] as const;

type Trained = { model: ReturnType<typeof network>; optimizer: Optimizer; step(x: Tensor, y: Tensor): void };

function made(rule: Rule, mode: "eager" | "compiled" = "eager"): Trained {
  const model = network();
  const optimizer = rule.for(model);
  const step = (x: Tensor, y: Tensor) => optimizer.minimize(mse(model.forward(x), y));
  return { model, optimizer, step: mode === "compiled" ? compile(step) : step };
}

function expectEqual(a: object, b: object): void {
  for (const [path, parameter] of parameters(a)) expectSame(path, parameters(b).get(path)!, parameter);
}

function norm64(found: Readonly<Record<string, Tensor>>): number {
  let total = 0;
  for (const gradient of Object.values(found)) for (const value of gradient.data()) total += value * value;
  return Math.sqrt(total);
}

describe("clipping", () => {
  test.each([0.05, 100])("clipNorm: %d is clipGradNorm over all groups", (clipNorm) => {
    const [eager, compiled] = [made(sgd({ lr: 0.1, groups, clipNorm })), made(sgd({ lr: 0.1, groups, clipNorm }), "compiled")];
    const plain = made(sgd({ lr: 0.1, groups }));
    for (let i = 0; i < 5; ++i) {
      eager.step(...batch(i));
      compiled.step(...batch(i));
      const [x, y] = batch(i);
      const found = gradients(mse(plain.model.forward(x), y), plain.model);
      const exact = norm64(found);
      const { gradients: clipped, norm } = clipGradNorm(found, clipNorm);
      plain.optimizer.apply(clipped);
      expect(Math.abs(norm.item() - exact)).toBeLessThan(4e-7 * exact);
      expect(Math.abs(eager.optimizer.gradientNorm - exact)).toBeLessThan(1e-5 * exact); // after steps that differ by roundings
      expect(norm64(clipped)).toBeLessThanOrEqual(Math.min(exact, clipNorm) * (1 + 1e-6));
    }
    expectEqual(eager.model, compiled.model);
    expect(compiled.optimizer.gradientNorm).toBe(eager.optimizer.gradientNorm);
    for (const [path, parameter] of parameters(plain.model)) {
      const other = parameters(eager.model).get(path)!.data();
      // Scaling before or inside the step rounds differently, once a step.
      for (const [i, value] of parameter.data().entries()) expect(Math.abs(value - other[i]!)).toBeLessThan(5 * 2 ** -22);
    }
  });

  test("clipNorm: Infinity measures, and changes nothing", () => {
    const [watched, plain] = [made(adam({ groups, clipNorm: Infinity })), made(adam({ groups }))];
    expect(plain.optimizer.gradientNorm).toBeNaN();
    for (let i = 0; i < 3; ++i) {
      const [x, y] = batch(i);
      const exact = norm64(gradients(mse(watched.model.forward(x), y), watched.model));
      watched.step(x, y);
      plain.step(x, y);
      expect(Math.abs(watched.optimizer.gradientNorm - exact)).toBeLessThan(4e-7 * exact);
    }
    expectEqual(watched.model, plain.model);
  });

  test("clipValue is clipGradValue", () => {
    const [own, given] = [made(adam({ groups, clipValue: 0.01 }), "compiled"), made(adam({ groups }))];
    for (let i = 0; i < 3; ++i) {
      const [x, y] = batch(i);
      own.step(x, y);
      given.optimizer.apply(clipGradValue(gradients(mse(given.model.forward(x), y), given.model), 0.01));
    }
    expectEqual(own.model, given.model);
  });

  test("the norm counts what is reached, not what lies in between", () => {
    const model = network();
    const optimizer = sgd({ lr: 0.1, groups, clipNorm: 1 }).for(model);
    const [first] = parameters(model).values();
    const step = compile(() => optimizer.minimize(sum(first!).mul(2)));
    step();
    expect(optimizer.gradientNorm).toBeCloseTo(2 * Math.sqrt(30), 5);
  });

  test("norms of other kinds", () => {
    const found = { a: toTensor(numbers([3, 2], 1)), b: toTensor(numbers([4], 2)) };
    const all = [...found.a.data(), ...found.b.data()].map(Math.abs);
    const near = (got: Tensor, exact: number) => expect(Math.abs(got.item() - exact)).toBeLessThan(1e-6 * exact);
    near(
      gradientNorm(found, { p: 1 }),
      all.reduce((s, x) => s + x),
    );
    near(gradientNorm(found, { p: Infinity }), Math.max(...all));
    near(gradientNorm(found, { p: 3 }), Math.cbrt(all.reduce((s, x) => s + x ** 3, 0)));
    near(gradientNorm(found), Math.hypot(...all));
  });

  test("says what it cannot take", () => {
    expect(() => clipGradNorm({}, 1)).toThrow("gradientNorm: needs at least one gradient");
    expect(() => clipGradNorm({ a: ones([1]) }, 0)).toThrow("clipGradNorm: maxNorm is a number > 0; got 0");
    expect(() => clipGradValue({ a: ones([1]) }, -1)).toThrow("clipGradValue: clipValue is a number > 0; got -1");
  });
});

describe("accumulate", () => {
  test.each(["eager", "compiled"] as const)("%s: four calls make one step by the mean of four gradients", (mode) => {
    const parts = made(adamW({ groups, accumulate: 4, clipNorm: 0.5 }), mode);
    const whole = made(adamW({ groups, clipNorm: 0.5 }));
    for (let i = 0; i < 8; ++i) {
      const before = parts.model.forward(batch(0)[0]).data();
      parts.step(...batch(i));
      expect(parts.optimizer.step).toBe(Math.floor((i + 1) / 4));
      if (i % 4 !== 3) expect(parts.model.forward(batch(0)[0]).data()).toEqual(before);
    }
    for (const from of [0, 4]) {
      const losses = [0, 1, 2, 3].map((i) => mse(whole.model.forward(batch(from + i)[0]), batch(from + i)[1]));
      whole.optimizer.minimize(losses.reduce((a, b) => a.add(b)).div(4));
    }
    for (const [path, parameter] of parameters(whole.model)) {
      const other = parameters(parts.model).get(path)!.data();
      // Adam's first steps have the size of the rate, whatever the gradient: roundings of g show in them as in g / |g|.
      for (const [i, value] of parameter.data().entries()) expect(Math.abs(value - other[i]!)).toBeLessThan(1e-5);
    }
    expect(Math.abs(parts.optimizer.gradientNorm / whole.optimizer.gradientNorm - 1)).toBeLessThan(1e-5);
  });

  test("eager and compiled give the same bits", () => {
    const [eager, compiled] = [made(adam({ accumulate: 3 })), made(adam({ accumulate: 3 }), "compiled")];
    for (let i = 0; i < 7; ++i) {
      eager.step(...batch(i));
      compiled.step(...batch(i));
    }
    expectEqual(eager.model, compiled.model);
  });

  test("a parameter that one of the gradients does not reach has 0 there", () => {
    const model = { a: new Linear(1, 1), b: new Linear(1, 1) };
    for (const parameter of parameters(model).values()) parameter.set(Float32Array.of(0));
    const optimizer = sgd({ lr: 1, accumulate: 2 }).for(model);
    optimizer.minimize(sum(model.a.weight));
    optimizer.minimize(sum(model.b.weight));
    expect([model.a.weight.item(), model.b.weight.item()]).toEqual([-0.5, -0.5]);
  });
});

describe("options", () => {
  test("follow a schedule, and momentum moves against the rate where it says so", () => {
    const progress = (step: number) => ({ step, steps: 10, epoch: 0 });
    const cycle = oneCycleLR({ maxLr: 1, totalSteps: 10 });
    for (const rule of [sgd({ lr: cycle, momentum: 0.9 }), adam({ lr: cycle }), rmsprop({ lr: cycle, momentum: 0.5 })]) {
      const { optimizer } = made(rule);
      for (const step of [0, 2, 9]) {
        optimizer.follow(progress(step));
        expect([optimizer.lr, optimizer.momentum]).toEqual([cycle(progress(step)), cycle.momentum(progress(step))]);
      }
    }
    const { optimizer } = made(sgd({ lr: stepLR(1, { stepSize: 1, gamma: 0.5 }), groups: [{ match: /bias$/, lr: 0.25 }] }));
    optimizer.follow({ step: 0, steps: 1, epoch: 2 });
    expect(optimizer.lr).toBe(0.25);
    expect(() => (optimizer.momentum = 0.5)).toThrow("sgd: has no momentum to change");
  });

  test("say what they cannot be", () => {
    const mistakes: [() => Rule, string][] = [
      [() => adam({ lr: -1 }), "adam: lr is a number ≥ 0 or a schedule; got -1"],
      [() => adam({ betas: [0.9, 1] }), "adam: betas is a pair of numbers from 0 to below 1; got 0.9,1"],
      [() => adam({ learningRate: 1 } as never), "adam: has no option 'learningRate' — try lr, betas, eps, amsgrad, weightDecay"],
      [() => sgd({ clipNorm: 0 }), "sgd: clipNorm is a number > 0; got 0"],
      [() => sgd({ accumulate: 1.5 }), "sgd: accumulate is a whole number ≥ 1; got 1.5"],
      [() => rmsprop({ alpha: 1 }), "rmsprop: alpha is from 0 to below 1; got 1"],
      [() => sgd({ groups: [{ match: /b/, weightDecay: -1 }] }), "sgd: weightDecay is a number ≥ 0; got -1"],
      [() => sgd({ groups: [{ match: /b/, lr: (() => 1) as never }] }), "sgd: a group's lr is a number, which follows"],
    ];
    for (const [make, text] of mistakes) expect(make).toThrow(text);
  });

  test("left undefined are as by default", () => {
    expect(adam({ lr: undefined, eps: undefined } as never).options).toMatchObject({ lr: 1e-3, eps: 1e-8 });
  });
});

describe("state", () => {
  const rules = [sgd({ momentum: 0.9, groups }), adam({ amsgrad: true, groups }), rmsprop({ momentum: 0.9, accumulate: 3 })];
  test.each(rules.map((rule) => [rule.name, rule] as const))("%s goes on bit for bit", (_, rule) => {
    const straight = made(rule);
    for (let i = 0; i < 10; ++i) straight.step(...batch(i));
    const first = made(rule);
    for (let i = 0; i < 5; ++i) first.step(...batch(i));
    const second = made(rule, "compiled");
    for (const [path, parameter] of parameters(first.model)) parameters(second.model).get(path)!.set(parameter);
    second.optimizer.restore(first.optimizer.state());
    for (let i = 5; i < 10; ++i) second.step(...batch(i));
    expectEqual(straight.model, second.model);
    expect(second.optimizer.step).toBe(straight.optimizer.step);
  });

  test("of another rule or model changes nothing", () => {
    const { optimizer } = made(adam());
    const before = optimizer.state();
    expect(() => optimizer.restore(made(sgd({ momentum: 0.9 })).optimizer.state())).toThrow(
      "adam: the state needs 'layers.0.weight:mean'",
    );
    expect(() => optimizer.restore({ ...before, more: new Float32Array(1) })).toThrow(
      "adam: the state belongs to another model or rule; got 'more'",
    );
    expect(() => optimizer.restore({ ...before, settings: new Uint8Array(3) })).toThrow("adam: the state needs 'settings'");
    expect(optimizer.state()).toEqual(before);
  });
});
