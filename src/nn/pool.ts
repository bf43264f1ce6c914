/** Pooling layers, channels last. */
import { ShapeError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import {
  type AvgPool1dOptions,
  type AvgPool2dOptions,
  avgPool1d,
  avgPool2d,
  type MaxPool1dOptions,
  type MaxPool2dOptions,
  maxPool1d,
  maxPool2d,
} from "../ops/pool.ts";
import { max, mean } from "../ops/reduce.ts";
import { type Pair, pairOf } from "../ops/window.ts";

/**
 * The largest number of each window, for each channel.
 *
 * @param kernelSize one number, or [vertical, horizontal]
 * @param options stride (default: the window), padding (−∞, default 0), dilation (default 1)
 * @throws ShapeError from `forward` when the window exceeds the padded image, ValueError when padding could fill a window
 * @example new MaxPool2d(2)
 */
export class MaxPool2d {
  readonly kind = "MaxPool2d";
  readonly kernelSize: Pair;
  readonly options: MaxPool2dOptions;

  constructor(kernelSize: Pair, options: MaxPool2dOptions = {}) {
    this.kernelSize = pairOf("MaxPool2d", "kernelSize", kernelSize);
    this.options = options;
  }

  describe(): readonly unknown[] {
    return [this.kernelSize, this.options];
  }

  /** @param x [batch, height, width, channels] @returns [batch, height', width', channels] */
  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.options);
  }
}

/** The largest number of each window of a sequence. @see MaxPool2d @example new MaxPool1d(3, { stride: 1, padding: 1 }) */
export class MaxPool1d {
  readonly kind = "MaxPool1d";
  readonly kernelSize: number;
  readonly options: MaxPool1dOptions;

  constructor(kernelSize: number, options: MaxPool1dOptions = {}) {
    [, this.kernelSize] = pairOf("MaxPool1d", "kernelSize", [1, kernelSize]);
    this.options = options;
  }

  describe(): readonly unknown[] {
    return [this.kernelSize, this.options];
  }

  /** @param x [batch, length, channels] @returns [batch, length', channels] */
  forward(x: Tensor): Tensor {
    return maxPool1d(x, this.kernelSize, this.options);
  }
}

/**
 * The mean of each window, for each channel.
 *
 * @param kernelSize one number, or [vertical, horizontal]
 * @param options stride (default: the window), padding (default 0), countIncludePad (whether padding counts, as zeros; default true)
 * @throws ShapeError from `forward` when the window exceeds the padded image, ValueError when padding could fill a window
 * @example new AvgPool2d(2)
 */
export class AvgPool2d {
  readonly kind = "AvgPool2d";
  readonly kernelSize: Pair;
  readonly options: AvgPool2dOptions;

  constructor(kernelSize: Pair, options: AvgPool2dOptions = {}) {
    this.kernelSize = pairOf("AvgPool2d", "kernelSize", kernelSize);
    this.options = options;
  }

  describe(): readonly unknown[] {
    return [this.kernelSize, this.options];
  }

  /** @param x [batch, height, width, channels] @returns [batch, height', width', channels] */
  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.options);
  }
}

/** The mean of each window of a sequence. @see AvgPool2d @example new AvgPool1d(4) */
export class AvgPool1d {
  readonly kind = "AvgPool1d";
  readonly kernelSize: number;
  readonly options: AvgPool1dOptions;

  constructor(kernelSize: number, options: AvgPool1dOptions = {}) {
    [, this.kernelSize] = pairOf("AvgPool1d", "kernelSize", [1, kernelSize]);
    this.options = options;
  }

  describe(): readonly unknown[] {
    return [this.kernelSize, this.options];
  }

  /** @param x [batch, length, channels] @returns [batch, length', channels] */
  forward(x: Tensor): Tensor {
    return avgPool1d(x, this.kernelSize, this.options);
  }
}

/** The axes between batch and channels. */
function between(where: string, x: Tensor): number[] {
  if (x.rank < 3) throw new ShapeError(where, "expects [batch, …, channels] with axes between them", { x });
  return Array.from({ length: x.rank - 2 }, (_, i) => i + 1);
}

/**
 * The mean of each channel over a whole image, sequence or volume: [batch, …, channels] → [batch, channels].
 *
 * @throws ShapeError from `forward` when nothing stands between batch and channels
 * @example new Sequential(new Conv2d(3, 64, 3), relu, new GlobalAvgPool(), new Linear(64, 10))
 */
export class GlobalAvgPool {
  readonly kind = "GlobalAvgPool";

  describe(): readonly unknown[] {
    return [];
  }

  forward(x: Tensor): Tensor {
    return mean(x, between(this.kind, x));
  }
}

/** The largest number of each channel over a whole image, sequence or volume: [batch, …, channels] → [batch, channels]. */
export class GlobalMaxPool {
  readonly kind = "GlobalMaxPool";

  describe(): readonly unknown[] {
    return [];
  }

  forward(x: Tensor): Tensor {
    return max(x, between(this.kind, x));
  }
}
