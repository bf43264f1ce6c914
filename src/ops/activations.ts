/** Activation functions, made of the ops in pointwise.ts. Their kinks stand in docs/conventions.md. */
import { ShapeError } from "../core/errors.ts";
import { axisOf } from "../core/shape.ts";
import { scalar } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { customGradient } from "./custom.ts";
import { expm1, log1p } from "./functions.ts";
import {
  abs,
  add,
  clamp,
  div,
  exp,
  greater,
  greaterEqual,
  less,
  lessEqual,
  mul,
  neg,
  relu,
  sigmoid,
  sub,
  tanh,
  where,
} from "./pointwise.ts";
import { slice } from "./shape.ts";
import { softmax } from "./softmax.ts";

type Activation = (x: Tensor) => Tensor;

/** x where x ≤ 0, else 0; its derivative at 0 is 1. */
const below: Activation = (x) => clamp(x, -Infinity, 0);

/** Heaviside's step: 1 where x > 0, else 0. No gradient flows. @source Rosenblatt 1958, Psychological Review 65, 386–408 */
export const step: Activation = (x) => greater(x, 0);

/**
 * x, but at least `low` and at most `high`; the derivative at both bounds is 0 (that of `clamp` is 1).
 *
 * @param low default −1  @param high default 1
 */
export const hardTanh: (x: Tensor, low?: number, high?: number) => Tensor = (x, low = -1, high = 1) =>
  customGradient(
    "hardTanh",
    (x: Tensor) => clamp(x, low, high),
    (dy, _, x) => [mul(dy, sub(scalar(1), add(lessEqual(x, low), greaterEqual(x, high))))],
  )(x);

/** min(max(x, 0), 6); its derivative at 0 and 6 is 0. @source Howard et al. 2017, arXiv:1704.04861 */
export const relu6: Activation = (x) => hardTanh(x, 0, 6);
/** min(max(x/6 + ½, 0), 1); its derivative at ±3 is 0. */
export const hardSigmoid: Activation = (x) => div(relu6(add(x, 3)), 6);
/** x·hardSigmoid(x). @source Howard et al. 2019, arXiv:1905.02244 */
export const hardSwish: Activation = customGradient(
  "hardSwish",
  (x) => mul(x, hardSigmoid(x)),
  (dy, _, x) => [mul(dy, where(less(x, -3), 0, where(lessEqual(x, 3), add(div(x, 3), 0.5), 1)))],
);

/**
 * x above 0, weight·x elsewhere, with a learned weight; its derivative at 0 is the weight.
 *
 * @param weight [1], or one for each index of the last axis
 * @source He et al. 2015, arXiv:1502.01852
 */
export const prelu: (x: Tensor, weight: Tensor) => Tensor = (x, weight) => add(relu(x), mul(below(x), weight));

/**
 * x above 0, alpha·(eˣ − 1) elsewhere; its derivative at 0 is alpha.
 *
 * @param alpha default 1
 * @source Clevert et al. 2016, arXiv:1511.07289
 */
export const elu: (x: Tensor, alpha?: number) => Tensor = (x, alpha = 1) => add(relu(x), mul(expm1(below(x)), alpha));

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;
/** 1.0507·elu(x, 1.67326): keeps mean 0 and variance 1 from layer to layer. @source Klambauer et al. 2017, arXiv:1706.02515 */
export const selu: Activation = (x) => mul(elu(x, SELU_ALPHA), SELU_SCALE);

/** x above 0, alpha·(e^(x/alpha) − 1) elsewhere. @param alpha default 1  @source Barron 2017, arXiv:1704.07483 */
export const celu: (x: Tensor, alpha?: number) => Tensor = (x, alpha = 1) => add(relu(x), mul(expm1(div(below(x), alpha)), alpha));

/** log(1 + e^−|x|): what softplus adds to max(x, 0). */
const tail: Activation = (x) => log1p(exp(neg(abs(x))));

/**
 * log(1 + e^(beta·x)) / beta; x itself where beta·x > threshold.
 *
 * @param options beta, default 1; threshold, default 20
 */
export const softplus: (x: Tensor, options?: { beta?: number; threshold?: number }) => Tensor = (
  x,
  { beta = 1, threshold = 20 } = {},
) =>
  customGradient(
    "softplus",
    (x: Tensor) => {
      const z = mul(x, beta);
      return where(greater(z, threshold), x, div(add(relu(z), tail(z)), beta));
    },
    (dy, _, x) => {
      const z = mul(x, beta);
      return [mul(dy, where(greater(z, threshold), 1, sigmoid(z)))];
    },
  )(x);

/** log sigmoid(x), without overflow. */
export const logSigmoid: Activation = customGradient(
  "logSigmoid",
  (x) => sub(below(x), tail(x)),
  (dy, _, x) => [mul(dy, sigmoid(neg(x)))],
);

/** x·tanh(softplus(x)). @source Misra 2019, arXiv:1908.08681 */
export const mish: Activation = (x) => mul(x, tanh(softplus(x)));
/** x / (1 + |x|). */
export const softsign: Activation = (x) => div(x, add(abs(x), 1));
/** x less `lambda` towards 0, and 0 between ±lambda; its derivative at both is 0. @param lambda default 0.5 */
export const softShrink: (x: Tensor, lambda?: number) => Tensor = (x, lambda = 0.5) => sub(x, clamp(x, -lambda, lambda));
/** x beyond ±lambda, 0 between; its derivative at both is 0. @param lambda default 0.5 */
export const hardShrink: (x: Tensor, lambda?: number) => Tensor = (x, lambda = 0.5) => where(lessEqual(abs(x), lambda), 0, x);
/** x − tanh x. */
export const tanhShrink: Activation = (x) => sub(x, tanh(x));
/** softmax(−x): positive numbers that add up to 1, the largest where x is smallest. @param axis default −1 */
export const softmin: (x: Tensor, axis?: number) => Tensor = (x, axis = -1) => softmax(neg(x), axis);

/**
 * a·sigmoid(b), where a and b are the halves of x along an axis.
 *
 * @param axis default −1  @throws ShapeError when its extent is odd
 * @source Dauphin et al. 2017, arXiv:1612.08083
 */
export const glu: (x: Tensor, axis?: number) => Tensor = (x, axis = -1) => {
  const at = axisOf("glu", axis, x.rank);
  const extent = x.shape[at]!;
  if (extent % 2 !== 0) throw new ShapeError("glu", `axis ${at} must fall into two halves`, { x });
  return mul(slice(x, 0, extent / 2, at), sigmoid(slice(x, extent / 2, extent, at)));
};
