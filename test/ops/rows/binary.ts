/** Ops of two or three operands, with the ways in which they stretch. */
import type { Shape } from "../../../src/core/shape.ts";
import type { Tensor } from "../../../src/graph/tensor.ts";
import {
  add,
  div,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  maximum,
  minimum,
  mul,
  notEqual,
  pow,
  sub,
  where,
} from "../../../src/ops/index.ts";
import { map, pow as pow64 } from "../../support/reference.ts";
import { type Case, type Input, points, type Row } from "../laws.ts";

/** Rows, columns, numbers, three axes stretched in turn, nothing at all, and more than fits beside an instruction. */
const PAIRS: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[1], [1]],
  [[9], [9]],
  [[3, 4], [4]],
  [[4], [3, 4]],
  [
    [3, 4],
    [3, 1],
  ],
  [
    [3, 1],
    [3, 4],
  ],
  [[3, 4], []],
  [[], [3, 4]],
  [
    [3, 1],
    [1, 4],
  ],
  [
    [1, 4],
    [3, 1],
  ],
  [[1, 1], [5]],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [
    [2, 3, 4],
    [2, 1, 4],
  ],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [
    [2, 1, 1],
    [1, 3, 4],
  ],
  [
    [2, 1, 3, 1],
    [5, 1, 4],
  ],
  [[0], [0]],
  [[0, 3], [3]],
  [[0], []],
  [[1], [0]],
  [
    [2, 0, 3],
    [1, 3],
  ],
  [[5, 300], [300]],
  [
    [300, 5],
    [300, 1],
  ],
  [
    [40, 40],
    [40, 40],
  ],
];

const pairs = (a: Omit<Input, "shape"> = {}, b = a): Input[][] =>
  PAIRS.map(([first, second]) => [
    { shape: first, ...a },
    { shape: second, ...b },
  ]);

const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1, -1, -2.5];

/** Every special number with every other. */
function specials(f: (a: number, b: number) => number): Case {
  return points(
    2,
    SPECIAL.flatMap((a) => SPECIAL.map((b) => [a, b, f(a, b)])),
  );
}

type Plain = (a: number, b: number) => number;
type BinaryOp = (a: Tensor, b: Tensor) => Tensor;

function binary(name: string, f: BinaryOp, plain: Plain, inputs: Input[][], more: Partial<Row> = {}): Row {
  return { name, f, reference: map(plain), inputs, ...more, cases: [specials(plain), ...(more.cases ?? [])] };
}

const top: Plain = (a, b) => Math.max(a, b);
const bottom: Plain = (a, b) => Math.min(a, b);
const chosen = PAIRS.map(([a, b]): Input[] => [
  { shape: a, whole: true, low: -3, high: 3 },
  { shape: b, low: -2.75, high: 3, skip: [-3, -2, -1, 0, 1, 2, 3] },
]);

const compare = (name: string, f: BinaryOp, plain: (a: number, b: number) => boolean, covers: string[]): Row[] => {
  const truth: Plain = (a, b) => (plain(a, b) ? 1 : 0);
  const whole = { whole: true, low: -2, high: 3 };
  return [
    { ...binary(name, f, truth, pairs(whole)), covers: covers.slice(0, 1), order: 0 },
    ...(covers.length > 1
      ? [
          {
            name: `${name} of i32`,
            covers: covers.slice(1),
            f,
            reference: map(truth),
            inputs: pairs({ ...whole, dtype: "i32" }),
            order: 0,
          } as const,
        ]
      : []),
  ];
};

export const binaryRows: readonly Row[] = [
  binary("add", add, (a, b) => a + b, pairs(), { ulps: 64 }),
  binary("sub", sub, (a, b) => a - b, pairs(), { ulps: 64 }),
  binary("mul", mul, (a, b) => a * b, pairs(), { ulps: 64 }),
  binary("div", div, (a, b) => a / b, pairs({}, { low: 0.5 }), { ulps: 64 }),
  binary("maximum", maximum, top, chosen, {
    ulps: 64,
    cases: [
      points(2, [
        [1, 1, 1, 0.5, 0.5],
        [0, -0, 0, 0.5, 0.5],
        [2, 1, 2, 1, 0],
        [Infinity, Infinity, Infinity, 0.5, 0.5],
        [-Infinity, 3, 3, 0, 1],
      ]),
    ],
  }),
  binary("minimum", minimum, bottom, chosen, {
    ulps: 64,
    cases: [
      points(2, [
        [1, 1, 1, 0.5, 0.5],
        [2, 1, 1, 0, 1],
        [-Infinity, -Infinity, -Infinity, 0.5, 0.5],
        [Infinity, 3, 3, 0, 1],
      ]),
    ],
  }),
  binary("pow", pow, pow64, pairs({ low: 0.5 }, {}), {
    ulps: 128,
    cases: [
      points(2, [
        [0, 0, 1, 0, 0],
        [0, 2, 0, 0, 0],
        [-2, 3, -8, 12, NaN],
        [3, 0, 1, 0, Math.log(3)],
        [NaN, 0, 1, 0, NaN],
      ]),
    ],
  }),
  ...compare("equal", equal, (a, b) => a === b, ["equal", "equalI32"]),
  ...compare("notEqual", notEqual, (a, b) => a !== b, ["equal", "equalI32"]),
  ...compare("less", less, (a, b) => a < b, ["less", "lessI32"]),
  ...compare("greater", greater, (a, b) => a > b, ["less", "lessI32"]),
  ...compare("lessEqual", lessEqual, (a, b) => a <= b, ["lessEqual"]),
  ...compare("greaterEqual", greaterEqual, (a, b) => a >= b, ["lessEqual"]),
  {
    name: "where",
    f: (mask, a, b) => where(mask, a, b),
    reference: map((mask, a, b) => (mask !== 0 ? a! : b!)),
    inputs: PAIRS.flatMap(([a, b]) => [
      [{ shape: a, whole: true, low: 0, high: 2, constant: true }, { shape: b }, { shape: a }],
      [{ shape: b, whole: true, low: 0, high: 2, constant: true }, { shape: [] }, { shape: a }],
    ]),
    order: 2,
    ulps: 64,
    cases: [
      points(3, [
        [1, 2, NaN, 2, 0, 1, 0],
        [0, NaN, 3, 3, 0, 0, 1],
        [NaN, Infinity, 3, Infinity, 0, 1, 0],
        [-0, 1, -Infinity, -Infinity, 0, 0, 1],
      ]),
    ],
  },
];
