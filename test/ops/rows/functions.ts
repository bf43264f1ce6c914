/** Functions of each element that are made of other ops, values, two derivatives, and what PyTorch has at the kinks. */

import type { Tensor } from "../../../src/graph/tensor.ts";
import * as ops from "../../../src/ops/index.ts";
import { map } from "../../support/reference.ts";
import { type Case, points, type Row, shapes } from "../laws.ts";

const SIZES = [[0], [1], [9], [33], [2, 0, 3]];
const NANS = [NaN, NaN, NaN] as const;

type Range = Parameters<typeof shapes>[1];

/** Not an op itself: its row covers whatever it is made of. */
export function row(
  name: string,
  f: (x: Tensor) => Tensor,
  reference: (x: number) => number,
  range: Range,
  cases: Case[],
  more: Partial<Row> = {},
): Row {
  return { name, covers: [], f, reference: map(reference), inputs: shapes(SIZES, range), ulps: 16, cases, ...more };
}

/** A function whose value is 0 or 1, through which no gradient flows: `usual` for numbers above 0, and given values. */
export function truths(f: (...xs: Tensor[]) => Tensor, name: string, usual: 0 | 1, list: readonly (readonly number[])[]): Row[] {
  const arity = list[0]!.length - 1;
  const inputs = SIZES.map((shape) => Array.from({ length: arity }, () => ({ shape, low: 0.5 })));
  return [{ name, covers: [], f, reference: map(() => usual), inputs, order: 0, cases: [points(arity, list)] }];
}

export const functionRows: readonly Row[] = [
  row("rsqrt", ops.rsqrt, (x) => 1 / Math.sqrt(x), { low: 0.5 }, [
    points(1, [
      [0, Infinity],
      [Infinity, 0],
      [-1, NaN],
    ]),
  ]),
  row("log1p", ops.log1p, Math.log1p, { low: -0.5 }, [
    points(1, [[1e-10, 1e-10, 1], [-1, -Infinity, Infinity], [Infinity, Infinity, 0], NANS]),
  ]),
  row("expm1", ops.expm1, Math.expm1, {}, [
    points(1, [[1e-10, 1e-10, 1], [-Infinity, -1, 0], [Infinity, Infinity, Infinity], NANS]),
  ]),
  row("log2", ops.log2, Math.log2, { low: 0.5 }, [
    points(1, [
      [8, 3],
      [0, -Infinity],
    ]),
  ]),
  row("log10", ops.log10, Math.log10, { low: 0.5 }, [
    points(1, [
      [0, -Infinity],
      [Infinity, Infinity],
    ]),
  ]),
  row("tan", ops.tan, Math.tan, { low: -1, high: 1 }, [
    points(1, [
      [0, 0, 1],
      [Infinity, NaN, NaN],
    ]),
  ]),
  row(
    "atan",
    ops.atan,
    Math.atan,
    {},
    [points(1, [[0, 0, 1], [1, Math.PI / 4, 0.5], [Infinity, Math.PI / 2, 0], [-Infinity, -Math.PI / 2, 0], NANS])],
    { covers: ["atan"] },
  ),
  row("asin", ops.asin, Math.asin, { low: -0.9, high: 0.9 }, [
    points(1, [
      [0, 0],
      [1, Math.PI / 2],
      [-1, -Math.PI / 2],
      [2, NaN],
    ]),
  ]),
  row("acos", ops.acos, Math.acos, { low: -0.9, high: 0.9 }, [
    points(1, [
      [0, Math.PI / 2],
      [1, 0],
      [-1, Math.PI],
      [2, NaN],
    ]),
  ]),
  row("sinh", ops.sinh, Math.sinh, {}, [
    points(1, [
      [0, 0, 1],
      [1e-10, 1e-10, 1],
      [Infinity, Infinity, Infinity],
      [-Infinity, -Infinity, Infinity],
    ]),
  ]),
  row("cosh", ops.cosh, Math.cosh, {}, [
    points(1, [
      [0, 1],
      [-Infinity, Infinity],
      [NaN, NaN],
    ]),
  ]),
  row("trunc", ops.trunc, Math.trunc, { skip: [-2, -1, 0, 1, 2] }, [
    points(1, [
      [-1.5, -1, 0],
      [2.5, 2, 0],
    ]),
  ]),
  {
    name: "atan2",
    covers: [],
    f: ops.atan2,
    reference: map(Math.atan2),
    inputs: [
      [
        { shape: [7], low: 0.2 },
        { shape: [7], low: 0.2 },
      ],
      [
        { shape: [3, 1], low: 0.2 },
        { shape: [1, 4], low: 0.2 },
      ],
    ],
    ulps: 32,
    cases: [
      points(2, [
        [0, 1, 0],
        [0, -1, Math.PI],
        [1, 0, Math.PI / 2],
        [-1, 0, -Math.PI / 2],
        [0, 0, 0],
        [-1, -1, -0.75 * Math.PI],
      ]),
    ],
  },
  {
    name: "remainder",
    covers: [],
    f: (a) => ops.remainder(a, 3),
    reference: map((a) => ((a % 3) + 3) % 3),
    inputs: shapes([[0], [9]], { low: 0.1, high: 2.9 }),
    order: 1,
    cases: [
      points(1, [
        [-1, 2, 1],
        [4, 1, 1],
      ]),
    ],
  },
  {
    name: "fmod",
    covers: [],
    f: (a) => ops.fmod(a, 3),
    reference: map((a) => a % 3),
    inputs: shapes([[0], [9]], { low: 0.1, high: 2.9 }),
    order: 1,
    cases: [
      points(1, [
        [-1, -1, 1],
        [-4, -1, 1],
      ]),
    ],
  },
  ...truths(ops.isnan, "isnan", 0, [
    [NaN, 1],
    [Infinity, 0],
    [0, 0],
  ]),
  ...truths(ops.isinf, "isinf", 0, [
    [NaN, 0],
    [-Infinity, 1],
    [0, 0],
  ]),
  ...truths(ops.isfinite, "isfinite", 1, [
    [NaN, 0],
    [Infinity, 0],
    [0, 1],
  ]),
  ...truths(ops.logicalNot, "logicalNot", 0, [
    [0, 1],
    [2, 0],
    [NaN, 0],
  ]),
  ...truths(ops.logicalAnd, "logicalAnd", 1, [
    [0, 0, 0],
    [2, 0, 0],
    [2, -1, 1],
  ]),
  ...truths(ops.logicalOr, "logicalOr", 1, [
    [0, 0, 0],
    [2, 0, 1],
    [2, -1, 1],
  ]),
  ...truths(ops.logicalXor, "logicalXor", 0, [
    [0, 0, 0],
    [2, 0, 1],
    [2, -1, 0],
  ]),
];
