/** One block of a transformer's encoder: attention and two dense layers, each added and normalised behind (Vaswani et al. 2017). */
import { init, mse, random, TransformerEncoderLayer } from "../../../index.ts";
import type { Group } from "../workload.ts";
import { sequenceGroup } from "./sequence.ts";

const [BATCH, LENGTH, WIDTH, HEADS, INNER] = [16, 64, 128, 4, 512];
const ROWS = BATCH * LENGTH;
/** Multiply-adds of all dense layers, and of attention: the scores, and what they mix. */
const DENSE = ROWS * WIDTH * (4 * WIDTH + 2 * INNER);
const ATTENTION = ROWS * LENGTH * WIDTH * 2;
/** Forward, and twice as much backward; no gradient by the block's input. */
const FLOP = 2 * (3 * (DENSE + ATTENTION) - 3 * ROWS * WIDTH * WIDTH);

/** Weights and biases of the projections to queries, keys and values side by side, of the one back, of both dense layers; gains and shifts of both norms. */
const NAMES = ["wi", "bi", "wo", "bo", "w1", "b1", "w2", "b2", "g1", "h1", "g2", "h2"];

export function transformerGroup(rounds: number): Group {
  const rows = random(2);
  return sequenceGroup(
    {
      name: "transformer block 128, 4 heads, 64 steps, batch 16",
      job: "transformer",
      flop: FLOP,
      batch: BATCH,
      settings: { heads: HEADS },
      build: () => init(new TransformerEncoderLayer(WIDTH, HEADS, { dimFeedforward: INNER, dropout: 0 }), { seed: 1 }),
      names: NAMES,
      x: rows.normal([BATCH, LENGTH, WIDTH]),
      y: rows.normal([BATCH, LENGTH, WIDTH]),
      loss: mse,
    },
    rounds,
  );
}
