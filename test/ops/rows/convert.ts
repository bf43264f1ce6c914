/** Changes of type, and tensors from nothing. */
import type { PlainType } from "../../../src/core/dtype.ts";
import { arange, cast, eye, f16, full, linspace, ones, scaleBytes, zeros } from "../../../src/ops/index.ts";
import { array64, build, map } from "../../support/reference.ts";
import { type Case, type Row, shapes } from "../laws.ts";

const truncated = (low: number, high: number) => map((x) => (Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x!), low), high)));
/** The nearest number of 11 significant bits, ties to even, from 2⁻²⁴ to 65504. */
function toHalf(x: number): number {
  if (Math.abs(x) >= 65520) return Math.sign(x) * Infinity;
  const unit = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -14) - 10);
  const [steps, rest] = [Math.floor(x / unit), x / unit - Math.floor(x / unit)];
  return unit * (rest > 0.5 || (rest === 0.5 && steps % 2 !== 0) ? steps + 1 : steps);
}
const [I32, U8, I8] = [
  [-(2 ** 31), 2 ** 31 - 1],
  [0, 255],
  [-128, 127],
] as const;

function casts(
  from: PlainType,
  to: PlainType,
  low: number,
  high: number,
  [least, most]: readonly [number, number],
  cases: Case[] = [],
): Row {
  const range = { low, high, ...(from === "f32" ? { constant: true } : { dtype: from, whole: true }) };
  return {
    name: `cast ${from} to ${to}`,
    covers: ["cast"],
    f: (x) => cast(x, to),
    reference: truncated(least, most),
    inputs: shapes([[], [1], [17], [3, 0], [33, 65]], range),
    order: 0,
    cases,
  };
}

const ANY: readonly [number, number] = [-Infinity, Infinity];

export const castRows: readonly Row[] = [
  casts("f32", "i32", -300, 300, I32, [
    { x: [[1.9, -1.9, NaN, Infinity, -Infinity, 3e9]], y: [1, -1, 0, 2147483647, -2147483648, 2147483647] },
  ]),
  casts("f32", "u8", -100, 400, U8, [{ x: [[1.9, -1.9, NaN, Infinity, -Infinity]], y: [1, 0, 0, 255, 0] }]),
  casts("f32", "i8", -300, 300, I8, [{ x: [[1.9, -1.9, NaN, Infinity, -Infinity]], y: [1, -1, 0, 127, -128] }]),
  casts("i32", "f32", -1e6, 1e6, ANY),
  casts("i32", "u8", -100, 400, U8),
  casts("u8", "f32", 0, 256, ANY),
  casts("u8", "i32", 0, 256, ANY),
  casts("i8", "f32", -128, 128, ANY),
  casts("i8", "i32", -128, 128, ANY),
  casts("i8", "u8", -128, 128, U8),
  casts("u8", "i8", 0, 256, I8),
  casts("i32", "i8", -300, 300, I8),
  {
    name: "cast f32 to f16 and back",
    covers: ["toHalf", "fromHalf"],
    f: (x) => cast(cast(x, f16), "f32"),
    reference: map((x) => toHalf(x!)),
    inputs: shapes([[], [1], [7], [8], [17], [3, 0], [33, 65]], { low: -300, high: 300, constant: true }),
    order: 0,
    cases: [
      {
        x: [[1, 2049, 2051, 65519, 65520, -1e9, 2 ** -24, 2 ** -25, NaN, Infinity]],
        y: [1, 2048, 2052, 65504, Infinity, -Infinity, 2 ** -24, 0, NaN, Infinity],
        slopes: [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
      },
    ],
  },
  {
    name: "scaleBytes",
    f: (x) => scaleBytes(x, 1 / 255),
    reference: map((x) => x / 255),
    inputs: shapes([[1], [17], [2, 0], [70, 30]], { dtype: "u8", whole: true, low: 0, high: 256 }),
    order: 0,
  },
];

const made = (name: string, f: Row["f"], reference: Row["reference"], covers: readonly string[] = []): Row => ({
  name,
  covers,
  f,
  reference,
  inputs: [[]],
  order: 0,
});

export const createRows: readonly Row[] = [
  made(
    "full",
    () => full([2, 3], -2.5),
    () => build([2, 3], () => -2.5),
    ["full"],
  ),
  made(
    "full of i32",
    () => full([5], 7, "i32"),
    () => build([5], () => 7),
    ["full"],
  ),
  made(
    "full of NaN",
    () => full([3], NaN),
    () => build([3], () => NaN),
    ["full"],
  ),
  made(
    "zeros",
    () => zeros([0, 3]),
    () => build([0, 3], () => 0),
    ["full"],
  ),
  made(
    "ones",
    () => ones([40, 40]),
    () => build([40, 40], () => 1),
    ["full"],
  ),
  made(
    "arange",
    () => arange(2, 6),
    () => array64([4], [2, 3, 4, 5]),
  ),
  made(
    "linspace",
    () => linspace(-1, 1, 5),
    () => array64([5], [-1, -0.5, 0, 0.5, 1]),
  ),
  made(
    "linspace of one",
    () => linspace(3, 9, 1),
    () => array64([1], [3]),
  ),
  made(
    "eye",
    () => eye(3),
    () => build([3, 3], ([i, j]) => (i === j ? 1 : 0)),
  ),
];
