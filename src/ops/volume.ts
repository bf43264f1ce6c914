/** Convolution and pooling of volumes [batch, depth, height, width, channels], made of those of images. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { conv2d } from "./convolution.ts";
import { full } from "./create.ts";
import { add, mul } from "./pointwise.ts";
import { avgPool1d, avgPool2d, maxPool1d, maxPool2d } from "./pool.ts";
import { pad } from "./rearrange.ts";
import { concat, reshape, slice, stack } from "./shape.ts";
import { convTranspose2d } from "./transposed-convolution.ts";

/** One number for all directions, or [depth, height, width]. */
export type Triple = number | readonly [depth: number, height: number, width: number];
type Three = readonly [depth: number, height: number, width: number];

function tripleOf(where: string, what: string, value: Triple, least = 1): Three {
  const triple: Three = typeof value === "number" ? [value, value, value] : value;
  if (triple.length !== 3 || !triple.every((n) => Number.isInteger(n) && n >= least))
    throw new ValueError(where, `${what} must be a whole number from ${least} on, or three: [depth, height, width]`, `${value}`);
  return triple;
}

function checkVolume(where: string, x: Tensor): void {
  if (x.rank !== 5) throw new ShapeError(where, "expects x: [batch, depth, height, width, channels]", { x });
}

/** Images of all slices side by side: [batch·depth, height, width, channels], and back. */
function asImages(x: Tensor): Tensor {
  const [n, depth, ...image] = x.shape as [number, number, number, number, number];
  return reshape(x, [n * depth, ...image]);
}
function asVolume(y: Tensor, batch: number, depth: number): Tensor {
  return reshape(y, [batch, depth, ...y.shape.slice(1)]);
}

export type Conv3dOptions = { stride?: Triple; padding?: Triple; dilation?: Triple; groups?: number };

/**
 * Three-dimensional convolution (cross-correlation), padded with zeros: a sum of two-dimensional ones over the filter's depth.
 *
 * @param x      [batch, depth, height, width, in]
 * @param weight [kd, kh, kw, in / groups, out]
 * @param options stride, padding, dilation, groups; default 1, 0, 1, 1
 * @returns      [batch, ⌊(depth + 2·padding − dilation·(kd − 1) − 1) / stride⌋ + 1, …, out]
 * @throws ShapeError when the channels differ, or the filter exceeds the padded volume
 * @example conv3d(scans, filters, { padding: 1 })
 */
export function conv3d(
  x: Tensor,
  weight: Tensor,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: Conv3dOptions = {},
): Tensor {
  checkVolume("conv3d", x);
  if (weight.rank !== 5) throw new ShapeError("conv3d", "expects weight: [kd, kh, kw, in / groups, out]", { x, weight });
  const [sd, ...s] = tripleOf("conv3d", "stride", stride);
  const [pd, ...p] = tripleOf("conv3d", "padding", padding, 0);
  const [dd, ...d] = tripleOf("conv3d", "dilation", dilation);
  const kd = weight.shape[0]!;
  const padded = pad(x, [
    [pd, pd],
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
  const count = Math.floor((padded.shape[1]! - dd * (kd - 1) - 1) / sd) + 1;
  if (count < 1) throw new ShapeError("conv3d", "the filter is deeper than the padded volume", { x, weight });
  const taps = Array.from({ length: kd }, (_, k) => {
    const planes = slice(padded, k * dd, k * dd + (count - 1) * sd + 1, 1, sd);
    const filters = reshape(slice(weight, k, k + 1), weight.shape.slice(1));
    return conv2d(asImages(planes), filters, { stride: s, padding: p, dilation: d, groups });
  });
  return asVolume(
    taps.reduce((sum, tap) => add(sum, tap)),
    x.shape[0]!,
    count,
  );
}

export type ConvTranspose3dOptions = Conv3dOptions & { outputPadding?: Triple };

/**
 * Transposed convolution of volumes. @see convTranspose2d
 *
 * @param x [batch, depth, height, width, in]  @param weight [kd, kh, kw, out / groups, in]
 */
export function convTranspose3d(
  x: Tensor,
  weight: Tensor,
  { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 }: ConvTranspose3dOptions = {},
): Tensor {
  const where = "convTranspose3d";
  checkVolume(where, x);
  if (weight.rank !== 5) throw new ShapeError(where, "expects weight: [kd, kh, kw, out / groups, in]", { x, weight });
  const [sd, ...s] = tripleOf(where, "stride", stride);
  const [pd, ...p] = tripleOf(where, "padding", padding, 0);
  const [od, ...o] = tripleOf(where, "outputPadding", outputPadding, 0);
  const [dd, ...d] = tripleOf(where, "dilation", dilation);
  const [batch, depth] = x.shape as [number, number];
  const kd = weight.shape[0]!;
  const whole = (depth - 1) * sd + dd * (kd - 1) + od + 1;
  const taps = Array.from({ length: kd }, (_, k) => {
    const filters = reshape(slice(weight, k, k + 1), weight.shape.slice(1));
    const options = { stride: s, padding: p, outputPadding: o, dilation: d, groups };
    const planes = asVolume(convTranspose2d(asImages(x), filters, options), batch, depth);
    // Planes stand a stride apart, the first at this tap.
    const image = planes.shape.slice(2);
    const apart = concat([reshape(planes, [batch, depth, 1, ...image]), full([batch, depth, sd - 1, ...image], 0)], 2);
    const spread = slice(reshape(apart, [batch, depth * sd, ...image]), 0, (depth - 1) * sd + 1, 1);
    const before = k * dd;
    return pad(spread, [[before, whole - before - spread.shape[1]!], ...image.map(() => [0, 0] as const)]);
  });
  return pad(
    taps.reduce((sum, tap) => add(sum, tap)),
    [[-pd, -pd], ...x.shape.slice(2).map(() => [0, 0] as const)],
  );
}

/** Pools along the depth what has been pooled in each plane. */
function alongDepth(planes: Tensor, pool: (sequence: Tensor) => Tensor): Tensor {
  const [batch, depth, ...image] = planes.shape as [number, number, ...number[]];
  const y = pool(reshape(planes, [batch, depth, sizeOf(image)]));
  return reshape(y, [batch, y.shape[1]!, ...image]);
}

export type MaxPool3dOptions = { stride?: Triple; padding?: Triple; dilation?: Triple; ceilMode?: boolean };

/** The largest number of each window of a volume. @see maxPool2d  @param x [batch, depth, height, width, channels] */
export function maxPool3d(
  x: Tensor,
  kernel: Triple,
  { stride = kernel, padding = 0, dilation = 1, ceilMode = false }: MaxPool3dOptions = {},
): Tensor {
  checkVolume("maxPool3d", x);
  const [kd, ...k] = tripleOf("maxPool3d", "kernel", kernel);
  const [sd, ...s] = tripleOf("maxPool3d", "stride", stride);
  const [pd, ...p] = tripleOf("maxPool3d", "padding", padding, 0);
  const [dd, ...d] = tripleOf("maxPool3d", "dilation", dilation);
  const planes = asVolume(maxPool2d(asImages(x), k, { stride: s, padding: p, dilation: d, ceilMode }), x.shape[0]!, x.shape[1]!);
  return alongDepth(planes, (sequence) => maxPool1d(sequence, kd, { stride: sd, padding: [pd, pd], dilation: dd, ceilMode }));
}

export type AvgPool3dOptions = {
  stride?: Triple;
  padding?: Triple;
  ceilMode?: boolean;
  countIncludePad?: boolean;
  divisorOverride?: number;
};

/** The mean of each window of a volume. @see avgPool2d  @param x [batch, depth, height, width, channels] */
export function avgPool3d(
  x: Tensor,
  kernel: Triple,
  { stride = kernel, padding = 0, ceilMode = false, countIncludePad = true, divisorOverride }: AvgPool3dOptions = {},
): Tensor {
  checkVolume("avgPool3d", x);
  const [kd, ...k] = tripleOf("avgPool3d", "kernel", kernel);
  const [sd, ...s] = tripleOf("avgPool3d", "stride", stride);
  const [pd, ...p] = tripleOf("avgPool3d", "padding", padding, 0);
  const shared = { ceilMode, countIncludePad, ...(divisorOverride && { divisorOverride: 1 }) };
  const planes = asVolume(avgPool2d(asImages(x), k, { stride: s, padding: p, ...shared }), x.shape[0]!, x.shape[1]!);
  const y = alongDepth(planes, (sequence) => avgPool1d(sequence, kd, { stride: sd, padding: [pd, pd], ...shared }));
  return divisorOverride ? mul(y, 1 / divisorOverride) : y;
}

/** Each of `count` windows of an axis that cover it evenly: from ⌊i·n/count⌋ to ⌈(i + 1)·n/count⌉. */
function evenly(x: Tensor, axis: number, count: number, pool: (part: Tensor) => Tensor): Tensor {
  const n = x.shape[axis]!;
  const parts = Array.from({ length: count }, (_, i) =>
    pool(slice(x, Math.floor((i * n) / count), Math.ceil(((i + 1) * n) / count), axis)),
  );
  return stack(parts, axis);
}

/** Pools so that the axes between batch and channels have the given sizes; null leaves one as it is. */
function adaptive(
  where: string,
  x: Tensor,
  sizes: readonly (number | null)[],
  pool: (part: Tensor, axis: number) => Tensor,
): Tensor {
  if (x.rank !== sizes.length + 2)
    throw new ShapeError(where, `expects x: [batch, ${sizes.map(() => "size").join(", ")}, channels]`, { x });
  return sizes.reduce<Tensor>((y, size, i) => (size === null ? y : evenly(y, i + 1, size, (part) => pool(part, i + 1))), x);
}

/**
 * Means of windows that cover sequences, images or volumes evenly, so that the result has the given size.
 *
 * @param x     [batch, …, channels]  @param sizes one number for each axis between; null leaves it
 * @example adaptiveAvgPool(images, [1, 1]) // one mean for each channel
 */
export const adaptiveAvgPool = (x: Tensor, sizes: readonly (number | null)[]): Tensor =>
  adaptive("adaptiveAvgPool", x, sizes, (part, axis) => part.mean(axis));

/** The largest of windows that cover x evenly. @see adaptiveAvgPool */
export const adaptiveMaxPool = (x: Tensor, sizes: readonly (number | null)[]): Tensor =>
  adaptive("adaptiveMaxPool", x, sizes, (part, axis) => part.max(axis));
