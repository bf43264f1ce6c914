/** Sequences told apart by an LSTM: its last output, a dense layer, cross-entropy. */
import {
  add,
  crossEntropy,
  init,
  Linear,
  matmul,
  mul,
  Parameter,
  random,
  reshape,
  sigmoid,
  slice,
  type Tensor,
  tanh,
  tensor,
  uniform,
  zeros,
} from "../../../index.ts";
import type { Group } from "../workload.ts";
import { sequenceGroup } from "./sequence.ts";

const [BATCH, LENGTH, INPUTS, HIDDEN, CLASSES] = [32, 64, 32, 128, 10];
/** Products with inputs and states: forward, by the weights, and by the states. */
const FLOP = 2 * BATCH * LENGTH * 4 * HIDDEN * (INPUTS * 2 + HIDDEN * 3);
/** 1/√hidden, as PyTorch has it. */
const BOUND = 0.0884;

class Network {
  readonly weightIh = new Parameter([INPUTS, 4 * HIDDEN], uniform(-BOUND, BOUND));
  readonly weightHh = new Parameter([HIDDEN, 4 * HIDDEN], uniform(-BOUND, BOUND));
  readonly biasIh = new Parameter([4 * HIDDEN], uniform(-BOUND, BOUND));
  readonly biasHh = new Parameter([4 * HIDDEN], uniform(-BOUND, BOUND));
  readonly head = new Linear(HIDDEN, CLASSES);

  forward(x: Tensor): Tensor {
    const flat = add(add(matmul(reshape(x, [BATCH * LENGTH, INPUTS]), this.weightIh), this.biasIh), this.biasHh);
    const projected = reshape(flat, [BATCH, LENGTH, 4 * HIDDEN]);
    let h = zeros([BATCH, HIDDEN]);
    let c = zeros([BATCH, HIDDEN]);
    for (let t = 0; t < LENGTH; ++t) {
      const gates = add(reshape(slice(projected, t, t + 1, 1), [BATCH, 4 * HIDDEN]), matmul(h, this.weightHh));
      const gate = (k: number): Tensor => slice(gates, k * HIDDEN, (k + 1) * HIDDEN, 1);
      c = add(mul(sigmoid(gate(1)), c), mul(sigmoid(gate(0)), tanh(gate(2))));
      h = mul(sigmoid(gate(3)), tanh(c));
    }
    return this.head.forward(h);
  }
}

export function lstmGroup(rounds: number): Group {
  return sequenceGroup(
    {
      name: "LSTM 128, 64 steps of 32, batch 32",
      job: "lstm",
      flop: FLOP,
      batch: BATCH,
      settings: {},
      build: () => init(new Network(), { seed: 1 }),
      names: { weightIh: "wx", weightHh: "wh", biasIh: "bx", biasHh: "bh", "head.weight": "w", "head.bias": "b" },
      x: random(1).normal([BATCH, LENGTH, INPUTS]),
      y: tensor(Int32Array.from({ length: BATCH }, (_, row) => row % CLASSES)),
      loss: crossEntropy,
    },
    rounds,
  );
}
