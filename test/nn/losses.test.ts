/** Losses are held to the laws of ops: value, derivatives, compiled, kinks. */
import { describe, expect, test } from "vitest";
import { grad } from "../../src/graph/backward.ts";
import { tensor } from "../../src/graph/from.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import {
  bceWithLogits,
  binaryFocal,
  crossEntropy,
  focal,
  hinge,
  huber,
  type Loss,
  logCosh,
  mae,
  mse,
  multiMargin,
  type Reduction,
  rmse,
} from "../../src/nn/losses/index.ts";
import { holdToLaws, type Input, points, type Row } from "../ops/laws.ts";
import { type Array64, array64, at, build, logSumExp, map, reduce, sum } from "../support/reference.ts";

const REDUCTIONS: Readonly<Record<Reduction, (losses: Array64) => Array64>> = {
  none: (losses) => losses,
  sum: (losses) => array64([], [sum([...losses.data])]),
  mean: (losses) => array64([], [sum([...losses.data]) / losses.data.length]),
};
const names = Object.keys(REDUCTIONS) as Reduction[];

type Pointwise = {
  loss: (x: Tensor, t: Tensor, options: { reduction: Reduction }) => Tensor;
  plain: (x: number, t: number) => number;
  target: Partial<Input>;
  kinks: number[][];
};

/** Whole predictions and targets half a unit off them stay away from |d| = 0 and 1. */
const prediction = { whole: true, low: -3, high: 4 };
const smooth: Pointwise["target"] = { low: -2, high: 2, skip: [-3, -2, -1, 0, 1, 2, 3] };

const pointwise: Readonly<Record<string, Pointwise>> = {
  mse: {
    loss: mse,
    plain: (x, t) => (x - t) ** 2,
    target: smooth,
    kinks: [
      [1, 1, 0, 0, 0],
      [NaN, 1, NaN, NaN, NaN],
      [Infinity, 1, Infinity, Infinity, -Infinity],
    ],
  },
  mae: {
    loss: mae,
    plain: (x, t) => Math.abs(x - t),
    target: smooth,
    kinks: [
      [1, 1, 0, 0, 0],
      [3, 1, 2, 1, -1],
    ],
  },
  huber: {
    loss: huber,
    plain: (x, t) => (Math.abs(x - t) < 1 ? (x - t) ** 2 / 2 : Math.abs(x - t) - 0.5),
    target: smooth,
    kinks: [
      [0, 0, 0, 0, 0],
      [1, 0, 0.5, 1, -1],
      [-3, 0, 2.5, -1, 1],
      [NaN, 0, NaN, NaN, NaN],
    ],
  },
  bceWithLogits: {
    loss: bceWithLogits,
    plain: (x, t) => Math.max(x, 0) - x * t + Math.log1p(Math.exp(-Math.abs(x))),
    target: { low: 0, high: 1 },
    kinks: [
      [0, 1, Math.LN2, -0.5, 0],
      [0, 0, Math.LN2, 0.5, 0],
      [200, 1, 0, 0, -200],
      [-200, 1, 200, -1, 200],
      [200, 0, 200, 1, -200],
    ],
  },
};

const seen = new Set<string>();

for (const [name, { loss, plain, target, kinks }] of Object.entries(pointwise)) {
  describe(name, () => {
    for (const reduction of names) {
      const options = { reduction };
      const row: Row = {
        name: `${name}, ${reduction}`,
        f: (x, t) => loss(x, t, options),
        reference: (x, t) => REDUCTIONS[reduction](map(plain)(x, array64(x.shape, t.data))),
        inputs: [
          [[1], [1]],
          [[7], [7]],
          [
            [3, 2],
            [3, 2],
          ],
          [[5], [5, 1]],
          [[5, 1], [5]],
          [
            [40, 30],
            [40, 30],
          ],
        ].map(([x, t]) => {
          const own = name === "bceWithLogits" ? { low: -3, high: 3, skip: [0] } : prediction;
          return [
            { shape: x!, ...own },
            { shape: t!, ...target },
          ];
        }),
        ulps: 64,
        cases: reduction === "none" ? [points(2, kinks)] : [],
      };
      holdToLaws(row, seen);
    }
  });
}

/** log softmax. */
const logs = (x: Array64) => map((a, z) => a! - z!)(x, reduce(x, [1], logSumExp, true));

describe("crossEntropy", () => {
  for (const reduction of names) {
    const labelled = (shape: number[], label: number[]): Input[] => [
      { shape },
      { shape: label, dtype: "i32", whole: true, low: 0, high: shape[1]! },
    ];
    holdToLaws(
      {
        name: `class numbers, ${reduction}`,
        f: (x, label) => crossEntropy(x, label, { reduction }),
        reference: (x, label) => {
          const y = logs(x);
          return REDUCTIONS[reduction](build([x.shape[0]!], ([i]) => -at(y, [i!, label.data[i!]!])));
        },
        inputs: [labelled([1, 1], [1]), labelled([4, 3], [4]), labelled([4, 3], [4, 1]), labelled([100, 10], [100])],
        ulps: 64,
        cases:
          reduction === "none"
            ? [
                {
                  x: [
                    [
                      [1000, 0],
                      [0, 1000],
                    ],
                    [1, 1],
                  ],
                  y: [1000, 0],
                  slopes: [
                    [
                      [1, -1],
                      [0, 0],
                    ],
                  ],
                },
              ]
            : [],
      },
      seen,
    );
    holdToLaws(
      {
        name: `probabilities, ${reduction}`,
        f: (x, p) => crossEntropy(x, p, { reduction }),
        reference: (x, p) => REDUCTIONS[reduction](reduce(map((log, share) => -log! * share!)(logs(x), p), [1], sum)),
        inputs: [
          [4, 3],
          [1, 2],
          [100, 10],
        ].map((shape) => [{ shape }, { shape, low: 0, high: 1 }]),
        ulps: 64,
      },
      seen,
    );
  }

  const logits = tensor([
    [1, 2, 3],
    [3, 1, 0],
  ]);
  test.each([
    ["f32", tensor([2, 0])],
    ["u8", tensor(Uint8Array.of(2, 0))],
    ["i32", tensor(Int32Array.of(2, 0))],
    ["i8", tensor(Int8Array.of(2, 0))],
  ])("class numbers of %s", (_, label) => {
    expect(crossEntropy(logits, label).item()).toBe(crossEntropy(logits, tensor([[2], [0]])).item());
  });
});

test("delta of huber", () => expect(huber(tensor([3]), tensor([0]), { delta: 2 }).item()).toBe(4));

test.each([
  ["mse", mse],
  ["mae", mae],
  ["huber", huber],
  ["bceWithLogits", bceWithLogits],
] as [string, Loss][])("%s takes whole numbers as targets", (_, loss) => {
  const x = tensor([0.5, -1]);
  expect(loss(x, tensor(Uint8Array.of(1, 0))).item()).toBe(loss(x, tensor([1, 0])).item());
});

describe("weights of samples", () => {
  const [x, t] = [tensor([1, 2, 4]), tensor([0, 0, 0])];
  test("the mean is Σ weight·loss / Σ weight", () => expect(mse(x, t, { sampleWeight: [1, 0, 2] }).item()).toBe(11));
  test("[n] stands for rows", () =>
    expect(
      mse(
        tensor([
          [1, 1],
          [2, 2],
        ]),
        tensor([
          [0, 0],
          [0, 0],
        ]),
        { sampleWeight: [3, 1] },
      ).item(),
    ).toBe(1.75));
  test("another number of them is an error", () =>
    expect(() => mse(x, t, { sampleWeight: [1, 2] })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: mse: needs one sampleWeight for each row, or one for each loss; got sampleWeight: [2], losses: [3]]`,
    ));
});

describe("further losses", () => {
  const one = (value: number) => tensor([value]);
  test("rmse of no error has gradient 0", () => expect(grad((p: Tensor) => rmse(p, one(2)))(one(2)).item()).toBe(0));
  test("logCosh far from 0 is |d| − log 2", () => expect(logCosh(one(100), one(0)).item()).toBe(Math.fround(100 - Math.LN2)));
  test("hinge", () => expect(hinge(tensor([0.5, 2, -1]), tensor([1, 1, 1]), { reduction: "none" }).toArray()).toEqual([0.5, 0, 2]));
  test("binaryFocal with gamma 0 and alpha ½ is half the cross-entropy", () =>
    expect(binaryFocal(one(0.3), one(1), { gamma: 0, alpha: 0.5 }).item()).toBe(bceWithLogits(one(0.3), one(1)).item() / 2));
  test("focal with gamma 0 is the cross-entropy", () => {
    const logits = tensor([[1, 2, 3]]);
    expect(focal(logits, one(1), { gamma: 0 }).item()).toBe(crossEntropy(logits, one(1)).item());
  });
  test("multiMargin", () => expect(multiMargin(tensor([[0.5, 1, -3]]), one(0)).item()).toBe(0.5));
  test("all targets ignored: NaN, as 0/0 is", () =>
    expect(crossEntropy(tensor([[1, 2]]), one(1), { ignoreIndex: 1 }).item()).toBeNaN());
});
