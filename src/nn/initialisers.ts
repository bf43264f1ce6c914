/** How parameters begin: functions of (stream, shape). The last axis is the outputs', the one before it the inputs'. */
import { sqrt } from "../core/math.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { full } from "../ops/create.ts";
import type { Stream } from "../ops/random.ts";

/** First values for a parameter. */
export type Initialiser = (draw: Stream, shape: Shape) => Tensor;

/** Inputs and outputs of one unit: of a convolution's kernel [..., in, out], times its extent. */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) return { fanIn: sizeOf(shape), fanOut: sizeOf(shape) };
  const field = sizeOf(shape.slice(0, -2));
  return { fanIn: shape[shape.length - 2]! * field, fanOut: shape[shape.length - 1]! * field };
}

/** The same number everywhere. */
export function constant(value: number): Initialiser {
  return (_, shape) => full(shape, value);
}

/** Equally likely in [low, high); default [−1, 1). */
export function uniform(low = -1, high = 1): Initialiser {
  return (draw, shape) => draw.uniform(shape, low, high);
}

/** Normally distributed; default mean 0, deviation 1. */
export function normal(mean = 0, deviation = 1): Initialiser {
  return (draw, shape) => draw.normal(shape, mean, deviation);
}

/** Xavier: uniform in ±√(6 / (in + out)). @source Glorot & Bengio 2010, eq. 16 */
export const xavierUniform: Initialiser = (draw, shape) => {
  const { fanIn, fanOut } = fans(shape);
  const bound = sqrt(6 / (fanIn + fanOut));
  return draw.uniform(shape, -bound, bound);
};

/** Xavier: normal with variance 2 / (in + out). @source Glorot & Bengio 2010, eq. 12 */
export const xavierNormal: Initialiser = (draw, shape) => {
  const { fanIn, fanOut } = fans(shape);
  return draw.normal(shape, 0, sqrt(2 / (fanIn + fanOut)));
};

/** He: uniform in ±√(6 / in), for ReLU. @source He et al. 2015, arXiv:1502.01852, eq. 10 */
export const heUniform: Initialiser = (draw, shape) => {
  const bound = sqrt(6 / fans(shape).fanIn);
  return draw.uniform(shape, -bound, bound);
};

/** He: normal with variance 2 / in, for ReLU. @source He et al. 2015, arXiv:1502.01852, eq. 10 */
export const heNormal: Initialiser = (draw, shape) => draw.normal(shape, 0, sqrt(2 / fans(shape).fanIn));

/** Uniform in ±1/√fanIn: what PyTorch's Linear begins with, weights and biases alike. */
export function fanInUniform(fanIn: number): Initialiser {
  return (draw, shape) => {
    const bound = 1 / sqrt(fanIn);
    return draw.uniform(shape, -bound, bound);
  };
}
