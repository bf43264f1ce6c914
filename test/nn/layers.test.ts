/** Every layer, held to the same checks: shapes, parameters, gradients, compiled, errors, files. */
import { expect, test } from "vitest";

import type { Shape } from "../../src/core/shape.ts";
import * as nabla from "../../src/index.ts";
import { BatchNorm, Dropout, Flatten, GRU, GroupNorm, InstanceNorm, Linear, LSTM, Rescale, RNN } from "../../src/index.ts";
import { layers } from "../../src/nn/kinds.ts";
import { holdLayer, type LayerRow } from "./battery.ts";
import { transformerRows } from "./rows/transformer.ts";

const affine = (n: number) => ({ weight: [n], bias: [n] });
const statistics = ["runningMean", "runningVar", "batches"];

/** A convolution: filters and a bias, refusing another number of channels. */
function filtered(name: string, make: LayerRow["make"], input: Shape, output: Shape, weight: Shape): LayerRow[] {
  return [{ name, make, input, output, parameters: { weight, bias: [output.at(-1)!] } }];
}

/** A layer without parameters, refusing another number of axes. */
function pooled(
  name: string,
  make: LayerRow["make"],
  input: Shape,
  output: Shape,
  wrong: Shape | null = [...input, 1, 1],
): LayerRow[] {
  const refuses = wrong && { input: wrong, text: new RegExp(name, "i") };
  return [{ name, make, input, output, distinct: /Max/.test(name), refuses }];
}

const rows: readonly LayerRow[] = [
  { name: "Linear", make: () => new Linear(3, 4), input: [5, 3], output: [5, 4], parameters: { weight: [3, 4], bias: [4] } },
  {
    name: "Linear of sequences, without bias",
    make: () => new Linear(3, 4, { bias: false }),
    input: [2, 5, 3],
    output: [2, 5, 4],
    parameters: { weight: [3, 4] },
  },
  { name: "Flatten", make: () => new Flatten(), input: [2, 3, 4], output: [2, 12], refuses: null },
  { name: "Rescale", make: () => new Rescale(0.5), input: [2, 3], output: [2, 3], refuses: null },
  { name: "Dropout", make: () => new Dropout(0.3), input: [4, 6], output: [4, 6], smooth: "eval", refuses: null },
  { name: "BatchNorm", make: () => new BatchNorm(3), input: [6, 3], output: [6, 3], parameters: affine(3), buffers: statistics },
  {
    name: "BatchNorm of images, mean over all batches",
    make: () => new BatchNorm(3, { momentum: null }),
    input: [2, 4, 5, 3],
    output: [2, 4, 5, 3],
    parameters: affine(3),
    buffers: statistics,
  },
  { name: "GroupNorm", make: () => new GroupNorm(2, 6), input: [2, 5, 6], output: [2, 5, 6], parameters: affine(6) },
  { name: "InstanceNorm", make: () => new InstanceNorm(3), input: [2, 4, 4, 3], output: [2, 4, 4, 3] },
  ...filtered("Conv1d", () => new nabla.Conv1d(3, 4, 3, { stride: 2, padding: 1 }), [2, 7, 3], [2, 4, 4], [3, 3, 4]),
  ...filtered("Conv2d", () => new nabla.Conv2d(2, 4, 3, { padding: "same" }), [2, 5, 6, 2], [2, 5, 6, 4], [3, 3, 2, 4]),
  ...filtered("Conv2d of groups", () => new nabla.Conv2d(4, 4, [1, 3], { groups: 2 }), [2, 3, 5, 4], [2, 3, 3, 4], [1, 3, 2, 4]),
  ...filtered("Conv3d", () => new nabla.Conv3d(1, 2, 2), [2, 3, 3, 4, 1], [2, 2, 2, 3, 2], [2, 2, 2, 1, 2]),
  ...filtered("ConvTranspose1d", () => new nabla.ConvTranspose1d(3, 2, 3, { stride: 2 }), [2, 4, 3], [2, 9, 2], [3, 2, 3]),
  ...filtered(
    "ConvTranspose2d",
    () => new nabla.ConvTranspose2d(3, 2, 4, { stride: 2, padding: 1 }),
    [2, 3, 4, 3],
    [2, 6, 8, 2],
    [4, 4, 2, 3],
  ),
  ...filtered(
    "ConvTranspose3d",
    () => new nabla.ConvTranspose3d(2, 2, 2, { stride: 2 }),
    [1, 2, 2, 3, 2],
    [1, 4, 4, 6, 2],
    [2, 2, 2, 2, 2],
  ),
  {
    name: "SeparableConv2d",
    make: () => new nabla.SeparableConv2d(3, 4, 3, { padding: 1 }),
    input: [2, 4, 5, 3],
    output: [2, 4, 5, 4],
    parameters: { "depthwise.weight": [3, 3, 1, 3], "pointwise.weight": [1, 1, 3, 4], "pointwise.bias": [4] },
    refuses: { input: [2, 4, 5, 2], text: /Conv2d\(3 → 3\)/ },
  },
  ...pooled("MaxPool1d", () => new nabla.MaxPool1d(2), [2, 6, 3], [2, 3, 3]),
  ...pooled("MaxPool2d", () => new nabla.MaxPool2d(2, { ceilMode: true }), [2, 5, 6, 3], [2, 3, 3, 3]),
  ...pooled("MaxPool3d", () => new nabla.MaxPool3d(2), [2, 4, 4, 5, 2], [2, 2, 2, 2, 2]),
  ...pooled("AvgPool1d", () => new nabla.AvgPool1d(2, { stride: 1 }), [2, 6, 3], [2, 5, 3]),
  ...pooled("AvgPool2d", () => new nabla.AvgPool2d([2, 3]), [2, 4, 6, 3], [2, 2, 2, 3]),
  ...pooled("AvgPool3d", () => new nabla.AvgPool3d(2), [2, 4, 4, 5, 2], [2, 2, 2, 2, 2]),
  ...pooled("AdaptiveAvgPool", () => new nabla.AdaptiveAvgPool([2, 3]), [2, 5, 7, 2], [2, 2, 3, 2]),
  ...pooled("AdaptiveMaxPool", () => new nabla.AdaptiveMaxPool([2, null]), [2, 5, 7, 2], [2, 2, 7, 2]),
  ...pooled("GlobalAvgPool", () => new nabla.GlobalAvgPool(), [2, 3, 4, 5], [2, 5], [2, 3]),
  ...pooled("GlobalMaxPool", () => new nabla.GlobalMaxPool(), [2, 3, 4, 5], [2, 5], [2, 3]),
  ...pooled("Upsample", () => new nabla.Upsample({ scale: 2, mode: "linear" }), [2, 3, 4, 2], [2, 6, 8, 2], null),
  ...pooled("PixelShuffle", () => new nabla.PixelShuffle(2), [2, 3, 2, 8], [2, 6, 4, 2]),
  ...pooled("Reshape", () => new nabla.Reshape([2, -1]), [3, 6], [3, 2, 3], null),
  {
    name: "Residual",
    make: () => new nabla.Residual(new Linear(3, 3), undefined),
    input: [4, 3],
    output: [4, 3],
    parameters: { "layer.weight": [3, 3], "layer.bias": [3] },
    refuses: { input: [4, 2], text: /Linear/ },
  },
  {
    name: "PRelu",
    make: () => new nabla.PRelu(3),
    input: [4, 3],
    output: [4, 3],
    parameters: { weight: [3] },
    distinct: true,
    refuses: null,
  },
  {
    name: "SpatialDropout",
    make: () => new nabla.SpatialDropout(0.3),
    input: [3, 4, 6],
    output: [3, 4, 6],
    smooth: "eval",
    refuses: null,
  },
  {
    name: "Augment",
    make: () => new nabla.Augment({ mirror: "both", rotation: 20, shift: 0.1, zoom: 0.1, brightness: 0.1, noise: 0.1, cutout: 2 }),
    input: [2, 4, 5, 2],
    output: [2, 4, 5, 2],
    smooth: "eval",
    refuses: { input: [2, 4], text: /expects pictures/ },
  },
  { name: "AlphaDropout", make: () => new nabla.AlphaDropout(0.3), input: [3, 6], output: [3, 6], smooth: "eval", refuses: null },
  ...transformerRows,
];

/** Shapes of a recurrent layer's weights, under their path. */
const recurrent = (path: string, inputs: number, hidden: number, gates: number) => ({
  [`${path}.weightIh`]: [inputs, gates * hidden],
  [`${path}.weightHh`]: [hidden, gates * hidden],
  [`${path}.biasIh`]: [gates * hidden],
  [`${path}.biasHh`]: [gates * hidden],
});

const recurrentRows: readonly LayerRow[] = [
  { name: "RNN", make: () => new RNN(3, 4), input: [2, 5, 3], output: [2, 5, 4], parameters: recurrent("layers.0", 3, 4, 1) },
  {
    name: "RNN without bias, the last state",
    make: () => new RNN(3, 4, { returns: "last", bias: false }),
    input: [2, 5, 3],
    output: [2, 4],
    parameters: { "layers.0.weightIh": [3, 4], "layers.0.weightHh": [4, 4] },
  },
  {
    name: "LSTM of two layers, both ways",
    make: () => new LSTM(3, 4, { layers: 2, bidirectional: true }),
    input: [2, 5, 3],
    output: [2, 5, 8],
    parameters: {
      ...recurrent("layers.0", 3, 4, 4),
      ...recurrent("layers.1", 8, 4, 4),
      ...recurrent("reversed.0", 3, 4, 4),
      ...recurrent("reversed.1", 8, 4, 4),
    },
  },
  {
    name: "LSTM that drops out between layers",
    make: () => new LSTM(3, 4, { layers: 2, dropout: 0.3, returns: "last" }),
    input: [2, 5, 3],
    output: [2, 4],
    parameters: { ...recurrent("layers.0", 3, 4, 4), ...recurrent("layers.1", 4, 4, 4) },
    smooth: "eval",
  },
  {
    name: "GRU both ways, the last states",
    make: () => new GRU(3, 4, { bidirectional: true, returns: "last" }),
    input: [2, 5, 3],
    output: [2, 8],
    parameters: { ...recurrent("layers.0", 3, 4, 3), ...recurrent("reversed.0", 3, 4, 3) },
  },
];

for (const row of [...rows, ...recurrentRows]) holdLayer(row);

/** Layers that are no function of one tensor, and the tests that hold them to other laws. */
const elsewhere: Readonly<Record<string, string>> = {
  Bilinear: "model.test.ts",
  GatConv: "graph.test.ts",
  GcnConv: "graph.test.ts",
  GraphNetwork: "graph.test.ts",
  GRUCell: "recurrent.test.ts",
  LSTMCell: "recurrent.test.ts",
  RNNCell: "recurrent.test.ts",
  SageConv: "graph.test.ts",
  Sequential: "model.test.ts",
  TransformerDecoderLayer: "attention.test.ts",
};

test("every layer that files hold has a row", () => {
  const held = new Set([...rows, ...recurrentRows].map(({ make }) => make().kind));
  expect(Object.keys(layers).filter((kind) => !held.has(kind) && !(kind in elsewhere))).toEqual([]);
});
