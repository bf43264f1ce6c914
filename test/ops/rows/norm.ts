/** Norms. x̂ is a difference divided by a spread that eps keeps from 0: a handful of roundings, and sums of as many as a row has. */

import type { Tensor } from "../../../src/graph/tensor.ts";
import { batchNorm, concat, groupNorm, layerNorm, reshape, rmsNorm } from "../../../src/ops/index.ts";
import { type Array64, array64, at, build } from "../../support/reference.ts";
import type { Input, Row } from "../laws.ts";

const SHAPES = [
  [1, 7],
  [3, 4],
  [5, 10],
  [2, 3, 9],
  [40, 33],
  [70, 5],
] as const;
const EPS = 0.01;

const mean64 = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const variance64 = (values: readonly number[]) => mean64(values.map((value) => (value - mean64(values)) ** 2));

/** Numbers with the same last index, or with the same others. */
function groups(x: Array64, key: (i: number) => number): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const [i, value] of x.data.entries()) found.set(key(i), [...(found.get(key(i)) ?? []), value]);
  return found;
}

const widthOf = (x: Array64) => x.shape.at(-1)!;
const rowOf = (x: Array64) => (i: number) => Math.floor(i / widthOf(x));
const columnOf = (x: Array64) => (i: number) => i % widthOf(x);

/** (x − mean)/√(variance + eps)·weight + bias, over what `key` holds together. */
function normal64(x: Array64, key: (i: number) => number, weight?: Array64, bias?: Array64, eps = EPS): Array64 {
  const stats = new Map([...groups(x, key)].map(([k, values]) => [k, { m: mean64(values), v: variance64(values) }]));
  return array64(
    x.shape,
    x.data.map((value, i) => {
      const { m, v } = stats.get(key(i))!;
      const column = columnOf(x)(i);
      return ((value - m) / Math.sqrt(v + eps)) * (weight?.data[column] ?? 1) + (bias?.data[column] ?? 0);
    }),
  );
}

function rms64(x: Array64, weight?: Array64, eps = EPS): Array64 {
  const squares = new Map([...groups(x, rowOf(x))].map(([k, values]) => [k, mean64(values.map((value) => value * value))]));
  return array64(
    x.shape,
    x.data.map((value, i) => (value / Math.sqrt(squares.get(rowOf(x)(i))! + eps)) * (weight?.data[columnOf(x)(i)] ?? 1)),
  );
}

/** x, and so many vectors of its width. */
const withVectors = (shape: readonly number[], vectors: number, range: Omit<Input, "shape"> = {}): Input[] => [
  { shape },
  ...Array.from({ length: vectors }, () => ({ shape: shape.slice(-1), ...range })),
];
const rowsOf = (vectors: number, more: readonly (readonly number[])[] = []) =>
  [...SHAPES, ...more].map((shape) => withVectors(shape, vectors));

const layerRows: readonly Row[] = [
  {
    name: "layerNorm",
    covers: ["layerNorm", "layerNormGrad", "layerNormColumns"],
    f: (x, weight, bias) => layerNorm(x, weight, bias, { eps: EPS }),
    reference: (x, weight, bias) => normal64(x, rowOf(x), weight, bias),
    inputs: rowsOf(2, [[5], [0, 3], [3, 1]]),
    ulps: 64,
  },
  {
    name: "layerNorm without weight and bias",
    covers: ["layerNorm"],
    f: (x) => layerNorm(x),
    reference: (x) => normal64(x, rowOf(x), undefined, undefined, 1e-5),
    inputs: [[{ shape: [3, 6] }]],
    ulps: 64,
    cases: [
      {
        x: [
          [
            [1000.1, 1000.1, 1000.1, 1000.1, 1000.1],
            [1, NaN, 0, 0, 0],
            [Infinity, 0, 0, 0, 0],
          ],
        ],
        y: [
          [0, 0, 0, 0, 0],
          [NaN, NaN, NaN, NaN, NaN],
          [NaN, NaN, NaN, NaN, NaN],
        ],
      },
    ],
  },
  {
    name: "rmsNorm",
    covers: ["rmsNorm", "rmsNormGrad", "rmsNormColumns"],
    f: (x, weight) => rmsNorm(x, weight, { eps: EPS }),
    reference: (x, weight) => rms64(x, weight),
    inputs: rowsOf(1, [[5], [0, 3]]),
    ulps: 64,
  },
  {
    name: "rmsNorm without weight",
    covers: ["rmsNorm"],
    f: (x) => rmsNorm(x),
    reference: (x) => rms64(x, undefined, 1e-6),
    inputs: [[{ shape: [3, 6] }]],
    ulps: 64,
    cases: [
      {
        x: [
          [
            [0, 0],
            [NaN, 1],
            [Infinity, 1],
          ],
        ],
        y: [
          [0, 0],
          [NaN, NaN],
          [NaN, 0],
        ],
      },
    ],
  },
];

const batchRows: readonly Row[] = [
  {
    name: "batchNorm of the batch",
    covers: ["batchNorm", "batchNormGrad", "batchNormColumns"],
    f: (x, weight, bias) => batchNorm(x, weight, bias, { eps: EPS })[0],
    reference: (x, weight, bias) => normal64(x, columnOf(x), weight, bias),
    inputs: rowsOf(2, [
      [33, 8],
      [4, 5, 4, 3],
    ]),
    ulps: 64,
  },
  {
    name: "batchNorm without weight and bias",
    covers: ["batchNorm"],
    f: (x) => batchNorm(x)[0],
    reference: (x) => normal64(x, columnOf(x), undefined, undefined, 1e-5),
    inputs: [[{ shape: [8, 3] }]],
    ulps: 64,
    cases: [
      {
        x: [
          [
            [0.1, NaN, Infinity],
            [0.1, 1, 0],
            [0.1, 2, 0],
          ],
        ],
        y: [
          [0, NaN, NaN],
          [0, NaN, NaN],
          [0, NaN, NaN],
        ],
      },
    ],
  },
  {
    name: "batchNorm's mean and variance",
    covers: ["batchNorm"],
    f: (x) =>
      concat(
        batchNorm(x)
          .slice(1)
          .map((y) => reshape(y, [1, -1])),
      ),
    reference: (x) =>
      build([2, widthOf(x)], ([kind, column]) => {
        const values = groups(x, columnOf(x)).get(column!)!;
        return kind === 0 ? mean64(values) : variance64(values);
      }),
    inputs: SHAPES.map((shape) => [{ shape }]),
    ulps: 16,
    order: 0,
  },
  {
    name: "batchNorm with statistics given",
    covers: ["batchNormFixed"],
    f: (x, weight, bias, mean, variance) => batchNorm(x, weight, bias, { mean: mean!, variance: variance!, eps: EPS }),
    reference: (x, weight, bias, mean, variance) =>
      build(x.shape, (index) => {
        const column = index.at(-1)!;
        const centred = at(x, index) - mean.data[column]!;
        return (centred / Math.sqrt(variance.data[column]! + EPS)) * weight.data[column]! + bias.data[column]!;
      }),
    inputs: [...SHAPES, [0, 3]].map((shape) => [...withVectors(shape, 3), { shape: shape.slice(-1), low: 0.25, high: 2 }]),
    ulps: 64,
  },
];

/** Numbers of one sample whose channels are in the same of `count` groups. */
const groupOf = (x: Array64, count: number) => (i: number) => {
  const sample = Math.floor(i / (x.data.length / x.shape[0]!));
  return sample * count + Math.floor(columnOf(x)(i) / (widthOf(x) / count));
};

const groupRows: readonly Row[] = [
  ...[1, 2, 3, 6].map((count) => ({
    name: `groupNorm of ${count}`,
    covers: ["groupNorm", "groupNormGrad"],
    f: (x: Tensor, weight: Tensor, bias: Tensor) => groupNorm(x, count, { weight, bias, eps: EPS }),
    reference: (x: Array64, weight: Array64, bias: Array64) => normal64(x, groupOf(x, count), weight, bias),
    inputs: [
      [2, 5, 6],
      [1, 3, 6],
      [3, 2, 3, 12],
      [2, 6],
      [0, 4, 6],
      [2, 40, 18],
    ].map((shape) => withVectors(shape, 2)),
    ulps: 64,
  })),
  {
    name: "groupNorm without weight and bias",
    covers: ["groupNorm"],
    f: (x) => groupNorm(x, 2),
    reference: (x) => normal64(x, groupOf(x, 2), undefined, undefined, 1e-5),
    inputs: [[{ shape: [2, 3, 8] }]],
    ulps: 64,
    cases: [
      {
        x: [
          [
            [
              [1000.1, 1000.1, NaN, 1],
              [1000.1, 1000.1, 1, 1],
            ],
            [
              [1000.1, 1000.1, 1, 1],
              [1000.1, 1000.1, 1, Infinity],
            ],
          ],
        ],
        y: [
          [
            [0, 0, NaN, NaN],
            [0, 0, NaN, NaN],
          ],
          [
            [0, 0, NaN, NaN],
            [0, 0, NaN, NaN],
          ],
        ],
      },
    ],
  },
];

export const normRows: readonly Row[] = [...layerRows, ...batchRows, ...groupRows];
