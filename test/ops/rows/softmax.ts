/** Softmax and what is built on it; choices by index. */
import { tensor } from "../../../src/graph/from.ts";
import {
  gather,
  gatherBytes,
  logSoftmax,
  oneHot,
  pick,
  scatterAdd,
  scatterMax,
  softmax,
  softmaxCrossEntropy,
} from "../../../src/ops/index.ts";
import { type Array64, array64, at, build, indexOf, logSumExp, map, placeOf, reduce } from "../../support/reference.ts";
import { type Input, type Row, shapes } from "../laws.ts";

const SIZES = [[1], [7], [3, 4], [5, 10], [2, 3, 9], [0, 3], [3, 1], [40, 33]];
const logs =
  (axis: number) =>
  (x: Array64): Array64 =>
    map((a, z) => a! - z!)(x, reduce(x, [axis], logSumExp, true));
const last = (x: Array64) => x.shape.length - 1;

export const softmaxRows: readonly Row[] = [
  {
    name: "softmax",
    covers: ["softmax", "softmaxGrad"],
    f: (x) => softmax(x),
    reference: (x) => map(Math.exp)(logs(last(x))(x)),
    inputs: shapes(SIZES),
    ulps: 16,
    cases: [
      {
        x: [
          [
            [1000, 1000],
            [-1000, 0],
          ],
        ],
        y: [
          [0.5, 0.5],
          [0, 1],
        ],
        slopes: [
          [
            [0, 0],
            [0, 0],
          ],
        ],
      },
      {
        x: [
          [
            [-Infinity, 0],
            [NaN, 0],
            [Infinity, 0],
            [-Infinity, -Infinity],
          ],
        ],
        y: [
          [0, 1],
          [NaN, NaN],
          [NaN, NaN],
          [NaN, NaN],
        ],
      },
    ],
  },
  {
    name: "softmax along 0",
    covers: ["softmax", "permute"],
    f: (x) => softmax(x, 0),
    reference: (x) => map(Math.exp)(logs(0)(x)),
    inputs: shapes([[3], [3, 4], [2, 3, 4]]),
    ulps: 16,
  },
  {
    name: "logSoftmax",
    covers: ["logSoftmax", "logSoftmaxGrad"],
    f: (x) => logSoftmax(x),
    reference: (x) => logs(last(x))(x),
    inputs: shapes(SIZES),
    ulps: 16,
    cases: [
      {
        x: [
          [
            [1000, 1000],
            [-Infinity, 0],
            [NaN, 1],
          ],
        ],
        y: [
          [-Math.LN2, -Math.LN2],
          [-Infinity, 0],
          [NaN, NaN],
        ],
      },
    ],
  },
  {
    name: "logSoftmax along 1",
    covers: ["logSoftmax"],
    f: (x) => logSoftmax(x, 1),
    reference: logs(1),
    inputs: shapes([
      [3, 4],
      [2, 3, 4],
    ]),
    ulps: 16,
  },
  {
    name: "softmaxCrossEntropy",
    covers: ["softmaxCrossEntropy", "crossEntropyGrad"],
    f: (x, label) => softmaxCrossEntropy(x, label),
    reference: (x, label) => {
      const y = logs(last(x))(x);
      return build(label.shape, (row) => -at(y, [...row, at(label, row)]));
    },
    inputs: [
      [3, 4],
      [1, 1],
      [7, 10],
      [2, 3, 5],
      [0, 3],
      [100, 11],
    ].map((shape) => labelled(shape)),
    ulps: 16,
    cases: [
      {
        x: [
          [
            [1000, 0],
            [0, -1000],
            [-Infinity, 0],
          ],
          [0, 1, 1],
        ],
        y: [0, 1000, 0],
        slopes: [
          [
            [0, 0],
            [1, -1],
            [0, 0],
          ],
        ],
      },
    ],
  },
];

/** Rows of numbers, and one index for each. */
function labelled(shape: readonly number[]): Input[] {
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
