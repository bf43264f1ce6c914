/** Reverse mode: what is differentiated, how often, and that fused ops equal their plain forms. */
import { describe, expect, test } from "vitest";
import type { Shape } from "../../src/core/shape.ts";
import { grad, valueAndGrad } from "../../src/graph/backward.ts";
import { compile } from "../../src/graph/compile.ts";
import { tensor } from "../../src/graph/from.ts";
import { defineOp, noGrad, ops } from "../../src/graph/op.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { add, cast, detach, exp, logSoftmax, mul, pow, sin, softmax, sum } from "../../src/ops/index.ts";
import { toTensor } from "../ops/laws.ts";
import { expectClose } from "../support/match.ts";
import { numbers } from "../support/random.ts";
import { array64 } from "../support/reference.ts";

const read = (x: Tensor): number[] => Array.from(x.data());

describe("grad", () => {
  test("of grad of grad", () => {
    const x = tensor([0.5, 2]);
    let f = (given: Tensor): Tensor => sum(sin(given));
    const expected = [Math.cos, (a: number) => -Math.sin(a), (a: number) => -Math.cos(a), Math.sin];
    for (const [order, derivative] of expected.entries()) {
      const slope = grad(f);
      expectClose(`derivative ${order + 1}`, slope(x), array64([2], [0.5, 2].map(derivative)), 4 * 2 ** -24);
      f = (given) => sum(slope(given));
    }
  });

  test("value and gradient together, further arguments as they are", () => {
    const { value, gradient } = valueAndGrad((x: Tensor, by: number) => sum(mul(x, by)))(tensor([1, 2]), 3);
    expect([value.item(), read(gradient)]).toEqual([9, [3, 3]]);
  });

  test("a tensor used twice has both parts", () =>
    expect(grad((x: Tensor) => add(sum(mul(x, x)), sum(x)))(tensor([3])).item()).toBe(7));
  test("a function of other things has none", () => expect(read(grad(() => sum(tensor([1, 2])))(tensor([5, 6])))).toEqual([0, 0]));
  test("whole numbers let none through", () =>
    expect(read(grad((x: Tensor) => sum(cast(cast(x, "i32"), "f32")))(tensor([1.5])))).toEqual([0]));
  test("detach lets none through", () => expect(grad((x: Tensor) => sum(mul(detach(x), x)))(tensor([3])).item()).toBe(3));
  test("nor does noGrad", () => {
    expect(
      grad((x: Tensor) =>
        add(
          sum(x),
          noGrad(() => sum(exp(x))),
        ),
      )(tensor([3])).item(),
    ).toBe(1);
    expect(noGrad(() => exp(tensor([1]))).node).toBeNull();
  });
  test("noGrad ends when its function throws", () => {
    expect(() =>
      noGrad(() => {
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expect(grad((x: Tensor) => sum(mul(x, x)))(tensor([3])).item()).toBe(6);
  });

  test("penalty on a gradient: inner and outer, eager and compiled", () => {
    const penalised = (w: Tensor, x: Tensor): Tensor => sum(pow(grad((given: Tensor) => sum(pow(mul(given, w), 3)))(x), 2));
    const outer = grad((w: Tensor) => penalised(w, tensor([2])));
    // x = 2: (3 w³ x²)² = 144 w⁶, whose derivative is 864 w⁵
    expect(outer(tensor([0.5])).item()).toBe(27);
    expect(compile(outer)([0.5]).item()).toBe(27);
  });

  test("a chain of ten thousand ops does not overflow the stack", () => {
    const long = (x: Tensor) => {
      let y = x;
      for (let i = 0; i < 10000; ++i) y = add(y, x);
      return sum(y);
    };
    expect(grad(long)(tensor([1])).item()).toBe(10001);
  });
});

/** Inputs and attributes for each op that has a plain form; the order of inputs is the op's own. */
const x = toTensor(numbers([5, 7], 1));
const dy = toTensor(numbers([5, 7], 2));
const g = toTensor(numbers([5], 3));
const label = tensor(Int32Array.of(6, 0, 3, 3, 1));
const logZ = toTensor(
  array64(
    [5],
    Array.from({ length: 5 }, (_, i) => Math.log(sum(exp(x.slice(i, i + 1))).item())),
  ),
);
const weight = toTensor(numbers([7], 4));
const bias = toTensor(numbers([7], 5));
const eps = { eps: 0.01, groups: 1 }; // the norms' attributes; other fused ops have none
const outputs = (name: string, ...inputs: Tensor[]) => defineOp(ops.get(name)!)(inputs, eps);
const [, rowMean, rowScale] = outputs("layerNorm", x, weight, bias);
const [, rootScale] = outputs("rmsNorm", x, weight);
const [, mean, , scale] = outputs("batchNorm", x, weight, bias);
const [, groupMean, groupScale] = outputs("groupNorm", x, weight, bias);
const [dweight, dbias] = outputs("batchNormColumns", x, mean!, scale!, dy);
/** Attention's attributes: q, k and v of two heads in the columns of one matrix, behind a mask that is added. */
const heads = {
  ...{ heads: 2, size: 3, valueSize: 2, matrices: 1, mask: "added", causal: true, scale: 0.5 },
  parts: [0, 6, 12].map((at) => ({ of: 0, at })),
};
const qkv = toTensor(numbers([2, 5, 16], 8));
const added = toTensor(numbers([1, 2, 5, 5], 9));
const [y, logZs] = defineOp(ops.get("attention")!)([qkv, added], heads);
/** Recurrent cells' attributes, and of each kind the op's inputs and outputs; what gradients begin with goes behind them. */
const walk = { reverse: true, batchFirst: false };
const recurrent = Object.entries({ rnn: [1, 1, 1], rnnRelu: [1, 1, 1], lstm: [4, 1, 2], gru: [3, 2, 1] } as const).map(
  ([name, [gates, biases, states]]) => {
    const several = (count: number, shape: Shape, seed: number) =>
      Array.from({ length: count }, (_, i) => toTensor(numbers(shape, seed + i, { low: -1, high: 1 })));
    const weights = [...several(1, [2, gates * 3], 21), ...several(1, [3, gates * 3], 22), ...several(biases, [gates * 3], 23)];
    const lengths = tensor(Int32Array.of(2, 0, 1, 2));
    const given = [...several(1, [2, 4, 2], 20), ...weights, ...several(states, [4, 3], 25), lengths];
    const [, ...found] = defineOp(ops.get(name)!)(given, walk);
    return { name, given, found, seeds: [...several(1, [2, 4, 3], 27), ...several(states, [4, 3], 28)], before: found[states]! };
  },
);
const attributesOf = (name: string): unknown =>
  name.startsWith("attention") ? heads : recurrent.some((cell) => name.startsWith(cell.name)) ? walk : eps;
/** What follows from x and dy: the plain forms compute it anew. */
const hidden = new Set([
  y,
  logZs,
  logZ,
  rowMean,
  rowScale,
  rootScale,
  mean,
  scale,
  dweight,
  dbias,
  ...recurrent.flatMap(({ found }) => found),
]);
const fused: Readonly<Record<string, readonly Tensor[]>> = {
  softmaxGrad: [softmax(x), dy],
  logSoftmaxGrad: [logSoftmax(x), dy],
  crossEntropyGrad: [x, label, logZ, g],
  softmaxCrossEntropy: [x, label],
  layerNormGrad: [x, weight, rowMean!, rowScale!, dy],
  layerNormColumns: [x, rowMean!, rowScale!, dy],
  rmsNormGrad: [x, weight, rootScale!, dy],
  rmsNormColumns: [x, rootScale!, dy],
  batchNormGrad: [x, weight, mean!, scale!, dweight, dbias!, dy],
  batchNormColumns: [x, mean!, scale!, dy],
  groupNormGrad: [x, weight, groupMean!, groupScale!, dy],
  attention: [qkv, added],
  attentionGrad: [qkv, added, y!, logZs!, toTensor(numbers([2, 5, 4], 10))],
  ...Object.fromEntries(
    recurrent.flatMap(({ name, given, found, seeds, before }) => [
      [name, given],
      [`${name}Grad`, [...given, ...found, ...seeds]],
      [`${name}States`, [before, ...given]],
    ]),
  ),
  batchNormFixed: [x, bias, toTensor(numbers([7], 6, { low: 0.5 })), weight, bias],
};

describe("fused ops and their plain forms", () => {
  test("are all here", () =>
    expect([...ops.values()].flatMap(({ name, plain }) => (plain ? [name] : [])).sort()).toEqual(Object.keys(fused).sort()));

  test.each(Object.entries(fused))("%s", (name, inputs) => {
    const definition = ops.get(name)!;
    const value = (given: readonly Tensor[]) => defineOp(definition)(given, attributesOf(name))[0];
    const plain = (given: readonly Tensor[]) => definition.plain!(given, attributesOf(name))[0]!;
    const same = (what: string, of: (form: typeof value) => Tensor) => {
      const expected = of(plain);
      const reference = array64(expected.shape, expected.data());
      // Norms divide by small deviations: what they give is not near 1, as the others' is.
      const size = /Norm/.test(name) ? Math.max(1, ...reference.data.map(Math.abs)) : 1;
      expectClose(`${name}: ${what}`, of(value), reference, 64 * 2 ** -24 * size);
    };
    same("value", (form) => form(inputs));
    for (const [i, input] of inputs.entries()) {
      if (input.dtype !== "f32" || hidden.has(input)) continue;
      same(`gradient by input ${i}`, (form) => grad((given: Tensor) => sum(mul(form(inputs.with(i, given)), form(inputs))))(input));
    }
  });
});
