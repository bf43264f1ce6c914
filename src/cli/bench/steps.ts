/** What a user sees: an epoch of the main job, steps of a tiny network, the cost of one op. */
import {
  add,
  compile,
  constant,
  crossEntropy,
  type Dataset,
  Flatten,
  gather,
  init,
  Linear,
  mse,
  Rescale,
  random,
  relu,
  Sequential,
  sgd,
  sigmoid,
  type Tensor,
  tanh,
  tensor,
  xavierUniform,
} from "../../index.ts";
import { type Case, loop } from "./harness.ts";

export const EPOCH = "MNIST 784-50-10, epoch of 56,000";
export const XOR = "XOR 2-4-1, step of 4";

const BATCH = 200;
/** scikit-learn's alpha; it divides by the batch, and spares biases. */
const ALPHA = 1e-4;
/** Mean loss of the first epoch, with L2 or without: scikit-learn 0.3275, PyTorch 0.3202. */
export const FIRST_LOSS = 0.3275;
export const FIRST_LOSS_WITHIN = 0.03;

/** @throws Error unless the first epoch's loss is what other libraries have, and the last is lower */
export function checkLosses(losses: readonly number[]): void {
  const [first, last] = [losses[0]!, losses.at(-1)!];
  if (!(Math.abs(first - FIRST_LOSS) <= FIRST_LOSS_WITHIN))
    throw new Error(`loss of epoch 1 is ${first}, not ${FIRST_LOSS} ± ${FIRST_LOSS_WITHIN}`);
  if (!(last < first)) throw new Error(`loss went from ${first} to ${last}`);
}

/** @throws Error unless the loss fell */
export function checkFall(first: number, last: number): void {
  if (!(last < first)) throw new Error(`loss went from ${first} to ${last}`);
}

/** The main job, an epoch a call: the loop is a user's own, with the loss read at each step. */
export function epochCase(data: Dataset): Case {
  return {
    name: EPOCH,
    unit: "s/epoch",
    work: 1,
    setup() {
      const bare = { init: xavierUniform, biasInit: constant(0) };
      const model = init(
        new Sequential(new Rescale(1 / 255), new Flatten(), new Linear(784, 50, bare), relu, new Linear(50, 10, bare)),
        { seed: 1 },
      );
      const groups = [{ match: /bias$/, weightDecay: 0 }];
      const optimizer = sgd({ lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: ALPHA / BATCH, groups }).for(model);
      const step = compile((index: Tensor) => {
        const loss = crossEntropy(model.forward(gather(data.x, index)), gather(data.y, index));
        optimizer.minimize(loss);
        return loss;
      });
      const order = random(1);
      const n = data.y.size;
      const losses: number[] = [];
      const epoch = () => {
        const rows = order.permutation(n).data() as Int32Array;
        let total = 0;
        for (let at = 0; at < n; at += BATCH) {
          const index = rows.subarray(at, at + BATCH);
          total += step(index).item() * index.length;
        }
        losses.push(total / n);
      };
      return {
        sample: loop(epoch),
        poison: () => losses.push(Number.NaN),
        check: () => checkLosses(losses),
      };
    },
  };
}

/** The compiled step, called as a user does, with tensors passed in and the loss read. */
export const xorCase: Case = {
  name: XOR,
  unit: "steps/s",
  work: 1,
  setup() {
    const model = init(new Sequential(new Linear(2, 4), tanh, new Linear(4, 1), sigmoid), { seed: 1 });
    const optimizer = sgd({ lr: 0.1 }).for(model);
    const step = compile((x: Tensor, y: Tensor) => {
      const loss = mse(model.forward(x), y);
      optimizer.minimize(loss);
      return loss;
    });
    const x = tensor([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    const y = tensor([[0], [1], [1], [0]]);
    const first = step(x, y).item();
    let last = first;
    return {
      sample: loop(() => {
        last = step(x, y).item();
      }),
      poison: () => {
        last = Number.NaN;
      },
      check: () => checkFall(first, last),
    };
  },
};

/** One op on three numbers: what calling costs. */
export const eagerCase: Case = {
  name: "eager add of 3 numbers",
  unit: "µs/call",
  work: 1,
  setup() {
    const a = tensor([1, 2, 3]);
    const b = tensor([4, 5, 6]);
    let c: Tensor | null = null;
    return {
      sample: loop(() => {
        c = add(a, b);
      }),
      poison: () => {
        c = null;
      },
      check() {
        const numbers = c?.data() ?? [];
        if (numbers.join() !== "5,7,9") throw new Error(`1 + 4, 2 + 5, 3 + 6 gave ${numbers.join(", ")}`);
      },
    };
  },
};
