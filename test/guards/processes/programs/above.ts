/** Trains with all memory below 2 GiB taken, where addresses no longer fit a signed 32-bit number. */
import * as nabla from "../../../../src/index.ts";
import { engineOf } from "../../../../src/wasm/engine.ts";
import { trainJob } from "../../job.ts";

const HALF = 2 ** 31;
const { heap } = engineOf();
while (engineOf().bytes < HALF + 2 ** 28) engineOf().allocate(2 ** 28);
for (let size = 2 ** 27; size >= 64; size /= 2) {
  for (let at = heap.allocate(size); at > 0; at = heap.allocate(size)) {
    if (at < HALF) continue;
    heap.free(at);
    break;
  }
}
let lowest = Infinity;
const allocate = heap.allocate.bind(heap);
heap.allocate = (bytes) => {
  const at = allocate(bytes);
  if (at > 0) lowest = Math.min(lowest, at);
  return at;
};

const { hash } = await trainJob(nabla, 7);
const big = nabla.arange(0, 100_000).cast("f32");
const total = nabla
  .compile((x: nabla.Tensor) => x.add(big).sum())(big)
  .item();
const few = nabla.tensor(Float32Array.from({ length: 100 }, (_, i) => i)); // small enough to be copied in and out for each op
const twice = few.add(nabla.tensor(few.data())).data();
console.log(JSON.stringify({ hash, lowest, total, last: big.slice(99_999).item(), twice: [...twice] }));
