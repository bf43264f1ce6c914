/**
 * Trains with augmentation, dropout and Adam, a checkpoint every few steps, from where the last process was killed. Argument: the file. Tells
 * on standard output, at once: `s` behind a step, `w` when a checkpoint begins to be written, `d` when it is done; `=` and the hash of
 * the weights at the end.
 */
import fs from "node:fs";
import {
  Augment,
  adam,
  checkpointFile,
  crossEntropy,
  Dropout,
  Flatten,
  fit,
  Linear,
  relu,
  Sequential,
  tensor,
  weightsHash,
} from "../../../../src/index.ts";
import { generator } from "../../../support/problems.ts";

const [ROWS, SIDE, CLASSES] = [500, 8, 5];
const WIDTH = SIDE * SIDE;
const [path = "", every = "3"] = process.argv.slice(2);

const tell = (word: string): void => void fs.writeSync(1, word);
const { open, rename } = fs.promises;
fs.promises.open = async (...given: Parameters<typeof open>) => {
  if (String(given[0]).endsWith(".tmp")) tell("w");
  return open(...given);
};
fs.promises.rename = async (...given: Parameters<typeof rename>) => {
  await rename(...given);
  tell("d");
};

const next = generator(9);
const labels = Int32Array.from({ length: ROWS }, (_, row) => row % CLASSES);
const x = Float32Array.from({ length: ROWS * WIDTH }, (_, i) => next() + (i % CLASSES === labels[Math.floor(i / WIDTH)] ? 0.5 : 0));
const data = { x: tensor(x, { shape: [ROWS, SIDE, SIDE, 1] }), y: tensor(labels) };
const augment = new Augment({ mirror: "horizontal", rotation: 10, shift: 0.1, brightness: 0.1, noise: 0.1, cutout: 2 });
const model = new Sequential(augment, new Flatten(), new Linear(WIDTH, 400), relu, new Dropout(0.4), new Linear(400, CLASSES));
await fit(model, data, {
  loss: crossEntropy,
  optimizer: adam({ lr: 1e-3 }),
  epochs: 6,
  batchSize: 20,
  validation: 0.2,
  seed: 3,
  verbose: false,
  on: { step: () => tell("s") },
  // A bundle holds what is imported: this program is bundled.
  ...(path && { checkpoint: checkpointFile({ path, every: Number(every), resume: true }) }),
});
tell(`=${await weightsHash(model)}`);
