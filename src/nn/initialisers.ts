/** How parameters begin: functions of (stream, shape). The last axis is the outputs', the one before it the inputs'. */
import { sqrt } from "../core/math.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { eye, full } from "../ops/create.ts";
import { matmul } from "../ops/matmul.ts";
import { clamp, div, equal, mul, sub, where } from "../ops/pointwise.ts";
import type { Stream } from "../ops/random.ts";
import { norm } from "../ops/reduce.ts";
import { concat, reshape, slice, transpose } from "../ops/shape.ts";

const SQRT2 = sqrt(2);

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

export type FanOptions = {
  /** Whose variance is kept: the values' going forward or the gradients' going back. Default "fanIn". */
  mode?: "fanIn" | "fanOut";
  /** What the activation after it asks for: `gain("relu")`. Default √2, ReLU's. */
  gain?: number;
};

/** Kaiming (He): uniform in ±gain·√(3 / fan). @source He et al. 2015, arXiv:1502.01852, eq. 10 and 14 */
export function kaimingUniform({ mode = "fanIn", gain: factor = SQRT2 }: FanOptions = {}): Initialiser {
  return (draw, shape) => {
    const bound = factor * sqrt(3 / fans(shape)[mode]);
    return draw.uniform(shape, -bound, bound);
  };
}

/** Kaiming (He): normal with deviation gain / √fan. @source He et al. 2015, arXiv:1502.01852, eq. 10 and 14 */
export function kaimingNormal({ mode = "fanIn", gain: factor = SQRT2 }: FanOptions = {}): Initialiser {
  return (draw, shape) => draw.normal(shape, 0, factor / sqrt(fans(shape)[mode]));
}

/** He: uniform in ±√(6 / in), for ReLU: `kaimingUniform()`. */
export const heUniform: Initialiser = kaimingUniform();

/** He: normal with variance 2 / in, for ReLU: `kaimingNormal()`. */
export const heNormal: Initialiser = kaimingNormal();

/** LeCun: uniform in ±√(3 / in). @source LeCun et al. 1998, Efficient BackProp, §4.6 */
export const lecunUniform: Initialiser = kaimingUniform({ gain: 1 });

/** LeCun: normal with variance 1 / in, as SELU asks for. @source LeCun et al. 1998, Efficient BackProp, §4.6 */
export const lecunNormal: Initialiser = kaimingNormal({ gain: 1 });

const GAINS = { linear: 1, sigmoid: 1, tanh: 5 / 3, relu: SQRT2, selu: 3 / 4 } as const;

/**
 * How much larger first weights are to be before an activation, so that variance is kept: PyTorch's `calculate_gain`.
 *
 * @param slope of leakyRelu; default 0.01
 */
export function gain(activation: keyof typeof GAINS | "leakyRelu", slope = 0.01): number {
  return activation === "leakyRelu" ? sqrt(2 / (1 + slope * slope)) : GAINS[activation];
}

/** Another initialiser's values times a factor: `scaled(xavierUniform, gain("tanh"))`. */
export function scaled(initialiser: Initialiser, factor: number): Initialiser {
  return (draw, shape) => mul(initialiser(draw, shape), factor);
}

/** Draws that are made anew, before a value is held at the bound: beyond two deviations 4.6 % lie at first, 10⁻¹² at last. */
const REDRAWS = 8;

/**
 * Normally distributed, within [low, high]: what falls outside is drawn again.
 *
 * @param low default mean − 2 deviations  @param high default mean + 2 deviations
 */
export function truncatedNormal(mean = 0, deviation = 1, low = mean - 2 * deviation, high = mean + 2 * deviation): Initialiser {
  return (draw, shape) => {
    let values = draw.normal(shape, mean, deviation);
    for (let again = 0; again < REDRAWS; ++again)
      values = where(equal(clamp(values, low, high), values), values, draw.normal(shape, mean, deviation));
    return clamp(values, low, high);
  };
}

/**
 * Orthonormal rows or columns, whichever are fewer, of the matrix [all but the last axis, last axis], times a factor.
 *
 * @source Saxe et al. 2014, arXiv:1312.6120; Gram and Schmidt's process, twice over
 */
export function orthogonal(factor = 1): Initialiser {
  return (draw, shape) => {
    const last = shape[shape.length - 1] ?? 1;
    const rows = sizeOf(shape) / Math.max(last, 1);
    const [few, many] = rows < last ? [rows, last] : [last, rows];
    const random = draw.normal([few, many]);
    let basis = slice(random, 0, 0);
    for (let i = 0; i < few; ++i) {
      let row = slice(random, i, i + 1);
      for (let pass = 0; pass < 2; ++pass) row = sub(row, matmul(matmul(row, basis, { transB: true }), basis));
      basis = concat([basis, div(row, norm(row))]);
    }
    return mul(reshape(rows < last ? basis : transpose(basis), shape), factor);
  };
}

/** Ones on the diagonal of the last two axes, at the middle of a convolution's kernel: a layer that begins by passing on what it gets. */
export const identity: Initialiser = (_, shape) => {
  const field = shape.slice(0, -2);
  const [inputs = 1, outputs = 1] = shape.slice(-2);
  const middle = field.reduce((at, extent) => at * extent + ((extent - 1) >> 1), 0);
  const count = sizeOf(field);
  const one = reshape(slice(slice(eye(Math.max(inputs, outputs)), 0, inputs), 0, outputs, 1), [1, inputs, outputs]);
  const [before, after] = [full([middle, inputs, outputs], 0), full([count - middle - 1, inputs, outputs], 0)];
  return reshape(concat([before, one, after]), shape);
};

/** Uniform in ±1/√fanIn: what PyTorch's Linear begins with, weights and biases alike. */
export function fanInUniform(fanIn: number): Initialiser {
  return (draw, shape) => {
    const bound = 1 / sqrt(fanIn);
    return draw.uniform(shape, -bound, bound);
  };
}
