/** A synchronous loop over a compiled function that returns 4 MB each time. */
import { compile, engine, ones, type Tensor } from "../../../../src/index.ts";

const x = ones([1_000_000]);
const next = compile((x: Tensor) => x.add(1));
let y = x;
for (let i = 0; i < 2_000; ++i) y = next(y);
const { bytes } = engine().memory;
console.log(JSON.stringify({ value: y.data()[999_999], wasm: bytes, rss: process.memoryUsage().rss }));
