/** Models as files: one safetensors file, with the structure and the SIMD mode among its notes. */
import { FormatError, ValueError } from "../core/errors.ts";
import type { StorageType } from "../graph/tensor.ts";
import { initMissing, type Model, parameters } from "../nn/model.ts";
import { build, describe } from "../nn/structure.ts";
import { engine } from "../wasm/engine.ts";
import { attachedNotes, readAttached } from "./attached.ts";
import { readBytes, writeBytes } from "./file.ts";
import { learnerParts, readLearner } from "./learner-file.ts";
import { isLearner, isMade } from "./made.ts";
import { arraysOf, checkState, fillState, stateOf } from "./model-state.ts";
import { decodeSafetensors, encodeSafetensors, type NamedArray, type StoredArray } from "./safetensors.ts";
import { readable, storedAs } from "./storage.ts";

/** Version of the notes; files of later ones are refused. */
const VERSION = 1;

/** How a model is saved. */
export type SaveOptions = {
  /** The type that parameters have in the file: `f16` for half of its size. Loading makes them f32 again. Default: f32 as they are */
  dtype?: StorageType;
};

type Notes = Readonly<Record<string, string>>;

/** What a file holds of a network. */
function networkParts(model: object, dtype: StorageType | undefined): { arrays: readonly NamedArray[]; notes: Notes } {
  if (isMade(model) && !("forward" in model))
    throw new ValueError(
      "save",
      `${model.kind} has no describe and restore, by which files keep what was learned`,
      undefined,
      "the bestEstimator of a search",
    );
  initMissing(model, undefined);
  if (parameters(model).size === 0)
    throw new ValueError(
      "save",
      "found no parameters in the model's fields",
      undefined,
      "keeping layers in public fields: #private ones cannot be seen",
    );
  const state = stateOf(model);
  return {
    arrays: arraysOf(dtype ? storedAs("save", dtype, state) : state),
    notes: { structure: JSON.stringify(describe(model)) },
  };
}

/**
 * A model, or an estimator, as the bytes of its file.
 *
 * @param further notes of one's own, by name
 * @throws ValueError when the model has no parameters to find, or one that `dtype` cannot hold, or the estimator has learned nothing
 */
export function encodeModel(model: object, further: Notes = {}, { dtype }: SaveOptions = {}): Uint8Array<ArrayBuffer> {
  if (isLearner(model) && dtype)
    throw new ValueError("save", "an estimator is kept as it is, to the last bit", "a dtype", "saving it without one");
  const { arrays, notes } = isLearner(model) ? learnerParts(model) : networkParts(model, dtype);
  const { math, simd } = engine();
  const about = { format: "nabla", version: String(VERSION), math, simd };
  return encodeSafetensors(arrays, { ...about, ...notes, ...attachedNotes(model), ...further });
}

function checkVersion(where: string, notes: Notes): void {
  if (!(Number(notes.version) <= VERSION))
    throw new FormatError(where, `this nabla reads files up to version ${VERSION}`, notes.version, "a later version of nabla");
}

function structureOf(where: string, notes: Notes): unknown {
  if (notes.format !== "nabla")
    throw new FormatError(
      where,
      "the file holds weights without a structure",
      "no note 'format: nabla'",
      "load(path, model), with a model of the same shapes",
    );
  checkVersion(where, notes);
  try {
    return JSON.parse(notes.structure ?? "null");
  } catch {
    throw new FormatError(where, "the note 'structure' is not JSON", notes.structure?.slice(0, 40));
  }
}

function networkFrom(where: string, notes: Notes): Model {
  const structure = structureOf(where, notes);
  if (structure === null)
    throw new FormatError(
      where,
      "the model has parts of its own kind, which a file cannot build",
      undefined,
      "load(path, model), with a new model of that kind",
    );
  return build(where, structure);
}

function readNetwork(where: string, notes: Notes, tensors: ReadonlyMap<string, StoredArray>, into?: object): object {
  const model = into ?? networkFrom(where, notes);
  const wanted = stateOf(model);
  const stored = readable(tensors);
  checkState(where, wanted, stored);
  fillState(wanted, stored);
  return model;
}

/** A model, or an estimator, from the bytes of its file; see `load`. */
export function decodeModel<M extends object = Model>(bytes: Uint8Array, into?: M, where = "load"): M {
  const { tensors, metadata } = decodeSafetensors(bytes, where);
  const attachAll = readAttached(where, metadata);
  const { estimator } = metadata;
  if (estimator !== undefined) checkVersion(where, metadata);
  const model =
    estimator === undefined ? readNetwork(where, metadata, tensors, into) : readLearner(where, estimator, tensors, into);
  attachAll(model);
  return model as M;
}

/**
 * Writes a model to a file: weights with their paths, structure, SIMD mode, and names of classes and preparation where it was trained on
 * data that have them. Or a fitted estimator: its options and all that it has learned, those of a pipeline's steps too, and what
 * `partialFit` goes on from. All of it or nothing: the old file stays until the new one is complete.
 *
 * @param path of a file, or `indexeddb://name` in a page
 * @param options `{ dtype: f16 }`: weights of 16 bits; the model itself stays as it is
 * @throws ValueError when the file cannot be written, the model has no parameters, or a weight that `dtype` cannot hold, or the estimator
 *   has learned nothing
 * @example await save(model, "digits.safetensors")
 */
export async function save(model: object, path: string, options: SaveOptions = {}): Promise<void> {
  await writeBytes(path, encodeModel(model, {}, options), `save(${path})`);
}

/**
 * Reads a model, or an estimator, from a file or from the bytes of one.
 *
 * @param source a path, `indexeddb://name` in a page, or bytes
 * @param into a model to fill, where the file holds parts of its own kind or weights alone; an estimator of the same options
 * @throws FormatError when the file is damaged, of a later version, or of other shapes; `into` is then as before
 * @throws ValueError when it cannot be read
 * @example const model = await load("digits.safetensors")
 * @example const estimator = await load<MLPClassifier>("classifier.safetensors")
 */
export async function load<M extends object = Model>(source: string | Uint8Array, into?: M): Promise<M> {
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
