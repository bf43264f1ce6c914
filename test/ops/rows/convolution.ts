/** Convolution: unit, tiles, padding, strides, dilation, groups, depthwise, none at all; NaN and ±∞. */
import { type Conv2dOptions, conv1d, conv2d } from "../../../src/ops/index.ts";
import { array64 } from "../../support/reference.ts";
import { convolve64, windows } from "../../support/window.ts";
import type { Row } from "../laws.ts";

type Four = readonly [number, number, number, number];
type Two = readonly [number, number];
type Setting = {
  options: Conv2dOptions;
  /** What the options come to. */
  padding?: Four;
  stride?: Two;
  dilation?: Two;
  x: Four;
  kernel: Two;
  outputs: number;
};

/** Sums of up to 100 products of numbers up to 2, of which the largest result is several times one; twice over for gradients. */
const ulps = 256;

const settings: readonly Setting[] = [
  { options: {}, x: [1, 1, 1, 1], kernel: [1, 1], outputs: 1 },
  { options: {}, x: [2, 4, 5, 3], kernel: [3, 2], outputs: 2 },
  { options: {}, x: [1, 4, 8, 12], kernel: [3, 3], outputs: 8 },
  { options: { padding: "valid" }, x: [0, 4, 5, 3], kernel: [3, 2], outputs: 2 },
  { options: { padding: 1 }, padding: [1, 1, 1, 1], x: [2, 5, 4, 3], kernel: [3, 3], outputs: 9 },
  { options: { padding: 1 }, padding: [1, 1, 1, 1], x: [2, 3, 4, 16], kernel: [3, 3], outputs: 16 }, // Winograd
  { options: { padding: 1 }, padding: [1, 1, 1, 1], x: [24, 3, 3, 16], kernel: [3, 3], outputs: 16 }, // also for the weights
  { options: { padding: [0, 2] }, padding: [0, 0, 2, 2], x: [1, 4, 5, 2], kernel: [1, 4], outputs: 3 },
  { options: { padding: [1, 0, 2, 1] }, padding: [1, 0, 2, 1], x: [1, 4, 5, 2], kernel: [2, 3], outputs: 3 },
  { options: { padding: "same" }, padding: [0, 1, 1, 1], x: [1, 4, 5, 2], kernel: [2, 3], outputs: 3 },
  { options: { padding: "same", stride: 2 }, padding: [0, 1, 1, 1], stride: [2, 2], x: [1, 4, 5, 2], kernel: [3, 3], outputs: 3 },
  { options: { stride: [2, 3] }, stride: [2, 3], x: [2, 6, 8, 2], kernel: [3, 2], outputs: 3 },
  {
    options: { dilation: [2, 1], padding: 1 },
    dilation: [2, 1],
    padding: [1, 1, 1, 1],
    x: [1, 5, 5, 2],
    kernel: [3, 3],
    outputs: 2,
  },
  { options: { groups: 2, padding: 1 }, padding: [1, 1, 1, 1], x: [2, 3, 4, 4], kernel: [3, 3], outputs: 6 },
  {
    options: { groups: 5, stride: 2, padding: 1 },
    stride: [2, 2],
    padding: [1, 1, 1, 1],
    x: [2, 4, 5, 5],
    kernel: [3, 3],
    outputs: 5,
  },
];

const covers = ["conv2d", "conv2dInput", "conv2dWeight"];

export const convolutionRows: readonly Row[] = [
  ...settings.map(({ options, padding, stride, dilation, x, kernel, outputs }): Row => {
    const groups = options.groups ?? 1;
    const over = windows([x[1], x[2]], kernel, padding, stride, dilation);
    return {
      name: `conv2d ${JSON.stringify(options)}`,
      covers,
      f: (a, w) => conv2d(a, w, options),
      reference: (a, w) => convolve64(a, w, over, groups),
      inputs: [[{ shape: x }, { shape: [...kernel, x[3] / groups, outputs] }]],
      ulps,
    };
  }),
  {
    name: "conv1d",
    covers,
    f: (x, w) => conv1d(x, w, { padding: [2, 1], stride: 2, dilation: 2 }),
    reference(x, w) {
      const [batch, length, channels] = x.shape as [number, number, number];
      const over = windows([1, length], [1, w.shape[0]!], [0, 0, 2, 1], [1, 2], [1, 2]);
      const y = convolve64(array64([batch, 1, length, channels], x.data), array64([1, ...w.shape], w.data), over);
      return array64([batch, over.output[1], w.shape[2]!], y.data);
    },
    inputs: [
      [{ shape: [2, 9, 3] }, { shape: [3, 3, 2] }],
      [{ shape: [1, 4, 1] }, { shape: [1, 1, 9] }],
    ],
    ulps,
    cases: [
      {
        x: [[[[1], [2], [4], [8]]], [[[1]]]],
        y: [[[0], [1], [4], [0]]],
      },
    ],
  },
];
