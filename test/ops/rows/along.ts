/** Choosing along an axis, by index and by size; and what moves elements about. */
import { tensor } from "../../../src/graph/from.ts";
import {
  addAlong,
  argsort,
  cast,
  concat,
  diag,
  flip,
  indexSelect,
  pad,
  putAlong,
  repeatInterleave,
  roll,
  sections,
  slice,
  sort,
  takeAlong,
  tile,
  topk,
  tril,
} from "../../../src/ops/index.ts";
import { type Array64, array64, at, build } from "../../support/reference.ts";
import type { Row } from "../laws.ts";

const index = [2, 0, 2, 1, 1, 0];
const indices = tensor(Int32Array.from(index), { shape: [2, 3] });

/** Where the elements of a line stand in ascending order. */
function orderOf(line: readonly number[], descending = false): number[] {
  return line.map((_, i) => i).sort((a, b) => (descending ? line[b]! - line[a]! : line[a]! - line[b]!) || a - b);
}

/** A function of the lines along an axis. */
function lines(axis: number, f: (line: number[]) => number[]): (x: Array64) => Array64 {
  return (x) => {
    const lineAt = (place: readonly number[]) => Array.from({ length: x.shape[axis]! }, (_, i) => at(x, place.with(axis, i)));
    const length = f(Array.from({ length: x.shape[axis]! }, () => 0)).length;
    return build(x.shape.with(axis, length), (place) => f(lineAt(place))[place[axis]!]!);
  };
}

const LINES = [[[1, 1]], [[2, 1]], [[3, 5]], [[2, 17]], [[0, 4]], [[3, 33]]].map(([shape]) => [{ shape: shape! }]);

export const alongRows: readonly Row[] = [
  {
    name: "takeAlong the last axis",
    covers: ["takeAlong", "intoAlong"],
    f: (x) => takeAlong(x, indices),
    reference: (x) => build([2, 3], ([i, j]) => at(x, [i!, index[i! * 3 + j!]!])),
    inputs: [[{ shape: [2, 3] }], [{ shape: [2, 5] }]],
  },
  {
    name: "takeAlong the first axis",
    covers: [],
    f: (x) => takeAlong(x, indices, 0),
    reference: (x) => build([2, 3], ([i, j]) => at(x, [index[i! * 3 + j!]!, j!])),
    inputs: [[{ shape: [3, 3] }]],
  },
  {
    name: "putAlong",
    f: (x, values) => putAlong(x, indices, values),
    reference: (x, values) => {
      const y = array64(x.shape, x.data);
      for (let i = 0; i < 6; ++i) y.data[Math.floor(i / 3) * 3 + index[i]!] = values.data[i]!;
      return y;
    },
    // Where an index stands twice only the last value counts: rows 0 and 1 of the first do, which the gradient must see.
    inputs: [[{ shape: [2, 3] }, { shape: [2, 3], constant: true }]],
  },
  {
    name: "addAlong",
    covers: [],
    f: (x, values) => addAlong(x, indices, values),
    reference: (x, values) => {
      const y = array64(x.shape, x.data);
      for (let i = 0; i < 6; ++i) y.data[Math.floor(i / 3) * 4 + index[i]!]! += values.data[i]!;
      return y;
    },
    inputs: [[{ shape: [2, 4] }, { shape: [2, 3] }]],
  },
  {
    name: "argsort",
    f: (x) => cast(argsort(x), "f32"),
    reference: lines(1, orderOf),
    inputs: LINES,
    order: 0,
    covers: ["argsort", "cast"],
    cases: [
      { x: [[2, 1, 2, 1]], y: [1, 3, 0, 2] },
      { x: [[NaN, 1, Infinity, -0, 0]], y: [3, 4, 1, 2, 0] },
    ],
  },
  {
    name: "argsort, descending, along the first axis",
    covers: [],
    f: (x) => cast(argsort(x, { axis: 0, descending: true }), "f32"),
    reference: lines(0, (line) => orderOf(line, true)),
    inputs: [[{ shape: [9, 2] }]],
    order: 0,
    cases: [{ x: [[1, NaN, 2, 2]], y: [1, 2, 3, 0] }],
  },
  {
    name: "sort",
    covers: [],
    order: 0, // neighbours may change places within a difference; the gradient is that of takeAlong
    f: (x) => sort(x).values,
    reference: lines(1, (line) => [...line].sort((a, b) => a - b)),
    inputs: LINES,
  },
  {
    name: "topk",
    covers: [],
    f: (x) => topk(x, 2).values,
    reference: lines(1, (line) => [...line].sort((a, b) => b - a).slice(0, 2)),
    inputs: [[{ shape: [3, 7] }], [{ shape: [1, 2] }]],
  },
  {
    name: "indexSelect",
    covers: [],
    f: (x) => indexSelect(x, tensor(Int32Array.of(2, 2, 0)), 1),
    reference: (x) => build([2, 3], ([i, j]) => at(x, [i!, [2, 2, 0][j!]!])),
    inputs: [[{ shape: [2, 4] }]],
  },
  {
    name: "flip",
    covers: [],
    f: (x) => flip(x, 1),
    reference: lines(1, (line) => line.reverse()),
    inputs: [[{ shape: [2, 5] }], [{ shape: [2, 0] }]],
  },
  {
    name: "slice with a step",
    covers: [],
    f: (x) => slice(x, 1, 6, 1, 2),
    reference: lines(1, (line) => [line[1]!, line[3]!, line[5]!]),
    inputs: [[{ shape: [2, 6] }]],
  },
  {
    name: "roll",
    covers: [],
    f: (x) => roll(x, 2, 1),
    reference: lines(1, (line) => [...line.slice(-2), ...line.slice(0, -2)]),
    inputs: [[{ shape: [2, 5] }]],
  },
  {
    name: "pad with a number",
    covers: [],
    f: (x) => pad(x, [[1, -1]], { value: 3 }),
    reference: lines(1, (line) => [3, ...line.slice(0, -1)]),
    inputs: [[{ shape: [2, 4] }]],
  },
  {
    name: "pad with the mirror image",
    covers: [],
    f: (x) => pad(x, [[2, 1]], { mode: "reflect" }),
    reference: lines(1, (line) => [line[2]!, line[1]!, ...line, line.at(-2)!]),
    inputs: [[{ shape: [2, 4] }]],
  },
  {
    name: "tile",
    covers: [],
    f: (x) => tile(x, [1, 2]),
    reference: lines(1, (line) => [...line, ...line]),
    inputs: [[{ shape: [2, 3] }]],
  },
  {
    name: "repeatInterleave",
    covers: [],
    f: (x) => repeatInterleave(x, 2, 1),
    reference: lines(1, (line) => line.flatMap((value) => [value, value])),
    inputs: [[{ shape: [2, 3] }]],
  },
  {
    name: "sections",
    f: (x) => concat(sections(x, [1, 0, 3], 1).toReversed(), 1),
    reference: lines(1, (line) => [...line.slice(1), line[0]!]),
    inputs: [[{ shape: [2, 4] }], [{ shape: [0, 4] }], [{ shape: [3, 4, 5] }]],
  },
  {
    name: "one of several sections",
    covers: ["sections"],
    f: (x) => sections(x, [1, 3], 1)[1]!,
    reference: lines(1, (line) => line.slice(1)),
    inputs: [[{ shape: [2, 4] }]],
  },
  {
    name: "tril",
    covers: [],
    f: (x) => tril(x, 1),
    reference: (x) => build(x.shape, (place) => (place[1]! - place[0]! <= 1 ? at(x, place) : 0)),
    inputs: [[{ shape: [3, 4] }]],
    cases: [{ x: [[[1, NaN, NaN]]], y: [[1, NaN, 0]] }],
  },
  {
    name: "diag",
    covers: [],
    f: (x) => diag(x, -1),
    reference: (x) => build([3, 3], ([i, j]) => (i === j! + 1 ? x.data[j!]! : 0)),
    inputs: [[{ shape: [2] }]],
  },
];
