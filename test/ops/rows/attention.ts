/**
 * Attention. A score is a sum of `size` products, a value one of as many as there are keys; between them stands an exponential, which
 * makes the absolute error of a score a relative one.
 */
import { tensor } from "../../../src/graph/from.ts";
import { attendColumns } from "../../../src/ops/attention.ts";
import { attentionWeights, rotaryEncoding, scaledDotProductAttention } from "../../../src/ops/index.ts";
import { rotateColumns } from "../../../src/ops/position.ts";
import { type Attention64, attention64, weights64 } from "../../support/attention.ts";
import { type Array64, at, build } from "../../support/reference.ts";
import type { Input, Row } from "../laws.ts";

type Shape = readonly number[];

const covers = ["attention", "attentionGrad"];
const range = { low: -1, high: 1 };

function given(lead: Shape, rows: number, keys: number, size: number, valueSize = size): Input[] {
  const shapes = [
    [...lead, rows, size],
    [...lead, keys, size],
    [...lead, keys, valueSize],
  ];
  return shapes.map((shape) => ({ shape, ...range }));
}

const options: Readonly<Record<string, Attention64>> = { plain: {}, causal: { causal: true }, "scaled by −2": { scale: -2 } };

const small: Row[] = Object.entries(options).map(([name, option]) => ({
  name: `attention, ${name}`,
  covers,
  f: (q, k, v) => scaledDotProductAttention(q!, k!, v!, option as { causal?: boolean }),
  reference: (q, k, v) => attention64(q!, k!, v!, option),
  inputs: [
    given([], 1, 1, 1),
    given([2], 3, 5, 4),
    given([2, 2], 4, 3, 3, 2),
    given([2, 1, 3], 2, 2, 5),
    given([0], 3, 3, 4),
    given([2], 0, 3, 4),
    given([1], 9, 8, 8),
  ],
  ulps: 64,
}));

/** More than a tile, a tile and its neighbours; heads of every kind of width. */
const large: Row[] = [false, true].map((causal) => ({
  name: `attention of more than a tile, ${causal ? "causal" : "plain"}`,
  covers,
  f: (q, k, v) => scaledDotProductAttention(q!, k!, v!, { causal }),
  reference: (q, k, v) => attention64(q!, k!, v!, { causal }),
  inputs: [
    given([], 64, 64, 32),
    given([], 65, 63, 16),
    given([], 63, 65, 8, 3),
    given([], 20, 150, 7, 65),
    given([], 130, 70, 65, 1),
    given([], 6, 5, 140, 133),
  ],
  order: 1,
  ulps: 256,
}));

/** Each row may attend to its first key at least. */
const someKey = (mask: Array64): Array64 => build(mask.shape, (index) => (index.at(-1) === 0 ? 1 : at(mask, index)));
const FIRST = [1, 0, 0, 0, 0];

const masks: readonly [name: string, shape: Shape][] = [
  ["rows and keys", [4, 5]],
  ["sequences and keys", [2, 1, 1, 5]],
  ["heads, rows and keys", [3, 4, 5]],
  ["everything", [2, 3, 4, 5]],
];
const masked: Row[] = masks.map(([name, shape]) => ({
  name: `attention, mask of ${name}`,
  covers,
  f: (q, k, v, mask) => scaledDotProductAttention(q!, k!, v!, { mask: mask!.maximum(tensor(FIRST)) }),
  reference: (q, k, v, mask) => attention64(q!, k!, v!, { mask: someKey(mask!) }),
  inputs: [[...given([2, 3], 4, 5, 4), { shape, whole: true, low: 0, high: 2, constant: true }]],
  ulps: 64,
}));

const biased: Row[] = [...masks, ["rows", [4, 1]] as [string, Shape]].map(([name, shape]) => ({
  name: `attention, bias of ${name}`,
  covers,
  f: (q, k, v, bias) => scaledDotProductAttention(q!, k!, v!, { bias: bias!, causal: true }),
  reference: (q, k, v, bias) => attention64(q!, k!, v!, { bias: bias!, causal: true }),
  inputs: [[...given([2, 3], 4, 5, 4), { shape, ...range }]],
  ulps: 64,
}));

/** Columns of [batch, length, columns] as [batch, heads, length, size]. */
function columns64(x: Array64, from: number, heads: number, size: number): Array64 {
  const [batch, length] = x.shape as [number, number, number];
  return build([batch, heads, length, size], ([b, h, l, i]) => at(x, [b!, l!, from + h! * size + i!]));
}
function sideBySide64(x: Array64): Array64 {
  const [batch, heads, length, size] = x.shape as [number, number, number, number];
  return build([batch, length, heads * size], ([b, l, i]) => at(x, [b!, Math.floor(i! / size), l!, i! % size]));
}

const HEADS = { heads: 2, size: 3, valueSize: 3 };
const packed: readonly Row[] = [
  {
    name: "attention of one matrix' columns",
    covers,
    f: (x) =>
      attendColumns([x!], {
        ...HEADS,
        parts: [
          { of: 0, at: 0 },
          { of: 0, at: 6 },
          { of: 0, at: 12 },
        ],
        causal: true,
      }),
    reference: (x) =>
      sideBySide64(attention64(columns64(x!, 0, 2, 3), columns64(x!, 6, 2, 3), columns64(x!, 12, 2, 3), { causal: true })),
    inputs: [[{ shape: [2, 5, 18], ...range }]],
    ulps: 64,
  },
  {
    name: "attention of queries and a matrix of values before keys",
    covers,
    f: (q, x, mask) =>
      attendColumns([q!, x!], {
        ...HEADS,
        valueSize: 4,
        mask: mask!,
        parts: [
          { of: 0, at: 0 },
          { of: 1, at: 8 },
          { of: 1, at: 0 },
        ],
      }),
    reference: (q, x, mask) =>
      sideBySide64(attention64(columns64(q!, 0, 2, 3), columns64(x!, 8, 2, 3), columns64(x!, 0, 2, 4), { mask: mask! })),
    inputs: [
      [
        { shape: [2, 4, 6], ...range },
        { shape: [2, 5, 14], ...range },
        { shape: [2, 1, 1, 5], whole: true, low: 1, high: 2, constant: true },
      ],
    ],
    ulps: 64,
  },
];

/** Pairs of each row turned by their angle: multiplication of complex numbers. */
function turned64(x: Array64, base = 10_000, start = 0): Array64 {
  const size = x.shape.at(-1)!;
  return build(x.shape, (index) => {
    const [row, i] = index.slice(-2) as [number, number];
    const angle = (row + start) / base ** ((2 * (i >> 1)) / size);
    const other = at(x, index.with(-1, i ^ 1));
    return at(x, index) * Math.cos(angle) + (i % 2 === 0 ? -1 : 1) * other * Math.sin(angle);
  });
}

const rotary: readonly Row[] = [
  {
    name: "rotaryEncoding",
    covers: ["rotary"],
    f: (x) => rotaryEncoding(x!),
    reference: (x) => turned64(x!),
    inputs: [
      [5, 2],
      [2, 3, 6],
      [2, 2, 9, 8],
      [0, 3, 4],
      [70, 32],
    ].map((shape) => [{ shape }]),
  },
  {
    name: "rotaryEncoding from another position, with longer waves",
    covers: ["rotary"],
    f: (x) => rotaryEncoding(x!, { base: 500_000, start: 1000 }),
    reference: (x) => turned64(x!, 500_000, 1000),
    inputs: [[{ shape: [4, 6] }]],
  },
  {
    name: "rotary positions of the first columns",
    covers: ["rotary"],
    f: (x) => rotateColumns(x!, 8, 4),
    reference: (x) => {
      const heads = [0, 4].map((from) =>
        turned64(build([...x!.shape.slice(0, -1), 4], (index) => at(x!, index.with(-1, from + index.at(-1)!)))),
      );
      return build(x!.shape, (index) => {
        const column = index.at(-1)!;
        return column < 8 ? at(heads[column >> 2]!, index.with(-1, column % 4)) : at(x!, index);
      });
    },
    inputs: [[{ shape: [2, 5, 11] }]],
  },
];

export const attentionRows: readonly Row[] = [
  ...rotary,
  ...small,
  ...large,
  ...masked,
  ...biased,
  ...packed,
  {
    name: "attentionWeights",
    covers: [],
    f: (q, k) => attentionWeights(q!, k!, { causal: true }),
    reference: (q, k) => weights64(q!, k!, { causal: true }),
    inputs: [given([2, 3], 4, 5, 4).slice(0, 2)],
    ulps: 64,
  },
  {
    name: "attention where a row may attend to nothing",
    covers,
    f: (q, k, v, mask) => scaledDotProductAttention(q!, k!, v!, { mask: mask! }),
    reference: (q, k, v, mask) => attention64(q!, k!, v!, { mask: mask! }),
    inputs: [],
    cases: [
      {
        x: [
          [[1], [2]],
          [[1], [3]],
          [[4], [5]],
          [
            [0, 0],
            [0, 1],
          ],
        ],
        y: [[NaN], [5]],
        slopes: [
          [[0], [0]],
          [[0], [0]],
          [[NaN], [NaN]],
        ],
      },
    ],
  },
  {
    name: "attention with infinite and missing numbers",
    covers,
    f: (q, k, v) => scaledDotProductAttention(q!, k!, v!, { causal: true }),
    reference: (q, k, v) => attention64(q!, k!, v!, { causal: true }),
    inputs: [],
    cases: [
      {
        x: [
          [[1], [1]],
          [[1], [NaN]],
          [[4], [5]],
        ],
        y: [[4], [NaN]],
      },
      {
        x: [
          [[1], [1]],
          [[Infinity], [1]],
          [[4], [5]],
        ],
        y: [[NaN], [NaN]],
      },
      {
        x: [
          [[1], [1]],
          [[-Infinity], [1]],
          [[4], [5]],
        ],
        y: [[NaN], [5]],
      },
      {
        x: [
          [[1], [1]],
          [[0], [0]],
          [[2], [Infinity]],
        ],
        y: [[NaN], [Infinity]],
      },
    ],
  },
];
