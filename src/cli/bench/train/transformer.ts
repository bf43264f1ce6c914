/** One block of a transformer's encoder: attention and two dense layers, each added and normalised behind (Vaswani et al. 2017). */
import {
  add,
  constant,
  init,
  Linear,
  layerNorm,
  matmul,
  mse,
  mul,
  Parameter,
  permute,
  random,
  relu,
  reshape,
  softmax,
  type Tensor,
} from "../../../index.ts";
import type { Group } from "../workload.ts";
import { sequenceGroup } from "./sequence.ts";

const [BATCH, LENGTH, WIDTH, HEADS, INNER] = [16, 64, 128, 4, 512];
const ROWS = BATCH * LENGTH;
/** Multiply-adds of all dense layers for a row, and of attention: the scores, and what they mix. */
const DENSE = ROWS * WIDTH * (4 * WIDTH + 2 * INNER);
const ATTENTION = ROWS * LENGTH * WIDTH * 2;
/** Forward, and twice as much backward; no gradient by the block's input. */
const FLOP = 2 * (3 * (DENSE + ATTENTION) - 3 * ROWS * WIDTH * WIDTH);

class Norm {
  readonly weight = new Parameter([WIDTH], constant(1));
  readonly bias = new Parameter([WIDTH], constant(0));

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight, this.bias);
  }
}

class Block {
  readonly query = new Linear(WIDTH, WIDTH);
  readonly key = new Linear(WIDTH, WIDTH);
  readonly value = new Linear(WIDTH, WIDTH);
  readonly out = new Linear(WIDTH, WIDTH);
  readonly linear1 = new Linear(WIDTH, INNER);
  readonly linear2 = new Linear(INNER, WIDTH);
  readonly norm1 = new Norm();
  readonly norm2 = new Norm();

  forward(x: Tensor): Tensor {
    const heads = (y: Tensor): Tensor => permute(reshape(y, [BATCH, LENGTH, HEADS, WIDTH / HEADS]), [0, 2, 1, 3]);
    const [q, k, v] = [this.query, this.key, this.value].map((layer) => heads(layer.forward(x))) as [Tensor, Tensor, Tensor];
    const scores = softmax(mul(matmul(q, k, { transB: true }), (HEADS / WIDTH) ** 0.5));
    const mixed = reshape(permute(matmul(scores, v), [0, 2, 1, 3]), [BATCH, LENGTH, WIDTH]);
    const attended = this.norm1.forward(add(x, this.out.forward(mixed)));
    return this.norm2.forward(add(attended, this.linear2.forward(relu(this.linear1.forward(attended)))));
  }
}

/** Adapters' names: w for weights, b for biases, of query, key, value, out and the two dense layers; g and h for the norms. */
const NAMES = {
  ...{ "query.weight": "wq", "query.bias": "bq", "key.weight": "wk", "key.bias": "bk", "value.weight": "wv", "value.bias": "bv" },
  ...{
    "out.weight": "wo",
    "out.bias": "bo",
    "linear1.weight": "w1",
    "linear1.bias": "b1",
    "linear2.weight": "w2",
    "linear2.bias": "b2",
  },
  ...{ "norm1.weight": "g1", "norm1.bias": "h1", "norm2.weight": "g2", "norm2.bias": "h2" },
};

export function transformerGroup(rounds: number): Group {
  const rows = random(2);
  return sequenceGroup(
    {
      name: "transformer block 128, 4 heads, 64 steps, batch 16",
      job: "transformer",
      flop: FLOP,
      batch: BATCH,
      settings: { heads: HEADS },
      build: () => init(new Block(), { seed: 1 }),
      names: NAMES,
      x: rows.normal([BATCH, LENGTH, WIDTH]),
      y: rows.normal([BATCH, LENGTH, WIDTH]),
      loss: mse,
    },
    rounds,
  );
}
