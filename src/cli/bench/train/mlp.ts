/** The main job: the article's network on MNIST, an epoch of 56,000 digits; with a loop of one's own, and with `fit`. */
import {
  compile,
  constant,
  crossEntropy,
  type Dataset,
  Flatten,
  fit,
  gather,
  init,
  Linear,
  parameters,
  Rescale,
  random,
  relu,
  Sequential,
  sgd,
  type Tensor,
  xavierUniform,
} from "../../../index.ts";
import { type Case, loop } from "../harness.ts";
import type { Given, Group, Job } from "../workload.ts";
import { checkFall, Losses } from "./losses.ts";

const EPOCH = "MNIST 784-50-10, epoch of 56,000";

const BATCH = 200;
const RATE = 0.1;
const MOMENTUM = 0.9;
/** scikit-learn's alpha; it divides by the batch, and spares biases. */
const ALPHA = 1e-4;
/** Two products forward; backward two for the weights, and one for the hidden layer. */
const FLOP_PER_ROW = 2 * (784 * 50 * 2 + 50 * 10 * 3);
/** Mean loss of the first epoch, with L2 or without: scikit-learn 0.3275, PyTorch 0.3202. */
export const FIRST_LOSS = 0.3275;
export const FIRST_LOSS_WITHIN = 0.03;

/** @throws Error unless the first epoch's loss is what other libraries have, and the last is lower */
export function checkEpochs(first: number | undefined, last: number | undefined): void {
  if (!(Math.abs(first! - FIRST_LOSS) <= FIRST_LOSS_WITHIN))
    throw new Error(`loss of epoch 1 is ${first}, not ${FIRST_LOSS} ± ${FIRST_LOSS_WITHIN}`);
  checkFall(first, last);
}

/** 784-50-10 with ReLU, for pixels from 0 to 1. */
export function mlp(): Sequential {
  const bare = { init: xavierUniform, biasInit: constant(0) };
  return init(new Sequential(new Flatten(), new Linear(784, 50, bare), relu, new Linear(50, 10, bare)), { seed: 1 });
}

/** The network behind a scale that makes bytes into numbers from 0 to 1. */
export function forBytes(network: Sequential): Sequential {
  return new Sequential(new Rescale(1 / 255), network);
}

const rule = () =>
  sgd({
    lr: RATE,
    momentum: MOMENTUM,
    nesterov: true,
    weightDecay: ALPHA / BATCH,
    groups: [{ match: /bias$/, weightDecay: 0 }],
  });

/** A model's weights by names without the places of layers in between: `w1, b1, w2, …`. */
export function weightsOf(model: object): Given {
  const named = [...parameters(model).values()].map((parameter, i) => {
    const { shape } = parameter;
    return [`${i % 2 ? "b" : "w"}${(i >> 1) + 1}`, { shape, data: parameter.data() as Float32Array }] as const;
  });
  return Object.fromEntries(named);
}

/** An epoch a call: the loop is a user's own, with the loss read at each step. */
export function epochCase(data: Dataset): Case {
  const n = data.y.size;
  return {
    name: EPOCH,
    unit: "s/epoch",
    work: 1,
    flop: n * FLOP_PER_ROW,
    items: n,
    setup() {
      const model = forBytes(mlp());
      const optimizer = rule().for(model);
      const step = compile((index: Tensor) => {
        const loss = crossEntropy(model.forward(gather(data.x, index)), gather(data.y, index));
        optimizer.minimize(loss);
        return loss;
      });
      const order = random(1);
      const losses = new Losses();
      const epoch = () => {
        const rows = order.permutation(n).data() as Int32Array;
        let total = 0;
        for (let at = 0; at < n; at += BATCH) {
          const index = rows.subarray(at, at + BATCH);
          total += step(index).item() * index.length;
        }
        losses.add(total / n);
      };
      return {
        sample: loop(epoch),
        poison: () => losses.poison(),
        check: () => checkEpochs(losses.first[0], losses.last),
      };
    },
  };
}

/** The same by `fit`, which compiles anew each time and gives other work its turns. */
function fitCase(data: Dataset): Case {
  const n = data.y.size;
  return {
    name: `${EPOCH}, by fit`,
    unit: "s/epoch",
    work: 1,
    flop: n * FLOP_PER_ROW,
    items: n,
    setup() {
      const losses = new Losses();
      const model = forBytes(mlp());
      const options = { loss: crossEntropy, optimizer: rule(), batchSize: BATCH, epochs: 1, verbose: false };
      return {
        async sample(calls) {
          const start = performance.now();
          for (let i = 0; i < calls; ++i) losses.add((await fit(model, data, options)).loss[0]!);
          return { seconds: (performance.now() - start) / 1000, calls };
        },
        poison: () => losses.poison(),
        check: () => checkEpochs(losses.first[0], losses.last),
      };
    },
  };
}

function job(of: Case, { x, y }: Dataset): Job {
  return {
    name: "mnist",
    of,
    settings: { batch: BATCH, rate: RATE, momentum: MOMENTUM, alpha: ALPHA },
    given: () => ({
      x: { shape: x.shape, data: x.data() as Uint8Array },
      y: { shape: y.shape, data: Uint8Array.from(y.data()) },
      ...weightsOf(mlp()),
    }),
    // Each takes the rows in an order of its own, and scikit-learn draws its own weights.
    check: ({ losses, last }, exact) => (exact ? checkEpochs(losses?.[0], last) : checkFall(losses?.[0], last)),
  };
}

/** @param data the 56,000 training rows */
export function mlpGroup(data: Dataset, rounds: number): Group {
  const own = epochCase(data);
  return { section: "train", title: EPOCH, cases: [own, fitCase(data)], jobs: [job(own, data)], options: { rounds } };
}
