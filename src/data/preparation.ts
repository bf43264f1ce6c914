/** What made numbers of raw rows, as data sets and models carry it: the rooms that make and use it know each other by this alone. */
import { Tensor } from "../graph/tensor.ts";
import type { Dataset } from "./dataset.ts";
import type { Labels } from "./labels.ts";
import type { Table, TableRow } from "./table.ts";

/** Sound: samples from −1 to 1, f32 [frames] or [frames, channels], and how many frames a second has. */
export type Sound = { samples: Tensor; rate: number };
/** Texts, pictures or sounds, and what each is: words, numbers, or class numbers whose names are `classes`. */
export type Samples = {
  x: readonly string[] | readonly Tensor[] | readonly Sound[] | Tensor;
  y: Labels;
  classes?: readonly string[];
};
/** Rows before anything is made of them: tables, rows as objects, texts, pictures, sounds; or samples with what they are. */
export type RawRows = Table | readonly TableRow[] | readonly string[] | readonly Tensor[] | readonly Sound[] | Samples;

export interface Preparation {
  /** A word of its own, by which files know it. */
  readonly kind: string;
  /** Inputs x of raw rows. */
  inputs(rows: RawRows): Tensor;
  /** Inputs and targets of raw rows. @throws ValueError when the rows lack their targets */
  transform(rows: RawRows): Dataset;
  /** Predictions in the units of the raw targets. */
  outputs(prediction: Tensor): Tensor;
  /** How many of these prepared rows it has learnt from; unknown once it comes from a file. */
  saw?(x: Tensor): number;
  /** All of it as data, for files. */
  describe(): object;
}

/** Whether these are rows that a preparation must make numbers of. A list of tensors is one of pictures, not a batch. */
export function isRaw(rows: unknown): rows is RawRows {
  if (typeof rows !== "object" || rows === null || rows instanceof Tensor || ArrayBuffer.isView(rows)) return false;
  // Not instanceof: who never makes a table need not carry one.
  if (!Array.isArray(rows)) return "records" in rows || ("x" in rows && isRaw(rows.x));
  const first: unknown = rows[0];
  if (typeof first !== "object" || first === null) return typeof first === "string";
  return !(Array.isArray(first) || ArrayBuffer.isView(first));
}
