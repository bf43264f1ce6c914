/** First values: their moments and bounds, and that a layer more changes no other layer's draw. */
import { describe, expect, test } from "vitest";
import {
  constant,
  fanInUniform,
  gain,
  heNormal,
  heUniform,
  type Initialiser,
  identity,
  kaimingNormal,
  kaimingUniform,
  lecunNormal,
  lecunUniform,
  normal,
  orthogonal,
  scaled,
  truncatedNormal,
  uniform,
  xavierNormal,
  xavierUniform,
} from "../../src/nn/initialisers.ts";
import { Linear } from "../../src/nn/layers.ts";
import { init, parameters } from "../../src/nn/model.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { random, relu } from "../../src/ops/index.ts";
import { expectSame } from "../support/match.ts";

const [INPUTS, OUTPUTS] = [120, 80];
const N = INPUTS * OUTPUTS;

function draw(initialiser: Initialiser, shape = [INPUTS, OUTPUTS]): Float32Array {
  return Float32Array.from(initialiser(random(17), shape).data());
}

const largest = (data: ArrayLike<number>) => Math.max(...Array.from(data, Math.abs));

/** Mean and variance within five standard errors. */
function expectMoments(data: Float32Array, mean: number, variance: number, kurtosis: number): void {
  const found = data.reduce((a, b) => a + b, 0) / N;
  const spread = data.reduce((a, b) => a + (b - mean) ** 2, 0) / N;
  expect(Math.abs(found - mean)).toBeLessThan(5 * Math.sqrt(variance / N));
  expect(Math.abs(spread - variance)).toBeLessThan(5 * variance * Math.sqrt((kurtosis - 1) / N));
}

describe("uniform ones lie within their bounds and fill them", () => {
  const rows: readonly (readonly [string, Initialiser, number])[] = [
    ["uniform", uniform(-2, 2), 2],
    ["xavierUniform", xavierUniform, Math.sqrt(6 / (INPUTS + OUTPUTS))],
    ["heUniform", heUniform, Math.sqrt(6 / INPUTS)],
    ["fanInUniform", fanInUniform(INPUTS), 1 / Math.sqrt(INPUTS)],
    ["lecunUniform", lecunUniform, Math.sqrt(3 / INPUTS)],
    ["kaimingUniform", kaimingUniform({ mode: "fanOut", gain: gain("tanh") }), (5 / 3) * Math.sqrt(3 / OUTPUTS)],
    ["scaled", scaled(xavierUniform, gain("leakyRelu", 1)), Math.sqrt(6 / (INPUTS + OUTPUTS))],
  ];
  test.each(rows)("%s", (_, initialiser, bound) => {
    const data = draw(initialiser);
    expectMoments(data, 0, bound ** 2 / 3, 1.8);
    const top = largest(data);
    expect(top).toBeLessThanOrEqual(bound * (1 + 2 ** -23));
    expect(top).toBeGreaterThan(bound * 0.99);
  });
});

describe("normal ones have their deviation", () => {
  const rows: readonly (readonly [string, Initialiser, number, number])[] = [
    ["normal", normal(3, 0.5), 3, 0.25],
    ["xavierNormal", xavierNormal, 0, 2 / (INPUTS + OUTPUTS)],
    ["heNormal", heNormal, 0, 2 / INPUTS],
    ["lecunNormal", lecunNormal, 0, 1 / INPUTS],
    ["kaimingNormal", kaimingNormal({ mode: "fanOut" }), 0, 2 / OUTPUTS],
  ];
  test.each(rows)("%s", (_, initialiser, mean, variance) => expectMoments(draw(initialiser), mean, variance, 3));
});

test("truncatedNormal stays within its bounds, and is normal there", () => {
  const data = draw(truncatedNormal(1, 0.5));
  expect(Math.max(...data)).toBeLessThanOrEqual(2);
  expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
  // Variance of a normal within ±2 deviations: 0.7737.
  expectMoments(data, 1, 0.7737413 * 0.25, 2.36);
});

test.each([
  [7, 4],
  [4, 7],
  [5, 5],
  [3, 3, 2, 6],
  [1, 1],
])("orthogonal %#: fewer of rows and columns are orthonormal", (...shape) => {
  const last = shape.at(-1)!;
  const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const data = draw(orthogonal(2), shape);
  const at = rows < last ? (i: number, k: number) => data[i * last + k]! : (i: number, k: number) => data[k * last + i]!;
  const [few, many] = [Math.min(rows, last), Math.max(rows, last)];
  for (let i = 0; i < few; ++i) {
    for (let j = 0; j < few; ++j) {
      let dot = 0;
      for (let k = 0; k < many; ++k) dot += at(i, k) * at(j, k);
      expect(Math.abs(dot - (i === j ? 4 : 0))).toBeLessThan(4 * 8 * many * 2 ** -24);
    }
  }
});

test("identity passes on what it gets, also as a convolution", () => {
  expect([...draw(identity, [2, 3])]).toEqual([1, 0, 0, 0, 1, 0]);
  const kernel = draw(identity, [3, 3, 2, 2]);
  expect([...kernel].flatMap((value, i) => (value ? [i] : []))).toEqual([16, 19]);
});

test("constant", () => expect(new Set(draw(constant(0.5)))).toEqual(new Set([0.5])));

test("a kernel's extent counts among the inputs", () => {
  const data = draw(heUniform, [3, 3, 8, 4]);
  const top = largest(data);
  expect(top).toBeLessThanOrEqual(Math.sqrt(6 / 72) * (1 + 2 ** -23));
  expect(top).toBeGreaterThan(Math.sqrt(6 / 72) * 0.9);
});

describe("init", () => {
  const layers = () => [new Linear(4, 5), relu, new Linear(5, 3)] as const;

  test("the same seed gives the same weights, another seed others", () => {
    const [one, two, other] = [
      init(new Sequential(...layers()), { seed: 1 }),
      init(new Sequential(...layers()), { seed: 1 }),
      init(new Sequential(...layers()), { seed: 2 }),
    ];
    for (const [path, parameter] of parameters(one)) {
      expectSame(path, parameters(two).get(path)!, parameter);
      expect(parameters(other).get(path)!.data()).not.toEqual(parameter.data());
    }
  });

  test("the default seed is 0", () => {
    const [one, two] = [init(new Linear(3, 2)), init(new Linear(3, 2), { seed: 0 })];
    expectSame("weight", one.weight, two.weight);
  });

  test("a layer more changes no other layer's draw", () => {
    const [short, long] = [init(new Sequential(...layers())), init(new Sequential(...layers(), new Linear(3, 7)))];
    for (const [path, parameter] of parameters(short)) expectSame(path, parameters(long).get(path)!, parameter);
  });

  test("no two parameters are alike", () => {
    const model = init(new Sequential(new Linear(4, 4), new Linear(4, 4)));
    const texts = [...parameters(model).values()].map((parameter) => parameter.data().join());
    expect(new Set(texts).size).toBe(texts.length);
  });

  test("Linear begins as PyTorch's does", () => {
    const { weight, bias } = init(new Linear(100, 60));
    for (const parameter of [weight, bias!]) {
      const top = largest(parameter.data());
      expect(top).toBeLessThanOrEqual(0.1 * (1 + 2 ** -23));
      expect(top).toBeGreaterThan(0.09);
    }
  });
});
