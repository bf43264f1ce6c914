/** Convolutional layers, channels last. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { type Conv1dOptions, type Conv2dOptions, conv1d, conv2d } from "../ops/convolution.ts";
import { add } from "../ops/pointwise.ts";
import { type Pair, pairOf } from "../ops/window.ts";
import { fanInUniform, type Initialiser } from "./initialisers.ts";
import { Parameter } from "./parameter.ts";

type ParameterOptions = {
  /** Whether to add a bias. Default true. */
  bias?: boolean;
  /** First weights; default uniform in ±1/√(inputs of one output), as PyTorch has it. */
  init?: Initialiser;
  /** First biases; default likewise. */
  biasInit?: Initialiser;
};
export type Conv1dLayerOptions = Conv1dOptions & ParameterOptions;
export type Conv2dLayerOptions = Conv2dOptions & ParameterOptions;

function checkSizes(where: string, inChannels: number, outChannels: number, groups: number): void {
  const rule = (what: string, found: string): never => {
    throw new ValueError(where, what, found);
  };
  const whole = [inChannels, outChannels, groups].every((n) => Number.isInteger(n) && n > 0);
  if (!whole) rule("channels and groups are whole numbers > 0", `${inChannels}, ${outChannels}, ${groups}`);
  if (inChannels % groups !== 0 || outChannels % groups !== 0)
    rule(`groups must divide ${inChannels} and ${outChannels} channels`, `${groups}`);
}

/** Weights [...kernel, in / groups, out] and perhaps a bias [out]. */
function parametersOf(
  kernel: Shape,
  outChannels: number,
  { bias = true, init, biasInit }: ParameterOptions,
): { weight: Parameter; bias?: Parameter } {
  const usual = fanInUniform(sizeOf(kernel));
  const weight = new Parameter([...kernel, outChannels], init ?? usual);
  return bias ? { weight, bias: new Parameter([outChannels], biasInit ?? usual) } : { weight };
}

function checkInput(where: string, x: Tensor, axes: readonly string[], inChannels: number): void {
  if (x.rank === axes.length + 1 && x.shape[x.rank - 1] === inChannels) return;
  const isFirst = x.rank === axes.length + 1 && x.shape[1] === inChannels;
  const order = axes.map((_, i) => i);
  const remedy = isFirst ? `permute([0, ${[...order.slice(2), axes.length, 1].join(", ")}])` : undefined;
  const rule = `expects [${axes.join(", ")}, ${inChannels}]`;
  throw new ShapeError(where, isFirst ? `${rule}, channels last` : rule, { x }, remedy);
}

/**
 * Convolution of images: y = conv2d(x, weight) + bias, with weight [kh, kw, in / groups, out] and bias [out].
 *
 * @param inChannels  of x
 * @param outChannels filters
 * @param kernelSize  one number, or [vertical, horizontal]
 * @param options stride 1, padding 0 (zeros; also "same", "valid", [vertical, horizontal], [top, bottom, left, right]), dilation 1,
 *   groups 1, bias true, and how parameters begin
 * @throws ValueError when groups do not divide the channels; from `forward` ShapeError when x has other channels or is too small
 * @example new Sequential(new Conv2d(1, 32, 3, { padding: 1 }), relu, new MaxPool2d(2))
 */
export class Conv2d {
  readonly kind = "Conv2d";
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly [vertical: number, horizontal: number];
  readonly options: Conv2dOptions;
  readonly weight: Parameter;
  readonly bias?: Parameter;

  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: Conv2dLayerOptions = {}) {
    const { stride = 1, padding = 0, dilation = 1, groups = 1, ...own } = options;
    const where = `Conv2d(${inChannels} → ${outChannels})`;
    checkSizes(where, inChannels, outChannels, groups);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = pairOf(where, "kernelSize", kernelSize);
    this.options = { stride, padding, dilation, groups };
    const { weight, bias } = parametersOf([...this.kernelSize, inChannels / groups], outChannels, own);
    this.weight = weight;
    if (bias) this.bias = bias;
  }

  describe(): readonly unknown[] {
    return [this.inChannels, this.outChannels, this.kernelSize, { ...this.options, bias: this.bias !== undefined }];
  }

  /** @param x [batch, height, width, in] @returns [batch, height', width', out] */
  forward(x: Tensor): Tensor {
    checkInput(`Conv2d(${this.inChannels} → ${this.outChannels})`, x, ["batch", "height", "width"], this.inChannels);
    const y = conv2d(x, this.weight, this.options);
    return this.bias ? add(y, this.bias) : y;
  }
}

/**
 * Convolution of sequences: y = conv1d(x, weight) + bias, with weight [k, in / groups, out] and bias [out].
 *
 * @param inChannels  of x
 * @param outChannels filters
 * @param kernelSize  steps that a filter sees
 * @param options stride 1, padding 0 (zeros; also "same", "valid", [before, after]), dilation 1, groups 1, bias true, and how
 *   parameters begin
 * @throws ValueError when groups do not divide the channels; from `forward` ShapeError when x has other channels or is too short
 * @example new Conv1d(4, 16, 5, { padding: [4, 0] }) // sees the past alone
 */
export class Conv1d {
  readonly kind = "Conv1d";
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: number;
  readonly options: Conv1dOptions;
  readonly weight: Parameter;
  readonly bias?: Parameter;

  constructor(inChannels: number, outChannels: number, kernelSize: number, options: Conv1dLayerOptions = {}) {
    const { stride = 1, padding = 0, dilation = 1, groups = 1, ...own } = options;
    const where = `Conv1d(${inChannels} → ${outChannels})`;
    checkSizes(where, inChannels, outChannels, groups);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    [, this.kernelSize] = pairOf(where, "kernelSize", [1, kernelSize]);
    this.options = { stride, padding, dilation, groups };
    const { weight, bias } = parametersOf([kernelSize, inChannels / groups], outChannels, own);
    this.weight = weight;
    if (bias) this.bias = bias;
  }

  describe(): readonly unknown[] {
    return [this.inChannels, this.outChannels, this.kernelSize, { ...this.options, bias: this.bias !== undefined }];
  }

  /** @param x [batch, length, in] @returns [batch, length', out] */
  forward(x: Tensor): Tensor {
    checkInput(`Conv1d(${this.inChannels} → ${this.outChannels})`, x, ["batch", "length"], this.inChannels);
    const y = conv1d(x, this.weight, this.options);
    return this.bias ? add(y, this.bias) : y;
  }
}
