/** Normalising layers that keep statistics, or see groups of channels. Channels are the last axis. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { assign, stateTensor } from "../graph/state.ts";
import type { Tensor } from "../graph/tensor.ts";
import { batchNorm } from "../ops/batch-norm.ts";
import { groupNorm } from "../ops/group-norm.ts";
import { add, mul, reciprocal, sub } from "../ops/pointwise.ts";
import { constant } from "./initialisers.ts";
import { checkMode } from "./mode.ts";
import type { Mode } from "./model.ts";
import { Parameter } from "./parameter.ts";

export type BatchNormLayerOptions = {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** How much of the running statistics each batch replaces; null: their mean over all batches. Default 0.1. */
  momentum?: number | null;
  /** Whether to learn a scale and a shift. Default true. */
  affine?: boolean;
};

function affineParameters(features: number, affine: boolean): { weight?: Parameter; bias?: Parameter } {
  return affine ? { weight: new Parameter([features], constant(1)), bias: new Parameter([features], constant(0)) } : {};
}

/** old + share·(fresh − old). */
function towards(old: Tensor, fresh: Tensor, share: Tensor | number): Tensor {
  return add(old, mul(sub(fresh, old), share));
}

/**
 * Each channel with mean 0 and variance 1 over the batch, then scaled and shifted; in use by running statistics instead. Serves
 * [n, features], sequences [n, time, features], images [n, height, width, features].
 *
 * @throws ValueError from `forward` without a mode, or for a single row while training
 * @source Ioffe & Szegedy 2015, arXiv:1502.03167; the running variance is the unbiased one, as in PyTorch
 * @example new Sequential(new Conv2d(1, 8, 3), new BatchNorm(8), relu)
 */
export class BatchNorm {
  readonly kind = "BatchNorm";
  readonly features: number;
  readonly options: Required<BatchNormLayerOptions>;
  readonly weight?: Parameter;
  readonly bias?: Parameter;
  readonly runningMean: Tensor;
  readonly runningVar: Tensor;
  readonly batches: Tensor;

  constructor(features: number, { eps = 1e-5, momentum = 0.1, affine = true }: BatchNormLayerOptions = {}) {
    this.features = features;
    this.options = { eps, momentum, affine };
    Object.assign(this, affineParameters(features, affine));
    this.runningMean = stateTensor(new Float32Array(features));
    this.runningVar = stateTensor(new Float32Array(features).fill(1));
    this.batches = stateTensor(new Float32Array(1));
  }

  describe(): readonly unknown[] {
    return [this.features, this.options];
  }

  /** @param x [n, …, features] @returns the same shape */
  forward(x: Tensor, mode: Mode): Tensor {
    const where = `BatchNorm(${this.features})`;
    if (x.shape[x.rank - 1] !== this.features) throw new ShapeError(where, `expects [..., ${this.features}]`, { x });
    const { eps, momentum } = this.options;
    if (checkMode(where, mode) === "eval")
      return batchNorm(x, this.weight, this.bias, { mean: this.runningMean, variance: this.runningVar, eps });
    const rows = x.size / this.features;
    if (rows === 1) throw new ValueError(where, "needs more than one row to train: the variance of one is none", "1 row");
    const [y, mean, variance] = batchNorm(x, this.weight, this.bias, { eps });
    if (momentum === null) assign(this.batches, add(this.batches, 1));
    const share = momentum ?? reciprocal(this.batches);
    assign(this.runningMean, towards(this.runningMean, mean, share));
    assign(this.runningVar, towards(this.runningVar, mul(variance, rows / (rows - 1)), share));
    return y;
  }
}

export type GroupNormLayerOptions = Omit<BatchNormLayerOptions, "momentum">;

/**
 * Mean 0 and variance 1 over each sample's groups of channels, then scaled and shifted.
 *
 * @throws ValueError when the groups do not divide the channels
 * @source Wu & He 2018, arXiv:1803.08494
 * @example new GroupNorm(4, 32)
 */
export class GroupNorm {
  readonly kind: string = "GroupNorm";
  readonly groups: number;
  readonly channels: number;
  readonly options: Required<GroupNormLayerOptions>;
  readonly weight?: Parameter;
  readonly bias?: Parameter;

  constructor(groups: number, channels: number, { eps = 1e-5, affine = true }: GroupNormLayerOptions = {}) {
    if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
      throw new ValueError("GroupNorm", `groups must divide the ${channels} channels`, String(groups));
    this.groups = groups;
    this.channels = channels;
    this.options = { eps, affine };
    Object.assign(this, affineParameters(channels, affine));
  }

  describe(): readonly unknown[] {
    return [this.groups, this.channels, this.options];
  }

  /** @param x [n, …, channels] @returns the same shape */
  forward(x: Tensor): Tensor {
    if (x.shape[x.rank - 1] !== this.channels)
      throw new ShapeError(`${this.kind}(${this.channels})`, `expects [..., ${this.channels}]`, { x });
    const { weight, bias } = this;
    return groupNorm(x, this.groups, { ...(weight && { weight }), ...(bias && { bias }), eps: this.options.eps });
  }
}

/**
 * Mean 0 and variance 1 of each channel of each sample. Like PyTorch's, it learns no scale or shift unless asked.
 *
 * @source Ulyanov et al. 2016, arXiv:1607.08022
 * @example new InstanceNorm(32)
 */
export class InstanceNorm extends GroupNorm {
  override readonly kind = "InstanceNorm";

  constructor(channels: number, { eps = 1e-5, affine = false }: GroupNormLayerOptions = {}) {
    super(channels, channels, { eps, affine });
  }

  override describe(): readonly unknown[] {
    return [this.channels, this.options];
  }
}
