/** Pooling and resampling as layers, channels last. Options and defaults are PyTorch's; pools without parameters. */
import { ShapeError } from "../core/errors.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { avgPool1d, avgPool2d, maxPool1d, maxPool2d } from "../ops/pool.ts";
import { type InterpolateOptions, interpolate, pixelShuffle } from "../ops/resample.ts";
import { adaptiveAvgPool, adaptiveMaxPool, avgPool3d, maxPool3d } from "../ops/volume.ts";

/** A function of x with the size of a window and options, as a class of layers. */
function pool<Kind extends string, Kernel, Options extends object>(
  kind: Kind,
  apply: (x: Tensor, kernel: Kernel, options?: Options) => Tensor,
) {
  return class {
    readonly kind: Kind = kind;
    readonly kernel: Kernel;
    readonly options: Options;

    constructor(kernel: Kernel, options = {} as Options) {
      this.kernel = kernel;
      this.options = options;
    }

    describe(): readonly unknown[] {
      return [this.kernel, this.options];
    }

    forward(x: Tensor): Tensor {
      return apply(x, this.kernel, this.options);
    }
  };
}

/** The largest number of each window of a sequence [batch, length, channels]. @example new MaxPool1d(2) */
export class MaxPool1d extends /* @__PURE__ */ pool("MaxPool1d", maxPool1d) {}

/** The largest number of each window of an image [batch, height, width, channels]. @example new MaxPool2d(2) */
export class MaxPool2d extends /* @__PURE__ */ pool("MaxPool2d", maxPool2d) {}

/** The largest number of each window of a volume [batch, depth, height, width, channels]. @example new MaxPool3d(2) */
export class MaxPool3d extends /* @__PURE__ */ pool("MaxPool3d", maxPool3d) {}

/** The mean of each window of a sequence [batch, length, channels]. @example new AvgPool1d(2) */
export class AvgPool1d extends /* @__PURE__ */ pool("AvgPool1d", avgPool1d) {}

/** The mean of each window of an image [batch, height, width, channels]. @example new AvgPool2d(2) */
export class AvgPool2d extends /* @__PURE__ */ pool("AvgPool2d", avgPool2d) {}

/** The mean of each window of a volume [batch, depth, height, width, channels]. @example new AvgPool3d(2) */
export class AvgPool3d extends /* @__PURE__ */ pool("AvgPool3d", avgPool3d) {}

/** Means of windows that cover x evenly: one size for each axis between batch and channels. @example new AdaptiveAvgPool([7, 7]) */
export class AdaptiveAvgPool {
  readonly kind = "AdaptiveAvgPool";
  readonly sizes: readonly (number | null)[];
  constructor(sizes: readonly (number | null)[]) {
    this.sizes = sizes;
  }
  describe(): readonly unknown[] {
    return [this.sizes];
  }
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool(x, this.sizes);
  }
}

/** The largest of windows that cover x evenly. @see AdaptiveAvgPool */
export class AdaptiveMaxPool {
  readonly kind = "AdaptiveMaxPool";
  readonly sizes: readonly (number | null)[];
  constructor(sizes: readonly (number | null)[]) {
    this.sizes = sizes;
  }
  describe(): readonly unknown[] {
    return [this.sizes];
  }
  forward(x: Tensor): Tensor {
    return adaptiveMaxPool(x, this.sizes);
  }
}

/** The axes between batch and channels. */
function between(where: string, x: Tensor): number[] {
  if (x.rank < 3) throw new ShapeError(where, "expects [batch, …, channels]", { x });
  return Array.from({ length: x.rank - 2 }, (_, i) => i + 1);
}

/** One mean for each channel: [batch, …, channels] → [batch, channels]. @source Lin et al. 2013, arXiv:1312.4400 */
export class GlobalAvgPool {
  readonly kind = "GlobalAvgPool";
  describe(): readonly unknown[] {
    return [];
  }
  forward(x: Tensor): Tensor {
    return x.mean(between("GlobalAvgPool", x));
  }
}

/** The largest number of each channel: [batch, …, channels] → [batch, channels]. */
export class GlobalMaxPool {
  readonly kind = "GlobalMaxPool";
  describe(): readonly unknown[] {
    return [];
  }
  forward(x: Tensor): Tensor {
    return x.max(between("GlobalMaxPool", x));
  }
}

/** x in another size. @see interpolate  @example new Upsample({ scale: 2, mode: "linear" }) */
export class Upsample {
  readonly kind = "Upsample";
  readonly options: InterpolateOptions;
  constructor(options: InterpolateOptions) {
    this.options = options;
  }
  describe(): readonly unknown[] {
    return [this.options];
  }
  forward(x: Tensor): Tensor {
    return interpolate(x, this.options);
  }
}

/** Groups of factor² channels as factor × factor pixels. @see pixelShuffle  @example new PixelShuffle(2) */
export class PixelShuffle {
  readonly kind = "PixelShuffle";
  readonly factor: number;
  constructor(factor: number) {
    this.factor = factor;
  }
  describe(): readonly unknown[] {
    return [this.factor];
  }
  forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.factor);
  }
}

/** Each sample in another shape: [batch, …] → [batch, …shape]; one extent may be −1. @example new Reshape([7, 7, 64]) */
export class Reshape {
  readonly kind = "Reshape";
  readonly shape: Shape;
  constructor(shape: Shape) {
    this.shape = shape;
  }
  describe(): readonly unknown[] {
    return [this.shape];
  }
  forward(x: Tensor): Tensor {
    const known = sizeOf(this.shape.filter((extent) => extent !== -1));
    const rest = sizeOf(x.shape.slice(1)) / known;
    return x.reshape([x.shape[0]!, ...this.shape.map((extent) => (extent === -1 ? rest : extent))]);
  }
}
