/** What models of known layers are made of, as data: written into model files, and built again from there. */
import { FormatError } from "../core/errors.ts";
import { abs, exp, leakyRelu, neg, relu, sigmoid, square, tanh } from "../ops/pointwise.ts";
import { logSoftmax, softmax } from "../ops/softmax.ts";
import { constant } from "./initialisers.ts";
import { Dropout, Flatten, Linear, Rescale } from "./layers.ts";
import type { Model } from "./model.ts";
import { type Layer, Sequential } from "./sequential.ts";

/** A layer as data. Kinds are words of their own, which minifiers leave alone. */
export type Structure =
  | { kind: "Sequential"; layers: Structure[] }
  | { kind: "Linear"; inputs: number; outputs: number; bias: boolean }
  | { kind: "Rescale"; factor: number }
  | { kind: "Dropout"; p: number }
  | { kind: "Flatten" }
  | { kind: "function"; name: string };

const functions = { abs, exp, leakyRelu, logSoftmax, neg, relu, sigmoid, softmax, square, tanh } as const;

/** A model as data; null where a part of it is of a kind of its own. */
export function describe(part: object): Structure | null {
  if (part instanceof Sequential) {
    const layers = part.layers.map(describe);
    return layers.includes(null) ? null : { kind: "Sequential", layers: layers.filter((layer) => layer !== null) };
  }
  if (part instanceof Linear) return { kind: "Linear", inputs: part.inputs, outputs: part.outputs, bias: part.bias !== undefined };
  if (part instanceof Rescale) return { kind: "Rescale", factor: part.factor };
  if (part instanceof Dropout) return { kind: "Dropout", p: part.p };
  if (part instanceof Flatten) return { kind: "Flatten" };
  const name = Object.entries(functions).find(([, f]) => f === part)?.[0];
  return name ? { kind: "function", name } : null;
}

type Fields = Record<string, unknown>;

function number(where: string, { kind, ...fields }: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== "number" || !Number.isFinite(value))
    throw new FormatError(where, `${String(kind)} needs a number '${name}'`, String(value));
  return value;
}

/** Deeper nesting than this is no model. */
const MAX_DEPTH = 64;

function buildLayer(where: string, value: unknown, depth: number): Layer {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH)
    throw new FormatError(where, "the structure is not one of layers", String(value));
  const fields = value as Fields;
  switch (fields.kind) {
    case "Sequential":
      if (!Array.isArray(fields.layers)) throw new FormatError(where, "Sequential needs layers", String(fields.layers));
      return new Sequential(...fields.layers.map((layer: unknown) => buildLayer(where, layer, depth + 1)));
    case "Linear": {
      const [inputs, outputs] = [number(where, fields, "inputs"), number(where, fields, "outputs")];
      return new Linear(inputs, outputs, { bias: fields.bias !== false, init: constant(0), biasInit: constant(0) });
    }
    case "Rescale":
      return new Rescale(number(where, fields, "factor"));
    case "Dropout":
      return new Dropout(number(where, fields, "p"));
    case "Flatten":
      return new Flatten();
    case "function": {
      const known: Readonly<Record<string, (x: never) => unknown>> = functions;
      if (typeof fields.name === "string" && Object.hasOwn(known, fields.name))
        return functions[fields.name as keyof typeof functions];
      throw new FormatError(where, "unknown function in the structure", String(fields.name), "a later version of nabla");
    }
    default:
      throw new FormatError(where, "unknown kind of layer in the structure", String(fields.kind), "a later version of nabla");
  }
}

/** The model that `describe` described, its parameters zero. @throws FormatError on anything it did not write */
export function build(where: string, structure: unknown): Model {
  const model = buildLayer(where, structure, 0);
  if (typeof model === "function") throw new FormatError(where, "the structure is a function, not a model", model.name);
  return model;
}
