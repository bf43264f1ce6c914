/** Rows as plain data that threads can share: nothing is copied for each of them where memory can be shared. */
import type { DType, TypedArray } from "../core/dtype.ts";
import { type Column, Table } from "../data/table.ts";
import { tensor } from "../graph/from.ts";
import { Tensor } from "../graph/tensor.ts";

export type PackedRows =
  | { readonly tensor: { readonly shape: readonly number[]; readonly dtype: DType; readonly data: TypedArray } }
  | { readonly table: readonly (readonly [name: string, column: Column])[] }
  | { readonly list: readonly unknown[] };

/** The same numbers in memory that threads share. */
function shared(values: TypedArray): TypedArray {
  if (typeof SharedArrayBuffer === "undefined") return values;
  const copy = new (values.constructor as new (memory: SharedArrayBuffer) => TypedArray)(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}

export function packRows(rows: unknown): PackedRows {
  if (rows instanceof Table) return { table: rows.names.map((name) => [name, rows.column(name)]) };
  if (rows instanceof Tensor) return { tensor: { shape: rows.shape, dtype: rows.dtype, data: shared(rows.data()) } };
  return { list: Array.from(rows as ArrayLike<unknown>) };
}

export function unpackRows(packed: PackedRows): Tensor | Table | readonly unknown[] {
  if ("tensor" in packed) return tensor(packed.tensor.data, { shape: packed.tensor.shape });
  if ("table" in packed) return new Table(Object.fromEntries(packed.table));
  return packed.list;
}
