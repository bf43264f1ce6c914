/** Takes all 4 GiB, sees who says so and how, and goes on with what is left and with what is given back. */
import { compile, ones, type Tensor } from "../../../../src/index.ts";
import { engineOf } from "../../../../src/wasm/engine.ts";

const MB = 2 ** 20;
const blocks: number[] = [];

/** Leaves less than 1 MB. */
function fill(): void {
  for (let size = 256 * MB; size >= MB / 2; size /= 2) {
    try {
      for (;;) blocks.push(engineOf().allocate(size));
    } catch {
      // a smaller block may fit
    }
  }
}

function messageOf(f: () => unknown): string {
  try {
    f();
    return "no error";
  } catch (error) {
    return String(error).replace(/\d+ of \d+/, "… of …");
  }
}

const few = ones([10_000]);
const outer = compile((x: Tensor) =>
  x
    .reshape([10_000, 1])
    .matmul(x.reshape([1, 10_000]))
    .sum(),
);
fill();
const { bytes, used } = engineOf().info.memory;
const eager = messageOf(() => ones([1024, 1024]));
const compiled = messageOf(() => outer(few));
const parameterless = few.sum().item();
const after = engineOf().info.memory.used;
for (const block of blocks) engineOf().heap.free(block);
const again = { ones: ones([1024, 1024]).sum().item(), outer: outer(few).item() };
console.log(JSON.stringify({ bytes, leaked: after - used, eager, compiled, whileFull: parameterless, again }));
