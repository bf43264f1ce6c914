/** `nabla train CONFIG`: a network for a table, for texts or for pictures, or whatever a module makes. */
import { dirname, resolve } from "node:path";
import {
  crossEntropy,
  type Dataset,
  earlyStopping,
  type FitOptions,
  fit,
  ImagePreparation,
  type Model,
  mse,
  type Preparation,
  type RawRows,
  save,
  split,
  type Table,
  TablePreparation,
  TextPreparation,
  weightsHash,
} from "../index.ts";
import { readImageFolder } from "../readers/index.ts";
import { type DataConfig, type ModuleConfig, optimizerOf, readConfig } from "./config.ts";
import { checkWritable, isFolder, readTable } from "./files.ts";
import { interrupted, type Keeping, keptIn } from "./interrupt.ts";
import { measured } from "./measure.ts";
import { networkOf } from "./networks.ts";

export type TrainConfigOptions = Keeping & { out?: string };

const OUT = "model.safetensors";

async function trainModule({ model, data, out = OUT, ...options }: ModuleConfig, given: TrainConfigOptions): Promise<void> {
  const path = given.out ?? out;
  await checkWritable(path, "train: --out");
  await fit(model, data, { ...options, ...keptIn(given) });
  if (interrupted()) return;
  await save(model, path);
  console.log(`weights ${await weightsHash(model)}\nsaved to ${path}`);
}

type Learning = Preparation & { fitTransform(rows: RawRows): Dataset };

/** Raw rows, and what makes numbers of them. */
type Source = { rows: Table | Dataset; preparation: Learning; of: string };

async function sourceOf(path: string, config: DataConfig): Promise<Source> {
  const { target, ignore, text, tokens, length, size = [32, 32], channels = 3 } = config;
  const task = config.task && { task: config.task };
  if (await isFolder(path)) {
    const rows = await readImageFolder(path, { size, channels });
    return { rows, preparation: new ImagePreparation({ size, channels }), of: `classification of pictures` };
  }
  const rows = await readTable(path);
  for (const name of [target ?? "", ...(text === undefined ? [] : [text])]) rows.column(name);
  const columns = { target: target!, ...(ignore && { ignore }), ...task };
  const preparation =
    text === undefined
      ? (new TablePreparation(columns) as Learning)
      : new TextPreparation({ text, target: target!, ...task, ...(tokens && { tokens }), ...(length && { length }) });
  return { rows, preparation, of: `of '${target}'` };
}

async function trainData(path: string, config: DataConfig, given: TrainConfigOptions): Promise<void> {
  const { epochs = 100, batchSize = 32, seed = 0, validation = 0.2, test = 0.2, patience = 10, classWeight } = config;
  const out = given.out ?? config.out ?? OUT;
  await checkWritable(out, "train: --out");
  const kept = keptIn(given);
  const { rows, preparation, of } = await sourceOf(resolve(dirname(path), config.data), config);
  const parts = split(rows, { train: 1 - test, test }, { seed });
  const train = preparation.fitTransform(parts.train as RawRows);
  const rest = preparation.transform(parts.test as RawRows);
  const model: Model = networkOf(config, train, preparation);
  const [n, m] = [train.x.shape[0]!, rest.x.shape[0]!];
  const task = of.startsWith("of") ? `${train.classes ? "classification" : "regression"} ${of}` : of;
  console.log(`${n + m} rows: ${n} to train, ${m} to test · ${task}`);
  const options: FitOptions = {
    loss: train.classes ? crossEntropy : mse,
    optimizer: optimizerOf(config),
    epochs,
    batchSize,
    seed,
    validation,
    callbacks: [earlyStopping({ patience })],
    ...(classWeight && { classWeight }),
    ...kept,
  };
  await fit(model, train, options);
  if (interrupted()) return;
  console.log(`\non ${m} test rows:\n${await measured(model, preparation, rest)}`);
  await save(model, out);
  console.log(`\nweights ${await weightsHash(model)}\nsaved to ${out}`);
}

/** Trains as the file says, and saves the model. */
export async function trainConfig(path: string, options: TrainConfigOptions): Promise<void> {
  const config = await readConfig(path);
  await ("data" in config ? trainData(path, config.data, options) : trainModule(config.module, options));
}
