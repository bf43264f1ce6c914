import { ValueError } from "../core/errors.ts";
import type { Node } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { parameters } from "../nn/model.ts";
import { Parameter } from "../nn/parameter.ts";

/** Throws when `loss` depends on a parameter that walking the model's fields does not find. */
export function checkWalked(where: string, loss: Tensor, model: object): void {
  const known = new Set<Tensor>(parameters(model).values());
  const seen = new Set<Node>();
  const stack = loss.node ? [loss.node] : [];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) {
      if (input instanceof Parameter && !known.has(input)) {
        throw new ValueError(
          where,
          "the loss depends on a parameter that the model's fields do not show",
          `shape [${input.shape.join(", ")}]`,
          "keeping layers in public fields: #private ones cannot be seen",
        );
      }
      if (input.node) stack.push(input.node);
    }
  }
}
