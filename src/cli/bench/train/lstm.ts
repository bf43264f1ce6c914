/** Sequences told apart by an LSTM: its last output, a dense layer, cross-entropy. */
import { crossEntropy, init, Linear, LSTM, random, Sequential, tensor } from "../../../index.ts";
import type { Group } from "../workload.ts";
import { sequenceGroup } from "./sequence.ts";

const [BATCH, LENGTH, INPUTS, HIDDEN, CLASSES] = [32, 64, 32, 128, 10];
/** Products with inputs and states: forward, by the weights, and by the states. */
const FLOP = 2 * BATCH * LENGTH * 4 * HIDDEN * (INPUTS * 2 + HIDDEN * 3);

export function lstmGroup(rounds: number): Group {
  return sequenceGroup(
    {
      name: "LSTM 128, 64 steps of 32, batch 32",
      job: "lstm",
      flop: FLOP,
      batch: BATCH,
      settings: {},
      build: () => init(new Sequential(new LSTM(INPUTS, HIDDEN, { returns: "last" }), new Linear(HIDDEN, CLASSES)), { seed: 1 }),
      names: ["wx", "wh", "bx", "bh", "w", "b"],
      x: random(1).normal([BATCH, LENGTH, INPUTS]),
      y: tensor(Int32Array.from({ length: BATCH }, (_, row) => row % CLASSES)),
      loss: crossEntropy,
    },
    rounds,
  );
}
