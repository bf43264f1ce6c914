/** Rows as preparations take them: numbers in f64, or values of any kind, column by column. */
import { DTypeError, ShapeError, ValueError } from "../core/errors.ts";
import { Table, type TableValue } from "../data/table.ts";
import { type TensorLike, tensor } from "../graph/from.ts";
import { Tensor } from "../graph/tensor.ts";

/** Numbers row by row, in f64; missing ones are NaN. */
export type Matrix = {
  readonly data: Float64Array<ArrayBuffer>;
  readonly rows: number;
  readonly columns: number;
  /** Names of the columns, where they come from a table. */
  readonly names: readonly string[] | null;
};

/** Rows of numbers: a table of such columns, a tensor [n, columns], or arrays, in which null is a missing number. */
export type NumberRows = Table | TensorLike | readonly (readonly (number | null)[])[];
/** Rows of values to tell apart: a table, a tensor, or arrays of words and numbers. */
export type ValueRows = NumberRows | readonly (readonly TableValue[])[];

const REMEDY = "rows of columns: [[1], [2], [3]], or reshape([-1, 1])";

/** Name of a column for messages. */
export function columnName({ names }: { readonly names: readonly string[] | null }, column: number): string {
  return names ? `column '${names[column]}'` : `column ${column}`;
}

function fromTensor(where: string, x: Tensor): Matrix {
  const [rows, columns] = x.shape;
  if (x.rank !== 2 || rows === undefined || columns === undefined)
    throw new ShapeError(where, "expects rows [n, columns]", { x }, REMEDY);
  return { data: Float64Array.from(x.data()), rows, columns, names: null };
}

function fromTable(table: Table): Matrix {
  const columns = table.names.length;
  const data = new Float64Array(table.rows * columns);
  for (const [c, name] of table.names.entries()) {
    const column = table.numbers(name);
    for (let r = 0; r < table.rows; ++r) data[r * columns + c] = column[r]!;
  }
  return { data, rows: table.rows, columns, names: table.names };
}

/** Rows of arrays, all of one length. */
function listsOf<Value>(where: string, rows: unknown): ArrayLike<Value>[] {
  if (!Array.isArray(rows)) throw new DTypeError(where, "expects rows", String(rows), REMEDY);
  const lists: unknown[] = rows;
  for (const [r, row] of lists.entries()) {
    if (!Array.isArray(row) && !ArrayBuffer.isView(row))
      throw new DTypeError(where, "expects rows of columns", `${JSON.stringify(row)} in row ${r}`, REMEDY);
    const { length } = row as ArrayLike<Value>;
    const wanted = (lists[0] as ArrayLike<Value>).length;
    if (length !== wanted)
      throw new ValueError(where, "rows must have the same length", `${length} instead of ${wanted} in row ${r}`);
  }
  return lists as ArrayLike<Value>[];
}

/** @param where who asks, for errors */
export function matrixOf(where: string, x: NumberRows): Matrix {
  if (x instanceof Tensor) return fromTensor(where, x);
  if (x instanceof Table) return fromTable(x);
  if (ArrayBuffer.isView(x)) return fromTensor(where, tensor(x));
  const lists = listsOf<unknown>(where, x);
  const columns = lists[0]?.length ?? 0;
  const data = new Float64Array(lists.length * columns);
  for (const [r, row] of lists.entries()) {
    for (let c = 0; c < columns; ++c) {
      const value = row[c];
      if (typeof value !== "number" && value !== null && value !== undefined)
        throw new DTypeError(
          where,
          "takes numbers only",
          `${JSON.stringify(value)} in row ${r}, column ${c}`,
          "an encoder for words",
        );
      data[r * columns + c] = value ?? Number.NaN;
    }
  }
  return { data, rows: lists.length, columns, names: null };
}

/** f32 [rows, columns]. */
export function tensorFrom({ data, rows, columns }: Matrix): Tensor {
  return tensor(Float32Array.from(data), { shape: [rows, columns] });
}

/** Values column by column. */
export type Columns = {
  readonly values: readonly (readonly TableValue[])[];
  readonly rows: number;
  readonly names: readonly string[] | null;
};

/** @param where who asks, for errors */
export function columnsOf(where: string, x: ValueRows): Columns {
  if (x instanceof Table) {
    const values = x.names.map((name) => Array.from({ length: x.rows }, (_, row) => x.at(row, name)));
    return { values, rows: x.rows, names: x.names };
  }
  const nothing = (value: TableValue | undefined): TableValue =>
    value === undefined || (typeof value === "number" && Number.isNaN(value)) ? null : value;
  if (x instanceof Tensor || ArrayBuffer.isView(x)) {
    const { data, rows, columns } = matrixOf(where, x);
    const values = Array.from({ length: columns }, (_, c) =>
      Array.from({ length: rows }, (_, r) => nothing(data[r * columns + c]!)),
    );
    return { values, rows, names: null };
  }
  const lists = listsOf<TableValue>(where, x);
  const values = Array.from({ length: lists[0]?.length ?? 0 }, (_, c) => lists.map((row) => nothing(row[c])));
  return { values, rows: lists.length, names: null };
}
