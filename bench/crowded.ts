/**
 * Whether threads lose where other processes hold the cores: node bench/crowded.ts [--hogs 0,1,2] [--rounds 9] [--threads 2] [--steady]
 *
 * A process with one thread and one with several take turns, an epoch of the article's network and steps of a convolutional one each,
 * beside so many processes that do nothing but run. Prints the time of one thread over that of several, of medians and of the best.
 * --steady: threads are never left out.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import {
  adam,
  Conv2d,
  compile,
  configure,
  crossEntropy,
  Flatten,
  init,
  Linear,
  MaxPool2d,
  random,
  relu,
  Sequential,
  sgd,
  type Tensor,
} from "../src/index.ts";
import { engineOf } from "../src/wasm/engine.ts";

const { values } = parseArgs({
  options: {
    hogs: { type: "string", default: "0,1,2" },
    rounds: { type: "string", default: "9" },
    threads: { type: "string", default: "2" },
    steady: { type: "boolean", default: false },
    work: { type: "string" },
  },
});

type Step = () => void;

/** The article's network, or a convolutional one, on noise. */
function steps(): Record<string, Step> {
  const stream = random(1);
  const label = (n: number): Tensor => stream.uniform([n], 0, 10).cast("i32");
  const make = (model: Sequential, rule: typeof sgd | typeof adam, x: Tensor, y: Tensor, times: number): Step => {
    const optimizer = rule({ lr: 1e-3 }).for(init(model, { seed: 1 }));
    const step = compile((x: Tensor, y: Tensor) => {
      const loss = crossEntropy(model.forward(x, "train"), y);
      optimizer.minimize(loss);
      return loss;
    });
    return () => {
      for (let i = 0; i < times; ++i) step(x, y);
    };
  };
  const mlp = new Sequential(new Linear(784, 50), relu, new Linear(50, 10));
  const features = [new Conv2d(1, 32, 3), relu, new MaxPool2d(2), new Conv2d(32, 64, 3), relu, new MaxPool2d(2)];
  const cnn = new Sequential(...features, new Flatten(), new Linear(1600, 10));
  return {
    "MLP, 280 steps of 200": make(mlp, sgd, stream.uniform([200, 784]), label(200), 280),
    "CNN, 8 steps of 128": make(cnn, adam, stream.uniform([128, 28, 28, 1]), label(128), 8),
  };
}

/** A process that runs what it is told and says how long that took, in ms. */
function serve(threads: number): void {
  configure({ threads });
  engineOf().paced = !values.steady;
  const all = steps();
  process.on("message", (name: string) => {
    const start = performance.now();
    all[name]!();
    process.send!(performance.now() - start);
  });
  process.send!(Object.keys(all));
}

async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const [answer] = await once(child, "message");
  return answer as Answer;
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1]!;
}

async function measure(): Promise<void> {
  const start = (threads: string): ChildProcess =>
    fork(import.meta.filename, ["--work", threads, ...(values.steady ? ["--steady"] : [])]);
  const children = [start("1"), start(values.threads)] as const;
  const [names] = await Promise.all(children.map((child) => answerOf<string[]>(child)));
  const run = (child: ChildProcess, name: string): Promise<number> => {
    child.send(name);
    return answerOf<number>(child);
  };
  for (const name of names!) for (const child of children) for (let i = 0; i < 3; ++i) await run(child, name);
  for (const count of values.hogs.split(",").map(Number)) {
    const hogs = Array.from({ length: count }, () => spawn(process.execPath, ["-e", "for (;;);"]));
    for (const name of names!) {
      const times: [number[], number[]] = [[], []];
      for (let round = 0; round < Number(values.rounds); ++round)
        for (const [i, child] of children.entries()) times[i as 0 | 1].push(await run(child, name));
      const [one, several] = times;
      const best = Math.min(...one) / Math.min(...several);
      console.log(
        `${count} hogs, ${name}: ${median(one).toFixed(0)} ms on one thread, ${median(several).toFixed(0)} on ${values.threads}: ` +
          `${(median(one) / median(several)).toFixed(2)} × at the median, ${best.toFixed(2)} × best`,
      );
    }
    for (const hog of hogs) hog.kill();
  }
  for (const child of children) child.kill();
}

if (values.work) serve(Number(values.work));
else await measure();
