/** Pooling of images and sequences, channels last. */

import { ShapeError, ValueError } from "../core/errors.ts";
import { defineOp, type Op } from "../graph/op.ts";
import { recorder } from "../graph/record.ts";
import type { Tensor } from "../graph/tensor.ts";
import { poolKernels } from "../wasm/kernels.gen.ts";
import { along, type Conv1dOptions } from "./convolution.ts";
import { unreadIndices } from "./pool-index.ts";
import { reshape } from "./shape.ts";
import { type Padding, type Pair, pairOf, type Window, windowOver } from "./window.ts";

type Pool2dOptions = {
  /** Pixels from one window to the next. Default: the window, so that windows do not overlap. */
  stride?: Pair;
  /** Pixels around the image: −∞ for the maximum, 0 for the mean. Default 0. */
  padding?: Padding;
  /** Whether a window may reach beyond the padding, if it begins before it. Default false. */
  ceilMode?: boolean;
};
type Pool1dOptions = { stride?: number; padding?: Conv1dOptions["padding"]; ceilMode?: boolean };

export type MaxPool2dOptions = Pool2dOptions & {
  /** Pixels from one place of the window to the next. Default 1. */
  dilation?: Pair;
};
export type MaxPool1dOptions = Pool1dOptions & { dilation?: number };
/** @see AvgPool2dOptions.countIncludePad */
export type AvgPool1dOptions = Pool1dOptions & { countIncludePad?: boolean; divisorOverride?: number };
export type AvgPool2dOptions = Pool2dOptions & {
  /** Whether a mean counts padding, as zeros. Default true. */
  countIncludePad?: boolean;
  /** What sums are divided by, instead of the number of places. */
  divisorOverride?: number;
};

/** Nanoseconds one channel of one place of a window takes. */
const PLACE_NS = 0.4;

function sizeOperands({ kernel, stride, before, input, output }: Window) {
  return {
    ...{ height: input[0], width: input[1], outHeight: output[0], outWidth: output[1] },
    ...{ kernelHeight: kernel[0], kernelWidth: kernel[1], strideY: stride[0], strideX: stride[1], top: before[0], left: before[1] },
  };
}

function dilationOperands({ dilation }: Window) {
  return { dilationY: dilation[0], dilationX: dilation[1] };
}

/** Pixels over all images, what each holds, and the time that windows over `pixels` take. */
function extent({ shape, size }: Tensor, { kernel }: Window) {
  const channels = shape[3]!;
  return { channels, pixels: channels === 0 ? 0 : size / channels, time: size * kernel[0] * kernel[1] * PLACE_NS };
}

/** Outputs: y, and where the largest stands, iy·width + ix. */
export const maxPoolOp: Op<[x: Tensor], Window> = defineOp({
  name: "maxPool",
  names: ["x"],
  shape([x], { output }) {
    const shape = [x.shape[0]!, ...output, x.shape[3]!];
    return [shape, { shape, dtype: "i32" }];
  },
  lower(program, [x], [y, index], window) {
    const { channels, pixels, time } = extent(y!, window);
    const operands = { x: x.ref, y: y!.ref, index: index!.ref, channels, ...sizeOperands(window), ...dilationOperands(window) };
    recorder().improve(unreadIndices);
    program.emit(poolKernels.maxPool, operands, pixels, time);
  },
  grad: ([dy], _, [, index], window) => [() => maxPoolGradOp([dy!, index!], window)[0]],
});

/** Gradient of maxPool2d. */
export const maxPoolGradOp: Op<[dy: Tensor, index: Tensor], Window> = defineOp({
  name: "maxPoolGrad",
  dtypes: ["f32", "i32"],
  names: ["dy", "index"],
  shape: ([dy], { input }) => [[dy.shape[0]!, ...input, dy.shape[3]!]],
  lower(program, [dy, index], [dx], window) {
    const { channels, pixels } = extent(dx!, window);
    const { time } = extent(dy, window);
    const operands = { dy: dy.ref, index: index.ref, dx: dx!.ref, channels, ...sizeOperands(window), ...dilationOperands(window) };
    program.emit(poolKernels.maxPoolGrad, operands, pixels, time);
  },
  grad: ([g], [, index], _, window) => [() => maxPoolPickOp([g!, index], window)[0], () => null],
});

/** What stands where maxPool found the largest. */
const maxPoolPickOp: Op<[x: Tensor, index: Tensor], Window> = defineOp({
  name: "maxPoolPick",
  dtypes: ["f32", "i32"],
  names: ["x", "index"],
  shape: ([, index]) => [index.shape],
  lower(program, [x, index], [y], window) {
    const { channels, pixels } = extent(y!, window);
    const [size, windows] = [window.input[0] * window.input[1], window.output[0] * window.output[1]];
    program.emit(poolKernels.maxPoolPick, { x: x.ref, index: index.ref, y: y!.ref, size, channels, windows }, pixels, y!.size);
  },
  grad: ([g], [, index], _, window) => [() => maxPoolGradOp([g!, index], window)[0], () => null],
});

type Mean = { readonly window: Window; readonly withPadding: boolean; readonly divisor: number };

function meanOperands({ window: { after }, withPadding, divisor }: Mean) {
  return { bottom: after[0], right: after[1], withPadding: withPadding ? 1 : 0, divisor };
}

const avgPoolOp: Op<[x: Tensor], Mean> = defineOp({
  name: "avgPool",
  names: ["x"],
  shape: ([x], { window: { output } }) => [[x.shape[0]!, ...output, x.shape[3]!]],
  lower(program, [x], [y], mean) {
    const { channels, pixels, time } = extent(y!, mean.window);
    const operands = { x: x.ref, y: y!.ref, channels, ...sizeOperands(mean.window), ...meanOperands(mean) };
    program.emit(poolKernels.avgPool, operands, pixels, time);
  },
  grad: ([dy], _, __, mean) => [() => avgPoolGradOp([dy!], mean)[0]],
});

/** Gradient of avgPool2d. */
export const avgPoolGradOp: Op<[dy: Tensor], Mean> = defineOp({
  name: "avgPoolGrad",
  names: ["dy"],
  shape: ([dy], { window: { input } }) => [[dy.shape[0]!, ...input, dy.shape[3]!]],
  lower(program, [dy], [dx], mean) {
    const { channels, pixels } = extent(dx!, mean.window);
    const { time } = extent(dy, mean.window);
    const operands = { dy: dy.ref, dx: dx!.ref, channels, ...sizeOperands(mean.window), ...meanOperands(mean) };
    program.emit(poolKernels.avgPoolGrad, operands, pixels, time);
  },
  grad: ([g], _, __, mean) => [() => avgPoolOp([g!], mean)[0]],
});

/** The window over x [batch, height, width, channels]; padding may not fill a window alone. */
function windowFor(where: string, x: Tensor, kernel: Pair, options: Pool2dOptions & { dilation?: Pair }): Window {
  if (x.rank !== 4) throw new ShapeError(where, "expects x: [batch, height, width, channels]", { x });
  return window(where, [x.shape[1]!, x.shape[2]!], pairOf(where, "kernel", kernel), options);
}

function window(
  where: string,
  input: readonly [number, number],
  kernel: readonly [number, number],
  { stride = kernel, padding = 0, dilation = 1, ceilMode = false }: Pool2dOptions & { dilation?: Pair },
): Window {
  const found = windowOver(where, input, kernel, { stride, padding, dilation, ceilMode });
  for (const axis of [0, 1] as const) {
    const last = (found.output[axis] - 1) * found.stride[axis] - found.before[axis];
    const reach = (kernel[axis] - 1) * found.dilation[axis];
    if (found.before[axis] > reach || last >= input[axis])
      throw new ValueError(where, `padding must be smaller than the window, which reaches over ${reach + 1}`, `${padding}`);
  }
  return found;
}

/** Pooling of a sequence as that of images with one row. */
function overSequence(
  where: string,
  x: Tensor,
  kernel: number,
  { stride = kernel, padding = 0, dilation = 1, ceilMode = false }: MaxPool1dOptions,
  pool: (image: Tensor, window: Window) => Tensor,
): Tensor {
  if (x.rank !== 3) throw new ShapeError(where, "expects x: [batch, length, channels]", { x });
  const [batch, length, channels] = x.shape as [number, number, number];
  const [, size] = pairOf(where, "kernel", [1, kernel]);
  const options = { stride: [1, stride], padding: along(padding), dilation: [1, dilation], ceilMode } as const;
  const found = window(where, [1, length], [1, size], options);
  return reshape(pool(reshape(x, [batch, 1, length, channels]), found), [batch, found.output[1], channels]);
}

/**
 * The largest number of each window, for each channel; the gradient goes to the first of several. NaN wins.
 *
 * @param x      [batch, height, width, channels]
 * @param kernel size of the window: one number, or [vertical, horizontal]
 * @param options stride (default: the window), padding with −∞, dilation, ceilMode
 * @returns      [batch, ⌊(height + top + bottom − dilation·(kernel − 1) − 1) / stride⌋ + 1, …, channels]
 * @throws ShapeError when the window exceeds the padded image; ValueError when padding could fill a window
 * @example maxPool2d(images, 2)
 */
export const maxPool2d: (x: Tensor, kernel: Pair, options?: MaxPool2dOptions) => Tensor = (x, kernel, options = {}) =>
  maxPoolOp([x], windowFor("maxPool2d", x, kernel, options))[0];

/** The largest number of each window of a sequence. @see maxPool2d  @param x [batch, length, channels] */
export const maxPool1d: (x: Tensor, kernel: number, options?: MaxPool1dOptions) => Tensor = (x, kernel, options = {}) =>
  overSequence("maxPool1d", x, kernel, options, (image, window) => maxPoolOp([image], window)[0]);

/**
 * The mean of each window, for each channel. The mean over whole images is `mean(x, [1, 2])`.
 *
 * @param x      [batch, height, width, channels]
 * @param kernel size of the window: one number, or [vertical, horizontal]
 * @param options stride (default: the window), padding with 0, ceilMode, countIncludePad (default true), divisorOverride
 * @returns      [batch, ⌊(height + top + bottom − kernel) / stride⌋ + 1, …, channels]
 * @throws ShapeError when the window exceeds the padded image; ValueError when padding could fill a window
 * @example avgPool2d(images, 2, { stride: 1, padding: "same" })
 */
export const avgPool2d: (x: Tensor, kernel: Pair, options?: AvgPool2dOptions) => Tensor = (
  x,
  kernel,
  { countIncludePad: withPadding = true, divisorOverride: divisor = 0, ...options } = {},
) => avgPoolOp([x], { window: windowFor("avgPool2d", x, kernel, options), withPadding, divisor })[0];

/** The mean of each window of a sequence. @see avgPool2d  @param x [batch, length, channels] */
export const avgPool1d: (x: Tensor, kernel: number, options?: AvgPool1dOptions) => Tensor = (
  x,
  kernel,
  { countIncludePad: withPadding = true, divisorOverride: divisor = 0, ...options } = {},
) => overSequence("avgPool1d", x, kernel, options, (image, window) => avgPoolOp([image], { window, withPadding, divisor })[0]);
