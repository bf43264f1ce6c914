/** A small convolutional network on MNIST, step by step; valid padding, Adam, dropout. */
import {
  adam,
  Conv2d,
  compile,
  crossEntropy,
  type Dataset,
  Dropout,
  Flatten,
  gather,
  init,
  Linear,
  MaxPool2d,
  relu,
  Sequential,
  type Tensor,
} from "../../../index.ts";
import { type Case, loop } from "../harness.ts";
import type { Group, Job } from "../workload.ts";
import { checkFall, checkSame, Losses } from "./losses.ts";
import { forBytes, weightsOf } from "./mlp.ts";

const CNN = "CNN, step of 128";

const BATCH = 128;
/** Batches that steps take in turn. */
const BATCHES = 8;
const RATE = 1e-3;
const DROP = 0.5;
/** Multiply-adds for a row: the two convolutions and the dense layer. */
const FIRST = 26 * 26 * 9 * 32;
const SECOND = 11 * 11 * 9 * 32 * 64;
const DENSE = 5 * 5 * 64 * 10;
export const CNN_FLOP_PER_ROW = 2 * (FIRST + SECOND + DENSE);
/** Forward, by the weights, and by the input of all but the first. */
const TRAINING_FLOP_PER_ROW = 2 * (FIRST * 2 + (SECOND + DENSE) * 3);
/** Each library draws its own dropout: losses of single batches differ by so much, relative. */
const TOLERANCE = 0.15;

/** Takes pixels from 0 to 1, [n, 28, 28, 1]. */
export function cnn(): Sequential {
  const features = [new Conv2d(1, 32, 3), relu, new MaxPool2d(2), new Conv2d(32, 64, 3), relu, new MaxPool2d(2)];
  return init(new Sequential(...features, new Flatten(), new Dropout(DROP), new Linear(1600, 10)), { seed: 1 });
}

function caseOf(data: Dataset): { own: Case; losses: Losses } {
  const losses = new Losses();
  const own: Case = {
    name: CNN,
    unit: "ms/step",
    work: 1,
    flop: BATCH * TRAINING_FLOP_PER_ROW,
    items: BATCH,
    setup() {
      const model = forBytes(cnn());
      const optimizer = adam({ lr: RATE }).for(model);
      const step = compile((index: Tensor) => {
        const loss = crossEntropy(model.forward(gather(data.x, index), "train"), gather(data.y, index));
        optimizer.minimize(loss);
        return loss;
      });
      const batches = Array.from({ length: BATCHES }, (_, batch) =>
        Int32Array.from({ length: BATCH }, (_, row) => batch * BATCH + row),
      );
      let next = 0;
      return {
        sample: loop(() => losses.add(step(batches[next++ % BATCHES]!).item())),
        poison: () => losses.poison(),
        check: () => checkFall(losses.first[0], losses.last),
      };
    },
  };
  return { own, losses };
}

/** @param data 28 × 28 bytes; the first rows are taken */
export function cnnGroup(data: Dataset, rounds: number): Group {
  const { own, losses } = caseOf(data);
  const rows = BATCH * BATCHES;
  const job: Job = {
    name: "cnn",
    of: own,
    settings: { batch: BATCH, rate: RATE, drop: DROP, beta1: 0.9, beta2: 0.999, eps: 1e-8 },
    given: () => ({
      x: { shape: [rows, 28, 28, 1], data: (data.x.data() as Uint8Array).slice(0, rows * 784) },
      y: { shape: [rows], data: Uint8Array.from(data.y.data().subarray(0, rows)) },
      ...weightsOf(cnn()),
    }),
    check(answer, exact) {
      if (exact) checkSame(losses, answer, TOLERANCE);
    },
  };
  return { section: "train", title: CNN, cases: [own], jobs: [job], options: { rounds, warmUp: 0.3 } };
}
