/**
 * The ops, and their methods on tensors: attached here, once, from the functions whose first argument is a tensor and whose kernels are
 * in the core, for a method keeps its op in every bundle.
 */
import { setPrimitives } from "../graph/backward.ts";
import { Tensor } from "../graph/tensor.ts";
import { cast } from "./cast.ts";
import { full } from "./create.ts";
import { gather, pick } from "./gather.ts";
import { matmul } from "./matmul.ts";
import {
  abs,
  add,
  ceil,
  clamp,
  cos,
  div,
  equal,
  exp,
  floor,
  greater,
  greaterEqual,
  leakyRelu,
  less,
  lessEqual,
  log,
  maximum,
  minimum,
  mul,
  neg,
  notEqual,
  pow,
  reciprocal,
  relu,
  round,
  sigmoid,
  sign,
  sin,
  sqrt,
  square,
  sub,
  tanh,
} from "./pointwise.ts";
import { all, any, argmax, argmin, logSumExp, max, mean, min, norm, std, sum, variance } from "./reduce.ts";
import { alias, detach, expand, flatten, permute, reshape, slice, squeeze, transpose, unsqueeze } from "./shape.ts";
import { logSoftmax, softmax } from "./softmax.ts";

const methods = {
  ...{ neg, abs, sign, square, sqrt, reciprocal, exp, log, sin, cos, tanh, sigmoid, relu, leakyRelu, floor, ceil, round, clamp },
  ...{ add, sub, mul, div, pow, maximum, minimum, equal, notEqual, less, lessEqual, greater, greaterEqual },
  ...{ sum, mean, max, min, variance, std, norm, logSumExp, argmax, argmin, any, all },
  ...{ reshape, flatten, squeeze, unsqueeze, permute, transpose, expand, slice, detach },
  ...{ matmul, gather, pick, cast, softmax, logSoftmax },
};

type Method<F> = F extends (x: Tensor, ...rest: infer Rest) => infer Y ? (...rest: Rest) => Y : never;
export type TensorMethods = { [Name in keyof typeof methods]: Method<(typeof methods)[Name]> };

declare module "../graph/tensor.ts" {
  interface Tensor extends TensorMethods {}
}

for (const [name, f] of Object.entries(methods)) {
  const op = f as (x: Tensor, ...rest: unknown[]) => unknown;
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: unknown[]) {
      return op(this, ...rest);
    },
    writable: true,
    configurable: true,
  });
}

setPrimitives({ add, full, alias: alias });

export * from "./activations.ts";
export * from "./along.ts";
export { type AttentionOptions, attentionWeights, scaledDotProductAttention } from "./attention.ts";
export { type BatchNormOptions, batchNorm } from "./batch-norm.ts";
export { cast, scaleBytes } from "./cast.ts";
export { checkpoint } from "./checkpoint.ts";
export { type Conv1dOptions, type Conv2dOptions, conv1d, conv2d } from "./convolution.ts";
export { arange, eye, full, linspace, ones, zeros } from "./create.ts";
export { customGradient } from "./custom.ts";
export * from "./derivatives.ts";
export { einsum } from "./einsum.ts";
export * from "./functions.ts";
export { gather, gatherBytes, oneHot, pick, scatterAdd, scatterMax } from "./gather.ts";
export { erf, gelu, silu } from "./gelu.ts";
export { groupNorm, instanceNorm, localResponseNorm } from "./group-norm.ts";
export { f16 } from "./half.ts";
export * from "./linalg.ts";
export { type MatmulOptions, matmul } from "./matmul.ts";
export { layerNorm, rmsNorm } from "./norm.ts";
export {
  abs,
  add,
  atan,
  ceil,
  clamp,
  cos,
  div,
  equal,
  exp,
  floor,
  greater,
  greaterEqual,
  leakyRelu,
  less,
  lessEqual,
  log,
  maximum,
  minimum,
  mul,
  neg,
  notEqual,
  pow,
  reciprocal,
  relu,
  round,
  sigmoid,
  sign,
  sin,
  sqrt,
  square,
  sub,
  tanh,
  where,
} from "./pointwise.ts";
export {
  type AvgPool1dOptions,
  type AvgPool2dOptions,
  avgPool1d,
  avgPool2d,
  type MaxPool1dOptions,
  type MaxPool2dOptions,
  maxPool1d,
  maxPool2d,
} from "./pool.ts";
export { type RotaryOptions, rotaryEncoding, sinusoidalEncoding } from "./position.ts";
export { dropout, random, Stream } from "./random.ts";
export * from "./rearrange.ts";
export { gru, type LstmOptions, lstm, type RecurrentLayers, type RecurrentWeights, type RnnOptions, rnn } from "./recurrent.ts";
export {
  type Axes,
  all,
  any,
  argmax,
  argmin,
  logSumExp,
  max,
  mean,
  min,
  type NormOptions,
  norm,
  prod,
  type ReduceOptions,
  std,
  sum,
  variance,
} from "./reduce.ts";
export * from "./resample.ts";
export { cumprod, cumsum } from "./scan.ts";
export {
  concat,
  detach,
  expand,
  flatten,
  flip,
  permute,
  reshape,
  sections,
  slice,
  squeeze,
  stack,
  transpose,
  unsqueeze,
} from "./shape.ts";
export { logSoftmax, softmax, softmaxCrossEntropy } from "./softmax.ts";
export * from "./transposed-convolution.ts";
export * from "./volume.ts";
export type { Padding, Pair } from "./window.ts";
