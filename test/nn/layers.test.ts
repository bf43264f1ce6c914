/** Every layer, held to the same checks: shapes, parameters, gradients, compiled, errors, files. */
import { expect, test } from "vitest";
import { BatchNorm, Dropout, Flatten, GroupNorm, InstanceNorm, Linear, Rescale } from "../../src/index.ts";
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
