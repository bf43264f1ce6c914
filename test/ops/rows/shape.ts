/** Ops that move numbers: what comes out is exact. */
import type { PlainType } from "../../../src/core/dtype.ts";
import type { Shape } from "../../../src/core/shape.ts";
import { concat, expand, flatten, permute, reshape, slice, squeeze, stack, transpose, unsqueeze } from "../../../src/ops/index.ts";
import { type Array64, array64, at, build, map } from "../../support/reference.ts";
import { type Case, type Row, shapes } from "../laws.ts";

const reshaped =
  (shape: Shape) =>
  (x: Array64): Array64 =>
    array64(shape, x.data);
const permuted =
  (axes: readonly number[]) =>
  (x: Array64): Array64 =>
    build(
      axes.map((axis) => x.shape[axis]!),
      (index) =>
        at(
          x,
          x.shape.map((_, axis) => index[axes.indexOf(axis)]!),
        ),
    );
const sliced =
  (axis: number, start: number, end: number) =>
  (x: Array64): Array64 =>
    build(x.shape.with(axis, end - start), (index) => at(x, index.with(axis, index[axis]! + start)));
const joined =
  (axis: number) =>
  (...parts: Array64[]): Array64 =>
    build(
      parts[0]!.shape.with(
        axis,
        parts.reduce((n, part) => n + part.shape[axis]!, 0),
      ),
      (index) => {
        let rest = index[axis]!;
        let from = 0;
        while (rest >= parts[from]!.shape[axis]!) rest -= parts[from++]!.shape[axis]!;
        return at(parts[from]!, index.with(axis, rest));
      },
    );

const exact = { ulps: 1 } as const;
const anyType = (dtype: PlainType, low: number, high: number) => ({ dtype, whole: true, low, high });
const NON_NUMBERS: Case = {
  x: [
    [
      [NaN, Infinity],
      [-Infinity, -0],
    ],
  ],
  y: [
    [NaN, -Infinity],
    [Infinity, -0],
  ],
};

const PERMUTATIONS: readonly (readonly [Shape, readonly number[]])[] = [
  [[], []],
  [[3], [0]],
  [
    [3, 5],
    [1, 0],
  ],
  [
    [2, 3, 4],
    [2, 0, 1],
  ],
  [
    [2, 3, 4],
    [0, 2, 1],
  ],
  [
    [2, 1, 3, 2],
    [3, 1, 0, 2],
  ],
  [
    [0, 4],
    [1, 0],
  ],
  [
    [40, 33],
    [1, 0],
  ],
];

const SLICES: readonly (readonly [Shape, axis: number, start: number, end: number])[] = [
  [[5], 0, 1, 4],
  [[5], 0, 2, 2],
  [[5], 0, 0, 5],
  [[4, 6], 0, 1, 3],
  [[4, 6], 1, 2, 5],
  [[2, 5, 3], 1, 0, 4],
  [[60, 40], 1, 3, 38],
  [[0, 3], 1, 1, 2],
];

const JOINS: readonly (readonly [axis: number, ...shapes: Shape[]])[] = [
  [0, [3], [2]],
  [0, [2, 3], [1, 3], [4, 3]],
  [1, [2, 3], [2, 1], [2, 0]],
  [2, [2, 2, 3], [2, 2, 1]],
  [1, [30, 40], [30, 20]],
  [0, [0, 3], [2, 3]],
];

export const shapeRows: readonly Row[] = [
  ...(
    [
      [[6], [2, 3]],
      [
        [2, 3, 4],
        [4, 6],
      ],
      [[1], []],
      [
        [0, 3],
        [3, 0],
      ],
      [[50, 40], [2000]],
    ] as const
  ).map(
    ([from, to]): Row => ({
      name: `reshape to [${to}]`,
      covers: ["reshape"],
      f: (x) => reshape(x, to),
      reference: reshaped(to),
      inputs: shapes([from]),
      ...exact,
    }),
  ),
  {
    name: "reshape with −1",
    covers: ["reshape"],
    f: (x) => reshape(x, [2, -1]),
    reference: (x) => reshaped([2, x.data.length / 2])(x),
    inputs: shapes([[6], [2, 3, 4], [2, 0]]),
    ...exact,
  },
  {
    name: "flatten",
    covers: ["reshape"],
    f: (x) => flatten(x),
    reference: (x) => reshaped([x.shape[0]!, x.data.length / x.shape[0]!])(x),
    inputs: shapes([[3], [2, 3], [2, 3, 4]]),
    ...exact,
  },
  {
    name: "squeeze",
    covers: ["reshape"],
    f: (x) => squeeze(x),
    reference: (x) => reshaped(x.shape.filter((n) => n !== 1))(x),
    inputs: shapes([[1, 3, 1], [1], [2, 3]]),
    ...exact,
  },
  {
    name: "squeeze 1",
    covers: ["reshape"],
    f: (x) => squeeze(x, 1),
    reference: (x) => reshaped(x.shape.toSpliced(1, 1))(x),
    inputs: shapes([
      [1, 1, 3],
      [2, 1],
    ]),
    ...exact,
  },
  {
    name: "unsqueeze −1",
    covers: ["reshape"],
    f: (x) => unsqueeze(x, -1),
    reference: (x) => reshaped([...x.shape, 1])(x),
    inputs: shapes([[], [3], [2, 3]]),
    ...exact,
  },
  ...PERMUTATIONS.map(
    ([shape, axes]): Row => ({
      name: `permute ${axes}`,
      covers: ["permute"],
      f: (x) => permute(x, axes),
      reference: permuted(axes),
      inputs: shapes([shape]),
      ...exact,
      cases: axes.length === 2 && shape[0] === 3 ? [NON_NUMBERS] : [],
    }),
  ),
  {
    name: "permute of bytes",
    covers: ["permute"],
    f: (x) => permute(x, [1, 0]),
    reference: permuted([1, 0]),
    inputs: shapes(
      [
        [3, 5],
        [33, 65],
      ],
      anyType("u8", 0, 256),
    ),
    order: 0,
  },
  {
    name: "transpose",
    covers: ["permute"],
    f: (x) => transpose(x),
    reference: (x) => permuted(x.shape.length === 2 ? [1, 0] : [0, 2, 1])(x),
    inputs: shapes([
      [3, 5],
      [2, 3, 4],
    ]),
    ...exact,
  },
  {
    name: "transpose 0 2",
    covers: ["permute"],
    f: (x) => transpose(x, 0, 2),
    reference: permuted([2, 1, 0]),
    inputs: shapes([[2, 3, 4]]),
    ...exact,
  },
  ...(
    [
      [[], [3]],
      [[1], [4]],
      [
        [3, 1],
        [3, 4],
      ],
      [[4], [2, 3, 4]],
      [
        [2, 1, 3],
        [2, 4, 3],
      ],
      [
        [1, 3],
        [0, 3],
      ],
      [
        [1, 50],
        [40, 50],
      ],
    ] as const
  ).map(
    ([from, to]): Row => ({
      name: `expand to [${to}]`,
      covers: ["expand"],
      f: (x) => expand(x, to),
      reference: (x) =>
        map((a) => a!)(
          x,
          build(to, () => 0),
        ),
      inputs: shapes([from]),
      ulps: 64,
    }),
  ),
  ...SLICES.map(
    ([shape, axis, start, end]): Row => ({
      name: `slice ${start} to ${end} along ${axis}`,
      covers: ["slice", "embed"],
      f: (x) => slice(x, start, end, axis),
      reference: sliced(axis, start, end),
      inputs: shapes([shape]),
      ...exact,
    }),
  ),
  {
    name: "slice from the end",
    covers: ["slice"],
    f: (x) => slice(x, -2),
    reference: (x) => sliced(0, x.shape[0]! - 2, x.shape[0]!)(x),
    inputs: shapes([[5], [3, 2]]),
    ...exact,
  },
  {
    name: "slice of bytes",
    covers: ["slice"],
    f: (x) => slice(x, 1, 3),
    reference: sliced(0, 1, 3),
    inputs: shapes([[5, 3]], anyType("u8", 0, 256)),
    order: 0,
  },
  ...JOINS.map(
    ([axis, ...parts]): Row => ({
      name: `concat along ${axis}`,
      covers: ["concat"],
      f: (...xs) => concat(xs, axis),
      reference: joined(axis),
      inputs: [parts.map((shape) => ({ shape }))],
      ...exact,
    }),
  ),
  {
    name: "concat of i32",
    covers: ["concat"],
    f: (...xs) => concat(xs),
    reference: joined(0),
    inputs: [
      [
        { shape: [3], ...anyType("i32", -9, 9) },
        { shape: [2], ...anyType("i32", -9, 9) },
      ],
    ],
    order: 0,
  },
  {
    name: "stack",
    covers: ["concat", "reshape"],
    f: (...xs) => stack(xs, 1),
    reference: (...xs) =>
      build([xs[0]!.shape[0]!, xs.length, ...xs[0]!.shape.slice(1)], ([i, j, ...rest]) => at(xs[j!]!, [i!, ...rest])),
    inputs: [
      [{ shape: [3] }, { shape: [3] }],
      [{ shape: [2, 4] }, { shape: [2, 4] }, { shape: [2, 4] }],
    ],
    ...exact,
  },
];
