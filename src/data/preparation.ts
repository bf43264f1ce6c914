/** What made numbers of raw rows, as data sets and models carry it: the rooms that make and use it know each other by this alone. */
import { Tensor } from "../graph/tensor.ts";
import type { Dataset } from "./dataset.ts";
import type { Table, TableRow } from "./table.ts";

/** Rows before anything is made of them. */
export type RawRows = Table | readonly TableRow[] | readonly string[];

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

/** Whether these are rows that a preparation must make numbers of: a table, objects, or texts. */
export function isRaw(rows: unknown): rows is RawRows {
  if (typeof rows !== "object" || rows === null || rows instanceof Tensor || ArrayBuffer.isView(rows)) return false;
  if (!Array.isArray(rows)) return "records" in rows; // not instanceof: who never makes a table need not carry one
  const first: unknown = rows[0];
  if (typeof first !== "object" || first === null) return typeof first === "string";
  return !(Array.isArray(first) || ArrayBuffer.isView(first) || first instanceof Tensor);
}
