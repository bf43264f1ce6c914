import { defineOp } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Explain } from "../wasm/program.ts";

const requireFiniteOp = defineOp<[x: Tensor], { explain: Explain }>({
  name: "requireFinite",
  names: ["x"],
  shape: () => [],
  lower: (program, [x], _, { explain }) =>
    program.emit("requireFinite", { x: x.ref }, x.size, x.size * 0.1, { index: x.ref, explain }),
});

/** Stops the program here, before anything that lasts is written, if an element is NaN or infinite. @param explain makes the error of its place */
export function requireFinite(x: Tensor, explain: Explain): void {
  requireFiniteOp([x], { explain });
}
