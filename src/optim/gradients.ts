import { gradientsOf } from "../graph/backward.ts";
import type { Tensor } from "../graph/tensor.ts";
import { parameters } from "../nn/model.ts";

/**
 * Gradients of a loss with respect to a model's parameters, by path; a parameter that the loss does not depend on is left out. They
 * can be differentiated again.
 *
 * @throws ShapeError when the loss is not a single number
 * @example optimizer.apply(gradients(loss, model))
 */
export function gradients(loss: Tensor, model: object): Record<string, Tensor> {
  const found = parameters(model);
  const values = gradientsOf("gradients", loss, [...found.values()]);
  return Object.fromEntries([...found.keys()].flatMap((path, i) => (values[i] ? [[path, values[i]]] : [])));
}
