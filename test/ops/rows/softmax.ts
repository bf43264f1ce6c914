/** Softmax and what is built on it. */
import { logSoftmax, softmax, softmaxCrossEntropy } from "../../../src/ops/index.ts";
import { type Array64, at, build, logSumExp, map, reduce } from "../../support/reference.ts";
import { type Row, shapes } from "../laws.ts";
import { labelled } from "./gather.ts";

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
