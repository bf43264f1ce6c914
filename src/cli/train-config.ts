/** `nabla train CONFIG`: a network for a table, or whatever a module makes. */
import { dirname, resolve } from "node:path";
import { crossEntropy, earlyStopping, type FitOptions, fit, type Model, mse, save, split, weightsHash } from "../index.ts";
import { type ModuleConfig, networkOf, optimizerOf, readConfig, type TableConfig } from "./config.ts";
import { readTable, saveWithTable } from "./files.ts";
import { interrupted, type Keeping, keptIn } from "./interrupt.ts";
import { measured } from "./measure.ts";
import { TableInputs } from "./table-inputs.ts";

export type TrainConfigOptions = Keeping & { out?: string };

const OUT = "model.safetensors";

async function trainModule({ model, data, out = OUT, ...options }: ModuleConfig, given: TrainConfigOptions): Promise<void> {
  await fit(model, data, { ...options, ...keptIn(given) });
  if (interrupted()) return;
  const path = given.out ?? out;
  await save(model, path);
  console.log(`weights ${await weightsHash(model)}\nsaved to ${path}`);
}

async function trainTable(path: string, config: TableConfig, given: TrainConfigOptions): Promise<void> {
  const { epochs = 100, batchSize = 32, seed = 0, validation = 0.2, test = 0.2, patience = 10, classWeight } = config;
  const table = await readTable(resolve(dirname(path), config.data));
  const parts = split(table, { train: 1 - test, test }, { seed });
  const inputs = TableInputs.fit(parts.train, config);
  const train = inputs.dataset(parts.train);
  const isNumber = inputs.task === "regression";
  const model: Model = networkOf(config, train.x.shape[1]!, isNumber ? 1 : inputs.classes.length);
  console.log(
    `${table.rows} rows: ${parts.train.rows} to train, ${parts.test.rows} to test · ${inputs.task} of '${inputs.target}'`,
  );
  const options: FitOptions = {
    loss: isNumber ? mse : crossEntropy,
    optimizer: optimizerOf(config),
    epochs,
    batchSize,
    seed,
    validation,
    callbacks: [earlyStopping({ patience })],
    ...(classWeight && { classWeight }),
    ...keptIn(given),
  };
  await fit(model, train, options);
  if (interrupted()) return;
  console.log(`\non ${parts.test.rows} test rows:\n${await measured(model, inputs, parts.test)}`);
  const out = given.out ?? config.out ?? OUT;
  await saveWithTable(model, inputs, out);
  console.log(`\nweights ${await weightsHash(model)}\nsaved to ${out}`);
}

/** Trains as the file says, and saves the model. */
export async function trainConfig(path: string, options: TrainConfigOptions): Promise<void> {
  const config = await readConfig(path);
  await ("table" in config ? trainTable(path, config.table, options) : trainModule(config.module, options));
}
