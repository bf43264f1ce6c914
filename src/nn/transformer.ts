/** Layers of the transformer: attention and two linear layers, each with a shortcut and a norm. */
import { ValueError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, relu } from "../ops/pointwise.ts";
import { type Attended, MultiHeadAttention } from "./attention.ts";
import { Dropout, Linear } from "./layers.ts";
import type { Mode } from "./model.ts";
import { LayerNorm } from "./norm.ts";

export type TransformerLayerOptions = {
  /** Extent between the two linear layers. Default 4·dModel (PyTorch: 2048, which is that for 512). */
  dimFeedforward?: number;
  /** Probability of dropout: of attention's weights, between the linear layers, before each shortcut. Default 0.1. */
  dropout?: number;
  /** Between the linear layers: `relu` (default), `gelu` or another function. */
  activation?: (x: Tensor) => Tensor;
  /** Added to the variance in norms. Default 1e-5. */
  layerNormEps?: number;
  /** Whether norms come before attention and linear layers, rather than behind the shortcuts. Default false. */
  normFirst?: boolean;
  /** Whether query i attends to keys 0 … i only. Default false. */
  causal?: boolean;
  /** Whether linear layers and norms add biases. Default true. */
  bias?: boolean;
  /** Whether queries and keys turn with their position. Default false. */
  rotary?: boolean;
};

type Complete = Required<TransformerLayerOptions>;

function complete(where: string, dModel: number, options: TransformerLayerOptions): Complete {
  const found: Complete = {
    ...{ dimFeedforward: 4 * dModel, dropout: 0.1, activation: relu, layerNormEps: 1e-5 },
    ...{ normFirst: false, causal: false, bias: true, rotary: false },
    ...options,
  };
  if (!(found.dimFeedforward > 0))
    throw new ValueError(where, "dimFeedforward is a whole number > 0", String(found.dimFeedforward));
  return found;
}

/** x + f(norm(x)), or norm(x + f(x)). */
function shortcut(x: Tensor, norm: LayerNorm, normFirst: boolean, f: (x: Tensor) => Tensor): Tensor {
  return normFirst ? add(x, f(norm.forward(x))) : norm.forward(add(x, f(x)));
}

/** What both kinds of layer have: their linear layers. */
type FeedForward = {
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly linear2: Linear;
  readonly options: Complete;
};

function feedForward({ linear1, dropout, linear2, options }: FeedForward, x: Tensor, mode: Mode): Tensor {
  return linear2.forward(dropout.forward(options.activation(linear1.forward(x)), mode));
}

/**
 * Self-attention, then two linear layers for each element by itself.
 *
 * @param dModel extent of each element  @param numHeads a divisor of it
 * @throws ValueError when numHeads does not divide dModel; from `forward` without a mode
 * @source Vaswani et al. 2017, arXiv:1706.03762, section 3.1; norms first: Xiong et al. 2020, arXiv:2002.04745
 * @example new TransformerEncoderLayer(128, 4, { dropout: 0.1, normFirst: true, causal: true })
 */
export class TransformerEncoderLayer {
  readonly kind = "TransformerEncoderLayer";
  readonly dModel: number;
  readonly numHeads: number;
  readonly options: Complete;
  readonly selfAttn: MultiHeadAttention;
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly dropout1: Dropout;
  readonly dropout2: Dropout;

  constructor(dModel: number, numHeads: number, options: TransformerLayerOptions = {}) {
    this.dModel = dModel;
    this.numHeads = numHeads;
    this.options = complete("TransformerEncoderLayer", dModel, options);
    const { dropout, bias, causal, rotary, dimFeedforward, layerNormEps } = this.options;
    this.selfAttn = new MultiHeadAttention(dModel, numHeads, { dropout, bias, causal, rotary });
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(dModel, { eps: layerNormEps, bias });
    this.norm2 = new LayerNorm(dModel, { eps: layerNormEps, bias });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
  }

  describe(): readonly unknown[] {
    return [this.dModel, this.numHeads, this.options];
  }

  /**
   * @param x [batch, length, dModel]
   * @param attended mask, bias, keyMask: as for MultiHeadAttention
   * @returns the same shape
   */
  forward(x: Tensor, mode: Mode, attended: Pick<Attended, "mask" | "bias" | "keyMask"> = {}): Tensor {
    const { normFirst } = this.options;
    const y = shortcut(x, this.norm1, normFirst, (z) => this.dropout1.forward(this.selfAttn.forward(z, mode, attended), mode));
    return shortcut(y, this.norm2, normFirst, (z) => this.dropout2.forward(feedForward(this, z, mode), mode));
  }
}

/** What a decoder layer is given beside its sequence. */
export type Remembered = Pick<Attended, "mask" | "bias" | "keyMask"> & {
  /** [batch, keys, dModel]: what the encoder made. */
  memory: Tensor;
  /** Who may attend to the memory: [rows, keys], [batch, rows, keys] or [batch, heads, rows, keys]. */
  memoryMask?: Tensor | undefined;
  /** [batch, keys]: 0 where the memory is padding. */
  memoryKeyMask?: Tensor | undefined;
};

/**
 * Self-attention, attention to an encoder's output, then two linear layers for each element by itself.
 *
 * @param dModel extent of each element  @param numHeads a divisor of it
 * @throws ValueError when numHeads does not divide dModel; from `forward` without a mode
 * @source Vaswani et al. 2017, arXiv:1706.03762, section 3.1
 * @example new TransformerDecoderLayer(64, 4, { causal: true }).forward(x, "eval", { memory })
 */
export class TransformerDecoderLayer {
  readonly kind = "TransformerDecoderLayer";
  readonly dModel: number;
  readonly numHeads: number;
  readonly options: Complete;
  readonly selfAttn: MultiHeadAttention;
  readonly multiheadAttn: MultiHeadAttention;
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly norm3: LayerNorm;
  readonly dropout1: Dropout;
  readonly dropout2: Dropout;
  readonly dropout3: Dropout;

  constructor(dModel: number, numHeads: number, options: TransformerLayerOptions = {}) {
    this.dModel = dModel;
    this.numHeads = numHeads;
    this.options = complete("TransformerDecoderLayer", dModel, options);
    const { dropout, bias, causal, rotary, dimFeedforward, layerNormEps: eps } = this.options;
    this.selfAttn = new MultiHeadAttention(dModel, numHeads, { dropout, bias, causal, rotary });
    this.multiheadAttn = new MultiHeadAttention(dModel, numHeads, { dropout, bias });
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(dModel, { eps, bias });
    this.norm2 = new LayerNorm(dModel, { eps, bias });
    this.norm3 = new LayerNorm(dModel, { eps, bias });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.dropout3 = new Dropout(dropout);
  }

  describe(): readonly unknown[] {
    return [this.dModel, this.numHeads, this.options];
  }

  /** @param x [batch, length, dModel] @returns the same shape */
  forward(x: Tensor, mode: Mode, { memory, memoryMask, memoryKeyMask, ...attended }: Remembered): Tensor {
    const { normFirst } = this.options;
    const own = shortcut(x, this.norm1, normFirst, (z) => this.dropout1.forward(this.selfAttn.forward(z, mode, attended), mode));
    const remembered = { key: memory, mask: memoryMask, keyMask: memoryKeyMask };
    const y = shortcut(own, this.norm2, normFirst, (z) =>
      this.dropout2.forward(this.multiheadAttn.forward(z, mode, remembered), mode),
    );
    return shortcut(y, this.norm3, normFirst, (z) => this.dropout3.forward(feedForward(this, z, mode), mode));
  }
}
