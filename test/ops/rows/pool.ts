/** Pooling: windows that tile, overlap, hang over, are dilated; ties, NaN and ±∞. */
import { avgPool1d, avgPool2d, maxPool1d, maxPool2d, square } from "../../../src/ops/index.ts";
import { type Array64, array64 } from "../../support/reference.ts";
import { pool64, windows } from "../../support/window.ts";
import { type Input, type Row, shapes } from "../laws.ts";

type Two = readonly [number, number];
type Four = readonly [number, number, number, number];

const IMAGES = [
  [1, 3, 3, 1],
  [2, 6, 7, 3],
  [1, 5, 8, 5],
  [0, 4, 4, 2],
];
/** Apart by more than differencing moves them. */
const DISTINCT: Omit<Input, "shape"> = { distinct: true };

const average = (seen: number[]) => seen.reduce((a, b) => a + b, 0) / seen.length;
const largest = (seen: number[]) => Math.max(...seen);

function over(
  x: Array64,
  f: (seen: number[]) => number,
  kernel: Two,
  padding?: Four,
  stride: Two = kernel,
  dilation?: Two,
): Array64 {
  return pool64(x, windows([x.shape[1]!, x.shape[2]!], kernel, padding, stride, dilation), f);
}

/** The same for sequences, as images of one row. */
function along(x: Array64, f: (seen: number[]) => number, kernel: number, padding: Two, stride: number): Array64 {
  const [batch, length, channels] = x.shape as [number, number, number];
  const y = over(array64([batch, 1, length, channels], x.data), f, [1, kernel], [0, 0, ...padding], [1, stride]);
  return array64([batch, y.shape[2]!, channels], y.data);
}

const maximum = { covers: ["maxPool", "maxPoolGrad"] };
const mean = { covers: ["avgPool", "avgPoolGrad"], ulps: 16 };

export const poolRows: readonly Row[] = [
  {
    name: "maxPool2d",
    ...maximum,
    f: (x) => maxPool2d(x, 2),
    reference: (x) => over(x, largest, [2, 2]),
    inputs: shapes(IMAGES, DISTINCT),
  },
  {
    name: "square of maxPool2d, overlapping and dilated", // squared, for else its second derivative is 0
    covers: ["maxPool", "maxPoolGrad", "maxPoolPick"],
    f: (x) => square(maxPool2d(x, [2, 3], { stride: [2, 1], padding: [1, 2], dilation: [2, 1] })),
    reference: (x) => over(x, (seen) => largest(seen) ** 2, [2, 3], [1, 1, 2, 2], [2, 1], [2, 1]),
    inputs: shapes(IMAGES, DISTINCT),
    ulps: 16,
  },
  {
    name: "maxPool1d",
    ...maximum,
    f: (x) => maxPool1d(x, 2),
    reference: (x) => along(x, largest, 2, [0, 0], 2),
    inputs: shapes(
      [
        [1, 6, 1],
        [2, 7, 5],
      ],
      DISTINCT,
    ),
    cases: [
      {
        x: [[[[3], [3], [NaN], [5], [-Infinity], [-Infinity], [Infinity], [1]]]],
        y: [[[3], [NaN], [-Infinity], [Infinity]]],
        slopes: [[[[1], [0], [1], [0], [1], [0], [1], [0]]]],
      },
    ],
  },
  {
    name: "avgPool2d",
    ...mean,
    f: (x) => avgPool2d(x, [3, 2], { stride: [2, 1], padding: 1 }),
    reference: (x) => over(x, (seen) => seen.reduce((a, b) => a + b, 0) / 6, [3, 2], [1, 1, 1, 1], [2, 1]),
    inputs: shapes(IMAGES),
  },
  {
    name: "avgPool2d without padding",
    ...mean,
    f: (x) => avgPool2d(x, 3, { stride: 2, padding: "same", countIncludePad: false }),
    reference: (x) => {
      const total = (size: number) => Math.max((Math.ceil(size / 2) - 1) * 2 + 3 - size, 0);
      const [down, across] = [total(x.shape[1]!), total(x.shape[2]!)];
      const sides: Four = [down >> 1, down - (down >> 1), across >> 1, across - (across >> 1)];
      return over(x, average, [3, 3], sides, [2, 2]);
    },
    inputs: shapes(IMAGES),
  },
  {
    name: "avgPool1d",
    ...mean,
    f: (x) => avgPool1d(x, 3, { stride: 1, padding: [1, 0], countIncludePad: false }),
    reference: (x) => along(x, average, 3, [1, 0], 1),
    inputs: shapes([
      [1, 6, 1],
      [2, 7, 5],
    ]),
  },
];
