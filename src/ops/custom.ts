/** Functions with a gradient of one's own. */
import { connect, noGrad } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { sumTo } from "./reduce.ts";
import { alias } from "./shape.ts";

/**
 * A function of tensors whose gradient is given rather than derived: where the derived one is inexact, too dear, or not the one wanted.
 *
 * @param name for errors
 * @param forward computes y; its own ops are not remembered
 * @param backward gradients by each input, from dy; null where none flows. Written in ops, so it can be differentiated again; those
 *   of inputs that were stretched are summed back
 * @example const clip = customGradient("clip", (x) => x, (dy) => [dy.clamp(-1, 1)]); // passes x on, clips what flows back
 */
export function customGradient<Inputs extends readonly Tensor[]>(
  name: string,
  forward: (...inputs: Inputs) => Tensor,
  backward: (dy: Tensor, y: Tensor, ...inputs: Inputs) => readonly (Tensor | null)[],
): (...inputs: Inputs) => Tensor {
  return (...inputs) => {
    const y = noGrad(() => {
      const computed = forward(...inputs);
      return inputs.includes(computed) || computed.node ? alias(computed) : computed;
    });
    const grad = ([dy]: readonly Tensor[]) => {
      let found: readonly (Tensor | null)[] | null = null;
      return inputs.map((_, i) => () => {
        found ??= backward(dy!, y, ...inputs);
        const dx = found[i];
        return dx ? sumTo(dx, inputs[i]!.shape) : null;
      });
    };
    connect({ name, grad }, inputs, [y]);
    return y;
  };
}
