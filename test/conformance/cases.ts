/** The fixture format: cases computed elsewhere in float64, one JSON file per family. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What JSON holds; a string may stand for a number that is not finite. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

export type Numbers = {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly dtype: "float32" | "int32" | "bool";
};

export type Tolerance = { readonly rtol: number; readonly atol: number };

export type Case = {
  readonly name: string;
  readonly op: string;
  readonly tags: readonly string[];
  readonly config: Readonly<Record<string, Plain>>;
  readonly inputs: Readonly<Record<string, Numbers | Plain>>;
  readonly params: Readonly<Record<string, Numbers>>;
  readonly outputs: Readonly<Record<string, Numbers | Plain>>;
  readonly seeds: Readonly<Record<string, Numbers>>;
  readonly gradients: Readonly<Record<string, Numbers>>;
  /** Of `outputs.NAME` or `grads.NAME`. */
  toleranceOf(place: string): Tolerance;
  /** PyTorch's own f32 error as a multiple of the default tolerance, where it is recorded. */
  readonly torchWorst: number | null;
  /** Where data that the case names beside it lie. */
  readonly folder: string;
};

export type Family = { readonly name: string; readonly cases: readonly Case[] };

const DEFAULT: Tolerance = { rtol: 1e-4, atol: 1e-5 };

type Raw = Record<string, unknown>;

export function isNumbers(value: unknown): value is Numbers {
  return typeof value === "object" && value !== null && "shape" in value && "data" in value;
}

function asNumber(value: unknown): number {
  return typeof value === "string" ? Number(value) : Number(value);
}

function numbersOr(raw: unknown): Numbers | Plain {
  if (typeof raw === "object" && raw !== null && "shape" in raw && "data" in raw) {
    const { shape, data, dtype = "float32" } = raw as { shape: number[]; data: unknown[]; dtype?: Numbers["dtype"] };
    return { shape, data: data.map(asNumber), dtype };
  }
  return raw as Plain;
}

function valuesOf<T>(raw: unknown): Record<string, T> {
  return Object.fromEntries(Object.entries((raw ?? {}) as Raw).map(([name, value]) => [name, numbersOr(value) as T]));
}

/** The seed of a scalar output is written as a number. */
function seedsOf(raw: unknown): Record<string, Numbers> {
  const seeds = Object.entries(valuesOf<Numbers | Plain>(raw));
  return Object.fromEntries(seeds.map(([name, seed]) => [name, isNumbers(seed) ? seed : scalarOf(seed)]));
}

export function scalarOf(value: Plain): Numbers {
  return { shape: [], data: [Number(value)], dtype: "float32" };
}

function caseOf(raw: Raw, folder: string): Case {
  const tol = (raw.tol ?? {}) as Partial<Tolerance> & { tensors?: Record<string, Tolerance> };
  return {
    name: String(raw.name),
    op: String(raw.op),
    tags: (raw.tags ?? []) as string[],
    config: (raw.config ?? {}) as Record<string, Plain>,
    inputs: valuesOf(raw.inputs),
    params: valuesOf(raw.params),
    outputs: valuesOf(raw.outputs),
    seeds: seedsOf(raw.grad_output),
    gradients: valuesOf(raw.grads),
    toleranceOf: (place) => ({ ...DEFAULT, ...tol, ...tol.tensors?.[place] }),
    torchWorst: (raw.torch_f32 as { worst?: number } | undefined)?.worst ?? null,
    folder,
  };
}

/** Every family in a folder: the files that are arrays of cases. */
export function readFamilies(folder: string): Family[] {
  const families: Family[] = [];
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()) {
    const raw: unknown = JSON.parse(readFileSync(join(folder, file), "utf8"));
    if (Array.isArray(raw)) families.push({ name: file.slice(0, -5), cases: raw.map((one: Raw) => caseOf(one, folder)) });
  }
  return families;
}
