/** Normalisations over groups of channels of each sample, made of layerNorm. Channels are the last axis. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { layerNorm } from "./norm.ts";
import { add, div, mul, pow, square } from "./pointwise.ts";
import { pad } from "./rearrange.ts";
import { permute, reshape, slice } from "./shape.ts";

type Affine = { weight?: Tensor; bias?: Tensor; eps?: number };

function affine(y: Tensor, { weight, bias }: Affine): Tensor {
  const scaled = weight ? mul(y, weight) : y;
  return bias ? add(scaled, bias) : scaled;
}

/**
 * (x − mean)/√(variance + eps)·weight + bias, where mean and variance are those of a sample's group of channels.
 *
 * @param x       [n, …, channels]
 * @param groups  divides the channels; 1: all of them together, as many as channels: each by itself (instanceNorm)
 * @param options weight, bias [channels], default 1 and 0; eps, default 1e-5
 * @throws ValueError when the groups do not divide the channels
 * @source Wu & He 2018, arXiv:1803.08494
 */
export function groupNorm(x: Tensor, groups: number, options: Affine = {}): Tensor {
  const [n, channels] = [x.shape[0]!, x.shape[x.rank - 1]!];
  if (x.rank < 2) throw new ShapeError("groupNorm", "expects x: [n, …, channels]", { x });
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
    throw new ValueError("groupNorm", `groups must divide the ${channels} channels`, String(groups));
  const places = sizeOf(x.shape.slice(1, -1));
  const own = channels / groups;
  const parted = permute(reshape(x, [n, places, groups, own]), [0, 2, 1, 3]);
  const normal = layerNorm(reshape(parted, [n, groups, places * own]), undefined, undefined, { eps: options.eps ?? 1e-5 });
  const back = permute(reshape(normal, [n, groups, places, own]), [0, 2, 1, 3]);
  return affine(reshape(back, x.shape), options);
}

/**
 * (x − mean)/√(variance + eps)·weight + bias for each sample and channel.
 *
 * @param x [n, …, channels]  @param options weight, bias [channels], default 1 and 0; eps, default 1e-5
 * @source Ulyanov et al. 2016, arXiv:1607.08022
 */
export const instanceNorm = (x: Tensor, options: Affine = {}): Tensor => groupNorm(x, x.shape[x.rank - 1]!, options);

/**
 * x / (k + alpha·mean of x² over `size` neighbouring channels)^beta.
 *
 * @param x [..., channels]  @param options alpha, default 1e-4; beta, default 0.75; k, default 1
 * @source Krizhevsky et al. 2012, section 3.3, with PyTorch's mean for the sum
 */
export const localResponseNorm = (
  x: Tensor,
  size: number,
  { alpha = 1e-4, beta = 0.75, k = 1 }: { alpha?: number; beta?: number; k?: number } = {},
): Tensor => {
  const channels = x.shape[x.rank - 1]!;
  const around = pad(square(x), [[Math.floor(size / 2), Math.floor((size - 1) / 2)]]);
  let total = slice(around, 0, channels, -1);
  for (let i = 1; i < size; ++i) total = add(total, slice(around, i, i + channels, -1));
  return div(x, pow(add(mul(total, alpha / size), k), beta));
};
