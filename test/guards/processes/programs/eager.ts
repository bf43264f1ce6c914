/** A synchronous loop of 20,000 eager ops on 1 MB tensors: no scope, no await. */
import { engine, ones } from "../../../../src/index.ts";

const OPS = 20_000;
const x = ones([512, 512]);
let y = x;
let rss = 0;
for (let i = 1; i <= OPS; ++i) {
  y = y.add(x);
  if (i % 500 === 0) rss = Math.max(rss, process.memoryUsage.rss());
}
console.log(JSON.stringify({ value: y.slice(0, 1).mean().item(), wasm: engine().memory.bytes, rss }));
