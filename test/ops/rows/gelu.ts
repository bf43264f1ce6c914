/** Activations of the normal distribution's kind. Exponentials and a division for each: a few ulp, and the plain forms of their derivatives a few more. */
import { erf, gelu, silu } from "../../../src/ops/index.ts";
import * as normal from "../../support/normal.ts";
import { map } from "../../support/reference.ts";
import { points, type Row, shapes } from "../laws.ts";

const SIZES = [[0], [1], [7], [8], [9], [33], [5, 300]];

const tanhGelu = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

const ends = [
  [Infinity, Infinity],
  [-Infinity, NaN],
  [NaN, NaN],
] as const;

export const geluRows: readonly Row[] = [
  {
    name: "erf",
    f: erf,
    reference: map(normal.erf),
    inputs: shapes(SIZES),
    ulps: 8,
    cases: [
      points(1, [
        [Infinity, 1, 0],
        [-Infinity, -1, 0],
        [NaN, NaN, NaN],
        [0, 0, Math.fround(2 / Math.sqrt(Math.PI))],
      ]),
    ],
  },
  {
    name: "gelu",
    covers: ["gelu", "geluGrad"],
    f: (x) => gelu(x),
    reference: map((x) => 0.5 * x * (1 + normal.erf(x / Math.SQRT2))),
    inputs: shapes(SIZES, { low: -4, high: 4 }),
    ulps: 8,
    cases: [points(1, ends), points(1, [[0, 0, 0.5]])],
  },
  {
    name: "gelu in tanh form",
    covers: ["geluTanh", "geluTanhGrad"],
    f: (x) => gelu(x, "tanh"),
    reference: map(tanhGelu),
    inputs: shapes(SIZES, { low: -4, high: 4 }),
    ulps: 16,
    cases: [points(1, ends), points(1, [[0, 0, 0.5]])],
  },
  {
    name: "silu",
    covers: ["silu", "siluGrad"],
    f: silu,
    reference: map((x) => x / (1 + Math.exp(-x))),
    inputs: shapes(SIZES, { low: -4, high: 4 }),
    ulps: 8,
    cases: [points(1, ends), points(1, [[0, 0, 0.5]])],
  },
];
