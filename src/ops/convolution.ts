/** Convolution of images and sequences, channels last. */

import { ShapeError, ValueError } from "../core/errors.ts";
import { defineOp, type Op } from "../graph/op.ts";
import { recorder } from "../graph/record.ts";
import type { Tensor } from "../graph/tensor.ts";
import { convolutionKernels } from "../wasm/kernels.gen.ts";
import type { Program, Ref } from "../wasm/program.ts";
import { convolutionEpilogues } from "./convolution-epilogue.ts";
import { tilesOf, usesWinograd, usesWinogradForWeights } from "./convolution-plan.ts";
import { reshape } from "./shape.ts";
import { type Padding, type Pair, type Window, windowOver } from "./window.ts";

export type Conv2dOptions = {
  /** Pixels from one window to the next. Default 1. */
  stride?: Pair;
  /** Zeros around the image. Default 0. */
  padding?: Padding;
  /** Pixels from one tap of the filter to the next. Default 1. */
  dilation?: Pair;
  /** Channels fall into so many groups, each with filters of its own; as many as channels: depthwise. Default 1. */
  groups?: number;
};
export type Conv1dOptions = {
  stride?: number;
  /** Zeros before and after. Default 0. */
  padding?: "same" | "valid" | number | readonly [before: number, after: number];
  dilation?: number;
  groups?: number;
};

type Geometry = { readonly window: Window; readonly groups: number };

/** Nanoseconds a multiply-add takes on one thread, and an element of filters or gradients to pack. */
const MULTIPLY_ADD_NS = 0.05;
const PACK_NS = 0.4;
/** Columns of a packed panel: assembly/gemm/pack.ts. */
const PANEL = 8;
const TILE_ROWS = 4;
/** Values of a Winograd tile, and what lies between the panels of two of them: assembly/kernels/winograd.ts. */
const POSITIONS = 36;
const POSITION_GAP = 16;
const WINOGRAD_COLUMNS = 6;
const LANES = 4;

/** Operands that say how windows lie over the image. */
function windowOperands({ kernel, stride, dilation, before }: Window) {
  return {
    ...{ kernelHeight: kernel[0], kernelWidth: kernel[1], strideY: stride[0], strideX: stride[1] },
    ...{ dilationY: dilation[0], dilationX: dilation[1], top: before[0], left: before[1] },
  };
}

/** The window that carries a gradient back: over the pixels of the output, parted by the stride, taps backwards. */
function backwards({ kernel, stride, dilation, before, input, output }: Window): { window: Window; upY: number; upX: number } {
  const at = (axis: 0 | 1): number => (kernel[axis] - 1) * dilation[axis] - before[axis];
  const window: Window = { kernel, stride: [1, 1], dilation, before: [at(0), at(1)], after: [0, 0], input: output, output: input };
  return { window, upY: stride[0], upX: stride[1] };
}

const isDepthwise = (channels: number, outputs: number, groups: number): boolean => groups === channels && groups === outputs;

/** Filters, or gradients as filters with one tap, in panels for the product. */
function packed(program: Program, weight: Ref, taps: number, inputs: number, outputs: number, groups: number, flip: boolean): Ref {
  const own = outputs / groups;
  const [width, depth] = flip ? [inputs, own] : [own, inputs];
  const count = groups * Math.ceil(width / PANEL);
  const panels = program.temp(count * taps * depth * PANEL);
  program.emit(
    convolutionKernels.packFilters,
    { weight, panels, taps, inputs, outputs, groups, flip: flip ? 1 : 0 },
    count,
    taps * inputs * outputs * PACK_NS,
  );
  return panels;
}

/** Packed filters as Winograd's transform has them. */
function transformed(program: Program, filters: Ref, depth: number, width: number): Ref {
  const count = Math.ceil(width / PANEL);
  const panels = program.temp(POSITIONS * (count * depth * PANEL + POSITION_GAP));
  program.emit(
    convolutionKernels.winogradFilters,
    { filters, panels, count, depth },
    count,
    count * depth * PANEL * POSITIONS * PACK_NS,
  );
  return panels;
}

/** y = x convolved with the weights, or, flipped, with those of the gradient by the input. */
function emitConvolution(
  program: Program,
  x: Tensor,
  weight: Tensor,
  y: Tensor,
  { window, groups }: Geometry,
  flip: boolean,
): void {
  if (y.size === 0) return;
  const [images, height, width, channels] = x.shape as [number, number, number, number];
  const [, outHeight, outWidth, outputs] = y.shape as [number, number, number, number];
  const [kernelHeight, kernelWidth, inputs, all] = weight.shape as [number, number, number, number];
  const { window: over, upY, upX } = flip ? backwards(window) : { window, upY: 1, upX: 1 };
  const pixels = images * outHeight * outWidth;
  const size = { height, width, channels, outHeight, outWidth };
  const time = pixels * kernelHeight * kernelWidth * inputs * all * MULTIPLY_ADD_NS;
  if (isDepthwise(channels, outputs, groups)) {
    const operands = { x: x.ref, weight: weight.ref, y: y.ref, ...size, ...windowOperands(over), upY, upX, flip: flip ? 1 : 0 };
    program.emit(convolutionKernels.depthwise, operands, pixels, time);
    return;
  }
  recorder().improve(convolutionEpilogues);
  const panels = packed(program, weight.ref, kernelHeight * kernelWidth, inputs, all, groups, flip);
  const bare = { bias: 0, residual: 0, relu: 0 } as const;
  if (usesWinograd(over, channels, outputs, groups) && upY === 1 && upX === 1) {
    const operands = { x: x.ref, panels: transformed(program, panels, channels, outputs), ...bare, y: y.ref, ...size, outputs };
    const tiles = images * tilesOf(over.output);
    const [top, left] = over.before;
    program.emit(
      convolutionKernels.winograd,
      { ...operands, top, left },
      tiles,
      tiles * POSITIONS * channels * outputs * MULTIPLY_ADD_NS,
    );
    return;
  }
  const operands = { x: x.ref, panels, ...bare, y: y.ref, images, ...size, outputs, ...windowOperands(over), upY, upX, groups };
  program.emit(convolutionKernels.convolve, operands, pixels, time);
}

const conv2dOp: Op<[x: Tensor, weight: Tensor], Geometry> = defineOp({
  name: "conv2d",
  names: ["x", "weight"],
  shape: ([x, weight], { window }) => [[x.shape[0]!, ...window.output, weight.shape[3]!]],
  lower: (program, [x, weight], [y], geometry) => emitConvolution(program, x, weight, y!, geometry, false),
  grad: ([dy], [x, weight], _, geometry) => [
    () => conv2dInputOp([dy!, weight], geometry)[0],
    () => conv2dWeightOp([x, dy!], geometry)[0],
  ],
});

/** Gradient of conv2d by its input: each pixel collects from the windows that saw it. */
export const conv2dInputOp: Op<[dy: Tensor, weight: Tensor], Geometry> = defineOp({
  name: "conv2dInput",
  names: ["dy", "weight"],
  shape: ([dy, weight], { window, groups }) => [[dy.shape[0]!, ...window.input, weight.shape[2]! * groups]],
  lower: (program, [dy, weight], [dx], geometry) => emitConvolution(program, dy, weight, dx!, geometry, true),
  grad: ([g], [dy, weight], _, geometry) => [
    () => conv2dOp([g!, weight], geometry)[0],
    () => conv2dWeightOp([g!, dy], geometry)[0],
  ],
});

/** The gradient by 3 × 3 weights: products over all tiles, then what they come to. */
function emitWinogradWeights(program: Program, x: Tensor, dy: Tensor, dw: Tensor, window: Window): void {
  const [images, height, width, channels] = x.shape as [number, number, number, number];
  const [, outHeight, outWidth, outputs] = dy.shape as [number, number, number, number];
  const [top, left] = window.before;
  const size = channels * outputs;
  const products = program.temp(POSITIONS * size);
  const extents = { images, height, width, channels, outHeight, outWidth, outputs, top, left };
  const time = images * tilesOf(window.output) * POSITIONS * size * MULTIPLY_ADD_NS;
  program.emit(convolutionKernels.winogradProducts, { x: x.ref, dy: dy.ref, products, ...extents }, WINOGRAD_COLUMNS, time);
  program.emit(convolutionKernels.winogradWeights, { products, dw: dw.ref, size }, size / LANES, dw.size);
}

/** Gradient of conv2d by its weights, in order over all pixels. */
export const conv2dWeightOp: Op<[x: Tensor, dy: Tensor], Geometry> = defineOp({
  name: "conv2dWeight",
  names: ["x", "dy"],
  shape: ([x, dy], { window, groups }) => [[...window.kernel, x.shape[3]! / groups, dy.shape[3]!]],
  lower(program, [x, dy], [dw], { window, groups }) {
    if (dw!.size === 0) return;
    const [images, height, width, channels] = x.shape as [number, number, number, number];
    const [, outHeight, outWidth, outputs] = dy.shape as [number, number, number, number];
    const pixels = images * outHeight * outWidth;
    const { kernelHeight, ...over } = windowOperands(window);
    const size = { pixels, height, width, channels, outHeight, outWidth };
    const time = pixels * dw!.size * MULTIPLY_ADD_NS;
    if (isDepthwise(channels, outputs, groups)) {
      const operands = { x: x.ref, dy: dy.ref, dw: dw!.ref, ...size, kernelHeight, ...over };
      program.emit(convolutionKernels.depthwiseWeights, operands, Math.ceil(channels / PANEL), time);
      return;
    }
    if (usesWinogradForWeights(window, images, channels, outputs, groups)) {
      emitWinogradWeights(program, x, dy, dw!, window);
      return;
    }
    const own = outputs / groups;
    const inPlace = own % PANEL === 0 || pixels === 0;
    const panels = inPlace ? dy.ref : packed(program, dy.ref, 1, pixels, outputs, groups, false);
    const k = kernelHeight * over.kernelWidth * (channels / groups);
    program.emit(
      convolutionKernels.convolveWeights,
      { x: x.ref, dy: panels, dw: dw!.ref, ...size, outputs, kernelHeight, ...over, groups, packed: inPlace ? 0 : 1 },
      groups * Math.ceil(k / TILE_ROWS),
      time,
    );
  },
  grad: ([g], [x, dy], _, geometry) => [() => conv2dInputOp([dy, g!], geometry)[0], () => conv2dOp([x, g!], geometry)[0]],
});

/** Checks what x, weight and groups have to do with each other, along the channels. */
function checkChannels(where: string, x: Tensor, weight: Tensor, groups: number, axes: string, remedy: string): void {
  const rank = weight.rank;
  const [inputs, outputs] = weight.shape.slice(-2) as [number, number];
  if (!Number.isInteger(groups) || groups < 1 || outputs % groups !== 0)
    throw new ValueError(where, `groups must divide the ${outputs} outputs`, `${groups}`);
  const channels = inputs * groups;
  if (x.rank === rank && x.shape[rank - 1] === channels) return;
  const isFirst = x.rank === rank && x.shape[1] === channels;
  const rule = `expects x: [${axes}, ${channels}]`;
  throw new ShapeError(where, isFirst ? `${rule}, channels last` : rule, { x, weight }, isFirst ? remedy : undefined);
}

/**
 * Two-dimensional convolution (cross-correlation), padded with zeros. Add a bias [out] to what it returns.
 *
 * @param x      [batch, height, width, in]
 * @param weight [kh, kw, in / groups, out]
 * @param options stride, padding, dilation, groups; default 1, 0, 1, 1
 * @returns      [batch, ⌊(height + top + bottom − dilation·(kh − 1) − 1) / stride⌋ + 1, …, out]
 * @throws ShapeError when the channels differ, or the filter exceeds the padded image; ValueError on an option that is none
 * @source Lowered to matrix product without storing patches: Dukhan 2019, arXiv:1907.02129
 * @example conv2d(images, filters, { stride: 2, padding: 1 })
 */
export const conv2d: (x: Tensor, weight: Tensor, options?: Conv2dOptions) => Tensor = (
  x,
  weight,
  { stride = 1, padding = 0, dilation = 1, groups = 1 } = {},
) => {
  if (weight.rank !== 4) throw new ShapeError("conv2d", "expects weight: [kh, kw, in / groups, out]", { x, weight });
  checkChannels("conv2d", x, weight, groups, "batch, height, width", "permute([0, 2, 3, 1])");
  const [kh, kw] = weight.shape as [number, number];
  const window = windowOver("conv2d", [x.shape[1]!, x.shape[2]!], [kh, kw], { stride, padding, dilation });
  return conv2dOp([x, weight], { window, groups })[0];
};

/**
 * Convolution (cross-correlation) along sequences, padded with zeros.
 *
 * @param x      [batch, length, in]
 * @param weight [k, in / groups, out]
 * @param options stride, padding, dilation, groups; default 1, 0, 1, 1
 * @returns      [batch, ⌊(length + before + after − dilation·(k − 1) − 1) / stride⌋ + 1, out]
 * @throws ShapeError when the channels differ, or the filter exceeds the padded sequence; ValueError on an option that is none
 * @example conv1d(series, filters, { padding: "same" })
 */
export const conv1d: (x: Tensor, weight: Tensor, options?: Conv1dOptions) => Tensor = (
  x,
  weight,
  { stride = 1, padding = 0, dilation = 1, groups = 1 } = {},
) => {
  if (weight.rank !== 3) throw new ShapeError("conv1d", "expects weight: [k, in / groups, out]", { x, weight });
  checkChannels("conv1d", x, weight, groups, "batch, length", "permute([0, 2, 1])");
  const [batch, length, channels] = x.shape as [number, number, number];
  const window = windowOver("conv1d", [1, length], [1, weight.shape[0]!], {
    stride: [1, stride],
    padding: along(padding),
    dilation: [1, dilation],
  });
  const image = reshape(x, [batch, 1, length, channels]);
  const y = conv2dOp([image, reshape(weight, [1, ...weight.shape])], { window, groups })[0];
  return reshape(y, [batch, window.output[1], weight.shape[2]!]);
};

/** The padding of a sequence as that of an image of one row. */
export function along(padding: NonNullable<Conv1dOptions["padding"]>): Padding {
  if (typeof padding === "string") return padding;
  return typeof padding === "number" ? [0, padding] : [0, 0, padding[0], padding[1]];
}
