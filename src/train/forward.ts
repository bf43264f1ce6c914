/** Forward passes in eval mode, compiled, of models with one input or several. */
import type { Rows } from "../data/rows.ts";
import { type Compiled, compile } from "../graph/compile.ts";
import { noGrad } from "../graph/op.ts";
import { Tensor } from "../graph/tensor.ts";
import type { BatchSums } from "../metrics/metric.ts";
import { initMissing, type Mode } from "../nn/model.ts";

/** Anything that computes of one tensor, or several by name, one or several. */
export type Network = { forward(x: never, mode: Mode): Rows };
type Computes = { forward(x: Rows, mode: Mode): Rows };

/** What the model computes of rows. */
export function forwardRows(model: Network, x: Rows, mode: Mode): Rows {
  return (model as Computes).forward(x, mode);
}

/** A prediction, and the sums that were wanted, by name; null where rows must be looked at. */
type Measured = { predicted: Rows; found: Readonly<Record<string, Tensor | null>> };
type Forward = Compiled<[names: string, ...parts: Tensor[]], Measured>;

/** By the names of the sums: a few for each model. */
const compiled = new WeakMap<Network, Record<string, Forward>>();

function compileForward(model: Network, sums: readonly BatchSums[]): Forward {
  initMissing(model, undefined);
  const weak = new WeakRef(model); // what is kept for a model must not keep it
  return compile((names: string, ...parts: Tensor[]) =>
    noGrad(() => {
      const input = names === "" ? parts[0]! : Object.fromEntries(names.split("\n").map((name, i) => [name, parts[i]!]));
      const predicted = forwardRows(weak.deref()!, input, "eval");
      const sum = ({ key, of }: BatchSums) => [key, predicted instanceof Tensor ? of(parts.at(-1)!, predicted) : null] as const;
      return { predicted, found: Object.fromEntries(sums.map(sum)) };
    }),
  ) as Forward;
}

/**
 * The same, compiled, without gradients; the program is kept as long as the model.
 *
 * @param sums of the prediction and its targets, computed by the same program
 */
export function evalRows(model: Network, x: Rows, actual?: Tensor, sums: readonly BatchSums[] = []): Measured {
  const programs = compiled.get(model) ?? {};
  compiled.set(model, programs);
  const forward = (programs[sums.map(({ key }) => key).join()] ??= compileForward(model, sums));
  const [names, parts] = x instanceof Tensor ? [[], [x]] : [Object.keys(x), Object.values(x)];
  return forward(names.join("\n"), ...parts, ...(actual ? [actual] : []));
}
