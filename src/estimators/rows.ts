/** Some of the rows of whatever holds rows. */
import { Table } from "../data/table.ts";
import type { TensorLike } from "../graph/from.ts";
import { tensor } from "../graph/from.ts";
import { Tensor } from "../graph/tensor.ts";
import { gather } from "../ops/gather.ts";

/** What estimators learn from: rows of numbers, or a table for pipelines that begin by preparing one. */
export type Rows = TensorLike | Table;

/** How many rows there are. */
export function countRows(rows: Rows | ArrayLike<unknown>): number {
  if (rows instanceof Table) return rows.rows;
  if (rows instanceof Tensor) return rows.shape[0] ?? 0;
  return (rows as ArrayLike<unknown>).length;
}

/** Rows by number: of a table, a tensor or a list, as the same kind. */
export function takeRows<R extends Rows | ArrayLike<unknown>>(rows: R, index: Int32Array<ArrayBuffer>): R {
  if (rows instanceof Table) return rows.take(index) as R;
  if (rows instanceof Tensor) return gather(rows, tensor(index)) as R;
  const list: ArrayLike<unknown> = Array.from(index, (row) => (rows as ArrayLike<unknown>)[row]);
  return list as R;
}
