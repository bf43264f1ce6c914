/** Steps of a tiny network, where calling is all there is to pay for. */
import { compile, init, Linear, mse, Sequential, sgd, sigmoid, type Tensor, tanh, tensor } from "../../../index.ts";
import { type Case, loop } from "../harness.ts";
import type { Group, Job } from "../workload.ts";
import { checkFall, checkSame, Losses } from "./losses.ts";
import { weightsOf } from "./mlp.ts";

const XOR = "XOR 2-4-1, step of 4";
const RATE = 0.1;
/** What f32 sums in other orders may differ by after 8 steps, relative. */
const TOLERANCE = 1e-4;

const network = (): Sequential => init(new Sequential(new Linear(2, 4), tanh, new Linear(4, 1), sigmoid), { seed: 1 });

const inputs = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const targets = [[0], [1], [1], [0]];

/** @returns the case, and the losses that it met */
function caseOf(): { own: Case; losses: Losses } {
  const losses = new Losses();
  const own: Case = {
    name: XOR,
    unit: "steps/s",
    work: 1,
    setup() {
      const model = network();
      const optimizer = sgd({ lr: RATE }).for(model);
      const step = compile((x: Tensor, y: Tensor) => {
        const loss = mse(model.forward(x), y);
        optimizer.minimize(loss);
        return loss;
      });
      // Called as a user does: tensors passed in, the loss read.
      const [x, y] = [tensor(inputs), tensor(targets)];
      return {
        sample: loop(() => losses.add(step(x, y).item())),
        poison: () => losses.poison(),
        check: () => checkFall(losses.first[0], losses.last),
      };
    },
  };
  return { own, losses };
}

export function xorGroup(rounds: number, sample: number): Group {
  const { own, losses } = caseOf();
  const job: Job = {
    name: "xor",
    of: own,
    settings: { rate: RATE },
    given: () => ({
      x: { shape: [4, 2], data: Float32Array.from(inputs.flat()) },
      y: { shape: [4, 1], data: Float32Array.from(targets.flat()) },
      ...weightsOf(network()),
    }),
    check(answer, exact) {
      if (exact) checkSame(losses, answer, TOLERANCE);
      checkFall(answer.losses?.[0], answer.last);
    },
  };
  return { section: "train", title: XOR, cases: [own], jobs: [job], options: { rounds, sample, warmUp: 0.5 } };
}
