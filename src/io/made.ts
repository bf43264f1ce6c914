/** Things that are made of options and have learned, such as estimators, as data: a tree for JSON, and the arrays it speaks of. */
import { dtypeOf, type TypedArray } from "../core/dtype.ts";
import { FormatError } from "../core/errors.ts";
import { Tensor } from "../graph/tensor.ts";
import type { NamedArray, StoredArray } from "./safetensors.ts";

/** Something that is made of its `options` alone: an estimator, or what prepares rows for one. */
export type Made = { readonly kind: string; readonly options: unknown };

/** One that can say what it has learned, and take that up again. */
export type Learner = Made & {
  describe(): { readonly learnt: unknown };
  restore(learnt: unknown): unknown;
};

/** Whether it is something made. */
export function isMade(value: unknown): value is Made {
  return typeof value === "object" && value !== null && "options" in value && "kind" in value && "fit" in value;
}

/** Whether it can be written down with what it has learned. */
export function isLearner(value: unknown): value is Learner {
  const methods = value as Partial<Learner>;
  return isMade(value) && typeof methods.describe === "function" && typeof methods.restore === "function";
}

/** What JSON holds; objects of one member whose name begins with `$` stand for what it does not. */
export type Tree = unknown;

/** Thrown where something cannot be told as data. */
class Untold extends Error {}

type Telling = { readonly arrays: NamedArray[]; readonly isKnown: (made: Made) => boolean };

function treeOf(value: unknown, path: string, telling: Telling): Tree {
  const { arrays, isKnown } = telling;
  const below = (name: string | number): string => (path ? `${path}.${name}` : String(name));
  const array = (data: TypedArray, shape: readonly number[], dtype: NamedArray["dtype"] = dtypeOf(data)!): Tree => {
    arrays.push({ name: path, dtype, shape, data });
    return { $array: path };
  };
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") throw new Untold();
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: numberText(value) };
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Tensor) return array(value.data(), value.shape, value.dtype);
  if (ArrayBuffer.isView(value)) {
    if (dtypeOf(value as TypedArray) === null) throw new Untold();
    return array(value as TypedArray, [(value as TypedArray).length]);
  }
  if (Array.isArray(value)) return value.map((part, i) => treeOf(part, below(i), telling));
  if (isMade(value)) {
    if (!isKnown(value)) throw new Untold();
    return { $made: { kind: value.kind, options: treeOf(value.options, below("options"), telling) } };
  }
  if (value instanceof Map) return { $map: [...value].map((pair, i) => treeOf(pair, below(i), telling)) };
  if (Object.getPrototypeOf(value) !== Object.prototype) throw new Untold();
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(
    entries.map(([name, part]) => [name.startsWith("$") ? `$${name}` : name, treeOf(part, below(name), telling)]),
  );
}

function numberText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A value as data. */
export type Told = { readonly tree: Tree; readonly arrays: readonly NamedArray[] };

/**
 * A value as data, its arrays named by where they stand in it.
 *
 * @param isKnown whether something made may be told
 * @returns null where a part, such as a function, cannot be told
 */
export function told(value: unknown, isKnown: (made: Made) => boolean = () => true): Told | null {
  const arrays: NamedArray[] = [];
  try {
    return { tree: treeOf(value, "", { arrays, isKnown }), arrays };
  } catch (error) {
    if (error instanceof Untold) return null;
    throw error;
  }
}

/** Deeper nesting than this is none of ours. */
const MAX_DEPTH = 32;

/** What a tree is read with. */
export type Reading = {
  /** Who reads, for errors. */
  readonly where: string;
  readonly arrays: ReadonlyMap<string, StoredArray>;
  /** Makes what has a kind, of its options. */
  make(kind: string, options: unknown): unknown;
};

/**
 * What `told` told: arrays come back as they are stored.
 *
 * @throws FormatError on anything it did not write
 */
export function untold(tree: Tree, reading: Reading, depth = 0): unknown {
  const { where, arrays } = reading;
  const wrong = (rule: string, got: unknown): FormatError => new FormatError(where, rule, JSON.stringify(got)?.slice(0, 60));
  if (depth > MAX_DEPTH) throw wrong(`what is described is nested more than ${MAX_DEPTH} deep`, undefined);
  if (typeof tree !== "object" || tree === null) return tree;
  const inside = (part: Tree): unknown => untold(part, reading, depth + 1);
  if (Array.isArray(tree)) return tree.map(inside);
  const entries = Object.entries(tree);
  const [name, value] = entries.length === 1 ? entries[0]! : [];
  if (name === "$number") return Number(value);
  if (name === "$map") {
    const pairs = inside(value);
    if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2))
      throw wrong("a map is a list of pairs", value);
    return new Map(pairs as [unknown, unknown][]);
  }
  if (name === "$array") {
    const found = typeof value === "string" ? arrays.get(value) : undefined;
    if (!found) throw wrong("the file lacks an array", value);
    return found;
  }
  if (name === "$made") {
    const { kind, options } = Object(value) as Record<string, unknown>;
    if (typeof kind !== "string") throw wrong("what is made has a kind and options", value);
    return reading.make(kind, inside(options));
  }
  return Object.fromEntries(entries.map(([key, part]) => [key.startsWith("$$") ? key.slice(1) : key, inside(part)]));
}
