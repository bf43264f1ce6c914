/** What files can hold by name: layers by kind, and functions that serve as layers or options of layers. */
import {
  celu,
  elu,
  glu,
  hardShrink,
  hardSigmoid,
  hardSwish,
  hardTanh,
  logSigmoid,
  mish,
  relu6,
  selu,
  softmin,
  softplus,
  softShrink,
  softsign,
  step,
  tanhShrink,
} from "../ops/activations.ts";
import { gelu, silu } from "../ops/gelu.ts";
import { abs, exp, leakyRelu, neg, relu, sigmoid, sign, square, tanh } from "../ops/pointwise.ts";
import { logSoftmax, softmax } from "../ops/softmax.ts";
import { MultiHeadAttention } from "./attention.ts";
import { Augment } from "./augment.ts";
import { BatchNorm, GroupNorm, InstanceNorm } from "./batch-norm.ts";
import { AlphaDropout, Bilinear, PRelu, Residual, SpatialDropout } from "./combine.ts";
import { Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, SeparableConv2d } from "./convolution.ts";
import { Embedding, LearnedEncoding, SinusoidalEncoding } from "./embedding.ts";
import { GatConv, GcnConv, GraphNetwork, SageConv } from "./graph.ts";
import { Dropout, Flatten, Linear, Rescale } from "./layers.ts";
import { LayerNorm, RMSNorm } from "./norm.ts";
import {
  AdaptiveAvgPool,
  AdaptiveMaxPool,
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  GlobalAvgPool,
  GlobalMaxPool,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
  PixelShuffle,
  Reshape,
  Upsample,
} from "./pool.ts";
import { GRU, LSTM, RNN } from "./recurrent.ts";
import { GRUCell, LSTMCell, RNNCell } from "./recurrent-cells.ts";
import { Sequential } from "./sequential.ts";
import { TransformerDecoderLayer, TransformerEncoderLayer } from "./transformer.ts";

/** A layer that a file can build again: its kind, and the arguments of its constructor as data. */
export interface Describable {
  readonly kind: string;
  /** The constructor's arguments: numbers, strings, booleans, arrays and plain objects of these, layers, functions of `functions`. */
  describe(): readonly unknown[];
}

/** Classes by kind. Kinds are words of their own, which minifiers leave alone. */
export const layers: Readonly<Record<string, new (...options: never[]) => Describable & { forward: unknown }>> = {
  AdaptiveAvgPool,
  AdaptiveMaxPool,
  AlphaDropout,
  Augment,
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  BatchNorm,
  Bilinear,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  Dropout,
  Embedding,
  Flatten,
  GatConv,
  GcnConv,
  GlobalAvgPool,
  GlobalMaxPool,
  GraphNetwork,
  GRU,
  GRUCell,
  GroupNorm,
  InstanceNorm,
  LayerNorm,
  LearnedEncoding,
  LSTM,
  LSTMCell,
  Linear,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
  MultiHeadAttention,
  PixelShuffle,
  PRelu,
  RNN,
  RNNCell,
  Rescale,
  Reshape,
  Residual,
  RMSNorm,
  SageConv,
  SeparableConv2d,
  Sequential,
  SinusoidalEncoding,
  SpatialDropout,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  Upsample,
};

export const functions: Readonly<Record<string, (x: never) => unknown>> = {
  abs,
  exp,
  gelu,
  leakyRelu,
  logSoftmax,
  neg,
  relu,
  sigmoid,
  sign,
  silu,
  softmax,
  square,
  tanh,
  celu,
  elu,
  glu,
  hardShrink,
  hardSigmoid,
  hardSwish,
  hardTanh,
  logSigmoid,
  mish,
  relu6,
  selu,
  softmin,
  softplus,
  softShrink,
  softsign,
  step,
  tanhShrink,
};
