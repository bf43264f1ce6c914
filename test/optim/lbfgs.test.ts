import { describe, expect, test } from "vitest";
import { constant } from "../../src/nn/initialisers.ts";
import { Linear } from "../../src/nn/layers.ts";
import { mse } from "../../src/nn/losses/index.ts";
import { init } from "../../src/nn/model.ts";
import { Parameter } from "../../src/nn/parameter.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { sum, tanh } from "../../src/ops/index.ts";
import { lbfgs } from "../../src/optim/lbfgs.ts";
import { type Point, strongWolfe } from "../../src/optim/strong-wolfe.ts";
import { toTensor } from "../ops/laws.ts";
import { numbers } from "../support/random.ts";

/** Rosenbrock's valley, whose least value is 0 at 1, …, 1. */
function valley() {
  const model = { p: new Parameter([6], constant(-1)) };
  const loss = () => {
    const { p } = model;
    const rest = p.slice(1).sub(p.slice(0, 5).square()).square().sum().mul(100);
    return p.mul(-1).add(1).square().sum().add(rest);
  };
  return { model, loss };
}

describe("lbfgs", () => {
  test("finds the bottom of Rosenbrock's valley", () => {
    const { model, loss } = valley();
    const optimizer = lbfgs({ lineSearch: "strongWolfe", maxIter: 200, historySize: 10 }).for(model);
    const before = optimizer.minimize(loss).item();
    expect(before).toBeCloseTo(2020 + 4, 0);
    expect(loss().item()).toBeLessThan(1e-6);
    expect(optimizer.step).toBeLessThan(100);
  });

  test("fits a network, call after call, with each kind of step", () => {
    for (const lineSearch of ["strongWolfe", null] as const) {
      const model = init(new Sequential(new Linear(4, 8), tanh, new Linear(8, 1)), { seed: 1 });
      const [x, y] = [toTensor(numbers([16, 4], 1)), toTensor(numbers([16, 1], 2))];
      const optimizer = lbfgs({ lineSearch, lr: lineSearch ? 1 : 0.5, historySize: 20 }).for(model);
      const loss = () => mse(model.forward(x), y);
      const first = optimizer.minimize(loss).item();
      for (let i = 0; i < 10; ++i) optimizer.minimize(loss);
      expect(loss().item(), String(lineSearch)).toBeLessThan(first / 50);
    }
  });

  test("stops where the slope is nothing", () => {
    const model = { p: new Parameter([3], constant(0)) };
    const optimizer = lbfgs().for(model);
    let calls = 0;
    const loss = () => {
      calls += 1;
      return sum(model.p.square());
    };
    expect(optimizer.minimize(loss).item()).toBe(0);
    expect(calls).toBe(1);
  });

  test("says what it cannot take", () => {
    expect(() => lbfgs({ lr: 0 })).toThrow("lbfgs: lr is a number > 0; got 0");
    expect(() => lbfgs({ maxIter: 0 })).toThrow("lbfgs: maxIter, maxEval and historySize are whole numbers ≥ 1");
    expect(() => lbfgs({ lineSearch: "wolfe" as never })).toThrow('lbfgs: lineSearch is "strongWolfe" or null; got wolfe');
    expect(() => lbfgs().for({})).toThrow("lbfgs: found no parameters");
  });
});

describe("strongWolfe", () => {
  /** Along one axis: the gradient is the slope. */
  const along =
    (f: (t: number) => number, slope: (t: number) => number) =>
    (t: number): Point<number> => ({
      ...{ t, loss: f(t), slope: slope(t), gradient: slope(t) },
    });
  const rows: [string, (t: number) => number, (t: number) => number][] = [
    ["a parabola", (t) => (t - 3) ** 2, (t) => 2 * (t - 3)],
    ["a narrow one", (t) => 1000 * (t - 0.01) ** 2, (t) => 2000 * (t - 0.01)],
    ["a far one", (t) => (t - 500) ** 2, (t) => 2 * (t - 500)],
    ["a wave", (t) => Math.cos(t) + t / 10, (t) => 0.1 - Math.sin(t)],
  ];
  test.each(rows)("lowers %s and flattens it", (_, f, slope) => {
    const at = along(f, (t) => (t === 0 && slope(0) > 0 ? -1 : slope(t)));
    const start = at(0);
    const found = strongWolfe(start, 1, at, (length) => length < 1e-9);
    expect(found.loss).toBeLessThanOrEqual(start.loss + 1e-4 * found.t * start.slope);
    expect(Math.abs(found.slope)).toBeLessThanOrEqual(0.9 * Math.abs(start.slope));
  });
});
