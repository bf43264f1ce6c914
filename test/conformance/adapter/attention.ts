/** 07: attention, layers of the transformer, embeddings, positions. */
import * as nabla from "../../../src/index.ts";
import { gelu, relu, type Tensor, transpose } from "../../../src/index.ts";
import { type Case, isNumbers } from "../cases.ts";
import type { Adapters, Config, Tensors } from "./adapter.ts";
import { withWeights } from "./layout.ts";

/** Whether the mask of this name is a boolean one. */
const isFlags = ({ inputs }: Case, name: string): boolean => {
  const mask = inputs[name];
  return isNumbers(mask) && mask.dtype === "bool";
};

/** There, 1 is blocked; here, 1 may attend. */
function masksOf(of: Case, tensors: Tensors, name: string): { mask?: Tensor; bias?: Tensor } {
  const given = tensors[name];
  if (!given) return {};
  return isFlags(of, name) ? { mask: nabla.equal(given, 0) } : { bias: given };
}

function paddingOf(tensors: Tensors, name: string): Tensor | undefined {
  const given = tensors[name];
  return given && nabla.equal(given, 0);
}

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Weights by our names and in our layout: matrices are those of products. */
function weightsOf(tensors: Tensors, { params }: Case): Record<string, Tensor> {
  const own = (given: Tensor): Tensor => (given.rank === 2 ? transpose(given) : given);
  return Object.fromEntries(Object.keys(params).map((name) => [camel(name), own(tensors[name]!)]));
}

const optional = (value: unknown) => (value === null || value === undefined ? undefined : Number(value));

function layerOptions({ dim_feedforward, norm_first, activation, layer_norm_eps }: Config): nabla.TransformerLayerOptions {
  return {
    dimFeedforward: Number(dim_feedforward),
    normFirst: norm_first === true,
    activation: activation === "gelu" ? gelu : relu,
    layerNormEps: Number(layer_norm_eps),
    dropout: 0,
  };
}

const made = new WeakMap<Case, object>();

/** A case's layer, made at its first, eager run: layers own streams of random numbers, which are not made in compiled functions. */
function layerOf<Layer extends object>(of: Case, make: () => Layer): Layer {
  const layer = (made.get(of) as Layer | undefined) ?? make();
  made.set(of, layer);
  return layer;
}

export const attention: Adapters = {
  scaled_dot_product_attention(tensors, { is_causal, scale }, of) {
    const given = tensors.mask;
    const options = {
      ...(given && (isFlags(of, "mask") ? { mask: given } : { bias: given })),
      causal: is_causal === true,
      scale: optional(scale),
    };
    const [q, k, v] = [tensors.q!, tensors.k!, tensors.v!];
    return { y: nabla.scaledDotProductAttention(q, k, v, options), attn: nabla.attentionWeights(q, k, options) };
  },
  multi_head_attention(tensors, config, of) {
    const { embed_dim, num_heads, bias, kdim, vdim, average_attn_weights } = config;
    const options = { bias: bias === true, kdim: optional(kdim), vdim: optional(vdim) };
    const make = () => new nabla.MultiHeadAttention(Number(embed_dim), Number(num_heads), options);
    const layer = withWeights(layerOf(of, make), weightsOf(tensors, of));
    const attended = {
      ...{ key: tensors.key, value: tensors.value, keyMask: paddingOf(tensors, "key_padding_mask") },
      ...masksOf(of, tensors, "attn_mask"),
    };
    const query = tensors.query!;
    return {
      y: layer.forward(query, "eval", attended),
      attn: layer.weights(query, attended, average_attn_weights === true),
    };
  },
  transformer_encoder_layer(tensors, config, of) {
    const make = () => new nabla.TransformerEncoderLayer(Number(config.d_model), Number(config.nhead), layerOptions(config));
    return {
      y: withWeights(layerOf(of, make), weightsOf(tensors, of)).forward(tensors.x!, "eval", {
        ...masksOf(of, tensors, "src_mask"),
        keyMask: paddingOf(tensors, "src_key_padding_mask"),
      }),
    };
  },
  transformer_decoder_layer(tensors, config, of) {
    const make = () => new nabla.TransformerDecoderLayer(Number(config.d_model), Number(config.nhead), layerOptions(config));
    return {
      y: withWeights(layerOf(of, make), weightsOf(tensors, of)).forward(tensors.x!, "eval", {
        memory: tensors.memory!,
        ...masksOf(of, tensors, "tgt_mask"),
      }),
    };
  },
  embedding({ index, weight }, { num_embeddings, embedding_dim, padding_idx }) {
    const layer = new nabla.Embedding(Number(num_embeddings), Number(embedding_dim), { paddingIndex: optional(padding_idx) });
    return { y: withWeights(layer, { weight: weight! }).forward(index!) };
  },
  sinusoidal_positional_encoding: (_, { length, d_model }) => ({
    y: nabla.sinusoidalEncoding(Number(length), Number(d_model)),
  }),
};
