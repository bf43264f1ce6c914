/** Tables: columns by name, as they come from a file, before anything is made of them. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { Printed } from "../core/printed.ts";
import { formatTable } from "../core/table.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";

/** What stands in one place of a table; null where nothing does. */
export type TableValue = string | number | null;
/** A row by the names of its columns. */
export type TableRow = Readonly<Record<string, TableValue>>;
/** Numbers, missing ones NaN; or words, missing ones null. */
export type Column = Float64Array<ArrayBuffer> | readonly (string | null)[];
/** What becomes a column: numbers or words, missing ones null or undefined. */
export type ColumnLike = ArrayLike<TableValue | undefined>;

/** Where a table's rows stand in a file. */
export type Origin = { readonly file: string; readonly lines: Int32Array };

/** Rows that print; what lies between first and last is left out. */
const SHOWN = 10;

function isMissing(value: TableValue | undefined): value is null | undefined {
  return value === null || value === undefined || (typeof value === "number" && Number.isNaN(value));
}

/** A column of numbers if nothing but numbers stands in it, of words otherwise. */
function columnFrom(name: string, values: ColumnLike): Column {
  if (values instanceof Float64Array) return values as Float64Array<ArrayBuffer>;
  const list = Array.from(values);
  if (list.every((value) => typeof value === "number" || isMissing(value)))
    return Float64Array.from(list, (value) => (isMissing(value) ? Number.NaN : (value as number)));
  return list.map((value, row) => {
    if (isMissing(value)) return null;
    if (typeof value === "string") return value;
    if (typeof value === "number") return String(value);
    throw new ValueError("Table", "holds numbers and words", `${typeof value} in column '${name}', row ${row}`);
  });
}

/** Names as they are quoted in errors. */
export function listOf(names: Iterable<string>): string {
  return [...names].map((name) => `'${name}'`).join(", ");
}

/**
 * Columns by name, in order, all of the same length: numbers (missing ones are NaN) or words (missing ones are null). A table does not
 * change; `take`, `where`, `select`, `with` give others. Rows count from 0, in messages too, where those of a file are told by their line.
 *
 * @param columns by name: arrays of numbers, words, null and undefined
 * @throws ShapeError when columns differ in length  @throws ValueError on anything but numbers and words, and a name that comes twice
 * @example const table = new Table({ height: [1.7, 1.6], name: ["Ada", "Grace"] });
 */
export class Table extends Printed {
  /** Names of the columns, in order. */
  readonly names: readonly string[];
  /** How many rows there are. */
  readonly rows: number;
  readonly #columns: ReadonlyMap<string, Column>;
  readonly #origin: Origin | null;

  constructor(
    columns: Iterable<readonly [string, ColumnLike]> | Readonly<Record<string, ColumnLike>>,
    origin: Origin | null = null,
  ) {
    super();
    const entries = Symbol.iterator in columns ? [...columns] : Object.entries(columns);
    const found = new Map<string, Column>();
    for (const [name, values] of entries) {
      if (found.has(name)) throw new ValueError("Table", "each column has a name of its own", `'${name}' twice`);
      found.set(name, columnFrom(name, values));
    }
    this.names = [...found.keys()];
    this.rows = found.get(this.names[0] ?? "")?.length ?? 0;
    for (const [name, { length }] of found) {
      if (length !== this.rows)
        throw new ShapeError("Table", "columns must have the same length", { [this.names[0]!]: [this.rows], [name]: [length] });
    }
    this.#columns = found;
    this.#origin = origin;
  }

  /**
   * A table of rows that are objects.
   *
   * @param names default: all that occur, in order of their first occurrence
   * @example Table.fromRecords([{ age: 31, city: "Oslo" }, { age: 28 }])
   */
  static fromRecords(records: readonly TableRow[], names?: readonly string[]): Table {
    const found = names ?? [...new Set(records.flatMap((record) => Object.keys(record)))];
    return new Table(found.map((name) => [name, records.map((record) => record[name] ?? null)] as const));
  }

  /** @throws ValueError when there is none of this name */
  column(name: string): Column {
    const column = this.#columns.get(name);
    if (column) return column;
    throw new ValueError("Table", "has no such column", `'${name}'`, `one of ${listOf(this.names)}`);
  }

  has(name: string): boolean {
    return this.#columns.has(name);
  }

  /** A column of numbers. @throws ValueError when there are words in it, naming the first and its row */
  numbers(name: string): Float64Array<ArrayBuffer> {
    const column = this.column(name);
    if (column instanceof Float64Array) return column;
    const row = Math.max(
      0,
      column.findIndex((word) => word !== null && !Number.isFinite(Number(word))),
    );
    const got = `${JSON.stringify(column[row] ?? null)} in ${this.place(row)}`;
    throw new ValueError(
      "Table",
      `column '${name}' must hold numbers`,
      got,
      "mending that row, or taking the column as categories",
    );
  }

  /** A column as words, numbers written out. */
  words(name: string): readonly (string | null)[] {
    const column = this.column(name);
    if (!(column instanceof Float64Array)) return column;
    return Array.from(column, (value) => (Number.isNaN(value) ? null : String(value)));
  }

  /** What stands in one place; null where it is missing. */
  at(row: number, name: string): TableValue {
    const value = this.column(name)[row];
    return isMissing(value) ? null : value;
  }

  /** Where a row stands, for messages: its line in a file, or its number from 0. */
  place(row: number): string {
    return this.#origin ? `line ${this.#origin.lines[row]} of ${this.#origin.file}` : `row ${row}`;
  }

  /** These columns, in this order. */
  select(names: readonly string[]): Table {
    return new Table(
      names.map((name) => [name, this.column(name)] as const),
      this.#origin,
    );
  }

  /** All other columns. */
  drop(names: readonly string[]): Table {
    for (const name of names) this.column(name);
    return this.select(this.names.filter((name) => !names.includes(name)));
  }

  /** Rows by number, from 0. */
  take(index: ArrayLike<number>): Table {
    const rows = Array.from(index);
    const bad = rows.find((row) => !(Number.isInteger(row) && row >= 0 && row < this.rows));
    if (bad !== undefined) throw new ValueError("Table", `rows are from 0 to ${this.rows - 1}`, String(bad));
    const pick = (column: Column): Column =>
      column instanceof Float64Array ? Float64Array.from(rows, (row) => column[row]!) : rows.map((row) => column[row]!);
    const origin = this.#origin && { file: this.#origin.file, lines: Int32Array.from(rows, (row) => this.#origin!.lines[row]!) };
    return new Table(
      this.names.map((name) => [name, pick(this.column(name))] as const),
      origin,
    );
  }

  /** The rows for which `keep` says so. @example table.where((row) => row.age !== null) */
  where(keep: (row: TableRow, number: number) => boolean): Table {
    return this.take(
      this.records()
        .map((row, number) => (keep(row, number) ? number : -1))
        .filter((row) => row >= 0),
    );
  }

  /** The same with a column more, or another in the place of one. */
  with(name: string, values: ColumnLike): Table {
    const columns = new Map<string, ColumnLike>(this.#columns);
    columns.set(name, values);
    return new Table(columns, this.#origin);
  }

  /** The rows as objects. */
  records(): TableRow[] {
    return Array.from({ length: this.rows }, (_, row) => Object.fromEntries(this.names.map((name) => [name, this.at(row, name)])));
  }

  /** Columns of numbers side by side, f32 [rows, columns]; missing ones are NaN. Default: all. @throws ValueError on words */
  tensor(names: readonly string[] = this.names): Tensor {
    const columns = names.map((name) => this.numbers(name));
    const data = new Float32Array(this.rows * columns.length);
    for (const [c, column] of columns.entries()) for (let r = 0; r < this.rows; ++r) data[r * columns.length + c] = column[r]!;
    return tensor(data, { shape: [this.rows, columns.length] });
  }

  override toString(): string {
    const shown =
      this.rows <= SHOWN
        ? Array.from({ length: this.rows }, (_, row) => row)
        : [...Array(SHOWN / 2).keys(), -1, ...Array.from({ length: SHOWN / 2 }, (_, i) => this.rows - SHOWN / 2 + i)];
    const lines = shown.map((row) => this.names.map((name) => (row < 0 ? "…" : String(this.at(row, name) ?? ""))));
    const align = this.names.map((name) => (this.column(name) instanceof Float64Array ? "right" : "left") as "right" | "left");
    const size = `Table of ${this.rows} ${this.rows === 1 ? "row" : "rows"}, ${this.names.length} columns`;
    return this.names.length === 0 ? size : `${size}\n${formatTable([[...this.names], ...lines], align)}`;
  }
}
