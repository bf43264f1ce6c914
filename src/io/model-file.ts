/** Models as files: one safetensors file, with the structure and the SIMD mode among its notes. */
import { FormatError, ValueError } from "../core/errors.ts";
import type { StorageType } from "../graph/tensor.ts";
import { initMissing, type Model, parameters } from "../nn/model.ts";
import { build, describe } from "../nn/structure.ts";
import { engine } from "../wasm/engine.ts";
import { attachedNotes, readAttached } from "./attached.ts";
import { readBytes, writeBytes } from "./file.ts";
import { arraysOf, checkState, fillState, stateOf } from "./model-state.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { readable, storedAs } from "./storage.ts";

/** Version of the notes; files of later ones are refused. */
const VERSION = 1;

/** How a model is saved. */
export type SaveOptions = {
  /** The type that parameters have in the file: `f16` for half of its size. Loading makes them f32 again. Default: f32 as they are */
  dtype?: StorageType;
};

/**
 * A model as the bytes of its file.
 *
 * @param further notes of one's own, by name
 * @throws ValueError when the model has no parameters to find, or one that `dtype` cannot hold
 */
export function encodeModel(
  model: object,
  further: Readonly<Record<string, string>> = {},
  { dtype }: SaveOptions = {},
): Uint8Array<ArrayBuffer> {
  initMissing(model, undefined);
  if (parameters(model).size === 0)
    throw new ValueError(
      "save",
      "found no parameters in the model's fields",
      undefined,
      "keeping layers in public fields: #private ones cannot be seen",
    );
  const { math, simd } = engine();
  const notes = {
    format: "nabla",
    version: String(VERSION),
    math,
    simd,
    structure: JSON.stringify(describe(model)),
    ...attachedNotes(model),
    ...further,
  };
  const state = stateOf(model);
  return encodeSafetensors(arraysOf(dtype ? storedAs("save", dtype, state) : state), notes);
}

function structureOf(where: string, notes: Readonly<Record<string, string>>): unknown {
  if (notes.format !== "nabla")
    throw new FormatError(
      where,
      "the file holds weights without a structure",
      "no note 'format: nabla'",
      "load(path, model), with a model of the same shapes",
    );
  if (!(Number(notes.version) <= VERSION))
    throw new FormatError(where, `this nabla reads files up to version ${VERSION}`, notes.version, "a later version of nabla");
  try {
    return JSON.parse(notes.structure ?? "null");
  } catch {
    throw new FormatError(where, "the note 'structure' is not JSON", notes.structure?.slice(0, 40));
  }
}

/** A model from the bytes of its file; see `load`. */
export function decodeModel<M extends Model = Model>(bytes: Uint8Array, into?: M, where = "load"): M {
  const { tensors, metadata } = decodeSafetensors(bytes, where);
  const attachAll = readAttached(where, metadata);
  let model: Model | undefined = into;
  if (!model) {
    const structure = structureOf(where, metadata);
    if (structure === null)
      throw new FormatError(
        where,
        "the model has parts of its own kind, which a file cannot build",
        undefined,
        "load(path, model), with a new model of that kind",
      );
    model = build(where, structure);
  }
  const wanted = stateOf(model);
  const stored = readable(tensors);
  checkState(where, wanted, stored);
  fillState(wanted, stored);
  attachAll(model);
  return model as M;
}

/**
 * Writes a model to a file: weights with their paths, structure, SIMD mode, and names of classes and preparation where it was trained on
 * data that have them. All of it or nothing: the old file stays until the new
 * one is complete.
 *
 * @param path of a file, or `indexeddb://name` in a page
 * @param options `{ dtype: f16 }`: weights of 16 bits; the model itself stays as it is
 * @throws ValueError when the file cannot be written, the model has no parameters, or a weight that `dtype` cannot hold
 * @example await save(model, "digits.safetensors")
 */
export async function save(model: object, path: string, options: SaveOptions = {}): Promise<void> {
  await writeBytes(path, encodeModel(model, {}, options), `save(${path})`);
}

/**
 * Reads a model from a file, or from the bytes of one. Weights that are F16 or BF16 there become f32.
 *
 * @param source a path, `indexeddb://name` in a page, or bytes
 * @param into a model to fill, where the file holds parts of its own kind or weights alone
 * @throws FormatError when the file is damaged, of a later version, or of other shapes; `into` is then as before
 * @throws ValueError when it cannot be read
 * @example const model = await load("digits.safetensors")
 */
export async function load<M extends Model = Model>(source: string | Uint8Array, into?: M): Promise<M> {
  const where = typeof source === "string" ? `load(${source})` : "load";
  const bytes = typeof source === "string" ? await readBytes(source, where) : source;
  return decodeModel(bytes, into, where);
}

/**
 * SHA-256 of a model's parameters, little-endian f32, one after the other by ascending path: the same weights, the same hash.
 *
 * @returns 64 hexadecimal digits
 */
export async function weightsHash(model: object): Promise<string> {
  initMissing(model, undefined);
  const found = [...parameters(model)].sort(([a], [b]) => (a < b ? -1 : 1));
  const all = new Float32Array(found.reduce((sum, [, { size }]) => sum + size, 0));
  let at = 0;
  for (const [, parameter] of found) {
    all.set(parameter.data(), at);
    at += parameter.size;
  }
  const digest = await crypto.subtle.digest("SHA-256", all);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
