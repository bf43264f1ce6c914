/** Ops of one operand. Sizes: none, one, a pair of vectors ± 1, more than fits beside an instruction. */
import {
  abs,
  ceil,
  clamp,
  cos,
  exp,
  floor,
  leakyRelu,
  log,
  neg,
  reciprocal,
  relu,
  round,
  sigmoid,
  sign,
  sin,
  sqrt,
  square,
  tanh,
} from "../../../src/ops/index.ts";
import { map } from "../../support/reference.ts";
import { points, type Row, shapes } from "../laws.ts";

const SIZES = [[0], [1], [7], [8], [9], [33], [2, 0, 3], [5, 300]];
const steps = Array.from({ length: 9 }, (_, i) => -2 + i / 2);
const even = (x: number) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
const logistic = (x: number) => 1 / (1 + Math.exp(-x));

export const unary: readonly Row[] = [
  {
    name: "neg",
    f: neg,
    reference: map((x) => -x),
    inputs: shapes(SIZES),
    cases: [
      points(1, [
        [NaN, NaN, -1],
        [Infinity, -Infinity, -1],
        [0, 0, -1],
      ]),
    ],
  },
  {
    name: "abs",
    f: abs,
    reference: map(Math.abs),
    inputs: shapes(SIZES, { skip: [0] }),
    cases: [
      points(1, [
        [0, 0, 0],
        [-0, 0, 0],
        [NaN, NaN, 0],
        [-Infinity, Infinity, -1],
      ]),
    ],
  },
  {
    name: "sign",
    f: sign,
    reference: map(Math.sign),
    inputs: shapes(SIZES, { skip: [0] }),
    cases: [
      points(1, [
        [0, 0, 0],
        [NaN, 0, 0],
        [-Infinity, -1, 0],
      ]),
    ],
  },
  {
    name: "square",
    f: square,
    reference: map((x) => x * x),
    inputs: shapes(SIZES),
    cases: [
      points(1, [
        [NaN, NaN, NaN],
        [-Infinity, Infinity, -Infinity],
        [0, 0, 0],
      ]),
    ],
  },
  {
    name: "sqrt",
    f: sqrt,
    reference: map(Math.sqrt),
    inputs: shapes(SIZES, { low: 0.5 }),
    cases: [
      points(1, [
        [0, 0, Infinity],
        [-1, NaN, NaN],
        [NaN, NaN, NaN],
        [Infinity, Infinity, 0],
      ]),
    ],
  },
  {
    name: "reciprocal",
    f: reciprocal,
    reference: map((x) => 1 / x),
    inputs: shapes(SIZES, { low: 0.5 }),
    cases: [
      points(1, [
        [0, Infinity, -Infinity],
        [-0, -Infinity, -Infinity],
        [-Infinity, 0, 0],
        [NaN, NaN, NaN],
      ]),
    ],
  },
  {
    name: "exp",
    f: exp,
    reference: map(Math.exp),
    inputs: shapes(SIZES),
    cases: [
      points(1, [
        [Infinity, Infinity, Infinity],
        [-Infinity, 0, 0],
        [NaN, NaN, NaN],
        [0, 1, 1],
      ]),
    ],
  },
  {
    name: "log",
    f: log,
    reference: map(Math.log),
    inputs: shapes(SIZES, { low: 0.5 }),
    cases: [
      points(1, [
        [0, -Infinity, Infinity],
        [-1, NaN, -1],
        [Infinity, Infinity, 0],
        [NaN, NaN, NaN],
        [1, 0, 1],
      ]),
    ],
  },
  {
    name: "sin",
    f: sin,
    reference: map(Math.sin),
    inputs: shapes(SIZES, { low: -4, high: 4 }),
    cases: [
      points(1, [
        [Infinity, NaN, NaN],
        [NaN, NaN, NaN],
        [0, 0, 1],
      ]),
    ],
  },
  {
    name: "cos",
    f: cos,
    reference: map(Math.cos),
    inputs: shapes(SIZES, { low: -4, high: 4 }),
    cases: [
      points(1, [
        [-Infinity, NaN, NaN],
        [NaN, NaN, NaN],
        [0, 1, 0],
      ]),
    ],
  },
  {
    name: "tanh",
    covers: ["tanh", "tanhGrad"],
    f: tanh,
    reference: map(Math.tanh),
    inputs: shapes(SIZES),
    cases: [
      points(1, [
        [Infinity, 1, 0],
        [-Infinity, -1, 0],
        [NaN, NaN, NaN],
        [0, 0, 1],
      ]),
    ],
  },
  {
    name: "sigmoid",
    covers: ["sigmoid", "sigmoidGrad"],
    f: sigmoid,
    reference: map(logistic),
    inputs: shapes(SIZES),
    cases: [
      points(1, [
        [Infinity, 1, 0],
        [-Infinity, 0, 0],
        [NaN, NaN, NaN],
        [0, 0.5, 0.25],
      ]),
    ],
  },
  {
    name: "relu",
    covers: ["relu", "reluGrad"],
    f: relu,
    reference: map((x) => Math.max(x, 0)),
    inputs: shapes(SIZES, { skip: [0] }),
    cases: [
      points(1, [
        [0, 0, 0],
        [-0, 0, 0],
        [NaN, NaN, 1],
        [Infinity, Infinity, 1],
        [-Infinity, 0, 0],
      ]),
    ],
  },
  {
    name: "leakyRelu",
    covers: ["leakyRelu", "leakyReluGrad"],
    f: (x) => leakyRelu(x, 0.25),
    reference: map((x) => (x > 0 ? x : 0.25 * x)),
    inputs: shapes(SIZES, { skip: [0] }),
    cases: [
      points(1, [
        [0, 0, 0.25],
        [NaN, NaN, 0.25],
        [Infinity, Infinity, 1],
        [-Infinity, -Infinity, 0.25],
      ]),
    ],
  },
  {
    name: "clamp",
    f: (x) => clamp(x, -1, 0.5),
    reference: map((x) => Math.min(Math.max(x, -1), 0.5)),
    inputs: shapes(SIZES, { skip: [-1, 0.5] }),
    cases: [
      points(1, [
        [-1, -1, 1],
        [0.5, 0.5, 1],
        [0.75, 0.5, 0],
        [NaN, NaN, 0],
        [Infinity, 0.5, 0],
        [-Infinity, -1, 0],
      ]),
    ],
  },
  {
    name: "floor",
    f: floor,
    reference: map(Math.floor),
    inputs: shapes(SIZES, { skip: steps }),
    cases: [
      points(1, [
        [-1, -1, 0],
        [NaN, NaN, 0],
        [-Infinity, -Infinity, 0],
      ]),
    ],
  },
  {
    name: "ceil",
    f: ceil,
    reference: map(Math.ceil),
    inputs: shapes(SIZES, { skip: steps }),
    cases: [
      points(1, [
        [-1, -1, 0],
        [NaN, NaN, 0],
        [Infinity, Infinity, 0],
      ]),
    ],
  },
  {
    name: "round",
    f: round,
    reference: map(even),
    inputs: shapes(SIZES, { skip: steps }),
    cases: [
      points(1, [
        [0.5, 0, 0],
        [1.5, 2, 0],
        [2.5, 2, 0],
        [-0.5, 0, 0],
        [NaN, NaN, 0],
        [Infinity, Infinity, 0],
      ]),
    ],
  },
];
