/** The training step: gather a batch, predict, loss, gradients, update, as one program for each size of batch. */
import { NumericError } from "../core/errors.ts";
import type { Feed, Portion } from "../data/feed.ts";
import type { NamedDataset } from "../data/rows.ts";
import { compile } from "../graph/compile.ts";
import { Tensor } from "../graph/tensor.ts";
import { requireFinite } from "../ops/check.ts";
import type { Stream } from "../ops/random.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Progress } from "../optim/rule.ts";
import { checkWalked } from "./check-model.ts";
import { blame } from "./diagnose.ts";
import { forwardRows, type Network } from "./forward.ts";
import { lossOf } from "./objective.ts";
import type { Settled } from "./options.ts";

/** Losses by name; one alone is `loss`. */
export type Losses = Readonly<Record<string, number>>;

/** Takes a step with these rows, and gives its losses. @throws NumericError where one is not finite, saying where from */
export type Step = (portion: Portion, progress: Progress) => Losses;

/** What a step of one's own may use. */
export type StepTools = {
  /** By name: `minimize(loss)` changes the parameters of that field of the model alone, and only if the loss is finite. */
  readonly optimizers: Readonly<Record<string, { minimize(loss: Tensor): void }>>;
  /** Random numbers that the seed governs, and checkpoints keep. */
  readonly random: Stream;
};

type Training = {
  readonly model: Network;
  readonly feed: Feed;
  readonly settled: Settled;
  readonly optimizers: Readonly<Record<string, Optimizer>>;
  readonly random: Stream;
};

/** Stops the program, before anything is changed, unless the loss is finite. */
function guarded(value: Tensor, model: Network): Tensor {
  checkWalked("fit", value, model);
  requireFinite(value, () => new NumericError("fit", "the loss is not finite"));
  return value;
}

export function compileStep({ model, feed, settled, optimizers, random }: Training): Step {
  const { loss, step: own } = settled;
  const all = Object.values(optimizers);
  const named = Object.entries(optimizers).map(([name, optimizer]) => {
    const minimize = (value: Tensor): void => optimizer.minimize(guarded(value, model));
    return [name, { minimize }] as const;
  });
  const tools: StepTools = { optimizers: Object.fromEntries(named), random };
  const plain = (batch: NamedDataset): Tensor => {
    const value = guarded(lossOf(loss!, forwardRows(model, batch.x, "train"), batch), model);
    for (const optimizer of all) optimizer.minimize(value);
    return value;
  };
  const step = compile((...inputs: unknown[]) => {
    const batch = feed.batchOf(inputs);
    const losses = own ? own(batch, tools) : plain(batch);
    return losses instanceof Tensor ? { loss: losses } : losses;
  });
  return (portion, progress) => {
    for (const optimizer of all) optimizer.follow(progress);
    try {
      return Object.fromEntries(Object.entries(step(...portion.inputs)).map(([name, value]) => [name, value.item()]));
    } catch (error) {
      throw blame(error, model, feed.batchOf(portion.inputs), settled, { ...progress, place: (row) => feed.place(portion, row) });
    }
  };
}
