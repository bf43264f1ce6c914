/** What models of known layers are made of, as data: written into model files, and built again from there. */
import { FormatError } from "../core/errors.ts";
import { type Describable, functions, layers } from "./kinds.ts";
import type { Model } from "./model.ts";

/** A model, or an argument of a layer, as data. */
export type Structure =
  | { readonly kind: string; readonly arguments: readonly Structure[] }
  | { readonly function: string }
  | { readonly [name: string]: Structure }
  | readonly Structure[]
  | string
  | number
  | boolean
  | null;

/** Thrown inside `describe`: a part is of a kind of its own. */
class Unknown extends Error {}

function isDescribable(value: object): value is Describable {
  return "kind" in value && typeof value.kind === "string" && "describe" in value && Object.hasOwn(layers, value.kind);
}

function encode(value: unknown): Structure {
  if (typeof value === "function") {
    const name = Object.entries(functions).find(([, f]) => f === value)?.[0];
    if (name) return { function: name };
  } else if (Array.isArray(value)) return value.map(encode);
  else if (typeof value === "object" && value !== null) {
    if (isDescribable(value) && value instanceof layers[value.kind]!)
      return { kind: value.kind, arguments: value.describe().map(encode) };
    if (Object.getPrototypeOf(value) === Object.prototype)
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, part]) => part !== undefined)
          .map(([name, part]) => [name, encode(part)]),
      );
  } else if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  else if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new Unknown();
}

/** A model as data; null where a part of it is of a kind of its own. */
export function describe(model: object): Structure {
  try {
    return encode(model);
  } catch (error) {
    if (error instanceof Unknown) return null;
    throw error;
  }
}

/** Deeper nesting than this is no model. */
const MAX_DEPTH = 64;

function buildLayer(where: string, kind: unknown, options: unknown, depth: number): object {
  if (typeof kind !== "string" || !Object.hasOwn(layers, kind))
    throw new FormatError(where, "unknown kind of layer in the structure", String(kind), "a later version of nabla");
  if (!Array.isArray(options)) throw new FormatError(where, `${kind} needs a list of arguments`, String(options));
  const values = options.map((value: unknown) => decode(where, value, depth + 1));
  try {
    return new layers[kind]!(...(values as never[]));
  } catch (error) {
    // ValueError and ShapeError are RangeErrors, and so is what the host says to sizes beyond its memory.
    if (error instanceof RangeError || error instanceof TypeError)
      throw new FormatError(where, `${kind} cannot be built as the structure says`, error.message);
    throw error;
  }
}

function decode(where: string, value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new FormatError(where, `the structure is nested more than ${MAX_DEPTH} deep`, undefined);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((part: unknown) => decode(where, part, depth + 1));
  if ("kind" in value) return buildLayer(where, value.kind, "arguments" in value ? value.arguments : undefined, depth);
  if ("function" in value) {
    const name = value.function;
    if (typeof name === "string" && Object.hasOwn(functions, name)) return functions[name];
    throw new FormatError(where, "unknown function in the structure", String(name), "a later version of nabla");
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, decode(where, part, depth + 1)]));
}

/** The model that `describe` described, its parameters not yet drawn. @throws FormatError on anything it did not write */
export function build(where: string, structure: unknown): Model {
  const model = decode(where, structure, 0);
  if (typeof model !== "object" || model === null || !("forward" in model))
    throw new FormatError(where, "the structure is not that of a model", typeof model);
  return model as Model;
}
