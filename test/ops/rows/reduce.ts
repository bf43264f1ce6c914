/** Ops that make one number of many, or as many. Sums are kept in f64: their error does not grow with n. */
import type { Shape } from "../../../src/core/shape.ts";
import type { Tensor } from "../../../src/graph/tensor.ts";
import {
  type Axes,
  all,
  any,
  argmax,
  argmin,
  cumprod,
  cumsum,
  logSumExp,
  max,
  mean,
  min,
  norm,
  prod,
  type ReduceOptions,
  std,
  sum,
  variance,
} from "../../../src/ops/index.ts";
import { meanSquare } from "../../../src/ops/reduce.ts";
import { type Array64, at, build, logSumExp as logSumExp64, reduce, sum as sum64 } from "../../support/reference.ts";
import type { Case, Input, Row } from "../laws.ts";

const axesOf = (x: Array64, axes: Axes | undefined): number[] =>
  axes === undefined ? x.shape.map((_, axis) => axis) : [axes].flat().map((axis) => (axis < 0 ? axis + x.shape.length : axis));

/** Shape, and axes to reduce: all, the last, the first, one between, two that are not neighbours, blocks of 5000 and a prime beyond them. */
const PLANS: readonly { shape: Shape; axes?: Axes; keepDims?: boolean }[] = [
  { shape: [] },
  { shape: [1] },
  { shape: [7] },
  { shape: [3, 5], axes: -1 },
  { shape: [3, 5], axes: 0, keepDims: true },
  { shape: [5, 9], axes: 0 },
  { shape: [2, 3, 4], axes: 1 },
  { shape: [2, 3, 4], axes: [0, 2] },
  { shape: [2, 3, 4], axes: [-1, 0], keepDims: true },
  { shape: [3, 4, 5], axes: [1, 2] },
  { shape: [3, 2, 5, 1, 4, 2], axes: [0, 2, 3, 5] },
  { shape: [1, 4, 1], axes: [0, 2] },
  { shape: [4, 0], axes: 0 },
  { shape: [0, 4], axes: 1 },
  { shape: [2, 600], axes: 1 },
  { shape: [600, 2], axes: 0 },
];
const LONG: typeof PLANS = [{ shape: [10000] }, { shape: [8209] }, { shape: [2, 8194], axes: 1 }, { shape: [8194, 2], axes: 0 }];
const EMPTY: typeof PLANS = [{ shape: [0] }, { shape: [2, 0], axes: 1 }, { shape: [0, 3], axes: 0, keepDims: true }];

type Reduction = (x: Tensor, axes?: Axes, options?: ReduceOptions) => Tensor;

function rows(
  name: string,
  f: Reduction,
  plain: (values: number[]) => number,
  plans: typeof PLANS,
  range: Omit<Input, "shape">,
  more: Partial<Row> = {},
): Row[] {
  return plans.map(({ shape, axes, keepDims = false }, i) => ({
    name: `${name} over ${axes === undefined ? "all" : axes}${keepDims ? ", kept" : ""}`,
    covers: [name],
    f: (x) => f(x, axes, { keepDims }),
    reference: (x) => reduce(x, axesOf(x, axes), plain, keepDims),
    inputs: [[{ shape, ...range }]],
    ulps: 64,
    ...more,
    cases: i === 0 ? (more.cases ?? []) : [],
  }));
}

const mean64 = (values: number[]) => sum64(values) / values.length;
const variance64 = (values: number[]) => sum64(values.map((x) => (x - mean64(values)) ** 2)) / (values.length - 1);
const norm64 = (values: number[]) => Math.sqrt(sum64(values.map((x) => x * x)));

const NAN: Case = { x: [[1, NaN, 2]], y: NaN };
const wide = (row: Row): boolean => row.inputs[0]![0]!.shape.every((n) => n > 1) && row.inputs[0]![0]!.shape.length > 0;

function argument(
  name: "argmax" | "argmin",
  f: (x: Tensor, axis?: number | null, options?: { keepDims?: boolean }) => Tensor,
  better: (a: number, b: number) => boolean,
): Row[] {
  const best = (values: number[]): number => values.reduce((found, value, i) => (better(value, values[found]!) ? i : found), 0);
  return [-1, 0, 1, null].map((axis) => ({
    name: `${name} along ${axis}`,
    covers: [name],
    f: (x) => f(x, axis, { keepDims: axis === 1 }),
    reference: (x) => reduce(x, axesOf(x, axis ?? undefined), best, axis === 1),
    inputs: [[2, 3, 4], [5, 7], [3, 9, 2], axis === 0 ? [3, 0] : axis === null ? [1, 1] : [0, 3], [40, 300], [2, 8194]].map(
      (shape) => [{ shape, distinct: true }],
    ),
    order: 0,
    cases:
      axis === -1
        ? [
            { x: [[2, 5, 5, 2]], y: name === "argmax" ? 1 : 0 },
            { x: [[1, NaN, 7, NaN]], y: 1 },
            { x: [[Infinity, -Infinity, 0]], y: name === "argmax" ? 0 : 1 },
          ]
        : [],
  }));
}

const WHOLE = { low: -1, high: 2, whole: true };

/** Running totals along the last, the first and a middle axis. */
function running(
  name: "cumSum" | "cumProd",
  f: (x: Tensor, axis?: number) => Tensor,
  join: (a: number, b: number) => number,
  cases: readonly Case[],
): Row[] {
  const reference = (x: Array64, axis: number): Array64 => {
    const along = axis < 0 ? axis + x.shape.length : axis;
    return build(x.shape, (index) => {
      const line = Array.from({ length: index[along]! + 1 }, (_, k) => at(x, index.with(along, k)));
      return line.reduce(join);
    });
  };
  return [-1, 0, 1].map((axis) => ({
    name: `${name} along ${axis}`,
    covers: [name],
    f: (x) => f(x, axis),
    reference: (x) => reference(x, axis),
    inputs: (axis === -1
      ? [[1], [7], [3, 0], [2, 9]]
      : [
          [3, 4],
          [0, 3],
          [5, 3, 6],
        ]
    ).map((shape) => [{ shape, low: 0.5, high: 1.5 }]),
    ulps: 16,
    cases: axis === -1 ? cases : [],
  }));
}

const SIGNS: Case = { x: [[Infinity, -Infinity]], y: NaN };

export const reduceRows: readonly Row[] = [
  ...rows(
    "sum",
    sum,
    sum64,
    [...PLANS, ...LONG, ...EMPTY],
    {},
    { cases: [NAN, SIGNS, { x: [[Infinity, 1]], y: Infinity, slopes: [[1, 1]] }] },
  ),
  ...rows("mean", mean, mean64, PLANS, {}, { cases: [NAN, { x: [[]], y: NaN }] }),
  ...rows("meanSquare", meanSquare, (values) => mean64(values.map((x) => x * x)), PLANS, {}, { cases: [NAN, { x: [[]], y: NaN }] }),
  ...rows(
    "prod",
    prod,
    (values) => values.reduce((a, b) => a * b, 1),
    [...PLANS.slice(0, 14), ...EMPTY],
    { low: 0.5, high: 1.5 },
    {
      cases: [
        NAN,
        { x: [[2, 0, 3]], y: 0, slopes: [[0, 6, 0]] },
        { x: [[0, 0, 3]], y: 0, slopes: [[0, 0, 0]] },
        { x: [[-2, 4]], y: -8, slopes: [[4, -2]] },
      ],
    },
  ),
  ...rows(
    "max",
    max,
    (values) => Math.max(...values),
    [...PLANS, LONG[0]!],
    { distinct: true },
    {
      cases: [
        { x: [[1, 3, 3, 2]], y: 3, slopes: [[0, 0.5, 0.5, 0]] },
        { x: [[1, NaN, 2]], y: NaN },
        { x: [[-Infinity, -Infinity]], y: -Infinity, slopes: [[0.5, 0.5]] },
      ],
    },
  ),
  ...rows(
    "min",
    min,
    (values) => Math.min(...values),
    [...PLANS, LONG[0]!],
    { distinct: true },
    {
      cases: [
        { x: [[1, 3, 1, 1.5]], y: 1, slopes: [[0.5, 0, 0.5, 0]] },
        { x: [[1, NaN, 2]], y: NaN },
        { x: [[Infinity, 7]], y: 7, slopes: [[0, 1]] },
      ],
    },
  ),
  ...rows("variance", variance, variance64, PLANS, {}, { covers: ["square", "sum"], cases: [NAN, { x: [[5]], y: NaN }] }).filter(
    wide,
  ),
  ...rows(
    "norm",
    norm,
    norm64,
    PLANS,
    { low: 0.5 },
    { covers: ["sqrt", "square"], cases: [NAN, { x: [[0, 0]], y: 0, slopes: [[0, 0]] }, { x: [[3, -Infinity]], y: Infinity }] },
  ).filter(wide),
  ...rows(
    "logSumExp",
    logSumExp,
    logSumExp64,
    PLANS,
    { distinct: true },
    {
      covers: ["max", "exp", "log"],
      cases: [
        NAN,
        { x: [[1000, 1000]], y: 1000 + Math.log(2), slopes: [[0.5, 0.5]] },
        { x: [[-Infinity, -Infinity]], y: -Infinity },
        { x: [[Infinity, 0]], y: Infinity },
        { x: [[-Infinity, 0]], y: 0, slopes: [[0, 1]] },
      ],
    },
  ),
  ...[0, 1, 1.5, 3, Infinity].flatMap((p) =>
    rows(
      `norm of order ${p}`,
      (x, axes, options) => norm(x, axes, { ...options, p }),
      (values) => (p === 0 ? values.length : p === Infinity ? Math.max(...values) : sum64(values.map((x) => x ** p)) ** (1 / p)),
      PLANS,
      { low: 0.5, distinct: true },
      { covers: [], ulps: 128, order: p === 0 ? 0 : 2, cases: p > 0 ? [{ x: [[0, 0]], y: 0, slopes: [[0, 0]] }] : [] },
    ).filter(wide),
  ),
  ...rows("std", std, (values) => Math.sqrt(variance64(values)), PLANS, {}, { covers: ["sqrt"], cases: [NAN] }).filter(wide),
  ...rows("any", any, (values) => (values.some((x) => x !== 0) ? 1 : 0), [...PLANS, ...EMPTY], WHOLE, {
    covers: ["less"],
    order: 0,
    cases: [{ x: [[0, NaN]], y: 1 }],
  }),
  ...rows("all", all, (values) => (values.every((x) => x !== 0) ? 1 : 0), [...PLANS, ...EMPTY], WHOLE, {
    covers: ["equal"],
    order: 0,
    cases: [{ x: [[1, NaN]], y: 1 }],
  }),
  ...running("cumSum", cumsum, (a, b) => a + b, [{ x: [[1, Infinity, -Infinity]], y: [1, Infinity, NaN] }]),
  ...running("cumProd", cumprod, (a, b) => a * b, [
    { x: [[2, 3, 0, 4]], y: [2, 6, 0, 0], slopes: [[1 + 3, 2, 6 + 24, 0]] },
    { x: [[0, 3, 0, 4]], y: [0, 0, 0, 0], slopes: [[1 + 3, 0, 0, 0]] },
  ]),
  ...argument("argmax", argmax, (a, b) => a > b),
  ...argument("argmin", argmin, (a, b) => a < b),
];
