import { describe, expect, test } from "vitest";
import { compile } from "../../src/graph/compile.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { Linear } from "../../src/nn/layers.ts";
import { mse } from "../../src/nn/losses/index.ts";
import { init, parameters } from "../../src/nn/model.ts";
import { ema, swa, type WeightAverageRule } from "../../src/optim/average.ts";
import { sgd } from "../../src/optim/rules.ts";
import { toTensor } from "../ops/laws.ts";
import { numbers } from "../support/random.ts";

const data = [toTensor(numbers([7, 5], 1)), toTensor(numbers([7, 3], 2))] as const;

function made(rule: WeightAverageRule, accumulate = 1) {
  const model = init(new Linear(5, 3), { seed: 1 });
  const optimizer = sgd({ lr: 0.1, accumulate }).for(model);
  const average = rule.for(optimizer);
  const step = (x: Tensor, y: Tensor) => {
    optimizer.minimize(mse(model.forward(x), y));
    average.update();
  };
  const weights = () => [...parameters(model).values()].flatMap((parameter) => [...parameter.data()]);
  return { model, optimizer, average, step, weights };
}

/** The rate at which the t-th weights, from 1, enter. */
const rates: readonly (readonly [WeightAverageRule, (t: number) => number])[] = [
  [ema({ decay: 0.75 }), (t) => (t === 1 ? 1 : 0.25)],
  [swa(), (t) => 1 / t],
];

describe.each(rates)("$name", (rule, rate) => {
  test("averages the weights after each step, eager and compiled to the same bits", () => {
    const [eager, compiled] = [made(rule), made(rule)];
    const step = compile(compiled.step);
    const mean = new Float64Array(18);
    for (let t = 1; t <= 6; ++t) {
      eager.step(...data);
      step(...data);
      for (const [i, w] of eager.weights().entries()) mean[i] = mean[i]! + rate(t) * (w - mean[i]!);
    }
    const last = eager.weights();
    eager.average.swap();
    compiled.average.swap();
    expect(compiled.weights()).toEqual(eager.weights());
    for (const [i, w] of eager.weights().entries()) expect(Math.abs(w - mean[i]!)).toBeLessThan(6 * 2 ** -23);
    eager.average.swap();
    expect(eager.weights()).toEqual(last);
    expect(eager.average.step).toBe(6);
  });

  test("takes weights once a step where gradients are gathered", () => {
    const [parts, plain] = [made(rule, 2), made(rule)];
    for (let i = 0; i < 6; ++i) parts.step(...data);
    for (let i = 0; i < 3; ++i) plain.step(...data);
    expect(parts.average.step).toBe(3);
    parts.average.swap();
    plain.average.swap();
    expect(parts.weights()).toEqual(plain.weights());
  });
});

test("use puts the average in for as long as it is used, even when that fails", async () => {
  const { average, step, weights } = made(ema({ decay: 0.5 }));
  for (let i = 0; i < 3; ++i) step(...data);
  const own = weights();
  const averaged = average.use(weights);
  expect(averaged).not.toEqual(own);
  expect(weights()).toEqual(own);
  const later = average.use(async () => {
    await Promise.resolve();
    return weights();
  });
  expect(weights()).toEqual(averaged);
  expect(await later).toEqual(averaged);
  expect(weights()).toEqual(own);
  expect(() =>
    average.use(() => {
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(weights()).toEqual(own);
});

test("says what it cannot do", () => {
  expect(() => ema({ decay: 1 })).toThrow("ema: decay is from 0 to below 1; got 1");
  expect(() => made(swa()).average.swap()).toThrow("swa: has no average yet — try update() after steps");
});
