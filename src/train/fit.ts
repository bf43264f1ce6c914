/** `fit`: the training loop. */
import { attach } from "../data/attached.ts";
import type { Dataset } from "../data/dataset.ts";
import type { BatchStream } from "../data/feed.ts";
import type { NamedDataset } from "../data/rows.ts";
import { initMissing, type Model } from "../nn/model.ts";
import type { Network } from "./forward.ts";
import type { History } from "./history.ts";
import { keeping } from "./keeping.ts";
import { type FitOptions, type OwnStep, settle, withValidation } from "./options.ts";
import { Run } from "./run.ts";
import { verdict } from "./verdict.ts";
import { weightsOf } from "./weights.ts";

/**
 * Trains a model on data.
 *
 * Prints what runs, a line of progress, and what came of it in words, unless `verbose` is false. Gives other work a turn every few
 * milliseconds. Parameters that have values (from `init`, a file, an earlier `fit`) go on from there. With `checkpoint`, training
 * goes on after the process was killed as if it never had been, to the last bit.
 *
 * @param model anything with `forward(x, mode)`; with a `step` of one's own, any object whose fields hold networks
 * @param data x [n, …], y [n, …], and perhaps weight [n]; x and y may be several tensors by name, which reach `forward` as such; or a
 *   stream, `batches(…)`, which need not fit into memory, and has its own `batchSize` and `shuffle`
 * @returns losses, metrics and seconds of each epoch
 * @throws ValueError on empty data, x and y of different length, a label out of range (which row), a parameter out of the walk's sight
 * @throws NumericError when data or loss are not finite, naming epoch, step and layer; parameters are then as before that step
 * @throws FormatError when a checkpoint to resume is damaged, or of another training; nothing is changed then
 * @example await fit(model, train, { loss: crossEntropy, optimizer: adam(), epochs: 5 })
 */
export async function fit(model: Model, data: Dataset, options: FitOptions): Promise<History>;
export async function fit(model: Network, data: NamedDataset | BatchStream, options: FitOptions): Promise<History>;
export async function fit(
  model: object,
  data: NamedDataset | BatchStream,
  options: FitOptions & { step: OwnStep },
): Promise<History>;
export async function fit(model: object, data: NamedDataset | BatchStream, options: FitOptions): Promise<History> {
  const settled = settle(data, options);
  const { train: rows, watched } = await withValidation(data, settled);
  const weight = weightsOf(rows, settled.classWeight);
  const train = weight ? { ...rows, weight } : rows;
  initMissing(model, options.seed);
  attach(model, data);
  const run = new Run(model as Network, train, watched, settled);
  if (settled.checkpoint) await keeping()(run, settled.checkpoint);
  return run.train((history) => verdict(history, train.y, settled.loss !== undefined));
}
