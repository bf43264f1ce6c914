/** What estimators have learned, as files give it back: data to be doubted. */
import type { TypedArray } from "../core/dtype.ts";
import { FormatError, ValueError } from "../core/errors.ts";
import type { Label } from "../data/labels.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { isLearner } from "../io/made.ts";
import type { StoredArray } from "../io/safetensors.ts";

/** An estimator as data: what it was made with, and what it has learned. */
export type DescribedEstimator = { readonly kind: string; readonly options: unknown; readonly learnt: unknown };

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isStored = (value: unknown): value is StoredArray => isRecord(value) && ArrayBuffer.isView(value.data);
const isNumber = (value: unknown): value is number => typeof value === "number";
const isLabel = (value: unknown): value is Label => typeof value === "string" || (isNumber(value) && Number.isFinite(value));

/** Values by name, each checked when it is asked for. */
export class Learnt {
  readonly #kind: string;
  readonly #values: Readonly<Record<string, unknown>>;

  /** @param kind who asks, for errors @throws FormatError unless these are values by name */
  constructor(kind: string, values: unknown) {
    this.#kind = kind;
    if (!isRecord(values)) throw new FormatError(kind, "what was learnt is values by name", typeof values);
    this.#values = values;
  }

  /** @throws FormatError unless `holds` */
  #value<T>(name: string, wanted: string, holds: (value: unknown) => value is T): T {
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    if (holds(value)) return value;
    throw this.wrong(`${name} is ${wanted}`, isStored(value) ? `${value.dtype} [${value.shape.join(", ")}]` : value);
  }

  /** What to throw where values do not go with each other. */
  wrong(rule: string, got: unknown): FormatError {
    return new FormatError(
      this.#kind,
      `of what was learnt, ${rule}`,
      typeof got === "string" ? got : JSON.stringify(got)?.slice(0, 60),
    );
  }

  /** An f32 tensor of so many axes. */
  tensor(name: string, rank: number): Tensor {
    const isIt = (value: unknown): value is StoredArray => isStored(value) && value.dtype === "f32" && value.shape.length === rank;
    const { data, shape } = this.#value(name, `an f32 array of ${rank} axes`, isIt);
    return tensor(data, { shape });
  }

  /** As many f32 tensors as there are. */
  tensors(name: string, rank: number): Tensor[] {
    const list = new Learnt(this.#kind, { ...this.list(name) });
    return this.list(name).map((_, i) => list.tensor(String(i), rank));
  }

  /** Whole numbers from 0 to below `limit`. */
  numbersBelow(name: string, limit: number): Int32Array<ArrayBuffer> {
    const isIt = (value: unknown): value is StoredArray =>
      isStored(value) && value.dtype === "i32" && value.shape.length === 1 && value.data.every((n) => n >= 0 && n < limit);
    return this.#value(name, `an i32 array of numbers from 0 to ${limit - 1}`, isIt).data as Int32Array<ArrayBuffer>;
  }

  number(name: string): number {
    return this.#value(name, "a number", isNumber);
  }

  count(name: string): number {
    const isIt = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
    return this.#value(name, "a whole number ≥ 0", isIt);
  }

  flag(name: string): boolean {
    return this.#value(name, "true or false", (value) => typeof value === "boolean");
  }

  /** Two classes or more (or `least`), each once. */
  classes(name: string, least = 2): Label[] {
    const isIt = (value: unknown): value is Label[] =>
      Array.isArray(value) && value.length >= least && value.every(isLabel) && new Set(value).size === value.length;
    return this.#value(name, "a list of classes", isIt);
  }

  numbers(name: string): number[] {
    return this.#value(name, "a list of numbers", (value) => Array.isArray(value) && value.every(isNumber));
  }

  list(name: string): readonly unknown[] {
    return this.#value(name, "a list", (value) => Array.isArray(value));
  }

  /** Values by name inside. */
  part(name: string): Learnt {
    return new Learnt(this.#kind, this.#value(name, "values by name", isRecord));
  }

  /** Whether there is anything by that name. */
  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== null;
  }

  /** Arrays by name. */
  arrays(): Record<string, TypedArray> {
    const names = Object.keys(this.#values);
    return Object.fromEntries(names.map((name) => [name, this.#value(name, "an array", isStored).data]));
  }
}

/** What a part has learned. @throws ValueError where it is of a kind that cannot say so */
export function learntOf(where: string, part: unknown): unknown {
  if (isLearner(part)) return part.describe().learnt;
  const kind = String(Object(part).kind);
  throw new ValueError(where, "all parts have describe and restore", `${kind} without`, "writing both, as nabla's own have them");
}

/** Gives a part back what it had learned. */
export function restorePart(where: string, part: unknown, learnt: unknown): void {
  if (!isLearner(part)) throw new FormatError(where, "all parts have describe and restore", String(Object(part).kind));
  part.restore(learnt);
}
