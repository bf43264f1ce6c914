/** What `nabla train CONFIG` reads: a JSON file that describes a network for a table, or a module that makes everything itself. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { FormatError, ValueError } from "../core/errors.ts";
import {
  adagrad,
  adam,
  adamW,
  type Dataset,
  Dropout,
  elu,
  type FitOptions,
  gelu,
  type Layer,
  Linear,
  leakyRelu,
  type Model,
  nadam,
  relu,
  rmsprop,
  Sequential,
  sgd,
  sigmoid,
  silu,
  tanh,
} from "../index.ts";
import type { Columns } from "./table-inputs.ts";

const RULES = { adagrad, adam, adamW, nadam, rmsprop, sgd };
const ACTIVATIONS = { elu, gelu, leakyRelu, relu, sigmoid, silu, tanh };

/** A JSON configuration, for tables. */
export type TableConfig = Columns & {
  /** A CSV, TSV or JSON-lines file, beside the configuration unless the path is absolute. */
  data: string;
  network?: { hidden?: readonly number[]; activation?: keyof typeof ACTIVATIONS; dropout?: number };
  optimizer?: { name?: keyof typeof RULES } & Readonly<Record<string, unknown>>;
  epochs?: number;
  batchSize?: number;
  seed?: number;
  /** Shares of the rows. Defaults 0.2 and 0.2. */
  validation?: number;
  test?: number;
  /** Epochs without a better validation loss. Default 10. */
  patience?: number;
  classWeight?: "balanced";
  /** The model's file. Default model.safetensors. */
  out?: string;
};

/** What a module exports by default. */
export type ModuleConfig = FitOptions & { model: Model; data: Dataset; out?: string };

const KEYS = [
  "data",
  "target",
  "ignore",
  "task",
  "network",
  "optimizer",
  "epochs",
  "batchSize",
  "seed",
  "validation",
  "test",
  "patience",
  "classWeight",
  "out",
];

function check(path: string, config: Record<string, unknown>): TableConfig {
  const where = `train(${path})`;
  const unknown = Object.keys(config).find((key) => !KEYS.includes(key));
  if (unknown) throw new FormatError(where, `knows no '${unknown}'`, undefined, KEYS.join(", "));
  for (const key of ["data", "target"])
    if (typeof config[key] !== "string") throw new FormatError(where, `needs '${key}', a text`, String(config[key]));
  for (const key of ["network", "optimizer"])
    if (config[key] !== undefined && (typeof config[key] !== "object" || config[key] === null))
      throw new FormatError(where, `'${key}' is an object`, String(config[key]));
  const { task } = config;
  if (task !== undefined && task !== "classification" && task !== "regression")
    throw new FormatError(where, "task is classification or regression", String(task));
  return config as TableConfig;
}

/** The configuration in a file. @throws FormatError on anything that is none */
export async function readConfig(path: string): Promise<{ table: TableConfig } | { module: ModuleConfig }> {
  const where = `train(${path})`;
  if (!path.endsWith(".json")) {
    const { default: module } = (await import(pathToFileURL(resolve(path)).href)) as { default?: ModuleConfig };
    if (!module?.model || !module.data)
      throw new FormatError(where, "a module exports by default { model, data, loss, optimizer, … }", typeof module);
    return { module };
  }
  let config: unknown;
  try {
    config = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new FormatError(where, "must be a JSON file", String(cause));
  }
  if (typeof config !== "object" || config === null || Array.isArray(config))
    throw new FormatError(where, "must hold an object", JSON.stringify(config));
  return { table: check(path, { ...config }) };
}

function chosen<T>(where: string, from: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(from, name) ? from[name] : undefined;
  if (found === undefined) throw new ValueError("train", `knows no ${where} '${name}'`, undefined, Object.keys(from).join(", "));
  return found;
}

/** The network that a configuration describes. */
export function networkOf({ network = {} }: TableConfig, inputs: number, outputs: number): Sequential {
  const { hidden = [32], activation = "relu", dropout = 0 } = network;
  const activate = chosen("activation", ACTIVATIONS, activation);
  const layers: Layer[] = [];
  let width = inputs;
  for (const next of hidden) {
    layers.push(new Linear(width, next), activate as Layer);
    if (dropout > 0) layers.push(new Dropout(dropout));
    width = next;
  }
  return new Sequential(...layers, new Linear(width, outputs));
}

/** The optimizer that a configuration describes. */
export function optimizerOf({ optimizer = {} }: TableConfig): FitOptions["optimizer"] {
  const { name = "adam", ...options } = optimizer;
  return chosen<(options: object) => ReturnType<typeof adam>>("optimizer", RULES, name)(options);
}
