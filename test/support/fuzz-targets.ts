/** What reads files from outside, with files to begin from. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  Linear,
  LSTM,
  relu,
  Sequential,
} from "../../src/index.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/io/safetensors.ts";
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
  ];
}
