/** The layers an MLP is made of. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { scaleBytes } from "../ops/cast.ts";
import { matmul } from "../ops/matmul.ts";
import { add, mul } from "../ops/pointwise.ts";
import { dropout, Stream } from "../ops/random.ts";
import { flatten } from "../ops/shape.ts";
import { fanInUniform, type Initialiser } from "./initialisers.ts";
import { checkMode } from "./mode.ts";
import type { Mode } from "./model.ts";
import { Parameter } from "./parameter.ts";

export type LinearOptions = {
  /** Whether to add a bias. Default true. */
  bias?: boolean;
  /** First weights; default uniform in ±1/√in, as PyTorch has it. */
  init?: Initialiser;
  /** First biases; default uniform in ±1/√in, as PyTorch has it. */
  biasInit?: Initialiser;
};

/**
 * y = x·weight + bias, with weight [in, out] and bias [out].
 *
 * @example new Linear(784, 50).forward(x)
 */
export class Linear {
  readonly kind = "Linear";
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Parameter;
  readonly bias?: Parameter;

  constructor(
    inputs: number,
    outputs: number,
    { bias = true, init = fanInUniform(inputs), biasInit = fanInUniform(inputs) }: LinearOptions = {},
  ) {
    this.inputs = inputs;
    this.outputs = outputs;
    if (!(Number.isInteger(inputs) && Number.isInteger(outputs) && inputs > 0 && outputs > 0)) {
      throw new ValueError("Linear", "inputs and outputs are whole numbers > 0", `${inputs}, ${outputs}`);
    }
    this.weight = new Parameter([inputs, outputs], init);
    if (bias) this.bias = new Parameter([outputs], biasInit);
  }

  describe(): readonly unknown[] {
    return [this.inputs, this.outputs, { bias: this.bias !== undefined }];
  }

  /** @param x [..., in] @returns [..., out] */
  forward(x: Tensor): Tensor {
    if (x.rank < 2 || x.shape[x.rank - 1] !== this.inputs) {
      const remedy =
        x.rank === 1
          ? "unsqueeze(0): a batch of one row"
          : sizeOf(x.shape.slice(1)) === this.inputs
            ? "a Flatten before it"
            : undefined;
      throw new ShapeError(`Linear(${this.inputs} → ${this.outputs})`, `expects [..., ${this.inputs}]`, { x }, remedy);
    }
    const y = matmul(x, this.weight);
    return this.bias ? add(y, this.bias) : y;
  }
}

/** [n, a, b, …] → [n, a·b·…]. */
export class Flatten {
  readonly kind = "Flatten";

  describe(): readonly unknown[] {
    return [];
  }

  forward(x: Tensor): Tensor {
    return flatten(x);
  }
}

/** x·factor as f32: images of bytes become numbers from 0 to 1 with `new Rescale(1 / 255)`. */
export class Rescale {
  readonly kind = "Rescale";

  readonly factor: number;

  constructor(factor: number) {
    this.factor = factor;
  }

  describe(): readonly unknown[] {
    return [this.factor];
  }

  forward(x: Tensor): Tensor {
    return x.dtype === "u8" ? scaleBytes(x, this.factor) : mul(x, this.factor);
  }
}

/**
 * Sets elements to 0 with probability p while training, and scales the others by 1/(1 − p).
 *
 * @param p default 0.5
 * @throws ValueError from `forward` without a mode
 * @source Srivastava et al. 2014, JMLR 15, 1929–1958
 */
export class Dropout {
  readonly kind = "Dropout";
  readonly p: number;
  readonly stream = new Stream();

  constructor(p = 0.5) {
    this.p = p;
    if (!(p >= 0 && p < 1)) throw new ValueError("Dropout", "p is from 0 to below 1", String(p));
  }

  describe(): readonly unknown[] {
    return [this.p];
  }

  forward(x: Tensor, mode: Mode): Tensor {
    return checkMode("Dropout", mode) === "train" ? dropout(x, this.p, this.stream) : x;
  }
}
