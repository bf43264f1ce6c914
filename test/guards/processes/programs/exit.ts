/** Starts all threads, uses them, and comes to its end. */
import { ones } from "../../../../src/index.ts";
import { engineOf } from "../../../../src/wasm/engine.ts";

const square = ones([512, 512]);
while (engineOf().chunks.some((count) => count === 0)) {
  square.matmul(square);
  await new Promise(setImmediate);
}
console.log(JSON.stringify(engineOf().chunks));
