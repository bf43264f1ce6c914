/** What reads files from outside, with files to begin from. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode as png } from "fast-png";
import { gzipSync, zipSync } from "fflate";
import * as jpeg from "jpeg-js";
import { optimizerOf, readConfig } from "../../src/cli/config.ts";
import { networkOf } from "../../src/cli/networks.ts";
import { decodeIdx } from "../../src/datasets/idx.ts";
import {
  adam,
  BatchNorm,
  Conv2d,
  crossEntropy,
  Dropout,
  decodeModel,
  Embedding,
  encodeModel,
  Flatten,
  fit,
  KNeighborsClassifier,
  Linear,
  LogisticRegression,
  LSTM,
  MLPClassifier,
  Pipeline,
  relu,
  Sequential,
  StandardScaler,
  Table,
  TablePreparation,
  tensor,
} from "../../src/index.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/io/safetensors.ts";
import {
  decodeImage,
  decodeNpy,
  decodeWav,
  encodeNpy,
  parseCsv,
  parseTsv,
  readJsonLines,
  readNpz,
  readText,
} from "../../src/readers/index.ts";
import { restoreCheckpoint } from "../../src/train/checkpoint.ts";
import { settle } from "../../src/train/options.ts";
import { Run } from "../../src/train/run.ts";
import type { Target } from "./mutate.ts";
import { blobs } from "./problems.ts";

const small = (): Sequential => new Sequential(new Linear(2, 4), new BatchNorm(4), relu, new Dropout(0.2), new Linear(4, 3));

async function checkpoints(): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), "nabla-fuzz-"));
  const path = join(folder, "checkpoint.safetensors");
  const options = { loss: crossEntropy, optimizer: adam(), epochs: 2, batchSize: 8, verbose: false };
  await fit(small(), blobs(30), { ...options, checkpoint: { path } });
  const whole = new Uint8Array(readFileSync(path));
  rmSync(folder, { recursive: true });
  const run = new Run(small(), blobs(30), null, settle(blobs(30), options));
  return { name: "checkpoints", corpus: [whole], read: (bytes) => restoreCheckpoint(run, bytes, "fuzz") };
}

type Bytes = Uint8Array<ArrayBuffer>;

const file = (name: string): Bytes => new Uint8Array(readFileSync(new URL(`../files/${name}`, import.meta.url)));
const bytesOf = (text: string): Bytes => new Uint8Array(new TextEncoder().encode(text));
const textOf = (bytes: Bytes): string => new TextDecoder().decode(bytes);

/** Estimators, whose files hold more than weights. */
async function estimators(): Promise<Target> {
  const [x, y] = [[[0, 1], [1, 0], [2, 2], [3, 1]], ["a", "b", "a", "b"]]; // biome-ignore format: one line
  const pipeline = new Pipeline([["scale", new StandardScaler()], ["model", new LogisticRegression({ maxIter: 5 })]]); // biome-ignore format: one line
  const corpus = [
    await new MLPClassifier({ hiddenLayerSizes: [3], maxIter: 2 }).fit(x, y),
    await pipeline.fit(x, y),
    await new KNeighborsClassifier({ nNeighbors: 2 }).fit(x, y),
  ].map((estimator) => encodeModel(estimator));
  return { name: "estimators", corpus, read: (bytes) => decodeModel<MLPClassifier>(bytes).predict(x) };
}

/** What `nabla train` is told. */
function configurations(): Target {
  const folder = mkdtempSync(join(tmpdir(), "nabla-fuzz-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "config.json");
  const config = {
    data: "a.csv",
    target: "y",
    network: { hidden: [8, 4], activation: "relu" },
    optimizer: { name: "sgd", lr: 0.1 },
  };
  const table = new TablePreparation({ target: "y" });
  const rows = table.fitTransform(Table.fromRecords([{ a: 1, y: "no" }, { a: 2, y: "yes" }])); // biome-ignore format: one line
  const read = async (bytes: Bytes): Promise<unknown> => {
    writeFileSync(path, bytes);
    const read = await readConfig(path);
    return "data" in read && [networkOf(read.data, rows, table), optimizerOf(read.data)];
  };
  return { name: "configurations", corpus: [bytesOf(JSON.stringify({ ...config, epochs: 3, seed: 1 }))], read };
}

/** Files of others. */
function readers(): Target[] {
  const pixels = Uint8Array.from({ length: 12 * 10 * 4 }, (_, i) => (i * 37) % 256);
  const array = encodeNpy(tensor([1, 2, 3, 4]));
  const table = file("penguins.csv").slice(0, 2000);
  const lines = bytesOf('{"a": 1, "b": "x"}\n{"a": null}\n');
  const picture = new Uint8Array(png({ width: 12, height: 10, channels: 4, data: pixels }));
  const idx = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 3, ...pixels.subarray(0, 18));
  return [
    { name: "CSV", corpus: [table], read: (bytes) => parseCsv(textOf(bytes)) },
    { name: "TSV", corpus: [bytesOf(textOf(table).replaceAll(",", "\t"))], read: (bytes) => parseTsv(textOf(bytes)) },
    { name: "JSON lines", corpus: [lines], read: (bytes) => readJsonLines(bytes) },
    { name: "gzipped text", corpus: [new Uint8Array(gzipSync(table))], read: (bytes) => readText(bytes) },
    { name: "NPY", corpus: [array, encodeNpy(tensor([[1, 2], [3, 4]]).cast("i32"))], read: (bytes) => decodeNpy(bytes) }, // biome-ignore format: one line
    { name: "NPZ", corpus: [new Uint8Array(zipSync({ "x.npy": array, "y.npy": array }))], read: readNpz },
    { name: "WAV", corpus: [file("7_theo_0.wav").slice(0, 1044)], read: (bytes) => decodeWav(bytes) },
    { name: "PNG", corpus: [picture, file("palette_color.png"), file("palette_gray.png")], read: (bytes) => decodeImage(bytes) },
    {
      name: "JPEG",
      corpus: [new Uint8Array(jpeg.encode({ width: 12, height: 10, data: pixels }, 50).data)],
      read: (bytes) => decodeImage(bytes),
    },
    { name: "IDX", corpus: [idx], read: (bytes) => decodeIdx(bytes, 3, "fuzz") },
  ];
}

export async function targets(): Promise<Target[]> {
  const models = [
    small(),
    new Sequential(new Conv2d(1, 2, 3, { padding: 1 }), relu, new Flatten(), new Linear(32, 2)),
    new Sequential(new Embedding(7, 3), new LSTM(3, 4, { returns: "last" })),
  ].map((model) => encodeModel(model));
  const arrays = encodeSafetensors(
    [
      { name: "a", dtype: "f32", shape: [2, 3], data: new Float32Array(6) },
      { name: "b", dtype: "u8", shape: [5], data: new Uint8Array(5) },
    ],
    { note: "text" },
  );
  return [
    { name: "safetensors", corpus: [arrays, ...models], read: (bytes) => decodeSafetensors(bytes, "fuzz") },
    { name: "models", corpus: models, read: (bytes) => decodeModel(bytes) },
    { name: "models into a model", corpus: models.slice(0, 1), read: (bytes) => decodeModel(bytes, small()) },
    await checkpoints(),
    await estimators(),
    configurations(),
    ...readers(),
  ];
}
