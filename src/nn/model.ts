/** Models: any object with `forward`. What they hold is found by walking their fields. */
import { ValueError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { Tensor as AnyTensor } from "../graph/tensor.ts";
import { Stream } from "../ops/random.ts";
import { Parameter } from "./parameter.ts";
import { namePlaces } from "./places.ts";

/** Training and use differ for some layers (dropout, batch norm); never by default. */
export type Mode = "train" | "eval";

/** Anything that computes a tensor of a tensor. */
export type Model = { forward(x: Tensor, mode: Mode): Tensor };

/** What a walk meets: paths are field names joined by dots, `blocks.0.norm.weight`. */
type Visit = { path: string; value: object };

/** Goes through all that a model's fields lead to. */
export function* walk(root: object): Generator<Visit> {
  const seen = new Set<object>();
  const stack: Visit[] = [{ path: "", value: root }];
  for (let visit = stack.pop(); visit; visit = stack.pop()) {
    const { path, value } = visit;
    if (seen.has(value)) continue;
    seen.add(value);
    yield visit;
    if (value instanceof AnyTensor || value instanceof Stream || ArrayBuffer.isView(value)) continue;
    const fields = Object.entries(value).reverse(); // the stack turns the order round
    for (const [name, field] of fields) {
      if (typeof field === "object" && field !== null) stack.push({ path: path ? `${path}.${name}` : name, value: field });
    }
  }
}

/**
 * The model's parameters by path, in the order of its fields; a parameter that two fields share stands under the first.
 *
 * @example for (const [path, parameter] of parameters(model)) console.log(path, parameter.shape);
 */
export function parameters(model: object): Map<string, Parameter> {
  const found = new Map<string, Parameter>();
  for (const { path, value } of walk(model)) if (value instanceof Parameter) found.set(path, value);
  return found;
}

/** The model's buffers by path: state that is not learned, such as running statistics. */
export function buffers(model: object): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  for (const { path, value } of walk(model)) {
    if (value instanceof AnyTensor && value.isState && !(value instanceof Parameter)) found.set(path, value);
  }
  return found;
}

/** The model's streams of random numbers by path. */
export function streams(model: object): Map<string, Stream> {
  const found = new Map<string, Stream>();
  for (const { path, value } of walk(model)) if (value instanceof Stream) found.set(path, value);
  return found;
}

/** The parts of a model that compute, itself included, by path. */
export function parts(model: object): Map<string, Model> {
  const found = new Map<string, Model>();
  for (const { path, value } of walk(model))
    if ("forward" in value && typeof value.forward === "function") found.set(path, value as Model);
  return found;
}

/** Number of learned numbers. */
export function countParameters(model: object): number {
  let count = 0;
  for (const parameter of parameters(model).values()) count += parameter.size;
  return count;
}

/**
 * Draws all parameters anew and seeds all dropout: each from hash(seed, its path), so that a layer more changes no other layer's draw.
 *
 * @param seed a whole number ≥ 0; default 0
 * @throws ValueError when the model has no parameters to find
 * @example init(model, { seed: 7 })
 */
export function init<M extends object>(model: M, { seed = 0 }: { seed?: number } = {}): M {
  const found = parameters(model);
  if (found.size === 0)
    throw new ValueError(
      "init",
      "found no parameters in the model's fields",
      undefined,
      "keeping layers in public fields: #private ones cannot be seen",
    );
  for (const [path, parameter] of found) {
    parameter.draw(seed, path);
    parameter.chosen = true;
  }
  for (const [path, stream] of streams(model)) stream.seed(seed, path);
  namePlaces(parts(model));
  return model;
}

/**
 * Draws what nobody has chosen yet: before training, and before the first prediction.
 *
 * @param seed what was drawn without one before gives way to it
 */
export function initMissing(model: object, seed: number | undefined): void {
  for (const [path, parameter] of parameters(model)) {
    if (!parameter.drawn || (seed !== undefined && !parameter.chosen)) parameter.draw(seed ?? 0, path);
  }
  for (const [path, stream] of streams(model)) stream.place(seed, path);
  namePlaces(parts(model));
}
