/** Between the fixtures' channels-first layouts and ours. Permutations are ops: gradients come back in the layout they left. */
import { permute, type Tensor } from "../../../src/index.ts";
import type { Plain } from "../cases.ts";

/** [N, C, …] → [N, …, C]. */
export function channelsLast(x: Tensor): Tensor {
  const axes = x.shape.map((_, i) => i);
  return permute(x, [0, ...axes.slice(2), 1]);
}

/** [N, …, C] → [N, C, …]. */
export function channelsFirst(y: Tensor): Tensor {
  const axes = y.shape.map((_, i) => i);
  return permute(y, [0, y.rank - 1, ...axes.slice(1, -1)]);
}

/** [out, in / groups, …] → […, in / groups, out]. */
export function filters(weight: Tensor): Tensor {
  const axes = weight.shape.map((_, i) => i);
  return permute(weight, [...axes.slice(2), 1, 0]);
}

export function numbers(value: Plain | undefined): number[] {
  return (Array.isArray(value) ? value : [value]).map(Number);
}

/** A number for one axis, a pair for two. */
export function extents(value: Plain | undefined): number | [number, number] {
  const list = numbers(value);
  return list.length === 2 ? [list[0]!, list[1]!] : list[0]!;
}

/** A layer whose parameters are these tensors, by path: gradients find their way back to what they were made of. */
export function withWeights<Layer extends object>(layer: Layer, weights: Readonly<Record<string, Tensor>>): Layer {
  for (const [path, weight] of Object.entries(weights)) {
    const names = path.split(".");
    const last = names.pop()!;
    const owner = names.reduce<object>((part, name) => Reflect.get(part, name) as object, layer);
    if (!Reflect.has(owner, last)) throw new Error(`there is no ${path}`);
    Reflect.set(owner, last, weight);
  }
  return layer;
}
