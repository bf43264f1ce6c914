/**
 * Checkpoints: all that a training goes on from, in one safetensors file that is replaced whole. Arrays are named by what they belong
 * to (`model/…`, `optimizer/…`, `stream/…`, `callback/…`, `order`); the rest is text among the file's notes.
 */
import type { TypedArray } from "../core/dtype.ts";
import { FormatError } from "../core/errors.ts";
import { writeState } from "../graph/state.ts";
import type { Tensor } from "../graph/tensor.ts";
import { prepareFolder, readIfThere, writeBytes } from "../io/file.ts";
import { arraysOf, checkState, fillState, stateOf } from "../io/model-state.ts";
import { decodeSafetensors, encodeSafetensors, type NamedArray, type StoredArray } from "../io/safetensors.ts";
import { streams } from "../nn/model.ts";
import { engine } from "../wasm/engine.ts";
import type { Saved } from "./callback.ts";
import { keptBy } from "./keeping.ts";
import type { CheckpointOptions } from "./options.ts";
import type { Cursor, Run } from "./run.ts";
import { fromText, isArray, named, toText } from "./saved.ts";

/** What the note `format` of a checkpoint says. */
export const CHECKPOINT_FORMAT = "nabla-checkpoint";
/** Files of other versions are refused. */
const VERSION = 1;

/** What a step of one's own draws from: no path of a field. */
const STEP_STREAM = "(step)";

type Arrays = ReadonlyMap<string, StoredArray>;
type Notes = Readonly<Record<string, string>>;

/** What must be the same for a training to go on as if it had never stopped. */
function planOf(run: Run): Record<string, string> {
  const { seed, rules } = run.settled;
  const optimizer = Object.entries(rules).map(([name, rule]) => (name === "optimizer" ? rule.name : `${name} ${rule.name}`));
  const plan = {
    ...run.feed.plan,
    seed,
    optimizer,
    callbacks: run.callbacks.map(({ name }) => name),
  };
  return Object.fromEntries(Object.entries(plan).map(([name, value]) => [name, String(value)]));
}

/** The streams of random numbers, by path, as tensors of key and count. */
function randomState(run: Run): Map<string, Tensor> {
  const own = [...streams(run.model)].map(([path, { state }]) => [path, state] as const);
  return new Map([...own, [STEP_STREAM, run.random.state]]);
}

/** Arrays and text of a callback's state apart. */
function parted(saved: Saved, prefix: string): { arrays: NamedArray[]; rest: Record<string, unknown> } {
  const arrays: NamedArray[] = [];
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(saved)) {
    if (isArray(value)) arrays.push(named(`${prefix}${name}`, value));
    else rest[name] = value;
  }
  return { arrays, rest };
}

function under(arrays: Arrays, prefix: string): Record<string, TypedArray> {
  const found = [...arrays].filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(found.map(([name, { data }]) => [name.slice(prefix.length), data]));
}

/** A training as the bytes of its checkpoint. */
export function encodeCheckpoint(run: Run): Uint8Array<ArrayBuffer> {
  const { order, ...cursor } = run.cursor;
  const arrays = [...arraysOf(stateOf(run.model), "model/"), ...arraysOf(randomState(run), "stream/"), named("order", order)];
  for (const [name, optimizer] of Object.entries(run.optimizers))
    for (const [part, data] of Object.entries(optimizer.state())) arrays.push(named(`optimizer/${name}/${part}`, data));
  const callbacks = run.callbacks.map((callback, i) => {
    const { arrays: own, rest } = parted(callback.state?.() ?? {}, `callback/${i}/`);
    arrays.push(...own);
    return rest;
  });
  const schedules = Object.entries(run.schedules).map(([name, lr]) => [name, typeof lr === "function" ? (lr.state?.() ?? {}) : {}]);
  const { math, simd } = engine();
  const notes = {
    format: CHECKPOINT_FORMAT,
    version: String(VERSION),
    math,
    simd,
    plan: toText(planOf(run)),
    cursor: toText(cursor),
    history: toText(run.history),
    callbacks: toText(callbacks),
    schedules: toText(Object.fromEntries(schedules)),
  };
  return encodeSafetensors(arrays, notes);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A note that is JSON. */
function note(where: string, notes: Notes, name: string): unknown {
  try {
    return fromText(notes[name] ?? "");
  } catch {
    throw new FormatError(where, `the note '${name}' must be JSON`, notes[name]?.slice(0, 40) ?? "nothing");
  }
}

function checkPlan(where: string, run: Run, notes: Notes): void {
  if (notes.format !== CHECKPOINT_FORMAT)
    throw new FormatError(
      where,
      "is no checkpoint",
      `format ${notes.format ?? "unknown"}`,
      "another path: this file is left alone",
    );
  if (notes.version !== String(VERSION))
    throw new FormatError(where, `this nabla resumes checkpoints of version ${VERSION}`, notes.version, "the nabla that wrote it");
  const stored = note(where, notes, "plan");
  for (const [name, value] of Object.entries(planOf(run))) {
    const was = isRecord(stored) ? stored[name] : undefined;
    if (was !== value)
      throw new FormatError(
        where,
        `was written with ${name} ${String(was)}`,
        value || "none",
        "the same settings, or resume: false",
      );
  }
}

function cursorOf(where: string, run: Run, notes: Notes, arrays: Arrays): Cursor {
  const stored = note(where, notes, "cursor");
  const wrong = (rule: string): FormatError => new FormatError(where, rule, notes.cursor?.slice(0, 80));
  if (!isRecord(stored)) throw wrong("the cursor must be an object");
  const number = (name: string): number => {
    const value = stored[name];
    if (typeof value !== "number") throw wrong(`the cursor's ${name} must be a number`);
    return value;
  };
  const [epoch, batch] = [number("epoch"), number("batch")];
  const isPlace = Number.isInteger(epoch) && epoch >= 0 && Number.isInteger(batch) && batch >= 0 && batch < run.batches;
  if (!isPlace) throw wrong("the cursor must be a place in the training");
  const order = arrays.get("order")?.data;
  if (!(order instanceof Int32Array && order.length === run.cursor.order.length)) throw wrong("the file lacks the order of rows");
  const { stopped, parts } = stored;
  return {
    epoch,
    step: typeof stored.step === "number" ? stored.step : epoch * run.batches + batch, // files before streams have none
    batch,
    total: number("total"),
    seen: number("seen"),
    parts: Object.fromEntries(Object.entries(isRecord(parts) ? parts : {}).map(([name, sum]) => [name, Number(sum)])),
    seconds: number("seconds"),
    order,
    stopped: typeof stopped === "string" ? stopped : null,
  };
}

/** Epochs that have ended. @throws FormatError unless they are lists of `epochs` entries, where there are any */
function historyOf(where: string, run: Run, notes: Notes, epochs: number): Run["history"] {
  const stored = note(where, notes, "history");
  const list = (value: unknown, name: string): unknown[] => {
    const isValid = Array.isArray(value) && (value.length === epochs || (value.length === 0 && name === "validationLoss"));
    if (!isValid) throw new FormatError(where, `the history's ${name} must have ${epochs} entries`, String(value).slice(0, 40));
    return value;
  };
  const numbers = (value: unknown, name: string): number[] => list(value, name).map(Number);
  const { loss, validationLoss, seconds, metrics } = isRecord(stored) ? stored : {};
  const values = isRecord(metrics) ? metrics : {};
  const names = [...Object.keys(run.history.metrics), ...Object.keys(values)];
  return {
    loss: numbers(loss, "loss"),
    validationLoss: numbers(validationLoss, "validationLoss"),
    seconds: numbers(seconds, "seconds"),
    metrics: Object.fromEntries(names.map((name) => [name, list(values[name], name)])),
  };
}

/** Takes a training to where its checkpoint was written. @throws FormatError before anything of the model is changed */
export function restoreCheckpoint(run: Run, bytes: Uint8Array, where: string): void {
  const { tensors, metadata } = decodeSafetensors(bytes, where);
  checkPlan(where, run, metadata);
  const [model, random] = [stateOf(run.model), randomState(run)];
  checkState(where, model, tensors, "model/");
  checkState(where, random, tensors, "stream/");
  const cursor = cursorOf(where, run, metadata, tensors);
  const history = historyOf(where, run, metadata, cursor.epoch);
  const [callbacks, schedules] = [note(where, metadata, "callbacks"), note(where, metadata, "schedules")];
  for (const [name, optimizer] of Object.entries(run.optimizers)) optimizer.restore(under(tensors, `optimizer/${name}/`));
  for (const [name, lr] of Object.entries(run.schedules))
    if (typeof lr === "function" && isRecord(schedules)) lr.restore?.((schedules[name] ?? {}) as Record<string, number>);
  for (const [i, callback] of run.callbacks.entries()) {
    const rest: unknown = Array.isArray(callbacks) ? callbacks[i] : {};
    callback.restore?.({ ...(isRecord(rest) && rest), ...under(tensors, `callback/${i}/`) });
  }
  fillState(model, tensors, "model/");
  for (const stream of streams(run.model).values()) stream.seeded = true;
  for (const [path, state] of random) writeState(state, tensors.get(`stream/${path}`)!.data);
  Object.assign(run.cursor, cursor);
  Object.assign(run.history, history);
}

/** Has a training write checkpoints, and go on from the one there is. */
async function keep(run: Run, { path, every, resume = false }: CheckpointOptions): Promise<void> {
  const where = `fit: checkpoint ${path}`;
  await prepareFolder(path, where);
  const bytes = resume ? await readIfThere(path, where) : null;
  if (bytes) restoreCheckpoint(run, bytes, where);
  let last = run.step;
  run.keeper = {
    due: (steps, atEpoch) => (every ? Math.floor(steps / every) > Math.floor(last / every) : atEpoch),
    async write() {
      last = run.step;
      await writeBytes(path, encodeCheckpoint(run), where);
    },
  };
}

/**
 * What `fit({ checkpoint })` takes. The same options without this function do as well where the whole library is loaded, as in Node;
 * bundlers leave out what nobody imports.
 *
 * @param options path; every: steps between two writings, default once an epoch; resume: whether to go on from the file, default false
 * @example await fit(model, data, { loss, optimizer, checkpoint: checkpointFile({ path: "run/checkpoint.safetensors", resume: true }) })
 */
export const checkpointFile: (options: CheckpointOptions) => CheckpointOptions = /* @__PURE__ */ keptBy(keep);
