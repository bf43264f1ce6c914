/** `nabla inspect FILE`: what a model file or a checkpoint holds. */
import type { DType } from "../core/dtype.ts";
import { sizeOf } from "../core/shape.ts";
import { formatTable } from "../core/table.ts";
import { decodeModel, TablePreparation } from "../index.ts";
import { readBytes } from "../io/file.ts";
import { decodeSafetensors, type StoredArray } from "../io/safetensors.ts";
import { readable } from "../io/storage.ts";
import { buildPreparation } from "../preparation/kinds.ts";
import { taskOf } from "./measure.ts";

/** Notes that are shown in another way, or too long to show. */
const SHOWN_APART = new Set(["structure", "estimator", "cursor", "history", "callbacks", "schedules", "plan", "preparation"]);
const DIGITS = 4;

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(DIGITS))) : String(value);
}

/** Name, type, shape, least, mean and greatest number of an array. */
function row(name: string, dtype: DType, { shape, data }: StoredArray): string[] {
  let [least, greatest, sum] = [Infinity, -Infinity, 0];
  for (const value of data) {
    least = value < least || Number.isNaN(value) ? value : least;
    greatest = value > greatest || Number.isNaN(value) ? value : greatest;
    sum += value;
  }
  const numbers = data.length === 0 ? ["", "", ""] : [short(least), short(sum / data.length), short(greatest)];
  return [name, dtype, `[${shape.join(", ")}]`, ...numbers];
}

function parsed(note: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(note ?? "{}");
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Where a checkpoint's training is. */
function progress(notes: Readonly<Record<string, string>>): string[] {
  const [{ epoch, batch, stopped }, plan, { loss }] = [parsed(notes.cursor), parsed(notes.plan), parsed(notes.history)];
  const settings = Object.entries(plan).map(([name, value]) => `${name} ${String(value)}`);
  const losses = Array.isArray(loss) && loss.length > 0 ? `, loss of the last ${short(Number(loss.at(-1)))}` : "";
  const end = typeof stopped === "string" ? `; ended: ${stopped}` : "";
  return [`training: ${String(epoch)} epochs and ${String(batch)} batches done${losses}${end}`, `settings: ${settings.join(", ")}`];
}

/** What makes numbers of raw rows. */
function preparation(path: string, notes: Readonly<Record<string, string>>): string {
  const found = buildPreparation(`inspect(${path})`, parsed(notes.preparation));
  const from = found instanceof TablePreparation ? ` from ${found.features.join(", ")}` : "";
  return `preparation: ${found.kind}, ${taskOf(notes.classes === undefined ? {} : { classes: [] }, found)}${from}`;
}

/** Kinds and options, what is inside a line each. */
function estimator(made: unknown, label: string): string[] {
  const inner: string[] = [];
  const shown = (value: unknown, name: string): unknown => {
    if (Array.isArray(value)) return value.map((part) => shown(part, typeof value[0] === "string" ? value[0] : name));
    if (typeof value !== "object" || value === null) return value;
    if ("$made" in value) {
      inner.push(...estimator(value, `  ${name}`));
      return (value as { $made: { kind: string } }).$made.kind;
    }
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shown(part, key)]));
  };
  const { kind, options } = (made as { $made?: { kind?: unknown; options?: unknown } } | null)?.$made ?? {};
  if (typeof kind !== "string") return [`${label}: with parts of its own kind, which load(path, estimator) fills`];
  return [`${label}: ${kind} ${JSON.stringify(shown(options, "part"))}`, ...inner];
}

/** The model's table of parts, where the file says what it is made of. */
function structure(bytes: Uint8Array, notes: Readonly<Record<string, string>>): string[] {
  if (notes.format !== "nabla") return [];
  if (notes.estimator !== undefined) return estimator(parsed(notes.estimator).made, "estimator");
  if (notes.structure === undefined || notes.structure === "null")
    return ["structure: of its own kind, which load(path, model) fills"];
  return [String(decodeModel(bytes))];
}

/** Prints what the file holds. */
export async function inspect(path: string): Promise<void> {
  const where = `inspect(${path})`;
  const bytes = await readBytes(path, where);
  const { tensors, metadata } = decodeSafetensors(bytes, where);
  const count = [...tensors.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const lines = [
    `${path}: ${bytes.length.toLocaleString("en-US")} bytes, ${tensors.size} arrays of ${count.toLocaleString("en-US")} numbers`,
  ];
  for (const [name, note] of Object.entries(metadata)) if (!SHOWN_APART.has(name)) lines.push(`${name}: ${note}`);
  if (metadata.preparation !== undefined) lines.push(preparation(path, metadata));
  if (metadata.cursor !== undefined) lines.push(...progress(metadata));
  lines.push(...structure(bytes, metadata), "");
  const numbers = readable(tensors);
  const rows = [...tensors].map(([name, { dtype }]) => row(name, dtype, numbers.get(name)!));
  lines.push(
    formatTable(
      [["name", "type", "shape", "least", "mean", "greatest"], ...rows],
      ["left", "left", "left", "right", "right", "right"],
    ),
  );
  console.log(lines.join("\n"));
}
