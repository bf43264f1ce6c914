/** Layers made of layers, and small ones beside Linear. */
import { ShapeError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import type { Tensor } from "../graph/tensor.ts";
import { prelu } from "../ops/activations.ts";
import { ones } from "../ops/create.ts";
import { bilinear } from "../ops/linalg.ts";
import { add, mul } from "../ops/pointwise.ts";
import { dropout, Stream } from "../ops/random.ts";
import { constant, fanInUniform } from "./initialisers.ts";
import { checkMode } from "./mode.ts";
import type { Mode, Model } from "./model.ts";
import { Parameter } from "./parameter.ts";
import type { Layer } from "./sequential.ts";

function call(layer: Layer, x: Tensor, mode: Mode | undefined): Tensor {
  return typeof layer === "function" ? layer(x) : (layer as Model).forward(x, mode as Mode);
}

/**
 * x + layer(x), or shortcut(x) + layer(x) where shapes differ.
 *
 * @source He et al. 2016, arXiv:1512.03385
 * @example new Residual(new Sequential(new Conv2d(16, 16, 3, { padding: 1 }), relu, new Conv2d(16, 16, 3, { padding: 1 })))
 */
export class Residual {
  readonly kind = "Residual";
  readonly layer: Layer;
  readonly shortcut?: Layer;

  constructor(layer: Layer, shortcut?: Layer) {
    this.layer = layer;
    if (shortcut) this.shortcut = shortcut;
  }

  describe(): readonly unknown[] {
    return this.shortcut ? [this.layer, this.shortcut] : [this.layer];
  }

  /** @param mode needed if a layer inside needs it */
  forward(x: Tensor, mode?: Mode): Tensor {
    const y = call(this.layer, x, mode);
    const straight = this.shortcut ? call(this.shortcut, x, mode) : x;
    if (y.shape.join() !== straight.shape.join())
      throw new ShapeError("Residual", "the layer must keep the shape", { x: straight, y }, "a shortcut that changes it alike");
    return add(straight, y);
  }
}

/**
 * y[k] = Σ a[i]·weight[i, j, k]·b[j] + bias[k]: what two vectors have to do with each other.
 *
 * @example new Bilinear(8, 8, 1).forward(a, b)
 */
export class Bilinear {
  readonly kind = "Bilinear";
  readonly sizes: readonly [number, number, number];
  readonly weight: Parameter;
  readonly bias?: Parameter;

  constructor(first: number, second: number, outputs: number, { bias = true }: { bias?: boolean } = {}) {
    this.sizes = [first, second, outputs];
    this.weight = new Parameter([first, second, outputs], fanInUniform(first));
    if (bias) this.bias = new Parameter([outputs], fanInUniform(first));
  }

  describe(): readonly unknown[] {
    return [...this.sizes, { bias: this.bias !== undefined }];
  }

  /** @param a [..., first]  @param b [..., second]  @returns [..., out] */
  forward(a: Tensor, b: Tensor): Tensor {
    const y = bilinear(a, b, this.weight);
    return this.bias ? add(y, this.bias) : y;
  }
}

/** relu with a learned slope below 0: one for all, or one for each channel. @source He et al. 2015, arXiv:1502.01852 */
export class PRelu {
  readonly kind = "PRelu";
  readonly weight: Parameter;
  constructor(channels = 1, slope = 0.25) {
    this.weight = new Parameter([channels], constant(slope));
  }
  describe(): readonly unknown[] {
    return [this.weight.size];
  }
  forward(x: Tensor): Tensor {
    return prelu(x, this.weight);
  }
}

/** Drops whole channels: [batch, …, channels]. @source Tompson et al. 2015, arXiv:1411.4280  @example new SpatialDropout(0.2) */
export class SpatialDropout {
  readonly kind = "SpatialDropout";
  readonly p: number;
  readonly stream = new Stream();
  constructor(p = 0.5) {
    this.p = p;
  }
  describe(): readonly unknown[] {
    return [this.p];
  }
  forward(x: Tensor, mode: Mode): Tensor {
    if (checkMode("SpatialDropout", mode) === "eval" || this.p === 0) return x;
    const shape = x.shape.map((extent, axis) => (axis === 0 || axis === x.rank - 1 ? extent : 1));
    return mul(x, dropout(ones(shape), this.p, this.stream));
  }
}

/** −scale·alpha of SELU: what a unit that is silent says. */
const SILENT = -1.7580993408473766;

/** Dropout that keeps mean and variance behind `selu`. @source Klambauer et al. 2017, arXiv:1706.02515  @example new AlphaDropout(0.1) */
export class AlphaDropout {
  readonly kind = "AlphaDropout";
  readonly p: number;
  readonly stream = new Stream();
  constructor(p = 0.5) {
    this.p = p;
  }
  describe(): readonly unknown[] {
    return [this.p];
  }
  forward(x: Tensor, mode: Mode): Tensor {
    if (checkMode("AlphaDropout", mode) === "eval" || this.p === 0) return x;
    const kept = mul(dropout(ones(x.shape), this.p, this.stream), 1 - this.p); // 1 or 0
    const a = 1 / sqrt((1 - this.p) * (1 + this.p * SILENT * SILENT));
    const mixed = add(mul(kept, x), mul(add(mul(kept, -1), 1), SILENT));
    return add(mul(mixed, a), -a * this.p * SILENT);
  }
}
