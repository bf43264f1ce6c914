/** Recompute instead of store. */
import { differentiate } from "../graph/backward.ts";
import { Journal } from "../graph/journal.ts";
import { connect, isTracked, lastNode, noGrad, withTracking } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { alias } from "./shape.ts";

/** Tensors that y depends on and that were there before node number `since`. */
function boundaryOf(y: Tensor, since: number): Tensor[] {
  const found = new Set<Tensor>();
  const seen = new Set<Tensor>([y]);
  for (const tensor of seen) {
    const { node } = tensor;
    if (node && node.id > since) for (const input of node.inputs) seen.add(input);
    else if (isTracked(tensor)) found.add(tensor);
  }
  return [...found];
}

/**
 * f(…inputs), of which nothing but the result is kept for the gradient: what it needs is computed again on the way back. Memory for
 * time: a step forwards more. Dropout drops the same again, and running statistics are updated once.
 *
 * @param f      any function of tensors, such as a layer's forward; parameters that it reads get their gradients
 * @param inputs its arguments
 * @source Chen et al. 2016, arXiv:1604.06174
 * @example for (const block of this.blocks) x = checkpoint((x) => block.forward(x, mode), x);
 */
export function checkpoint<Inputs extends readonly Tensor[]>(f: (...inputs: Inputs) => Tensor, ...inputs: Inputs): Tensor {
  const journal = new Journal();
  const since = lastNode();
  const first = journal.record(() => f(...inputs));
  const boundary = boundaryOf(first, since);
  const y = noGrad(() => alias(first));
  const grad = ([dy]: readonly Tensor[]) => {
    let found: (Tensor | null)[] | null = null;
    return boundary.map((_, i) => () => {
      found ??= differentiate([journal.replay(() => withTracking(true, () => f(...inputs)))], boundary, [dy!], true);
      return found[i]!;
    });
  };
  connect({ name: "checkpoint", grad }, boundary, [y]);
  return y;
}
