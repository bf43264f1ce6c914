/** A step of training a network in memory: the part that the sequence workloads share. */
import { adam, compile, type Model, parameters, type Tensor } from "../../../index.ts";
import { type Case, loop } from "../harness.ts";
import type { Given, Group, Job } from "../workload.ts";
import { checkFall, checkSame, Losses } from "./losses.ts";

const RATE = 1e-3;
/** What f32 sums in other orders make of losses after 8 steps of Adam, relative. */
const TOLERANCE = 1e-3;

export type SequenceJob = {
  readonly name: string;
  /** What adapters know it by. */
  readonly job: string;
  readonly flop: number;
  /** Sequences a step takes. */
  readonly batch: number;
  readonly settings: Job["settings"];
  /** A network with its first values; the same each time. */
  build(): Model;
  /** Adapters' names of parameters, in the order of the network's fields. */
  readonly names: readonly string[];
  /** Inputs and targets, which stay. */
  readonly x: Tensor;
  readonly y: Tensor;
  loss(prediction: Tensor, target: Tensor): Tensor;
};

function givenBy({ build, names, x, y }: SequenceJob): Given {
  const weights = [...parameters(build()).values()].map((parameter, i) => {
    const { shape } = parameter;
    return [names[i]!, { shape, data: parameter.data() as Float32Array }] as const;
  });
  const numbers = ({ shape, data }: { shape: readonly number[]; data: Float32Array | Int32Array }) => ({ shape, data });
  return {
    x: numbers({ shape: x.shape, data: x.data() as Float32Array }),
    y: numbers({ shape: y.shape, data: y.data() as Float32Array | Int32Array }),
    ...Object.fromEntries(weights),
  };
}

/** Adam on the same rows again and again: without dropout everybody's losses must agree. */
export function sequenceGroup(job: SequenceJob, rounds: number): Group {
  const losses = new Losses();
  const own: Case = {
    name: job.name,
    unit: "ms/step",
    work: 1,
    flop: job.flop,
    items: job.batch,
    setup() {
      const model = job.build();
      const optimizer = adam({ lr: RATE }).for(model);
      const step = compile((x: Tensor, y: Tensor) => {
        const loss = job.loss(model.forward(x, "train"), y);
        optimizer.minimize(loss);
        return loss;
      });
      return {
        sample: loop(() => losses.add(step(job.x, job.y).item())),
        poison: () => losses.poison(),
        check: () => checkFall(losses.first[0], losses.last),
      };
    },
  };
  const others: Job = {
    name: job.job,
    of: own,
    settings: { rate: RATE, beta1: 0.9, beta2: 0.999, eps: 1e-8, ...job.settings },
    given: () => givenBy(job),
    check: (answer) => checkSame(losses, answer, TOLERANCE),
  };
  return { section: "train", title: job.name, cases: [own], jobs: [others], options: { rounds, warmUp: 0.3 } };
}
