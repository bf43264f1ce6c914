/** Layers by themselves: forwards, gradients by weights and by the input, and a plain update. */
import {
  BatchNorm,
  Conv2d,
  ConvTranspose2d,
  compile,
  Dropout,
  Embedding,
  GatConv,
  GcnConv,
  GRU,
  GroupNorm,
  init,
  LayerNorm,
  Linear,
  LSTM,
  MaxPool2d,
  MultiHeadAttention,
  neighbourhood,
  normal,
  Parameter,
  RMSNorm,
  RNN,
  random,
  type Shape,
  sgd,
  sum,
  type Tensor,
  TransformerEncoderLayer,
  tensor,
} from "../../index.ts";
import { type Case, loop } from "./harness.ts";
import { checkFall, Losses } from "./train/losses.ts";

/** So small that numbers stay what they are in thousands of steps, and large enough to see the loss fall in a few. */
const RATE = 1e-6;

type Row = {
  readonly name: string;
  /** Extents of the input, which is learned too, so that its gradient is computed. */
  readonly input: Shape;
  /** Whole numbers below this instead, which have no gradient. */
  readonly classes?: number;
  /** Multiply-adds forwards, by the weights and by the input, times two. */
  readonly flop?: number;
  /** Learning rate. Default 1e-6. */
  readonly rate?: number;
  make(): { layer: object; forward(x: Tensor): Tensor };
};

/** A layer that is a function of a tensor, and of the mode where it asks for it. */
const plain = (layer: { forward(x: Tensor, mode: "train"): Tensor }): ReturnType<Row["make"]> => ({
  layer,
  forward: (x) => layer.forward(x, "train"),
});

/** A ring in which each of `NODES` nodes has edges to the next two: about as many as Cora's papers have. */
const NODES = 2708;
const ring = () =>
  neighbourhood(
    NODES,
    Array.from({ length: NODES }, (_, i) => [i, (i + 1) % NODES] as const).flatMap(([i, next]) => [
      [i, next] as const,
      [i, (next + 1) % NODES] as const,
    ]),
  );
function onGraph(layer: GcnConv | GatConv): ReturnType<Row["make"]> {
  const edges = ring();
  return { layer, forward: (x) => layer.forward(x, edges) };
}

/** Sizes of layers within networks of some hundred thousand parameters. */
const rows: readonly Row[] = [
  { name: "Linear 256 → 256, batch 256", input: [256, 256], flop: 6 * 256 * 256 * 256, make: () => plain(new Linear(256, 256)) },
  {
    name: "Conv2d 32 → 64, 3 × 3, 14 × 14, batch 32",
    input: [32, 14, 14, 32],
    flop: 6 * 32 * 14 * 14 * 9 * 32 * 64,
    make: () => plain(new Conv2d(32, 64, 3, { padding: 1 })),
  },
  {
    name: "Conv2d 64, depthwise, 3 × 3, 14 × 14, batch 32",
    input: [32, 14, 14, 64],
    flop: 6 * 32 * 14 * 14 * 9 * 64,
    make: () => plain(new Conv2d(64, 64, 3, { padding: 1, groups: 64 })),
  },
  {
    name: "ConvTranspose2d 64 → 32, 4 × 4, stride 2, 7 × 7, batch 32",
    input: [32, 7, 7, 64],
    flop: 6 * 32 * 7 * 7 * 16 * 64 * 32,
    make: () => plain(new ConvTranspose2d(64, 32, 4, { stride: 2, padding: 1 })),
  },
  { name: "MaxPool2d 2, 28 × 28 × 32, batch 32", input: [32, 28, 28, 32], make: () => plain(new MaxPool2d(2)) },
  { name: "BatchNorm 64, 14 × 14, batch 32", input: [32, 14, 14, 64], make: () => plain(new BatchNorm(64)) },
  { name: "GroupNorm 8 of 64, 14 × 14, batch 32", input: [32, 14, 14, 64], make: () => plain(new GroupNorm(8, 64)) },
  { name: "LayerNorm 256, 1,024 rows", input: [1024, 256], make: () => plain(new LayerNorm(256)) },
  { name: "RMSNorm 256, 1,024 rows", input: [1024, 256], make: () => plain(new RMSNorm(256)) },
  // A rate by which the loss falls further than one mask differs from another.
  { name: "Dropout, 1,024 × 256", input: [1024, 256], rate: 0.01, make: () => plain(new Dropout(0.5)) },
  {
    name: "Embedding 5,000 × 128, 2,048 ids",
    input: [32, 64],
    classes: 5000,
    make: () => plain(new Embedding(5000, 128)),
  },
  {
    name: "RNN 128, 32 steps, batch 32",
    input: [32, 32, 128],
    flop: 6 * 32 * 32 * 256 * 128,
    make: () => plain(new RNN(128, 128)),
  },
  {
    name: "LSTM 128, 32 steps, batch 32",
    input: [32, 32, 128],
    flop: 6 * 32 * 32 * 256 * 512,
    make: () => plain(new LSTM(128, 128)),
  },
  {
    name: "GRU 128, 32 steps, batch 32",
    input: [32, 32, 128],
    flop: 6 * 32 * 32 * 256 * 384,
    make: () => plain(new GRU(128, 128)),
  },
  {
    name: "MultiHeadAttention 128, 4 heads, 64 steps, batch 16",
    input: [16, 64, 128],
    flop: 6 * 16 * 64 * (4 * 128 * 128 + 2 * 64 * 128),
    make: () => plain(new MultiHeadAttention(128, 4)),
  },
  {
    name: "TransformerEncoderLayer 128, 4 heads, 64 steps, batch 16",
    input: [16, 64, 128],
    flop: 6 * 16 * 64 * (12 * 128 * 128 + 2 * 64 * 128),
    make: () => plain(new TransformerEncoderLayer(128, 4, { dropout: 0 })),
  },
  {
    name: "GcnConv 64 → 64, 2,708 nodes",
    input: [NODES, 64],
    flop: 6 * NODES * 64 * 64,
    make: () => onGraph(new GcnConv(64, 64)),
  },
  { name: "GatConv 64 → 8, 8 heads, 2,708 nodes", input: [NODES, 64], make: () => onGraph(new GatConv(64, 8, { heads: 8 })) },
];

/** What is fed: learned numbers, or whole ones that stay. */
function inputOf({ input, classes }: Row): Tensor {
  if (!classes) return new Parameter(input, normal());
  const size = input.reduce((product, extent) => product * extent, 1);
  return tensor(
    Int32Array.from({ length: size }, (_, i) => (i * 7919) % classes),
    { shape: input },
  );
}

function caseOf(row: Row): Case {
  const { name, flop, rate = RATE } = row;
  return {
    name,
    unit: "ms/step",
    work: 1,
    ...(flop !== undefined && { flop }),
    setup() {
      const { layer, forward } = row.make();
      const model = init({ input: inputOf(row), layer }, { seed: 1 });
      const optimizer = sgd({ lr: rate }).for(model);
      const seed = random(2).normal(forward(model.input).shape);
      const step = compile(() => {
        const loss = sum(forward(model.input).mul(seed));
        optimizer.minimize(loss);
        return loss;
      });
      const losses = new Losses();
      return {
        sample: loop(() => losses.add(step().item())),
        poison: () => losses.poison(),
        check: () => checkFall(losses.first[0], losses.last),
      };
    },
  };
}

export const layers: readonly Case[] = rows.map(caseOf);
