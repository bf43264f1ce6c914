/** What files can hold by name: layers by kind, and functions that serve as layers or options of layers. */
import { gelu, silu } from "../ops/gelu.ts";
import { abs, exp, leakyRelu, neg, relu, sigmoid, square, tanh } from "../ops/pointwise.ts";
import { logSoftmax, softmax } from "../ops/softmax.ts";
import { BatchNorm, GroupNorm, InstanceNorm } from "./batch-norm.ts";
import { Conv1d, Conv2d } from "./convolution.ts";
import { GatConv, GcnConv, GraphNetwork, SageConv } from "./graph.ts";
import { Dropout, Flatten, Linear, Rescale } from "./layers.ts";
import { AvgPool1d, AvgPool2d, GlobalAvgPool, GlobalMaxPool, MaxPool1d, MaxPool2d } from "./pool.ts";
import { Sequential } from "./sequential.ts";

/** A layer that a file can build again: its kind, and the arguments of its constructor as data. */
export interface Describable {
  readonly kind: string;
  /** The constructor's arguments: numbers, strings, booleans, arrays and plain objects of these, layers, functions of `functions`. */
  describe(): readonly unknown[];
}

/** Classes by kind. Kinds are words of their own, which minifiers leave alone. */
export const layers: Readonly<Record<string, new (...options: never[]) => Describable & { forward: unknown }>> = {
  AvgPool1d,
  AvgPool2d,
  BatchNorm,
  Conv1d,
  Conv2d,
  Dropout,
  Flatten,
  GatConv,
  GcnConv,
  GlobalAvgPool,
  GlobalMaxPool,
  GraphNetwork,
  GroupNorm,
  InstanceNorm,
  Linear,
  MaxPool1d,
  MaxPool2d,
  Rescale,
  SageConv,
  Sequential,
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
  silu,
  softmax,
  square,
  tanh,
};
