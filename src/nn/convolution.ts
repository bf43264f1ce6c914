/** Convolutions as layers, channels last: [batch, …, channels]. Options and defaults are PyTorch's. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { type Conv1dOptions, type Conv2dOptions, conv1d, conv2d } from "../ops/convolution.ts";
import { add } from "../ops/pointwise.ts";
import {
  type ConvTranspose1dOptions,
  type ConvTranspose2dOptions,
  convTranspose1d,
  convTranspose2d,
} from "../ops/transposed-convolution.ts";
import { type Conv3dOptions, type ConvTranspose3dOptions, conv3d, convTranspose3d, type Triple } from "../ops/volume.ts";
import type { Pair } from "../ops/window.ts";
import { fanInUniform, type Initialiser } from "./initialisers.ts";
import { Parameter } from "./parameter.ts";

/** What all convolutions take besides the options of their op. */
export type ConvolutionLayerOptions = {
  /** Whether to add a bias. Default true. */
  bias?: boolean;
  /** First weights; default uniform in ±1/√(in/groups · kernel size), as PyTorch has it. */
  init?: Initialiser;
};

type Options<Op> = Op & ConvolutionLayerOptions;

/** Filters, a bias, and what the error says when channels do not fit. */
abstract class Convolution<Op extends { groups?: number }> {
  abstract readonly kind: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: Shape;
  readonly options: Op;
  readonly weight: Parameter;
  readonly bias?: Parameter;

  /** @param extents those of the weight's last two axes */
  protected constructor(
    inputs: number,
    outputs: number,
    kernel: Shape,
    options: Op,
    { bias = true, init }: ConvolutionLayerOptions,
    extents: (groups: number) => readonly [number, number],
  ) {
    const { groups = 1 } = options;
    const extent: readonly unknown[] = Array.isArray(kernel) ? kernel : [kernel]; // undefined, where it was left out
    const whole = [inputs, outputs, ...extent, groups].every((n) => Number.isInteger(n) && Number(n) > 0);
    if (!whole || inputs % groups || outputs % groups)
      throw new ValueError(
        "convolution",
        "channels and kernel are whole numbers > 0, and groups divide both channels",
        `${inputs} → ${outputs}, kernel ${extent.join(" × ")}, groups ${groups}`,
        whole ? undefined : "new Conv2d(1, 32, 3, { padding: 1 })",
      );
    this.inputs = inputs;
    this.outputs = outputs;
    this.kernel = kernel;
    this.options = options;
    const shape = [...kernel, ...extents(groups)];
    const fan = sizeOf(kernel) * shape[shape.length - 2]!;
    this.weight = new Parameter(shape, init ?? fanInUniform(fan));
    if (bias) this.bias = new Parameter([outputs], fanInUniform(fan));
  }

  describe(): readonly unknown[] {
    return [this.inputs, this.outputs, this.kernel, { ...this.options, bias: this.bias !== undefined }];
  }

  /** Throws unless x has the axes and channels of the layer. */
  protected check(x: Tensor): void {
    const axes = ["batch", ...["depth", "height", "width"].slice(-this.kernel.length), `${this.inputs}`];
    if (this.kernel.length === 1) axes[1] = "length";
    if (x.rank === axes.length && x.shape[x.rank - 1] === this.inputs) return;
    const first = x.rank === axes.length && x.shape[1] === this.inputs;
    const order = [0, ...this.kernel.map((_, i) => i + 2), 1];
    throw new ShapeError(
      `${this.kind}(${this.inputs} → ${this.outputs})`,
      `expects [${axes.join(", ")}]`,
      { x },
      first ? `permute([${order.join(", ")}]): channels are last` : undefined,
    );
  }

  protected biased(y: Tensor): Tensor {
    return this.bias ? add(y, this.bias) : y;
  }
}

/** Only what is given: an option that is undefined is none. */
function learned(bias: boolean | undefined, init: Initialiser | undefined): ConvolutionLayerOptions {
  return { ...(bias !== undefined && { bias }), ...(init && { init }) };
}

const one = (kernel: number | Shape): Shape => [kernel].flat();
const two = (kernel: Pair): Shape => (typeof kernel === "number" ? [kernel, kernel] : kernel);
const three = (kernel: Triple): Shape => (typeof kernel === "number" ? [kernel, kernel, kernel] : kernel);

/**
 * Convolution along sequences, with weight [k, in / groups, out] and bias [out].
 *
 * @example new Conv1d(12, 32, 5, { padding: "same" }).forward(x) // x: [batch, length, 12]
 */
export class Conv1d extends Convolution<Conv1dOptions> {
  readonly kind = "Conv1d";
  constructor(inputs: number, outputs: number, kernel: number | Shape, { bias, init, ...options }: Options<Conv1dOptions> = {}) {
    super(inputs, outputs, one(kernel), options, learned(bias, init), (groups) => [inputs / groups, outputs]);
  }
  /** @param x [batch, length, in] @returns [batch, …, out] */
  forward(x: Tensor): Tensor {
    this.check(x);
    return this.biased(conv1d(x, this.weight, this.options));
  }
}

/**
 * Convolution of images, with weight [kh, kw, in / groups, out] and bias [out].
 *
 * @param kernel one number, or [height, width]
 * @example new Conv2d(1, 32, 3, { padding: 1 }).forward(images) // images: [batch, height, width, 1]
 */
export class Conv2d extends Convolution<Conv2dOptions> {
  readonly kind = "Conv2d";
  constructor(inputs: number, outputs: number, kernel: Pair, { bias, init, ...options }: Options<Conv2dOptions> = {}) {
    super(inputs, outputs, two(kernel), options, learned(bias, init), (groups) => [inputs / groups, outputs]);
  }
  /** @param x [batch, height, width, in] @returns [batch, …, …, out] */
  forward(x: Tensor): Tensor {
    this.check(x);
    return this.biased(conv2d(x, this.weight, this.options));
  }
}

/**
 * Convolution of volumes, with weight [kd, kh, kw, in / groups, out] and bias [out].
 *
 * @example new Conv3d(1, 8, 3, { padding: 1 }).forward(scans) // scans: [batch, depth, height, width, 1]
 */
export class Conv3d extends Convolution<Conv3dOptions> {
  readonly kind = "Conv3d";
  constructor(inputs: number, outputs: number, kernel: Triple, { bias, init, ...options }: Options<Conv3dOptions> = {}) {
    super(inputs, outputs, three(kernel), options, learned(bias, init), (groups) => [inputs / groups, outputs]);
  }
  /** @param x [batch, depth, height, width, in] @returns [batch, …, …, …, out] */
  forward(x: Tensor): Tensor {
    this.check(x);
    return this.biased(conv3d(x, this.weight, this.options));
  }
}

/**
 * Each channel with a filter of its own, then all channels mixed: a convolution of far fewer numbers.
 *
 * @source Chollet 2017, arXiv:1610.02357
 * @example new SeparableConv2d(32, 64, 3, { padding: 1 })
 */
export class SeparableConv2d {
  readonly kind = "SeparableConv2d";
  readonly depthwise: Conv2d;
  readonly pointwise: Conv2d;

  constructor(inputs: number, outputs: number, kernel: Pair, options: Omit<Options<Conv2dOptions>, "groups"> = {}) {
    const { bias = true, ...own } = options;
    this.depthwise = new Conv2d(inputs, inputs, kernel, { ...own, groups: inputs, bias: false });
    this.pointwise = new Conv2d(inputs, outputs, 1, learned(bias, own.init));
  }

  describe(): readonly unknown[] {
    const { inputs, kernel, options } = this.depthwise;
    const { groups: _, ...own } = options;
    return [inputs, this.pointwise.outputs, kernel, { ...own, bias: this.pointwise.bias !== undefined }];
  }

  /** @param x [batch, height, width, in] @returns [batch, …, …, out] */
  forward(x: Tensor): Tensor {
    return this.pointwise.forward(this.depthwise.forward(x));
  }
}

/** Transposed convolution along sequences, with weight [k, out / groups, in]. @example new ConvTranspose1d(8, 4, 3, { stride: 2 }) */
export class ConvTranspose1d extends Convolution<ConvTranspose1dOptions> {
  readonly kind = "ConvTranspose1d";
  constructor(
    inputs: number,
    outputs: number,
    kernel: number | Shape,
    { bias, init, ...options }: Options<ConvTranspose1dOptions> = {},
  ) {
    super(inputs, outputs, one(kernel), options, learned(bias, init), (groups) => [outputs / groups, inputs]);
  }
  /** @param x [batch, length, in] @returns [batch, …, out] */
  forward(x: Tensor): Tensor {
    this.check(x);
    return this.biased(convTranspose1d(x, this.weight, this.options));
  }
}

/**
 * Transposed convolution of images, with weight [kh, kw, out / groups, in]: what a decoder grows images with.
 *
 * @example new ConvTranspose2d(64, 32, 4, { stride: 2, padding: 1 }) // twice the size
 */
export class ConvTranspose2d extends Convolution<ConvTranspose2dOptions> {
  readonly kind = "ConvTranspose2d";
  constructor(inputs: number, outputs: number, kernel: Pair, { bias, init, ...options }: Options<ConvTranspose2dOptions> = {}) {
    super(inputs, outputs, two(kernel), options, learned(bias, init), (groups) => [outputs / groups, inputs]);
  }
  /** @param x [batch, height, width, in] @returns [batch, …, …, out] */
  forward(x: Tensor): Tensor {
    this.check(x);
    return this.biased(convTranspose2d(x, this.weight, this.options));
  }
}

/** Transposed convolution of volumes, with weight [kd, kh, kw, out / groups, in]. @example new ConvTranspose3d(8, 4, 2, { stride: 2 }) */
export class ConvTranspose3d extends Convolution<ConvTranspose3dOptions> {
  readonly kind = "ConvTranspose3d";
  constructor(inputs: number, outputs: number, kernel: Triple, { bias, init, ...options }: Options<ConvTranspose3dOptions> = {}) {
    super(inputs, outputs, three(kernel), options, learned(bias, init), (groups) => [outputs / groups, inputs]);
  }
  /** @param x [batch, depth, height, width, in] @returns [batch, …, …, …, out] */
  forward(x: Tensor): Tensor {
    this.check(x);
    return this.biased(convTranspose3d(x, this.weight, this.options));
  }
}
