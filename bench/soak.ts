/**
 * Minutes of `fit`, `predict`, `evaluate`, `save`, `load` and checkpoints in turn, with new models all the time; prints how resident and
 * WebAssembly memory change after the first minute.
 *
 *     node --expose-gc bench/soak.ts [minutes, default 30]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  accuracy,
  adam,
  BatchNorm,
  Conv2d,
  crossEntropy,
  Dropout,
  engine,
  evaluate,
  Flatten,
  fit,
  Linear,
  load,
  MaxPool2d,
  predict,
  random,
  relu,
  Sequential,
  save,
  sgd,
} from "../src/index.ts";

const MB = 2 ** 20;
const minutes = Number(process.argv[2] ?? 30);
const folder = mkdtempSync(join(tmpdir(), "nabla-soak-"));
const path = join(folder, "model.safetensors");

const dense = (width: number): Sequential =>
  new Sequential(new Flatten(), new Linear(144, width), new BatchNorm(width), relu, new Dropout(0.2), new Linear(width, 4));
const convolutional = (): Sequential =>
  new Sequential(new Conv2d(1, 8, 3, { padding: 1 }), relu, new MaxPool2d(2), new Flatten(), new Linear(288, 4));

/** One round: another size each time, so that nothing can be kept for the next by its shape. */
async function round(i: number): Promise<void> {
  const n = 200 + (i % 7) * 16;
  const draw = random(i);
  const data = { x: draw.normal([n, 12, 12, 1]), y: draw.uniform([n], 0, 4).floor().cast("i32") };
  const model = i % 3 === 0 ? convolutional() : dense(32 + (i % 5) * 8);
  const optimizer = i % 2 === 0 ? adam() : sgd({ lr: 0.05, momentum: 0.9 });
  const checkpoint = { path: join(folder, `${i % 4}.checkpoint`), every: 4 };
  const options = { loss: crossEntropy, optimizer, epochs: 2, batchSize: 32 + (i % 3), validation: 0.2, seed: i, verbose: false };
  await fit(model, data, { ...options, checkpoint });
  await save(model, path);
  const again = await load(path);
  predict(again, data.x);
  await evaluate(again, data, { accuracy });
}

type Sample = { seconds: number; rss: number; wasm: number; used: number; heap: number };
const start = performance.now();
function sample(): Sample {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const { bytes, used } = engine().memory;
  return {
    seconds: (performance.now() - start) / 1000,
    rss: rss / MB,
    wasm: bytes / MB,
    used: used / MB,
    heap: heapUsed / MB,
  };
}

/** Least-squares slope a minute. */
function slope(samples: readonly Sample[], name: "rss" | "wasm" | "used" | "heap"): number {
  const n = samples.length;
  const [x, y] = [samples.map(({ seconds }) => seconds / 60), samples.map((one) => one[name])];
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  const spread = x.reduce((sum, value) => sum + (value - mx) * (value - mx), 0);
  return x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0) / spread;
}

const samples: Sample[] = [];
let rounds = 0;
let next = 0;
while (performance.now() - start < minutes * 60_000) {
  await round(rounds);
  rounds += 1;
  if (performance.now() - start < next) continue;
  next = performance.now() - start + 5000;
  samples.push(sample());
}
rmSync(folder, { recursive: true });
const settled = samples.filter(({ seconds }) => seconds > Math.min(60, minutes * 20));
const show = ({ seconds, rss, wasm, used, heap }: Sample): string =>
  `${seconds.toFixed(0)} s: resident ${rss.toFixed(1)} MB, WASM ${wasm.toFixed(1)} MB of which used ${used.toFixed(2)}, heap ${heap.toFixed(1)}`;
console.log(`${rounds} rounds\nafter ${show(settled[0]!)}\nafter ${show(settled.at(-1)!)}`);
for (const name of ["rss", "wasm", "used", "heap"] as const) console.log(`${name}: ${slope(settled, name).toFixed(3)} MB a minute`);
