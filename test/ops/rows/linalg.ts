/** Small linear algebra, and Einstein sums. */
import { tensor } from "../../../src/graph/from.ts";
import type { Tensor } from "../../../src/graph/tensor.ts";
import { bilinear, cdist, det, einsum, inv, normalize, solve } from "../../../src/ops/index.ts";
import { type Array64, array64, at, build } from "../../support/reference.ts";
import type { Row } from "../laws.ts";

/** What stands at (i, j), with 4 more on the diagonal, so that pivots stay away from 0. */
const firm = (a: Array64, i: number, j: number) => at(a, [i, j]) + (i === j ? 4 : 0);

/** x of a·x = b by Gauss and Jordan. */
function solved(a: Array64, b: Array64): Array64 {
  const [n, m] = b.shape as [number, number];
  const rows = Array.from({ length: n }, (_, i) => [
    ...Array.from({ length: n }, (_, j) => firm(a, i, j)),
    ...Array.from({ length: m }, (_, j) => at(b, [i, j])),
  ]);
  for (let k = 0; k < n; ++k) {
    const pivot = rows[k]!;
    for (let i = 0; i < n; ++i) {
      if (i === k) continue;
      const factor = rows[i]![k]! / pivot[k]!;
      rows[i] = rows[i]!.map((value, j) => value - factor * pivot[j]!);
    }
  }
  return build(b.shape, ([i, j]) => rows[i!]![n + j!]! / rows[i!]![i!]!);
}

function determinant(a: Array64): Array64 {
  const rows = Array.from({ length: a.shape[0]! }, (_, i) => Array.from({ length: a.shape[0]! }, (_, j) => firm(a, i, j)));
  let product = 1;
  for (let k = 0; k < rows.length; ++k) {
    product *= rows[k]![k]!;
    for (let i = k + 1; i < rows.length; ++i) {
      const factor = rows[i]![k]! / rows[k]![k]!;
      rows[i] = rows[i]!.map((value, j) => value - factor * rows[k]![j]!);
    }
  }
  return array64([], [product]);
}

const identity = (n: number) => build([n, n], ([i, j]) => (i === j ? 1 : 0));
const eye4 = (n: number) => Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 4 : 0));
const raised = (a: Parameters<Row["f"]>[0]) => a.add(tensorOf(a.shape[0]!));
const tensorOf = (n: number) => tensor(eye4(n), { shape: [n, n] });

export const linalgRows: readonly Row[] = [
  {
    name: "solve",
    f: (a, b) => solve(raised(a), b),
    reference: solved,
    inputs: [1, 2, 5].map((n) => [{ shape: [n, n] }, { shape: [n, 3] }]),
    ulps: 64,
  },
  {
    name: "inv",
    covers: [],
    f: (a) => inv(raised(a)),
    reference: (a) => solved(a, identity(a.shape[0]!)),
    inputs: [[{ shape: [3, 3] }]],
    ulps: 64,
  },
  { name: "det", f: (a) => det(raised(a)), reference: determinant, inputs: [1, 2, 4].map((n) => [{ shape: [n, n] }]), ulps: 64 },
  {
    name: "solve needs rows exchanged",
    covers: [],
    f: (a, b) => solve(a, b),
    reference: (_, b) => b,
    inputs: [],
    cases: [
      {
        x: [
          [
            [0, 1],
            [2, 0],
          ],
          [[3], [4]],
        ],
        y: [[2], [3]],
      },
    ],
  },
  {
    name: "einsum of three",
    covers: [],
    f: (a, b, c) => einsum("bi,ij,bj->b", a, b, c),
    reference: (a, b, c) =>
      build([2], ([n]) => {
        let total = 0;
        for (let i = 0; i < 3; ++i) for (let j = 0; j < 2; ++j) total += at(a, [n!, i]) * at(b, [i, j]) * at(c, [n!, j]);
        return total;
      }),
    inputs: [[{ shape: [2, 3] }, { shape: [3, 2] }, { shape: [2, 2] }]],
    ulps: 32,
  },
  {
    name: "einsum of a diagonal",
    covers: [],
    f: (a) => einsum("iji->j", a),
    reference: (a) => build([2], ([j]) => at(a, [0, j!, 0]) + at(a, [1, j!, 1]) + at(a, [2, j!, 2])),
    inputs: [[{ shape: [3, 2, 3] }]],
    ulps: 16,
  },
  {
    name: "bilinear",
    covers: [],
    f: bilinear,
    reference: (a, b, w) =>
      build([2, 2], ([n, k]) => {
        let total = 0;
        for (let i = 0; i < 3; ++i) for (let j = 0; j < 2; ++j) total += at(a, [n!, i]) * at(w, [i, j, k!]) * at(b, [n!, j]);
        return total;
      }),
    inputs: [[{ shape: [2, 3] }, { shape: [2, 2] }, { shape: [3, 2, 2] }]],
    ulps: 32,
  },
  {
    name: "cdist",
    covers: [],
    f: cdist,
    reference: (a, b) => build([2, 3], ([i, j]) => Math.hypot(at(a, [i!, 0]) - at(b, [j!, 0]), at(a, [i!, 1]) - at(b, [j!, 1]))),
    inputs: [[{ shape: [2, 2] }, { shape: [3, 2] }]],
    ulps: 16,
  },
  {
    name: "normalize",
    covers: [],
    f: (x) => normalize(x),
    reference: (x) => build(x.shape, (place) => at(x, place) / Math.hypot(at(x, [place[0]!, 0]), at(x, [place[0]!, 1]))),
    inputs: [[{ shape: [3, 2], low: 0.5 }]],
    ulps: 16,
    cases: [{ x: [[[0, 0]]], y: [[0, 0]] }],
  },
  ...[1, 3, Infinity].map((p) => ({
    name: `normalize by norm ${p}`,
    covers: [],
    f: (x: Tensor) => normalize(x, { p, axis: 0 }),
    reference: (x: Array64) => {
      const size = (j: number): number => {
        const own = Array.from({ length: x.shape[0]! }, (_, i) => Math.abs(at(x, [i, j])));
        return p === Infinity ? Math.max(...own) : own.reduce((sum, value) => sum + value ** p, 0) ** (1 / p);
      };
      return build(x.shape, (place) => at(x, place) / size(place[1]!));
    },
    inputs: [[{ shape: [3, 2], low: 0.5 }]],
    ulps: 16,
    cases: [{ x: [[[0], [0]]], y: [[0], [0]] }],
  })),
];
