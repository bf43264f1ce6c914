/**
 * Uses family after family of kernels for the first time while workers are at work, then waits until they have it and have run chunks
 * of it. Prints what was linked after which, whether every thread came along, and a hash of all results.
 */
import { createHash } from "node:crypto";
import {
  compile,
  conv2d,
  cumsum,
  layerNorm,
  matmul,
  maxPool2d,
  random,
  scaledDotProductAttention,
  type Tensor,
} from "../../../../src/index.ts";
import { engine, engineOf } from "../../../../src/wasm/engine.ts";

const PATIENCE = 2000;

const running = engineOf();
const { threads } = engine();
running.paced = false; // all threads, however busy the machine is
const linked: string[] = [];
const { load } = running;
running.load = (family) => {
  if (!linked.includes(family.name)) linked.push(family.name);
  load.call(running, family);
};

/** Sleeps, so that workers get what they were sent. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
const hash = createHash("sha256");

/** Repeats `f`, which gives the same each time, until every thread works and has run some of it. */
async function untilAllRan(f: () => Tensor): Promise<boolean> {
  const before = running.chunks;
  const first = f().data();
  hash.update(first);
  for (let i = 0; i < PATIENCE; ++i) {
    const now = f().data();
    if (!Buffer.from(now.buffer).equals(Buffer.from(first.buffer))) throw new Error("other bits");
    if (threads === 1) return true;
    if (running.ready === threads - 1 && running.chunks.every((count, thread) => count > before[thread]!)) return true;
    await pause();
  }
  return false;
}

const stream = random(1);
const square = stream.normal([300, 300]);
const images = stream.normal([16, 20, 20, 3]);
const filters = stream.normal([3, 3, 3, 20]);
const [query, key, value] = [stream.normal([4, 4, 96, 32]), stream.normal([4, 4, 96, 32]), stream.normal([4, 4, 96, 32])];

const pooled = compile((x: Tensor) => maxPool2d(conv2d(x, filters), 2));
const normed = compile((x: Tensor) => layerNorm(x).mul(2));
const work: readonly (() => Tensor)[] = [
  () => matmul(square, square),
  () => conv2d(images, filters),
  () => pooled(images),
  () => scaledDotProductAttention(query, key, value),
  () => normed(square),
  () => cumsum(square, 1),
];
const all: boolean[] = [];
const times: number[] = [];
for (const f of work) {
  all.push(await untilAllRan(f));
  times.push(linked.length);
}
console.log(JSON.stringify({ threads, linked, times, all, hash: hash.digest("hex") }));
