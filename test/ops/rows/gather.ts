/** Choices by index. */
import { tensor } from "../../../src/graph/from.ts";
import { gather, gatherBytes, oneHot, pick, scatterAdd, scatterMax } from "../../../src/ops/index.ts";
import { type Array64, array64, at, build, indexOf, placeOf } from "../../support/reference.ts";
import type { Input, Row } from "../laws.ts";

/** Rows of numbers, and one index for each. */
export function labelled(shape: readonly number[]): Input[] {
  return [{ shape }, { shape: shape.slice(0, -1), dtype: "i32", whole: true, low: 0, high: shape.at(-1)! }];
}

const indices = (shape: readonly number[], rows: number): Input => ({ shape, dtype: "i32", whole: true, low: 0, high: rows });

function gathered(table: Array64, index: Array64, factor = 1): Array64 {
  return build(
    [...index.shape, ...table.shape.slice(1)],
    (place) => factor * at(table, [at(index, place.slice(0, index.shape.length)), ...place.slice(index.shape.length)]),
  );
}

function scattered(rows: Array64, index: Array64, shape: readonly number[]): Array64 {
  const data = new Float64Array(build(shape, () => 0).data);
  for (const [i, value] of rows.data.entries()) {
    const [row, ...rest] = indexOf(rows.shape, i) as [number, ...number[]];
    data[placeOf(shape, [index.data[row]!, ...rest])]! += value;
  }
  return array64(shape, data);
}

export const gatherRows: readonly Row[] = [
  {
    name: "gather",
    covers: ["gather", "scatterAdd"],
    f: (table, index) => gather(table, index),
    reference: (table, index) => gathered(table, index),
    inputs: [
      [{ shape: [5, 3] }, indices([4], 5)],
      [{ shape: [4] }, indices([2, 3], 4)],
      [{ shape: [3, 2, 2] }, indices([], 3)],
      [{ shape: [5, 3] }, indices([0], 5)],
      [{ shape: [7, 0] }, indices([2], 7)],
      [{ shape: [60, 40] }, indices([100], 60)],
    ],
    ulps: 64,
    cases: [
      {
        x: [
          [
            [1, 2],
            [NaN, Infinity],
          ],
          [1, 1, 0],
        ],
        y: [
          [NaN, Infinity],
          [NaN, Infinity],
          [1, 2],
        ],
        slopes: [
          [
            [1, 1],
            [2, 2],
          ],
        ],
      },
    ],
  },
  {
    name: "scatterMax",
    f: (rows) => scatterMax(rows, tensor(Int32Array.of(2, 0, 2)), [3, 5]),
    reference: (rows) =>
      build([3, 5], ([i, j]) =>
        i === 1 ? -Infinity : i === 0 ? at(rows, [1, j!]) : Math.max(at(rows, [0, j!]), at(rows, [2, j!])),
      ),
    inputs: [[{ shape: [3, 5] }]],
    order: 0,
  },
  {
    name: "gather with a row of padding",
    covers: ["gather", "scatterAdd"],
    f: (table, index) => gather(table, index, { paddingIndex: table!.shape[0]! - 1 }),
    reference: (table, index) => gathered(table, index),
    inputs: [[{ shape: [5, 3] }, indices([6], 4)]],
    cases: [
      {
        x: [
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
          [2, 0, 0, 2],
        ],
        y: [
          [5, 6],
          [1, 2],
          [1, 2],
          [5, 6],
        ],
        slopes: [
          [
            [2, 2],
            [0, 0],
            [0, 0],
          ],
        ],
      },
    ],
  },
  {
    name: "gather of i32",
    covers: ["gather"],
    f: (table, index) => gather(table, index),
    reference: (table, index) => gathered(table, index),
    inputs: [[{ shape: [5, 3], dtype: "i32", whole: true, low: -9, high: 9 }, indices([4], 5)]],
    order: 0,
  },
  {
    name: "gather of bytes",
    covers: ["gather"],
    f: (table, index) => gather(table, index),
    reference: (table, index) => gathered(table, index),
    inputs: [[{ shape: [5, 3], dtype: "u8", whole: true, low: 0, high: 256 }, indices([4], 5)]],
    order: 0,
  },
  {
    name: "scatterAdd",
    covers: ["scatterAdd", "gather"],
    f: (rows, index) => scatterAdd(rows, index, [4, 3]),
    reference: (rows, index) => scattered(rows, index, [4, 3]),
    inputs: [
      [{ shape: [6, 3] }, indices([6], 4)],
      [{ shape: [1, 3] }, indices([1], 4)],
      [{ shape: [0, 3] }, indices([0], 4)],
      [{ shape: [400, 3] }, indices([400], 4)],
    ],
    ulps: 256,
  },
  {
    name: "gatherBytes",
    f: (table, index) => gatherBytes(table, index, 1 / 255),
    reference: (table, index) => gathered(table, index, 1 / 255),
    inputs: [
      [{ shape: [5, 3], dtype: "u8", whole: true, low: 0, high: 256 }, indices([4], 5)],
      [{ shape: [60, 28, 28], dtype: "u8", whole: true, low: 0, high: 256 }, indices([20], 60)],
    ],
    order: 0,
  },
  {
    name: "oneHot",
    f: (index) => oneHot(index, 4),
    reference: (index) => build([...index.shape, 4], (place) => (place.at(-1) === at(index, place.slice(0, -1)) ? 1 : 0)),
    inputs: [[indices([3], 4)], [indices([2, 3], 4)], [indices([], 4)], [indices([0], 4)], [indices([500], 4)]],
    order: 0,
  },
  {
    name: "pick",
    covers: ["pick", "oneHot"],
    f: (x, index) => pick(x, index),
    reference: (x, index) => build(index.shape, (row) => at(x, [...row, at(index, row)])),
    inputs: [
      [3, 4],
      [5, 1],
      [2, 3, 4],
      [0, 3],
      [300, 9],
    ].map((shape) => labelled(shape)),
    cases: [
      {
        x: [
          [
            [1, NaN],
            [Infinity, 2],
          ],
          [1, 0],
        ],
        y: [NaN, Infinity],
        slopes: [
          [
            [0, 1],
            [1, 0],
          ],
        ],
      },
    ],
  },
];
