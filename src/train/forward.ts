/** Forward passes in eval mode, compiled, of models with one input or several. */
import type { Rows } from "../data/rows.ts";
import { type Compiled, compile } from "../graph/compile.ts";
import { noGrad } from "../graph/op.ts";
import { Tensor } from "../graph/tensor.ts";
import { initMissing, type Mode } from "../nn/model.ts";

/** Anything that computes of one tensor, or several by name, one or several. */
export type Network = { forward(x: never, mode: Mode): Rows };
type Computes = { forward(x: Rows, mode: Mode): Rows };

/** What the model computes of rows. */
export function forwardRows(model: Network, x: Rows, mode: Mode): Rows {
  return (model as Computes).forward(x, mode);
}

type Forward = Compiled<[names: string, ...parts: Tensor[]], Rows>;
const compiled = new WeakMap<Network, Forward>();

/** The same, compiled, without gradients; the program is kept as long as the model. */
export function evalRows(model: Network, x: Rows): Rows {
  let forward = compiled.get(model);
  if (!forward) {
    initMissing(model, undefined);
    const weak = new WeakRef(model); // what is kept for a model must not keep it
    forward = compile((names: string, ...parts: Tensor[]) => {
      const input = names === "" ? parts[0]! : Object.fromEntries(names.split("\n").map((name, i) => [name, parts[i]!]));
      return noGrad(() => forwardRows(weak.deref()!, input, "eval"));
    }) as Forward;
    compiled.set(model, forward);
  }
  return x instanceof Tensor ? forward("", x) : forward(Object.keys(x).join("\n"), ...Object.values(x));
}
