/** Rows of the battery for attention, embeddings and norms of rows. */
import {
  Embedding,
  gelu,
  LayerNorm,
  LearnedEncoding,
  MultiHeadAttention,
  RMSNorm,
  SinusoidalEncoding,
  TransformerEncoderLayer,
  tanh,
} from "../../../src/index.ts";
import type { LayerRow } from "../battery.ts";

const affine = (n: number) => ({ weight: [n], bias: [n] });
const linear = (inputs: number, outputs: number) => ({ weight: [inputs, outputs], bias: [outputs] });
const attention = (n: number) => ({ inProjWeight: [n, 3 * n], inProjBias: [3 * n], outProj: linear(n, n) });
const block = (n: number, between = 4 * n) => ({
  selfAttn: attention(n),
  linear1: linear(n, between),
  linear2: linear(between, n),
  norm1: affine(n),
  norm2: affine(n),
});

type Shapes = { readonly [name: string]: readonly number[] | Shapes };
/** Shapes by path. */
function paths(shapes: Shapes, from = ""): Record<string, readonly number[]> {
  const entries = Object.entries(shapes).map(([name, value]) =>
    Array.isArray(value) ? { [from + name]: value } : paths(value as Shapes, `${from}${name}.`),
  );
  return Object.assign({}, ...entries);
}

export const transformerRows: readonly LayerRow[] = [
  { name: "LayerNorm", make: () => new LayerNorm(5), input: [4, 3, 5], output: [4, 3, 5], parameters: affine(5) },
  {
    name: "LayerNorm of two axes, without bias",
    make: () => new LayerNorm([3, 5], { bias: false }),
    input: [4, 3, 5],
    output: [4, 3, 5],
    parameters: { weight: [3, 5] },
  },
  { name: "RMSNorm", make: () => new RMSNorm(5), input: [4, 3, 5], output: [4, 3, 5], parameters: { weight: [5] } },
  {
    name: "Embedding",
    make: () => new Embedding(7, 3),
    classes: 7,
    input: [2, 5],
    output: [2, 5, 3],
    parameters: { weight: [7, 3] },
    refuses: null,
  },
  {
    name: "Embedding with padding",
    make: () => new Embedding(7, 3, { paddingIndex: 2 }),
    classes: 2, // padding does not occur: it has no gradient by intent
    input: [2, 5],
    output: [2, 5, 3],
    parameters: { weight: [7, 3] },
    refuses: null,
  },
  { name: "SinusoidalEncoding", make: () => new SinusoidalEncoding(5), input: [2, 4, 5], output: [2, 4, 5] },
  {
    name: "LearnedEncoding",
    make: () => new LearnedEncoding(6, 5),
    input: [2, 4, 5],
    output: [2, 4, 5],
    parameters: { weight: [6, 5] },
  },
  {
    name: "MultiHeadAttention",
    make: () => new MultiHeadAttention(6, 2, { causal: true }),
    input: [2, 4, 6],
    output: [2, 4, 6],
    parameters: paths(attention(6)),
  },
  {
    name: "MultiHeadAttention with rotary positions and dropout, without biases",
    step: 2 ** -9,
    make: () => new MultiHeadAttention(8, 2, { rotary: true, dropout: 0.4, bias: false }),
    smooth: "eval",
    input: [2, 5, 8],
    output: [2, 5, 8],
    parameters: { inProjWeight: [8, 24], "outProj.weight": [8, 8] },
  },
  {
    name: "TransformerEncoderLayer",
    step: 2 ** -9,
    make: () => new TransformerEncoderLayer(6, 3, { activation: tanh }), // relu has kinks: the reference cases see to it
    smooth: "eval",
    input: [2, 4, 6],
    output: [2, 4, 6],
    parameters: paths(block(6)),
    refuses: { input: [2, 4, 7], text: /MultiHeadAttention/ },
  },
  {
    name: "TransformerEncoderLayer, norms first, causal, gelu",
    make: () =>
      new TransformerEncoderLayer(6, 2, { normFirst: true, causal: true, activation: gelu, dimFeedforward: 5, dropout: 0 }),
    input: [2, 4, 6],
    output: [2, 4, 6],
    parameters: paths(block(6, 5)),
    refuses: { input: [2, 4, 7], text: /LayerNorm/ },
  },
];
