/** Rows of one tensor, or of several that go together. */
import { Tensor } from "../graph/tensor.ts";
import type { Dataset } from "./dataset.ts";

/** One tensor [n, …], or several by name: `{ image, age }`. */
export type Rows = Tensor | Readonly<Record<string, Tensor>>;

/** A data set that may have several inputs, several targets, or no targets at all. */
export type NamedDataset = Omit<Dataset, "x" | "y"> & { x: Rows; y?: Rows };

/** Its tensors by name; one alone is called `name`. */
export function tensorsIn(rows: Rows | undefined, name: string): [name: string, tensor: Tensor][] {
  if (rows === undefined) return [];
  return rows instanceof Tensor ? [[name, rows]] : Object.entries(rows).map(([part, tensor]) => [`${name}.${part}`, tensor]);
}

/** `f` of each tensor. */
export function mapRows(rows: Rows, f: (x: Tensor) => Tensor): Rows {
  if (rows instanceof Tensor) return f(rows);
  return Object.fromEntries(Object.entries(rows).map(([name, x]) => [name, f(x)]));
}
