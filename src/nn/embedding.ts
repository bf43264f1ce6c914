/** Tables of vectors, and what tells where in a sequence each stands. */
import { ShapeError, ValueError } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { full } from "../ops/create.ts";
import { gather } from "../ops/gather.ts";
import { add } from "../ops/pointwise.ts";
import { sinusoidalEncoding } from "../ops/position.ts";
import { concat, slice } from "../ops/shape.ts";
import { type Initialiser, normal } from "./initialisers.ts";
import { Parameter } from "./parameter.ts";

export type EmbeddingOptions = {
  /** A row that stays as it is: it begins at 0 and gets no gradient. */
  paddingIndex?: number | undefined;
  /** First values; default normal with mean 0 and deviation 1, as PyTorch has it. */
  init?: Initialiser;
};

/** First values with a row of zeros among them. */
function withZeros(init: Initialiser, at: number | undefined): Initialiser {
  if (at === undefined) return init;
  return (draw, shape) => {
    const table = init(draw, shape);
    return concat([slice(table, 0, at), full([1, shape[1]!], 0), slice(table, at + 1)]);
  };
}

/**
 * Vectors by index: y = weight[ids].
 *
 * @throws ValueError when paddingIndex is not a row; from `forward`, on an index out of range, naming its place
 * @example new Embedding(65, 128).forward(ids)
 */
export class Embedding {
  readonly kind = "Embedding";
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIndex: number | undefined;
  readonly weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, { paddingIndex, init = normal() }: EmbeddingOptions = {}) {
    if (!(numEmbeddings > 0 && embeddingDim > 0))
      throw new ValueError("Embedding", "needs at least one row and one column", `${numEmbeddings}, ${embeddingDim}`);
    const isRow =
      paddingIndex === undefined || (Number.isInteger(paddingIndex) && paddingIndex >= 0 && paddingIndex < numEmbeddings);
    if (!isRow) throw new ValueError("Embedding", `paddingIndex is from 0 to ${numEmbeddings - 1}`, String(paddingIndex));
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIndex = paddingIndex;
    this.weight = new Parameter([numEmbeddings, embeddingDim], withZeros(init, paddingIndex));
  }

  describe(): readonly unknown[] {
    return [this.numEmbeddings, this.embeddingDim, { paddingIndex: this.paddingIndex }];
  }

  /** @param ids i32, any shape @returns [...ids' shape, embeddingDim] */
  forward(ids: Tensor): Tensor {
    return gather(this.weight, ids, { paddingIndex: this.paddingIndex });
  }
}

function checkSequences(where: string, x: Tensor, longest: number, size: number): void {
  const [length, width] = x.shape.slice(-2);
  if (x.rank < 2 || width !== size || length! > longest)
    throw new ShapeError(where, `expects [..., length${longest < Infinity ? ` ≤ ${longest}` : ""}, ${size}]`, { x });
}

/**
 * Adds sinusoidal positions to sequences of any length. Nothing is learned.
 *
 * @source Vaswani et al. 2017, arXiv:1706.03762, section 3.5
 * @example new Sequential(new Embedding(1000, 64), new SinusoidalEncoding(64))
 */
export class SinusoidalEncoding {
  readonly kind = "SinusoidalEncoding";
  readonly size: number;
  #last: { readonly length: number; readonly table: Tensor } | null = null;

  constructor(size: number) {
    this.size = size;
  }

  describe(): readonly unknown[] {
    return [this.size];
  }

  /** @param x [..., length, size] @returns the same shape */
  forward(x: Tensor): Tensor {
    checkSequences(`SinusoidalEncoding(${this.size})`, x, Infinity, this.size);
    const length = x.shape.at(-2)!;
    if (this.#last?.length !== length) this.#last = { length, table: sinusoidalEncoding(length, this.size) };
    return add(x, this.#last.table);
  }
}

/**
 * Adds a learned vector for each position.
 *
 * @param maxLength the longest sequence there will be
 * @throws ShapeError from `forward`, for a longer one
 * @example new LearnedEncoding(64, 128).forward(x)
 */
export class LearnedEncoding {
  readonly kind = "LearnedEncoding";
  readonly shape: Shape;
  readonly weight: Parameter;

  constructor(maxLength: number, size: number, { init = normal(0, 0.02) }: { init?: Initialiser } = {}) {
    this.shape = [maxLength, size];
    this.weight = new Parameter(this.shape, init);
  }

  describe(): readonly unknown[] {
    return this.shape;
  }

  /** @param x [..., length, size] @returns the same shape */
  forward(x: Tensor): Tensor {
    const [longest, size] = this.shape as [number, number];
    checkSequences(`LearnedEncoding(${longest}, ${size})`, x, longest, size);
    const length = x.shape.at(-2)!;
    return add(x, length === longest ? this.weight : slice(this.weight, 0, length));
  }
}
