/** Norms of each row by itself. */
import { ShapeError } from "../core/errors.ts";
import { type Shape, sameShape, sizeOf } from "../core/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { layerNorm, rmsNorm } from "../ops/norm.ts";
import { flatten, reshape } from "../ops/shape.ts";
import { constant } from "./initialisers.ts";
import { Parameter } from "./parameter.ts";

/** Calls `norm` with the last axes, which `shape` gives, as one. */
function overLast(where: string, x: Tensor, shape: Shape, norm: (rows: Tensor) => Tensor): Tensor {
  const lead = x.shape.slice(0, x.rank - shape.length);
  if (x.rank < shape.length || !sameShape(x.shape.slice(lead.length), shape))
    throw new ShapeError(`${where}(${shape.join(", ")})`, `expects [..., ${shape.join(", ")}]`, { x });
  return shape.length === 1 ? norm(x) : reshape(norm(reshape(x, [...lead, sizeOf(shape)])), x.shape);
}

export type LayerNormOptions = {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Whether to learn a scale and a shift. Default true. */
  elementwiseAffine?: boolean;
  /** Whether the shift is among them. Default true. */
  bias?: boolean;
};

/**
 * Each row with mean 0 and variance 1, then scaled and shifted.
 *
 * @param normalizedShape extent of the last axis, or extents of the last axes, which are normalised together
 * @source Ba, Kiros & Hinton 2016, arXiv:1607.06450
 * @example new LayerNorm(128).forward(x)
 */
export class LayerNorm {
  readonly kind = "LayerNorm";
  readonly normalizedShape: Shape;
  readonly options: Required<LayerNormOptions>;
  readonly weight?: Parameter;
  readonly bias?: Parameter;

  constructor(normalizedShape: number | Shape, { eps = 1e-5, elementwiseAffine = true, bias = true }: LayerNormOptions = {}) {
    this.normalizedShape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    this.options = { eps, elementwiseAffine, bias };
    if (elementwiseAffine) this.weight = new Parameter(this.normalizedShape, constant(1));
    if (elementwiseAffine && bias) this.bias = new Parameter(this.normalizedShape, constant(0));
  }

  describe(): readonly unknown[] {
    return [this.normalizedShape, this.options];
  }

  /** @param x [..., …normalizedShape] @returns the same shape */
  forward(x: Tensor): Tensor {
    const { weight, bias, options } = this;
    return overLast("LayerNorm", x, this.normalizedShape, (rows) =>
      layerNorm(rows, weight && flatten(weight, 0), bias && flatten(bias, 0), { eps: options.eps }),
    );
  }
}

export type RMSNormOptions = Omit<LayerNormOptions, "bias">;

/**
 * Each row divided by its root mean square, then scaled.
 *
 * @param normalizedShape extent of the last axis, or extents of the last axes
 * @param options eps (default 1e-6, inside the root), elementwiseAffine
 * @source Zhang & Sennrich 2019, arXiv:1910.07467
 * @example new RMSNorm(128).forward(x)
 */
export class RMSNorm {
  readonly kind = "RMSNorm";
  readonly normalizedShape: Shape;
  readonly options: Required<RMSNormOptions>;
  readonly weight?: Parameter;

  constructor(normalizedShape: number | Shape, { eps = 1e-6, elementwiseAffine = true }: RMSNormOptions = {}) {
    this.normalizedShape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    this.options = { eps, elementwiseAffine };
    if (elementwiseAffine) this.weight = new Parameter(this.normalizedShape, constant(1));
  }

  describe(): readonly unknown[] {
    return [this.normalizedShape, this.options];
  }

  /** @param x [..., …normalizedShape] @returns the same shape */
  forward(x: Tensor): Tensor {
    const { weight, options } = this;
    return overLast("RMSNorm", x, this.normalizedShape, (rows) =>
      rmsNorm(rows, weight && flatten(weight, 0), { eps: options.eps }),
    );
  }
}
