/** What happens inside a model: the outputs of its parts, by path. */
import { ValueError } from "../core/errors.ts";
import { type TensorLike, tensorFor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { initMissing, type Mode, type Model, walk } from "./model.ts";

/** What `forward` of a part, or a function in a list of layers, computes. */
type Compute = (...given: [x: Tensor, mode: Mode]) => Tensor;
type Place = { readonly path: string; readonly owner: object; readonly name: string; readonly compute: Compute };

/** Where a model computes: `forward` of its parts, itself included, and functions in its lists, such as `relu` in a Sequential. */
function placesIn(model: object): Place[] {
  const found: Place[] = [];
  for (const { path, value } of walk(model)) {
    if (Array.isArray(value)) {
      for (const [i, item] of value.entries())
        if (typeof item === "function")
          found.push({ path: path ? `${path}.${i}` : `${i}`, owner: value, name: `${i}`, compute: item as Compute });
    } else if ("forward" in value && typeof value.forward === "function")
      found.push({ path, owner: value, name: "forward", compute: value.forward as Compute });
  }
  return found;
}

/** Calls `f` while every place of the model that computes tells `enter` and `leave` its path. */
export function instrumented<T>(
  model: object,
  enter: (path: string) => void,
  leave: (path: string, y: Tensor) => void,
  f: () => T,
): T {
  const places = placesIn(model);
  const before = places.map(({ owner, name }) => Object.getOwnPropertyDescriptor(owner, name));
  for (const { path, owner, name, compute } of places) {
    Object.defineProperty(owner, name, {
      configurable: true,
      enumerable: true,
      writable: true,
      value(this: unknown, ...given: [x: Tensor, mode: Mode]) {
        enter(path);
        const y = compute.apply(this, given);
        leave(path, y);
        return y;
      },
    });
  }
  try {
    return f();
  } finally {
    for (const [i, { owner, name }] of places.entries()) {
      const own = before[i];
      if (own) Object.defineProperty(owner, name, own);
      else Reflect.deleteProperty(owner, name);
    }
  }
}

/**
 * What parts of a model compute for a batch, by path: hidden representations, to look at or to go on from. Works eagerly and inside
 * `compile`; gradients flow through what it gives.
 *
 * @param x     a tensor or arrays of numbers, as `forward` takes it
 * @param paths of parts with `forward` (`encoder.0`), or of functions in a Sequential (`layers.1`); default all that compute anything;
 *   `""` is the model itself. Of a part that is called several times, the last output counts
 * @param mode  default "eval"
 * @throws ValueError on a path that the model does not have, or that computes nothing
 * @example const { "layers.1": seen } = activations(model, x, ["layers.1"]);
 */
export function activations(model: Model, x: TensorLike, paths?: readonly string[], mode: Mode = "eval"): Record<string, Tensor> {
  const known = placesIn(model).map(({ path }) => path);
  for (const path of paths ?? [])
    if (!known.includes(path)) {
      const list = known
        .filter((other) => other !== "")
        .sort()
        .slice(0, 8);
      throw new ValueError("activations", "the model has no such part", `'${path}'`, `one of ${list.join(", ")}`);
    }
  initMissing(model, undefined);
  const found = new Map<string, Tensor>();
  instrumented(
    model,
    () => {},
    (path, y) => found.set(path, y),
    () => model.forward(tensorFor("activations", x), mode),
  );
  for (const path of paths ?? [])
    if (!found.has(path)) throw new ValueError("activations", "the model's forward does not call that part", `'${path}'`);
  return Object.fromEntries(paths ? paths.map((path) => [path, found.get(path)!]) : found);
}

/**
 * What one part of a model computes for a batch: `activations` of a single path.
 *
 * @example const features = hidden(model, images, "layers.4"); // [n, 128]
 */
export function hidden(model: Model, x: TensorLike, path: string, mode: Mode = "eval"): Tensor {
  return activations(model, x, [path], mode)[path]!;
}
