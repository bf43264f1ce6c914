/** Activations: values, two derivatives, and what PyTorch has at the kinks. */
import * as ops from "../../../src/ops/index.ts";
import { map } from "../../support/reference.ts";
import { points, type Row } from "../laws.ts";
import { row, truths } from "./functions.ts";

const NANS = [NaN, NaN, NaN] as const;

const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const elu = (x: number, alpha = 1) => (x > 0 ? x : alpha * Math.expm1(x));
const hard = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

export const activationRows: readonly Row[] = [
  ...truths(ops.step, "step", 1, [
    [0, 0],
    [1e-30, 1],
    [-1, 0],
  ]),
  row(
    "hardTanh",
    (x) => ops.hardTanh(x),
    (x) => hard(x, -1, 1),
    { skip: [-1, 1] },
    [
      points(1, [
        [-1, -1, 0],
        [1, 1, 0],
        [0, 0, 1],
        [NaN, NaN, 1],
      ]),
    ],
  ),
  row("relu6", ops.relu6, (x) => hard(x, 0, 6), { skip: [0, 6] }, [
    points(1, [
      [0, 0, 0],
      [6, 6, 0],
      [Infinity, 6, 0],
    ]),
  ]),
  row("hardSigmoid", ops.hardSigmoid, (x) => hard(x / 6 + 0.5, 0, 1), { skip: [-3, 3] }, [
    points(1, [
      [-3, 0, 0],
      [3, 1, 0],
    ]),
  ]),
  row("hardSwish", ops.hardSwish, (x) => x * hard(x / 6 + 0.5, 0, 1), { skip: [-3, 3] }, [
    points(1, [
      [-3, 0, -0.5],
      [3, 3, 1.5],
      [0, 0, 0.5],
    ]),
  ]),
  row(
    "elu",
    (x) => ops.elu(x),
    (x) => elu(x),
    { skip: [0] },
    [
      points(1, [
        [0, 0, 1],
        [-Infinity, -1, 0],
        [Infinity, Infinity, 1],
      ]),
    ],
  ),
  row(
    "elu of alpha 2",
    (x) => ops.elu(x, 2),
    (x) => elu(x, 2),
    { skip: [0] },
    [points(1, [[0, 0, 2]])],
  ),
  row("selu", ops.selu, (x) => 1.0507009873554805 * elu(x, 1.6732632423543772), { skip: [0] }, [
    points(1, [[Infinity, Infinity, 1.0507009873554805]]),
  ]),
  row(
    "celu of alpha ½",
    (x) => ops.celu(x, 0.5),
    (x) => (x > 0 ? x : 0.5 * Math.expm1(2 * x)),
    { skip: [0] },
    [points(1, [[0, 0, 1]])],
  ),
  row("softplus", (x) => ops.softplus(x), softplus, {}, [points(1, [[0, Math.LN2, 0.5], [-100, 0, 0], [100, 100, 1], NANS])]),
  row(
    "softplus of beta 2 above threshold 1",
    (x) => ops.softplus(x, { beta: 2, threshold: 1 }),
    (x) => (2 * x > 1 ? x : softplus(2 * x) / 2),
    { skip: [0.5] },
    [],
  ),
  row("logSigmoid", ops.logSigmoid, (x) => -softplus(-x), {}, [
    points(1, [
      [0, -Math.LN2, 0.5],
      [-100, -100, 1],
      [Infinity, 0, 0],
    ]),
  ]),
  row("mish", ops.mish, (x) => x * Math.tanh(softplus(x)), {}, [
    points(1, [
      [0, 0, 0.6],
      [100, 100, 1],
    ]),
  ]),
  row("softsign", ops.softsign, (x) => x / (1 + Math.abs(x)), { skip: [0] }, [points(1, [[0, 0, 1]])]),
  row(
    "softShrink",
    (x) => ops.softShrink(x),
    (x) => x - hard(x, -0.5, 0.5),
    { skip: [-0.5, 0.5] },
    [
      points(1, [
        [0.5, 0, 0],
        [1, 0.5, 1],
      ]),
    ],
  ),
  row(
    "hardShrink",
    (x) => ops.hardShrink(x),
    (x) => (Math.abs(x) <= 0.5 ? 0 : x),
    { skip: [-0.5, 0.5] },
    [
      points(1, [
        [0.5, 0, 0],
        [1, 1, 1],
      ]),
    ],
  ),
  row("tanhShrink", ops.tanhShrink, (x) => x - Math.tanh(x), {}, [points(1, [[0, 0, 0]])]),
  {
    name: "prelu",
    covers: [],
    f: ops.prelu,
    reference: map((x, w) => (x > 0 ? x : w * x)),
    inputs: [
      [{ shape: [4, 3], skip: [0] }, { shape: [3] }],
      [{ shape: [4, 3], skip: [0] }, { shape: [1] }],
    ],
  },
  {
    name: "glu",
    covers: [],
    f: (a, b) => ops.glu(ops.concat([a, b], -1)),
    reference: map((a, b) => a * logistic(b)),
    inputs: [
      [{ shape: [2, 3] }, { shape: [2, 3] }],
      [{ shape: [0, 3] }, { shape: [0, 3] }],
    ],
  },
];
