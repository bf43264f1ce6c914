/** Attention as a layer. */
import { ShapeError, ValueError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { attendColumns, type ColumnOptions, weightColumns } from "../ops/attention.ts";
import type { Part } from "../ops/attention-plain.ts";
import { cast } from "../ops/cast.ts";
import { matmul } from "../ops/matmul.ts";
import { add, mul } from "../ops/pointwise.ts";
import { rotateColumns } from "../ops/position.ts";
import { mean } from "../ops/reduce.ts";
import { reshape, slice, unsqueeze } from "../ops/shape.ts";
import { constant, xavierUniform } from "./initialisers.ts";
import { Dropout, Linear } from "./layers.ts";
import { checkMode } from "./mode.ts";
import type { Mode } from "./model.ts";
import { Parameter } from "./parameter.ts";

export type MultiHeadAttentionOptions = {
  /** Probability with which a weight is dropped while training. Default 0. */
  dropout?: number;
  /** Whether projections add biases. Default true. */
  bias?: boolean;
  /** Extents of keys and values, where they differ from those of queries. */
  kdim?: number | undefined;
  vdim?: number | undefined;
  /** Whether query i attends to keys 0 … i only. Default false. */
  causal?: boolean;
  /** Whether queries and keys turn with their position (rotary encoding). Default false. */
  rotary?: boolean;
};

type Complete = { readonly [Name in keyof MultiHeadAttentionOptions]-?: Exclude<MultiHeadAttentionOptions[Name], undefined> };

/** What a layer of attention may be given beside its queries. Masks say who MAY attend: 1, or 0 for may not. */
export type Attended = {
  /** [batch, keys, kdim]; default the queries. */
  key?: Tensor | undefined;
  /** [batch, keys, vdim]; default the keys. */
  value?: Tensor | undefined;
  /** [rows, keys], [batch, rows, keys] or [batch, heads, rows, keys]. */
  mask?: Tensor | undefined;
  /** Added to the scores, of the same shapes. */
  bias?: Tensor | undefined;
  /** [batch, keys]: 0 for keys that are padding. */
  keyMask?: Tensor | undefined;
};

/** With an axis for heads, where there is one for the batch. */
function forHeads(mask: Tensor | undefined): Tensor | undefined {
  return mask?.rank === 3 ? unsqueeze(mask, 1) : mask;
}

/** Matrices that hold q, k and v side by side, and where. */
type Projected = { readonly matrices: readonly Tensor[]; readonly options: ColumnOptions };

/**
 * Several attentions side by side, each over its share of the columns: every query becomes a mean of the values, weighted by how well
 * their keys match it.
 *
 * Queries, keys and values of one tensor are one product, [E] → [3·E]; heads are read where they lie in its columns, and the scores are
 * never all in memory (but for dropout among them, while training).
 *
 * @param embedDim  E, extent of queries and of what comes out
 * @param numHeads  a divisor of it
 * @throws ValueError when it is none
 * @source Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2
 * @example new MultiHeadAttention(128, 4, { causal: true }).forward(x, "eval")
 */
export class MultiHeadAttention {
  readonly kind = "MultiHeadAttention";
  readonly embedDim: number;
  readonly numHeads: number;
  readonly options: Complete;
  /** [E, 3·E]: the projections of queries, keys and values side by side, where all have extent E. */
  readonly inProjWeight?: Parameter;
  readonly qProjWeight?: Parameter;
  readonly kProjWeight?: Parameter;
  readonly vProjWeight?: Parameter;
  /** [3·E] */
  readonly inProjBias?: Parameter;
  readonly outProj: Linear;
  readonly dropout: Dropout;

  constructor(embedDim: number, numHeads: number, options: MultiHeadAttentionOptions = {}) {
    const { dropout = 0, bias = true, kdim = embedDim, vdim = embedDim, causal = false, rotary = false } = options;
    if (!(Number.isInteger(numHeads) && numHeads > 0 && embedDim > 0 && embedDim % numHeads === 0))
      throw new ValueError("MultiHeadAttention", "numHeads must divide embedDim", `${embedDim}, ${numHeads}`);
    if (rotary && (embedDim / numHeads) % 2 !== 0)
      throw new ValueError("MultiHeadAttention", "rotary heads have an even extent", `${embedDim / numHeads}`);
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.options = { dropout, bias, kdim, vdim, causal, rotary };
    if (kdim === embedDim && vdim === embedDim) this.inProjWeight = new Parameter([embedDim, 3 * embedDim], xavierUniform);
    else {
      this.qProjWeight = new Parameter([embedDim, embedDim], xavierUniform);
      this.kProjWeight = new Parameter([kdim, embedDim], xavierUniform);
      this.vProjWeight = new Parameter([vdim, embedDim], xavierUniform);
    }
    if (bias) this.inProjBias = new Parameter([3 * embedDim], constant(0));
    this.outProj = new Linear(embedDim, embedDim, { bias, biasInit: constant(0) });
    this.dropout = new Dropout(dropout);
  }

  describe(): readonly unknown[] {
    return [this.embedDim, this.numHeads, this.options];
  }

  /**
   * @param query [batch, rows, E]
   * @returns [batch, rows, E]
   * @throws ShapeError when extents are not those of the layer; ValueError without a mode
   */
  forward(query: Tensor, mode: Mode, attended: Attended = {}): Tensor {
    const { matrices, options } = this.#project(query, attended);
    const drops = this.options.dropout > 0 && checkMode("MultiHeadAttention", mode) === "train";
    return this.outProj.forward(attendColumns(matrices, options, drops ? (x) => this.dropout.forward(x, mode) : undefined));
  }

  /**
   * What each head weights the values by, without dropout.
   *
   * @param average whether to give the heads' mean. Default true
   * @returns [batch, rows, keys], or [batch, heads, rows, keys]
   */
  weights(query: Tensor, attended: Attended = {}, average = true): Tensor {
    const { matrices, options } = this.#project(query, attended);
    const found = weightColumns(matrices, options);
    return average ? mean(found, 1) : found;
  }

  #check(query: Tensor, key: Tensor, value: Tensor): void {
    const { kdim, vdim } = this.options;
    const fits = (x: Tensor, extent: number) => x.rank === 3 && x.shape[2] === extent && x.shape[0] === query.shape[0];
    const where = `MultiHeadAttention(${this.embedDim}, ${this.numHeads})`;
    if (!fits(query, this.embedDim)) throw new ShapeError(where, `expects queries [batch, rows, ${this.embedDim}]`, { query });
    if (!fits(key, kdim)) throw new ShapeError(where, `expects keys [batch, keys, ${kdim}]`, { query, key });
    if (!fits(value, vdim) || value.shape[1] !== key.shape[1])
      throw new ShapeError(where, `expects as many values [batch, keys, ${vdim}] as keys`, { key, value });
  }

  #project(query: Tensor, { key = query, value = key, mask, bias, keyMask }: Attended): Projected {
    this.#check(query, key, value);
    const { embedDim: E, numHeads: heads } = this;
    const size = E / heads;
    const turned = (x: Tensor, columns: number) => (this.options.rotary && columns > 0 ? rotateColumns(x, columns, size) : x);
    // Neighbours among queries, keys and values that come of the same tensor are one product.
    const sources = [query, key, value];
    const starts = [0, 1, 2].filter((i) => i === 0 || !this.inProjWeight || sources[i] !== sources[i - 1]);
    const matrices = starts.map((from, i) => {
      const to = starts[i + 1] ?? 3;
      return turned(this.#times(sources[from]!, from, to), Math.max(0, Math.min(to, 2) - from) * E);
    });
    const parts = [0, 1, 2].map((i) => {
      const of = starts.findLastIndex((from) => from <= i);
      return { of, at: (i - starts[of]!) * E };
    });
    const keys = keyMask && reshape(keyMask, [key.shape[0]!, 1, 1, key.shape[1]!]);
    const own = forHeads(mask);
    const both = keys && own ? mul(cast(keys, "f32"), cast(own, "f32")) : (keys ?? own);
    return {
      matrices,
      options: {
        parts: parts as [Part, Part, Part],
        ...{ heads, size, valueSize: size, mask: both, bias: forHeads(bias), causal: this.options.causal },
      },
    };
  }

  /** Projections [from, to) of q, k and v, side by side. */
  #times(x: Tensor, from: number, to: number): Tensor {
    const { embedDim: E, inProjWeight, inProjBias } = this;
    const columns = (whole: Tensor, axis: number) => (to - from === 3 ? whole : slice(whole, from * E, to * E, axis));
    const weight = inProjWeight ? columns(inProjWeight, 1) : [this.qProjWeight, this.kProjWeight, this.vProjWeight][from]!;
    const y = matmul(x, weight);
    return inProjBias ? add(y, columns(inProjBias, 0)) : y;
  }
}
