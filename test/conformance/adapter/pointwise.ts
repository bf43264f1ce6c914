/** 05a: elementwise functions of one and two tensors. */
import * as nabla from "../../../src/index.ts";
import { clamp, pow, type Tensor } from "../../../src/index.ts";
import type { Adapter, Adapters } from "./adapter.ts";

const unary =
  (f: (x: Tensor) => Tensor): Adapter =>
  ({ x }) => ({ y: f(x!) });
const binary =
  (f: (a: Tensor, b: Tensor) => Tensor): Adapter =>
  ({ a, b }) => ({ y: f(a!, b!) });

export const pointwise: Adapters = {
  add: binary(nabla.add),
  sub: binary(nabla.sub),
  mul: binary(nabla.mul),
  div: binary(nabla.div),
  pow: binary(nabla.pow),
  maximum: binary(nabla.maximum),
  minimum: binary(nabla.minimum),
  atan2: binary(nabla.atan2),
  remainder: binary(nabla.remainder),
  fmod: binary(nabla.fmod),
  logical_and: binary(nabla.logicalAnd),
  logical_or: binary(nabla.logicalOr),
  logical_xor: binary(nabla.logicalXor),
  eq: binary(nabla.equal),
  ne: binary(nabla.notEqual),
  lt: binary(nabla.less),
  le: binary(nabla.lessEqual),
  gt: binary(nabla.greater),
  ge: binary(nabla.greaterEqual),
  pow_scalar: ({ x }, { exponent }) => ({ y: pow(x!, Number(exponent)) }),
  exp: unary(nabla.exp),
  log: unary(nabla.log),
  sqrt: unary(nabla.sqrt),
  rsqrt: unary(nabla.rsqrt),
  expm1: unary(nabla.expm1),
  log1p: unary(nabla.log1p),
  log2: unary(nabla.log2),
  log10: unary(nabla.log10),
  tan: unary(nabla.tan),
  asin: unary(nabla.asin),
  acos: unary(nabla.acos),
  atan: unary(nabla.atan),
  sinh: unary(nabla.sinh),
  cosh: unary(nabla.cosh),
  trunc: unary(nabla.trunc),
  isnan: unary(nabla.isnan),
  isinf: unary(nabla.isinf),
  isfinite: unary(nabla.isfinite),
  sin: unary(nabla.sin),
  cos: unary(nabla.cos),
  abs: unary(nabla.abs),
  neg: unary(nabla.neg),
  square: unary(nabla.square),
  reciprocal: unary(nabla.reciprocal),
  erf: unary(nabla.erf),
  sign: unary(nabla.sign),
  floor: unary(nabla.floor),
  ceil: unary(nabla.ceil),
  round: unary(nabla.round),
  clamp: ({ x }, { min, max }) => ({
    y: clamp(x!, min === null ? Number.NEGATIVE_INFINITY : Number(min), max === null ? Number.POSITIVE_INFINITY : Number(max)),
  }),
};
