/** `nabla profile`: where the time of a compiled step goes, instruction by instruction. */
import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { mnist } from "../datasets/mnist.ts";
import {
  type Compiled,
  compile,
  crossEntropy,
  Flatten,
  init,
  Linear,
  profile,
  Rescale,
  relu,
  Sequential,
  sgd,
  type Tensor,
} from "../index.ts";

export type ProfileOptions = {
  /** Where to write the figures. */
  json?: string;
};

/** A compiled function, and what to call it with. */
type Call = readonly [step: Compiled<readonly unknown[], unknown>, ...args: unknown[]];

const BATCH = 200;

/** The article's training step, on the first rows of its data. */
async function mnistStep(): Promise<Call> {
  const { x, y } = await mnist();
  const model = init(new Sequential(new Rescale(1 / 255), new Flatten(), new Linear(784, 50), relu, new Linear(50, 10)));
  const optimizer = sgd({ lr: 0.1, momentum: 0.9, nesterov: true }).for(model);
  const step = compile((index: Tensor) => {
    const loss = crossEntropy(model.forward(x.gather(index)), y.gather(index));
    optimizer.minimize(loss);
    return loss;
  });
  return [step as Compiled<readonly unknown[], unknown>, Int32Array.from({ length: BATCH }, (_, i) => i)];
}

/** What a module of the user's exports. */
async function callIn(file: string): Promise<Call> {
  if (!existsSync(file)) throw new Error(`profile: there is no file '${file}'`);
  const { default: call } = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
  if (Array.isArray(call) && typeof call[0] === "function" && "prepared" in call[0]) return call as readonly unknown[] as Call;
  throw new Error(`profile: '${file}' must export by default [step, …arguments], with a step that compile made`);
}

/**
 * Measures and prints a table; writes it as JSON too, if asked.
 *
 * @param what "mnist", or a module whose default export is `[step, …arguments]`
 */
export async function profileCommand(what: string, { json }: ProfileOptions): Promise<void> {
  const [step, ...args] = what === "mnist" ? await mnistStep() : await callIn(what);
  const found = profile(step, ...args);
  console.log(String(found));
  if (json) writeFileSync(json, `${JSON.stringify(found, null, 2)}\n`);
}
