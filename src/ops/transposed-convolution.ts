/** Transposed convolution of images and sequences, channels last: what decoders grow images with. */
import { ShapeError, ValueError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { type Conv2dOptions, conv2dInputOp } from "./convolution.ts";
import { reshape } from "./shape.ts";
import { type Pair, pairOf, type Window } from "./window.ts";

export type ConvTranspose2dOptions = Omit<Conv2dOptions, "padding"> & {
  /** Pixels taken away around the result. Default 0. */
  padding?: Pair;
  /** Pixels added to the result at the bottom and on the right, below the stride. Default 0. */
  outputPadding?: Pair;
};

/**
 * Transposed convolution: each pixel of x spreads the filter, scaled, over the result; the gradient of `conv2d` by its input.
 *
 * @param x      [batch, height, width, in]
 * @param weight [kh, kw, out / groups, in]: that of the convolution whose inverse in shape it is
 * @param options stride, padding, outputPadding, dilation, groups; default 1, 0, 0, 1, 1
 * @returns      [batch, (height − 1)·stride − 2·padding + dilation·(kh − 1) + outputPadding + 1, …, out]
 * @throws ShapeError when the channels differ; ValueError on an option that is none
 * @source Dumoulin & Visin 2016, arXiv:1603.07285, section 4
 * @example convTranspose2d(codes, filters, { stride: 2, padding: 1, outputPadding: 1 }) // twice the size, with filters 3 × 3
 */
export const convTranspose2d: (x: Tensor, weight: Tensor, options?: ConvTranspose2dOptions) => Tensor = (
  x,
  weight,
  { stride: s = 1, padding: p = 0, outputPadding: o = 0, dilation: d = 1, groups = 1 } = {},
) => {
  const where = "convTranspose2d";
  if (weight.rank !== 4) throw new ShapeError(where, "expects weight: [kh, kw, out / groups, in]", { x, weight });
  const [kh, kw, , inputs] = weight.shape as [number, number, number, number];
  if (!Number.isInteger(groups) || groups < 1 || inputs % groups !== 0)
    throw new ValueError(where, `groups must divide the ${inputs} inputs`, `${groups}`);
  if (x.rank !== 4 || x.shape[3] !== inputs)
    throw new ShapeError(where, `expects x: [batch, height, width, ${inputs}], channels last`, { x, weight });
  const [stride, before, extra, dilation] = [
    pairOf(where, "stride", s),
    pairOf(where, "padding", p, 0),
    pairOf(where, "outputPadding", o, 0),
    pairOf(where, "dilation", d),
  ];
  const size = (axis: 0 | 1, kernel: number): number =>
    (x.shape[axis + 1]! - 1) * stride[axis] - 2 * before[axis] + dilation[axis] * (kernel - 1) + extra[axis] + 1;
  const [height, width] = [size(0, kh), size(1, kw)];
  if (extra.some((more, axis) => more >= Math.max(stride[axis]!, dilation[axis]!)))
    throw new ValueError(where, "outputPadding is below stride or dilation", `${extra}`);
  if (height < 1 || width < 1) throw new ShapeError(where, "padding takes away all of the result", { x, weight });
  const input = [height, width] as const;
  const output = [x.shape[1]!, x.shape[2]!] as const;
  const window: Window = { kernel: [kh, kw], stride, dilation, before, after: before, input, output };
  return conv2dInputOp([x, weight], { window, groups })[0];
};

export type ConvTranspose1dOptions = {
  stride?: number;
  padding?: number;
  outputPadding?: number;
  dilation?: number;
  groups?: number;
};

/** Transposed convolution along sequences. @see convTranspose2d  @param x [batch, length, in]  @param weight [k, out / groups, in] */
export const convTranspose1d: (x: Tensor, weight: Tensor, options?: ConvTranspose1dOptions) => Tensor = (
  x,
  weight,
  { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = {},
) => {
  if (weight.rank !== 3) throw new ShapeError("convTranspose1d", "expects weight: [k, out / groups, in]", { x, weight });
  if (x.rank !== 3) throw new ShapeError("convTranspose1d", "expects x: [batch, length, in]", { x, weight });
  const [batch, length, channels] = x.shape as [number, number, number];
  const y = convTranspose2d(reshape(x, [batch, 1, length, channels]), reshape(weight, [1, ...weight.shape]), {
    ...{ stride: [1, stride], padding: [0, padding], outputPadding: [0, outputPadding], dilation: [1, dilation], groups },
  });
  return reshape(y, [batch, y.shape[2]!, y.shape[3]!]);
};
