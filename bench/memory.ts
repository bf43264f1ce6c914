/**
 * Whether memory stays bounded where JavaScript's collector gets no turn: node bench/memory.ts
 *
 * 100,000 eager ops on tensors of 1 MB in one synchronous loop, then 1,000,000 compiled steps of a tiny network with the loss read
 * each time. Fails when memory after all of them exceeds that after the first 10,000 by more than ALLOWED bytes.
 */
import {
  add,
  compile,
  engine,
  init,
  Linear,
  mse,
  Sequential,
  sgd,
  sigmoid,
  type Tensor,
  tanh,
  tensor,
  zeros,
} from "../src/index.ts";

const FIRST = 10_000;
const MB = 2 ** 20;
/** Resident memory moves by this much with the collector's mood. */
const ALLOWED = 64 * MB;

type Reading = { wasm: number; rss: number };

function read(): Reading {
  return { wasm: engine().memory.bytes, rss: process.memoryUsage.rss() };
}

function show(bytes: number): string {
  return `${(bytes / MB).toFixed(0)} MB`;
}

/** Calls `run` and compares memory after the first calls and after all. */
function watch(name: string, times: number, run: () => void): void {
  let early = read();
  let highest = 0;
  for (let i = 1; i <= times; ++i) {
    run();
    if (i === FIRST) early = read();
    if (i % 1000 === 0) highest = Math.max(highest, process.memoryUsage.rss());
  }
  const late = read();
  const grown = late.wasm > early.wasm || late.rss > early.rss + ALLOWED;
  console.log(
    `${name}: WASM ${show(early.wasm)} → ${show(late.wasm)}, RSS ${show(early.rss)} → ${show(late.rss)}, at most ${show(highest)}${grown ? ": it grows" : ""}`,
  );
  if (grown) process.exitCode = 1;
}

function eager(): void {
  const a = zeros([512, 512]);
  const b = zeros([512, 512]);
  watch("100,000 eager ops on 1 MB", 100_000, () => add(a, b));
}

function compiled(): void {
  const model = init(new Sequential(new Linear(2, 4), tanh, new Linear(4, 1), sigmoid), { seed: 1 });
  const optimizer = sgd({ lr: 0.1 }).for(model);
  const step = compile((x: Tensor, y: Tensor) => {
    const loss = mse(model.forward(x), y);
    optimizer.minimize(loss);
    return loss;
  });
  const x = tensor([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  const y = tensor([[0], [1], [1], [0]]);
  watch("1,000,000 compiled XOR steps", 1_000_000, () => step(x, y).item());
}

eager();
compiled();
