/** What `nabla train CONFIG` reads: a JSON file that describes a network for data, or a module that makes everything itself. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { FormatError } from "../core/errors.ts";
import { adagrad, adam, adamW, type Batches, type Dataset, type FitOptions, type Model, nadam, rmsprop, sgd } from "../index.ts";
import { readBytes } from "../io/file.ts";
import type { Channels } from "../readers/index.ts";
import { chosen, type NetworkConfig } from "./networks.ts";

const RULES = { adagrad, adam, adamW, nadam, rmsprop, sgd };

/** A JSON configuration, for tables, texts and pictures. */
export type DataConfig = {
  /** A CSV, TSV or JSON-lines file, or a folder with a folder of pictures for each class; beside the configuration unless the path is absolute. */
  data: string;
  /** The column to predict, of tables and texts. */
  target?: string;
  /** Columns to leave out. */
  ignore?: readonly string[];
  /** Default: classification where the target holds words, regression where it holds numbers. */
  task?: "classification" | "regression";
  /** The column of texts to learn from, in place of all others. */
  text?: string;
  /** What texts are cut into. Default words. */
  tokens?: "words" | "characters";
  /** Tokens of a text. Default: as many as the longest has. */
  length?: number;
  /** Height and width of pictures. Default [32, 32]. */
  size?: readonly [number, number];
  /** 1, 3 or 4. Default 3. */
  channels?: Channels;
  network?: NetworkConfig;
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
export type ModuleConfig = FitOptions & { model: Model; data: Dataset | Batches; out?: string };

const KEYS = [
  "data",
  "target",
  "ignore",
  "task",
  "text",
  "tokens",
  "length",
  "size",
  "channels",
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

const NETWORK_KEYS = ["activation", "dropout", "embedding"];
const NETWORK_LISTS = ["hidden", "filters"];

function checkNetwork(where: string, network: Readonly<Record<string, unknown>>): void {
  const known = [...NETWORK_LISTS, ...NETWORK_KEYS];
  const foreign = Object.keys(network).find((key) => !known.includes(key));
  if (foreign) throw new FormatError(where, `knows no 'network.${foreign}'`, undefined, known.join(", "));
  for (const key of NETWORK_LISTS)
    if (network[key] !== undefined && !Array.isArray(network[key]))
      throw new FormatError(where, `'network.${key}' is a list of whole numbers`, JSON.stringify(network[key]), "[32]");
}

function check(path: string, config: Record<string, unknown>): DataConfig {
  const where = `train(${path})`;
  const unknown = Object.keys(config).find((key) => !KEYS.includes(key));
  if (unknown) throw new FormatError(where, `knows no '${unknown}'`, undefined, KEYS.join(", "));
  const isTable = /\.(?:csv|tsv|jsonl|ndjson|json)(?:\.gz)?$/i.test(String(config.data));
  for (const key of isTable ? ["data", "target"] : ["data"])
    if (typeof config[key] !== "string") throw new FormatError(where, `needs '${key}', a text`, String(config[key]));
  for (const key of ["network", "optimizer"])
    if (config[key] !== undefined && (typeof config[key] !== "object" || config[key] === null))
      throw new FormatError(where, `'${key}' is an object`, String(config[key]));
  const { task, classWeight, network } = config;
  checkNetwork(where, { ...(network as object | undefined) });
  if (classWeight !== undefined && classWeight !== "balanced")
    throw new FormatError(where, "classWeight is 'balanced'", JSON.stringify(classWeight));
  if (task !== undefined && task !== "classification" && task !== "regression")
    throw new FormatError(where, "task is classification or regression", String(task));
  return config as DataConfig;
}

/** The configuration in a file. @throws FormatError on anything that is none */
export async function readConfig(path: string): Promise<{ data: DataConfig } | { module: ModuleConfig }> {
  const where = `train(${path})`;
  const bytes = await readBytes(path, where);
  if (!path.endsWith(".json")) {
    const { default: module } = (await import(pathToFileURL(resolve(path)).href)) as { default?: ModuleConfig };
    if (!module?.model || !module.data)
      throw new FormatError(where, "a module exports by default { model, data, loss, optimizer, … }", typeof module);
    return { module };
  }
  let config: unknown;
  try {
    config = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new FormatError(where, "must be a JSON file", (cause as Error).message);
  }
  if (typeof config !== "object" || config === null || Array.isArray(config))
    throw new FormatError(where, "must hold an object", JSON.stringify(config));
  return { data: check(path, { ...config }) };
}

/** The optimizer that a configuration describes. */
export function optimizerOf({ optimizer = {} }: DataConfig): FitOptions["optimizer"] {
  const { name = "adam", ...options } = optimizer;
  return chosen<(options: object) => ReturnType<typeof adam>>("optimizer", RULES, name)(options);
}
