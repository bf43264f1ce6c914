/** One op or kernel as a program of its own, so that its time is the kernel's: no result is copied out, nothing is allocated. */

import type { Shape } from "../../core/shape.ts";
import { CompiledProgram } from "../../graph/compiled-program.ts";
import { noGrad } from "../../graph/op.ts";
import { recording } from "../../graph/record.ts";
import { Tensor } from "../../graph/tensor.ts";
import { Trace } from "../../graph/trace.ts";
import { engineOf } from "../../wasm/engine.ts";
import { Value } from "../../wasm/program.ts";

export type Linked = {
  run(): void;
  /** A place's numbers as they stand in memory. */
  at(place: Value): Float32Array;
};

function view(place: Value): Float32Array {
  return engineOf().f32.subarray(place.address >>> 2, (place.address >>> 2) + place.length);
}

/** Links what `build` appends; `places` are kept apart from each other and keep their numbers between runs. */
export function link(build: (trace: Trace) => readonly Value[]): Linked {
  const trace = new Trace();
  const places = recording(trace, () => noGrad(() => build(trace)));
  const program = new CompiledProgram(trace, places, []);
  return { run: () => program.run(), at: view };
}

/** An op of tensors with the given shapes: the places of its inputs, then of its output. */
export function linkOp(
  shapes: readonly Shape[],
  op: (...inputs: Tensor[]) => Tensor,
): { linked: Linked; inputs: Value[]; output: Value } {
  const inputs: Value[] = [];
  let output: Value | null = null;
  const linked = link((trace) => {
    const tensors = shapes.map((shape) => {
      const value = trace.input("f32", shape);
      inputs.push(value);
      return new Tensor(value, shape);
    });
    const { ref } = op(...tensors);
    if (!(ref instanceof Value)) throw new Error("the op is a constant");
    output = ref;
    return [...inputs, ref];
  });
  return { linked, inputs, output: output! };
}
