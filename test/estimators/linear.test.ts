import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { leastSquares } from "../../src/estimators/least-squares.ts";
import {
  LinearRegression,
  LogisticRegression,
  OneVsOne,
  OneVsRest,
  Perceptron,
  StandardScaler,
  tensor,
  ValueError,
} from "../../src/index.ts";

function dataset(name: string) {
  const { data, target } = JSON.parse(readFileSync(new URL(`../fixtures/dataset_${name}.json`, import.meta.url), "utf8"));
  return { x: tensor(Float32Array.from(data.data), { shape: data.shape }), y: target.data as number[] };
}
const iris = dataset("iris");
const scaled = new StandardScaler().fitTransform(iris.x);

function expectNear(got: ArrayLike<number>, want: readonly number[], tolerance: number): void {
  expect(got).toHaveLength(want.length);
  for (const [i, value] of want.entries())
    expect(Math.abs(got[i]! - value), `element ${i}: ${got[i]}, not ${value}`).toBeLessThan(tolerance);
}

describe("LinearRegression", () => {
  test("scikit-learn's coefficients on the diabetes data", async () => {
    const { x, y } = dataset("diabetes");
    const model = await new LinearRegression().fit(x, y);
    const coef = [-10.0098652, -239.81564, 519.845921, 324.384645, -792.175681];
    const rest = [476.739048, 101.043293, 177.063254, 751.273708, 67.626691];
    for (const [i, value] of [...coef, ...rest].entries()) expect(model.coef.data()[i]! / value).toBeCloseTo(1, 5);
    expect(model.intercept.item()).toBeCloseTo(152.133, 3);
    expect(model.score(x, y)).toBeCloseTo(0.517748, 5);
  });

  test("of all solutions the smallest; several outputs; weights; no constant term", async () => {
    const twice = [
      [1, 1],
      [2, 2],
      [3, 3],
    ];
    const model = await new LinearRegression().fit(twice, [2, 4, 6]);
    expectNear(model.coef.data(), [1, 1], 1e-6);
    const both = await new LinearRegression({ fitIntercept: false }).fit(
      [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      [
        [2, 0],
        [0, 3],
        [2, 3],
      ],
    );
    expect(both.coef.shape).toEqual([2, 2]);
    expectNear(both.coef.data(), [2, 0, 0, 3], 1e-6);
    expectNear(both.intercept.data(), [0, 0], 0.1e-6);
    const weighted = await new LinearRegression().fit([[0], [1], [2]], [0, 1, 100], { sampleWeight: [1, 1, 0] });
    expectNear(weighted.predict([[3]]).data(), [3], 1e-5);
    await expect(new LinearRegression().fit([[1], [2]], [1, Number.NaN])).rejects.toThrow(
      /y must hold finite numbers; got NaN in row 1/,
    );
    expect(() => new LinearRegression().predict([[1]])).toThrow(ValueError);
  });

  test("fewer rows than unknowns: the smallest solution, by the normal equations of the rows", () => {
    const a = Float64Array.of(1, 2, 2, 0, 3, 4);
    // aᵀ·(a·aᵀ)⁻¹·b, worked out by hand: a·aᵀ = [[9, 14], [14, 25]], its inverse times [9, 14] is [1, 0].
    expectNear(leastSquares(a, Float64Array.of(9, 14), 2, 3, 1), [1, 2, 2], 1e-12);
  });
});

describe("LogisticRegression", () => {
  test("scikit-learn's coefficients, three classes", async () => {
    const model = await new LogisticRegression().fit(scaled, iris.y);
    const want = [-1.07404, 0.5878, 0.48624, 1.16006, -0.36182, -0.79824, -1.93063, -0.36346, 2.29409, -1.81169, -0.82619, 2.63788];
    expectNear(model.coef.data(), want, 2e-3);
    // Adding one number to all three changes no probability: only differences are determined.
    const [a, b, c] = model.intercept.data() as Float32Array;
    expectNear([b! - a!, c! - a!], [2.07487 + 0.20532, -1.86955 + 0.20532], 4e-3);
  });

  test("two classes have one output", async () => {
    const model = await new LogisticRegression({ C: 0.5 }).fit(scaled.slice(50), iris.y.slice(50));
    expectNear(model.coef.data(), [0.28999, -0.31081, 1.81143, 2.39818], 2e-3);
    expectNear(model.intercept.data(), [-2.91669], 3e-3);
    expect(() => new LogisticRegression({ C: 0 })).toThrow("LogisticRegression: C is a number > 0; got 0");
    expect(() => new LogisticRegression().predict([[1]])).toThrow(/^LogisticRegression\.predict: has learned nothing yet/);
  });
});

describe("Perceptron", () => {
  test("finds a plane where there is one, and ends where there is none", async () => {
    const corners = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    const or = await new Perceptron().fit(corners, [0, 1, 1, 1]);
    expect(or.predict(corners)).toEqual([0, 1, 1, 1]);
    const xor = await new Perceptron({ maxIter: 50 }).fit(corners, ["no", "yes", "yes", "no"]);
    expect(xor.score(corners, ["no", "yes", "yes", "no"])).toBeLessThan(1);
    expect(xor.nIter).toBeLessThanOrEqual(50);
  });

  test("tells one class of three from the rest", async () => {
    const model = await new Perceptron().fit(scaled, iris.y);
    expect(model.coef.shape).toEqual([4, 3]);
    expect(model.score(scaled, iris.y)).toBeGreaterThan(0.8);
  });
});

describe("many classes from classifiers of two", () => {
  test("OneVsRest has a classifier a class, OneVsOne one a pair", async () => {
    const rest = await new OneVsRest({ estimator: new LogisticRegression() }).fit(scaled, iris.y);
    const pairs = await new OneVsOne({ estimator: new LogisticRegression() }).fit(scaled, iris.y);
    expect([rest.estimators.length, pairs.estimators.length]).toEqual([3, 3]);
    expect(rest.score(scaled, iris.y)).toBeGreaterThan(0.92);
    expect(pairs.score(scaled, iris.y)).toBeGreaterThan(0.95);
    const two = iris.y.map((c) => (c > 0 ? "b" : "a"));
    const single = await new OneVsRest({ estimator: new Perceptron() }).fit(scaled, two);
    expect([single.estimators.length, single.score(scaled, two)]).toEqual([1, 1]);
    const given = new Perceptron();
    await new OneVsOne({ estimator: given }).fit(scaled, iris.y);
    expect(() => given.predict(scaled)).toThrow(/has learned nothing yet/);
  });
});
