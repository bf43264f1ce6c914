/** 200,000 compiled steps of XOR, the loss read after each. */
import { compile, engine, init, Linear, mse, Sequential, sgd, sigmoid, tanh, tensor } from "../../../../src/index.ts";

const STEPS = 200_000;
const WARM = 10_000;

const model = init(new Sequential(new Linear(2, 4), tanh, new Linear(4, 1), sigmoid), { seed: 1 });
const optimizer = sgd({ lr: 0.5 }).for(model);
const [x, y] = [
  tensor([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]),
  tensor([[0], [1], [1], [0]]),
];
const step = compile(() => {
  const loss = mse(model.forward(x, "train"), y);
  optimizer.minimize(loss);
  return loss;
});

type Use = { wasm: number; used: number; heap: number; rss: number };

function use(): Use {
  globalThis.gc!();
  const { bytes, used } = engine().memory;
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { wasm: bytes, used, heap: heapUsed + arrayBuffers, rss };
}

let loss = 0;
let warm = use();
for (let i = 0; i < STEPS; ++i) {
  loss = step().item();
  if (i === WARM) warm = use();
}
console.log(JSON.stringify({ loss, warm, end: use() }));
