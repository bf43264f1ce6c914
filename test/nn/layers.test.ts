/** Every layer, held to the same checks: shapes, parameters, gradients, compiled, errors, files. */
import { expect, test } from "vitest";
import {
  AvgPool1d,
  AvgPool2d,
  BatchNorm,
  Conv1d,
  Conv2d,
  Dropout,
  Flatten,
  GlobalAvgPool,
  GlobalMaxPool,
  GroupNorm,
  InstanceNorm,
  Linear,
  MaxPool1d,
  MaxPool2d,
  Rescale,
} from "../../src/index.ts";
import { layers } from "../../src/nn/kinds.ts";
import { holdLayer, type LayerRow } from "./battery.ts";

const affine = (n: number) => ({ weight: [n], bias: [n] });
const statistics = ["runningMean", "runningVar", "batches"];

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
  {
    name: "Conv1d",
    make: () => new Conv1d(2, 4, 3, { padding: [2, 0], dilation: 1 }),
    input: [3, 7, 2],
    output: [3, 7, 4],
    parameters: { weight: [3, 2, 4], bias: [4] },
    refuses: { input: [3, 2, 7], text: /^Conv1d\(2 → 4\): .* channels last; .* try permute\(\[0, 2, 1\]\)/ },
  },
  {
    name: "Conv2d",
    make: () => new Conv2d(1, 4, 3, { padding: 1 }),
    input: [2, 5, 6, 1],
    output: [2, 5, 6, 4],
    parameters: { weight: [3, 3, 1, 4], bias: [4] },
    refuses: { input: [2, 1, 5, 6], text: /^Conv2d\(1 → 4\): .* channels last; .* try permute\(\[0, 2, 3, 1\]\)/ },
  },
  {
    name: "Conv2d of groups, strided, without bias",
    make: () => new Conv2d(4, 6, [3, 2], { stride: [2, 1], padding: "valid", groups: 2, bias: false }),
    input: [2, 5, 6, 4],
    output: [2, 2, 5, 6],
    parameters: { weight: [3, 2, 2, 6] },
  },
  {
    name: "MaxPool1d",
    distinct: true,
    make: () => new MaxPool1d(3, { stride: 2, padding: 1 }),
    input: [2, 7, 3],
    output: [2, 4, 3],
    refuses: { input: [2, 3], text: /maxPool1d: expects x: \[batch, length, channels\]/ },
  },
  {
    name: "MaxPool2d",
    distinct: true,
    make: () => new MaxPool2d(2),
    input: [2, 4, 6, 3],
    output: [2, 2, 3, 3],
    refuses: { input: [2, 4, 3], text: /maxPool2d: expects x: \[batch, height, width, channels\]/ },
  },
  {
    name: "AvgPool1d",
    make: () => new AvgPool1d(2, { padding: [1, 0], countIncludePad: false }),
    input: [2, 5, 3],
    output: [2, 3, 3],
    refuses: { input: [2, 3], text: /avgPool1d: expects x: \[batch, length, channels\]/ },
  },
  {
    name: "AvgPool2d",
    make: () => new AvgPool2d([2, 3], { stride: 1 }),
    input: [2, 4, 6, 3],
    output: [2, 3, 4, 3],
    refuses: { input: [2, 4, 3], text: /avgPool2d: expects x: \[batch, height, width, channels\]/ },
  },
  {
    name: "GlobalAvgPool",
    make: () => new GlobalAvgPool(),
    input: [2, 4, 5, 3],
    output: [2, 3],
    refuses: { input: [2, 3], text: /GlobalAvgPool: expects \[batch, …, channels\]/ },
  },
  {
    name: "GlobalMaxPool of sequences",
    distinct: true,
    make: () => new GlobalMaxPool(),
    input: [2, 4, 3],
    output: [2, 3],
    refuses: { input: [2, 3], text: /GlobalMaxPool: expects \[batch, …, channels\]/ },
  },
  { name: "GroupNorm", make: () => new GroupNorm(2, 6), input: [2, 5, 6], output: [2, 5, 6], parameters: affine(6) },
  { name: "InstanceNorm", make: () => new InstanceNorm(3), input: [2, 4, 4, 3], output: [2, 4, 4, 3] },
];

for (const row of rows) holdLayer(row);

/** Layers that are no function of one tensor, and the tests that hold them to other laws. */
const elsewhere: Readonly<Record<string, string>> = {
  GatConv: "graph.test.ts",
  GcnConv: "graph.test.ts",
  GraphNetwork: "graph.test.ts",
  SageConv: "graph.test.ts",
  Sequential: "model.test.ts",
};

test("every layer that files hold has a row", () => {
  const held = new Set(rows.map(({ make }) => make().kind));
  expect(Object.keys(layers).filter((kind) => !held.has(kind) && !(kind in elsewhere))).toEqual([]);
});
