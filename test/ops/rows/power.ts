/** Powers by a number: whole ones of any base, others of what is above 0. */
import { pow } from "../../../src/ops/index.ts";
import { map, pow as pow64 } from "../../support/reference.ts";
import { points, type Row, shapes } from "../laws.ts";

const SIZES = [[0], [1], [7], [33], [2, 0, 3], [5, 300]];

export const powers: readonly Row[] = [
  ...[2, 3, 1, 4].map(
    (exponent): Row => ({
      name: `pow ${exponent}`,
      covers: ["powScalar"],
      f: (x) => pow(x, exponent),
      reference: map((x) => x ** exponent),
      inputs: shapes(SIZES),
      ulps: 8,
      cases: [
        points(1, [
          [0, 0, exponent === 1 ? 1 : 0],
          [NaN, NaN, exponent === 1 ? 1 : NaN],
          [Infinity, Infinity, exponent === 1 ? 1 : Infinity],
        ]),
      ],
    }),
  ),
  ...[0.5, -1, 2.5, -2].map(
    (exponent): Row => ({
      name: `pow ${exponent}`,
      covers: ["powScalar"],
      f: (x) => pow(x, exponent),
      reference: map((x) => pow64(x, exponent)),
      inputs: shapes(SIZES, { low: 0.5 }),
      ulps: 8,
      cases: [
        points(1, [
          [NaN, NaN, NaN],
          [Infinity, exponent > 0 ? Infinity : 0, exponent > 1 ? Infinity : 0],
        ]),
      ],
    }),
  ),
  {
    name: "pow 0",
    covers: ["powScalar"],
    f: (x) => pow(x, 0),
    reference: map(() => 1),
    inputs: shapes(SIZES),
    cases: [
      points(1, [
        [0, 1, 0],
        [NaN, 1, 0],
        [Infinity, 1, 0],
      ]),
    ],
  },
];
