/** Random numbers: ops ticket, uniform, normal, permutation and dropout. The same eager and compiled, gradients included. */
import { describe, expect, test } from "vitest";
import { grad } from "../../src/graph/backward.ts";
import { compile } from "../../src/graph/compile.ts";
import { tensor } from "../../src/graph/from.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { dropout, full, mul, ones, random, type Stream, sum } from "../../src/ops/index.ts";
import { expectSame } from "../support/match.ts";

const draws = (stream: Stream) => [
  stream.uniform([5]),
  stream.normal([7], 2, 3),
  stream.permutation(9),
  dropout(ones([40]), 0.5, stream),
];

function expectAllSame(actual: readonly Tensor[], expected: readonly Tensor[]): void {
  for (const [i, tensor] of expected.entries()) expectSame(`draw ${i}`, actual[i]!, tensor);
}

describe("streams", () => {
  test("the same seed gives the same numbers, call after call, eager and compiled", () => {
    const [eager, compiled] = [random(7), random(7)];
    const step = compile(() => draws(compiled));
    for (let call = 0; call < 3; ++call) expectAllSame(step(), draws(eager));
  });

  test("eager and compiled draws take turns", () => {
    const [one, two] = [random(3), random(3)];
    const step = compile(() => one.uniform([4]));
    const mixed = [one.uniform([4]), step(), one.uniform([4]), step(), step()];
    expectAllSame(
      mixed,
      mixed.map(() => two.uniform([4])),
    );
  });

  test("each draw, each seed and each call is another", () => {
    const stream = random(1);
    const step = compile(() => [stream.uniform([16]), stream.uniform([16])]);
    const texts = [...step(), ...step(), random(2).uniform([16]), random(2 ** 40).uniform([16])].map((x) => x.data().join());
    expect(new Set(texts).size).toBe(texts.length);
  });

  test("a longer draw begins with the shorter one's numbers", () => {
    const [short, long] = [random(4).uniform([10]).data(), random(4).uniform([5000]).data()];
    expect(Array.from(long.slice(0, 10))).toEqual(Array.from(short));
  });

  test("seed begins again", () => {
    const stream = random(5);
    const first = draws(stream);
    stream.seed(5);
    expectAllSame(draws(stream), first);
  });

  test("a stream is made outside", () =>
    expect(() => compile(() => random(1).uniform([2]))()).toThrowErrorMatchingInlineSnapshot(
      `[CompileError: random: a stream is made and seeded outside of compiled functions — try making it before, and drawing from it inside]`,
    ));

  test("a run that fails leaves the stream where it was", () => {
    const [stream, other] = [random(6), random(6)];
    const step = compile((index: Tensor) => [stream.uniform([3]), ones([2, 1]).gather(index)]);
    expect(() => step(Int32Array.of(2))).toThrow("row 0");
    expectSame("next draw", step(Int32Array.of(1))[0]!, other.uniform([3]));
  });
});

/** Five standard errors of the mean and of the variance of n numbers. */
function expectMoments(data: ArrayLike<number>, mean: number, variance: number, kurtosis: number): void {
  const n = data.length;
  const numbers = Array.from(data);
  const found = numbers.reduce((a, b) => a + b, 0) / n;
  const spread = numbers.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
  expect(Math.abs(found - mean)).toBeLessThan(5 * Math.sqrt(variance / n));
  expect(Math.abs(spread - variance)).toBeLessThan(5 * variance * Math.sqrt((kurtosis - 1) / n));
}

describe("distributions", () => {
  const N = 20000;
  test("uniform", () => {
    const data = random(11).uniform([N], -1, 3).data();
    expectMoments(data, 1, 16 / 12, 1.8);
    expect(data.every((x) => x >= -1 && x < 3)).toBe(true);
  });
  test("normal", () => expectMoments(random(12).normal([N], 2, 0.5).data(), 2, 0.25, 3));
  test("permutation", () => {
    const data = random(13).permutation(1000).data();
    expect(Array.from(data).sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(data.filter((value, i) => value === i).length).toBeLessThan(10);
  });
  test("none, and one", () => {
    const stream = random(14);
    expect([stream.uniform([0]).size, stream.normal([0, 2]).size, stream.permutation(0).size]).toEqual([0, 0, 0]);
    expect(stream.permutation(1).toArray()).toEqual([0]);
  });
});

describe("dropout", () => {
  test("keeps a share of 1 − p, grown by 1/(1 − p)", () => {
    const data = dropout(full([20000], 3), 0.25, random(21)).data();
    const kept = data.filter((x) => x !== 0);
    expect(new Set(kept)).toEqual(new Set([4]));
    expect(Math.abs(kept.length / 20000 - 0.75)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / 20000));
  });

  test("p = 0 is the tensor itself, p = 1 leaves nothing", () => {
    const x = tensor([1, 2]);
    expect(dropout(x, 0, random(1))).toBe(x);
    expect(dropout(x, 1, random(1)).toArray()).toEqual([0, 0]);
  });

  const x = full([300], 2);
  /** Dropped x, and the gradient, whose elements are 1/(1 − p) where x was kept. */
  const both = (stream: Stream) => {
    let value = x;
    const gradient = grad((own: Tensor) => {
      value = dropout(own, 0.5, stream);
      stream.uniform([3]);
      return sum(value);
    })(x);
    return { value, gradient };
  };

  test("the gradient drops what the value dropped, whatever is drawn between", () => {
    const { value, gradient } = both(random(22));
    expectSame("gradient", mul(gradient, 2), value);
  });

  test("each step of a compiled function drops others, and its gradient the same", () => {
    const [compiled, eager] = [random(23), random(23)];
    const step = compile(() => both(compiled));
    const steps = [step(), step()];
    for (const { value, gradient } of steps) {
      expectSame("gradient", mul(gradient, 2), value);
      expectSame("eager", both(eager).value, value);
    }
    expect(steps[0]!.value.data()).not.toEqual(steps[1]!.value.data());
  });
});
