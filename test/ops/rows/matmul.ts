/** Matrix products: unit, exact tiles, ragged, many rows, columns, thin ones, none at all; batches that stretch; NaN and ±∞. */
import { type MatmulOptions, matmul } from "../../../src/ops/index.ts";
import { matmul as matmul64 } from "../../support/reference.ts";
import type { Row } from "../laws.ts";

const FLAGS: readonly MatmulOptions[] = [{}, { transA: true }, { transB: true }, { transA: true, transB: true }];
const SIZES = [
  [1, 1, 1],
  [4, 8, 8],
  [5, 7, 3],
  [17, 33, 9],
  [3, 9, 1],
  [1, 9, 5],
  [200, 11, 13],
  [0, 3, 4],
  [3, 0, 4],
  [3, 4, 0],
] as const;
/** Batches of a and b. */
const BATCHES = [
  [[2], [2]],
  [[3], []],
  [[], [3]],
  [[2, 1], [3]],
  [
    [2, 3],
    [1, 3],
  ],
  [
    [4, 2],
    [4, 1],
  ],
  [
    [2, 1, 3],
    [1, 2, 1],
  ],
  [[0], [0]],
  [[1], [4]],
] as const;

/** A sum of k products, each rounded: k units of the largest product at most, on either side of the product k ≤ 40. */
const ulps = 256;

const flip = (rows: number, cols: number, flipped = false): [number, number] => (flipped ? [cols, rows] : [rows, cols]);

export const matmulRows: readonly Row[] = FLAGS.flatMap(({ transA = false, transB = false }): Row[] => [
  {
    name: `matmul${transA ? " aᵀ" : ""}${transB ? " bᵀ" : ""}`,
    covers: ["matmul"],
    f: (a, b) => matmul(a, b, { transA, transB }),
    reference: (a, b) => matmul64(a, b, transA, transB),
    inputs: [
      ...SIZES.map(([m, k, n]) => [{ shape: flip(m, k, transA) }, { shape: flip(k, n, transB) }]),
      ...BATCHES.map(([a, b]) => [{ shape: [...a, ...flip(3, 5, transA)] }, { shape: [...b, ...flip(5, 2, transB)] }]),
    ],
    ulps,
  },
]).concat([
  {
    name: "matmul",
    f: (a, b) => matmul(a, b),
    reference: (a, b) => matmul64(a, b),
    inputs: [],
    cases: [
      {
        x: [
          [
            [1, 2],
            [3, 4],
          ],
          [
            [5, 6],
            [7, 8],
          ],
        ],
        y: [
          [19, 22],
          [43, 50],
        ],
        slopes: [
          [
            [11, 15],
            [11, 15],
          ],
          [
            [4, 4],
            [6, 6],
          ],
        ],
      },
      {
        x: [
          [
            [NaN, 0],
            [1, 2],
          ],
          [
            [1, 2],
            [3, 4],
          ],
        ],
        y: [
          [NaN, NaN],
          [7, 10],
        ],
      },
      {
        x: [
          [[Infinity, 1]],
          [
            [0, 1],
            [1, 1],
          ],
        ],
        y: [[NaN, Infinity]],
      },
    ],
  },
]);
