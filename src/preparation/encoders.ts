/** Encoders: words, and numbers that are names, become columns of numbers or class numbers. */
import { FormatError, ShapeError, ValueError } from "../core/errors.ts";
import { distinct, type Label, type Labels, labelsOf } from "../data/labels.ts";
import type { TableValue } from "../data/table.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { type Described, Fitted, type Json } from "./fitted.ts";
import { type Columns, columnName, columnsOf, type Matrix, tensorFrom, type ValueRows } from "./matrix.ts";

/** Values of a column by number. */
type Categories = readonly (readonly TableValue[])[];

/** A missing value is a category of its own, and the last. */
function categoriesOf(values: readonly TableValue[]): TableValue[] {
  const found: TableValue[] = distinct(values.filter((value): value is Label => value !== null));
  return values.includes(null) ? [...found, null] : found;
}

function show(value: TableValue): string {
  return value === null ? "a missing value" : JSON.stringify(value);
}

/** Categories out of a file. */
function categoriesFrom(where: string, learnt: Json): Categories {
  const isValue = (value: unknown): boolean => value === null || typeof value === "string" || typeof value === "number";
  const list = typeof learnt === "object" && learnt !== null && "categories" in learnt ? learnt.categories : null;
  if (!Array.isArray(list) || !list.every((own) => Array.isArray(own) && own.every(isValue)))
    throw new FormatError(where, "what was learnt is lists of categories", JSON.stringify(learnt).slice(0, 60));
  return list as Categories;
}

/** What the two encoders of columns share: the categories of each column, in order. */
abstract class Encoder extends Fitted<Categories> {
  /** Categories of each column: numbers by size, words by their characters' codes, a missing value last. */
  get categories(): Categories {
    return this.learnt;
  }

  /** What its constructor was given: another like it is made of that. */
  abstract get options(): Json;
  protected abstract encode(numbers: readonly Int32Array[], columns: Columns): Matrix;

  /** Learns the categories of training rows. @param x [n, columns] of words or numbers */
  fit(x: ValueRows): this {
    return this.fitColumns(columnsOf(this.kind, x));
  }

  /**
   * @returns f32 [n, …]
   * @throws ValueError before `fit`; on a category that did not occur in training, where that is to be an error, naming it and its row
   */
  transform(x: ValueRows): Tensor {
    return tensorFrom(this.transformColumns(columnsOf(this.kind, x)));
  }

  fitTransform(x: ValueRows): Tensor {
    return this.fit(x).transform(x);
  }

  /** @internal */
  fitColumns({ values, rows }: Columns): this {
    if (rows === 0) throw new ValueError(this.kind, "needs rows to learn from", "none");
    return this.learn(values.map(categoriesOf));
  }

  /** @internal */
  transformColumns(columns: Columns): Matrix {
    const { learnt } = this;
    if (columns.values.length !== learnt.length)
      throw new ShapeError(this.kind, `was fitted on ${learnt.length} columns`, { x: [columns.rows, columns.values.length] });
    return this.encode(
      columns.values.map((values, c) => {
        const numbers = new Map(learnt[c]!.map((value, number) => [value, number]));
        return Int32Array.from(values, (value) => numbers.get(value) ?? -1);
      }),
      columns,
    );
  }

  /** @throws ValueError on the first unknown category */
  protected refuseUnknown(numbers: readonly Int32Array[], columns: Columns, remedy: string): void {
    for (const [c, own] of numbers.entries()) {
      const row = own.indexOf(-1);
      if (row < 0) continue;
      const got = `${show(columns.values[c]![row]!)} in row ${row}, ${columnName(columns, c)}`;
      throw new ValueError(this.kind, `knows ${this.learnt[c]!.length} categories, of the training rows`, got, remedy);
    }
  }

  describe(): Described {
    return { kind: this.kind, options: this.options, learnt: { categories: this.learnt } };
  }

  /** @internal */
  restore(learnt: Json): this {
    return this.learn(categoriesFrom(this.kind, learnt));
  }
}

export type OneHotOptions = {
  /** What to do with a category that did not occur in training: an error (default), or zeros in all its columns. */
  handleUnknown?: "error" | "ignore";
  /** `first`: no column for the first category of each column. Default null: one for each. */
  drop?: "first" | null;
};

/**
 * A column of 0 and 1 for each category of each column.
 *
 * @returns f32 [n, Σ categories]
 * @source scikit-learn's `OneHotEncoder`
 * @example new OneHotEncoder().fitTransform([["red"], ["blue"]]) // [[0, 1], [1, 0]]
 */
export class OneHotEncoder extends Encoder {
  readonly kind = "OneHotEncoder";
  readonly handleUnknown: "error" | "ignore";
  readonly drop: "first" | null;

  constructor({ handleUnknown = "error", drop = null }: OneHotOptions = {}) {
    super();
    if (handleUnknown !== "error" && handleUnknown !== "ignore")
      throw new ValueError("OneHotEncoder", "handleUnknown is error or ignore", String(handleUnknown));
    if (drop !== "first" && drop !== null) throw new ValueError("OneHotEncoder", "drop is first or null", String(drop));
    this.handleUnknown = handleUnknown;
    this.drop = drop;
  }

  protected encode(numbers: readonly Int32Array[], columns: Columns): Matrix {
    if (this.handleUnknown === "error") this.refuseUnknown(numbers, columns, "handleUnknown: 'ignore', which gives zeros");
    const skipped = this.drop === "first" ? 1 : 0;
    const widths = this.learnt.map(({ length }) => Math.max(0, length - skipped));
    const width = widths.reduce((sum, own) => sum + own, 0);
    const data = new Float64Array(columns.rows * width);
    let start = 0;
    for (const [c, own] of numbers.entries()) {
      for (let r = 0; r < columns.rows; ++r) if (own[r]! >= skipped) data[r * width + start + own[r]! - skipped] = 1;
      start += widths[c]!;
    }
    return { data, rows: columns.rows, columns: width, names: null };
  }

  get options(): Json {
    return { handleUnknown: this.handleUnknown, drop: this.drop };
  }
}

export type OrdinalOptions = {
  /** What to do with a category that did not occur in training: an error (default), or `unknownValue` for it. */
  handleUnknown?: "error" | "useEncodedValue";
  /** Default −1. */
  unknownValue?: number;
};

/**
 * The number of each category, from 0, in order of the categories.
 *
 * @returns f32 [n, columns]
 * @source scikit-learn's `OrdinalEncoder`
 * @example new OrdinalEncoder().fitTransform([["low"], ["high"]]) // [[1], [0]]
 */
export class OrdinalEncoder extends Encoder {
  readonly kind = "OrdinalEncoder";
  readonly handleUnknown: "error" | "useEncodedValue";
  readonly unknownValue: number;

  constructor({ handleUnknown = "error", unknownValue = -1 }: OrdinalOptions = {}) {
    super();
    if (handleUnknown !== "error" && handleUnknown !== "useEncodedValue")
      throw new ValueError("OrdinalEncoder", "handleUnknown is error or useEncodedValue", String(handleUnknown));
    this.handleUnknown = handleUnknown;
    this.unknownValue = unknownValue;
  }

  protected encode(numbers: readonly Int32Array[], columns: Columns): Matrix {
    if (this.handleUnknown === "error") this.refuseUnknown(numbers, columns, "handleUnknown: 'useEncodedValue'");
    const width = numbers.length;
    const data = new Float64Array(columns.rows * width);
    for (const [c, own] of numbers.entries())
      for (let r = 0; r < columns.rows; ++r) data[r * width + c] = own[r]! < 0 ? this.unknownValue : own[r]!;
    return { data, rows: columns.rows, columns: width, names: columns.names };
  }

  get options(): Json {
    return { handleUnknown: this.handleUnknown, unknownValue: this.unknownValue };
  }
}

/**
 * Class numbers from labels of any kind, and back. Classes are in order: numbers by size, words by their characters' codes.
 *
 * @source scikit-learn's `LabelEncoder`
 * @example new LabelEncoder().fitTransform(["cat", "dog", "cat"]) // [0, 1, 0]
 */
export class LabelEncoder extends Fitted<readonly Label[]> {
  readonly kind = "LabelEncoder";

  /** Labels by class number. */
  get classes(): readonly Label[] {
    return this.learnt;
  }

  fit(y: Labels): this {
    const labels = labelsOf(this.kind, y);
    if (labels.length === 0) throw new ValueError(this.kind, "needs rows to learn from", "none");
    return this.learn(distinct(labels));
  }

  /** @returns i32 [n] @throws ValueError on a label that did not occur in training, naming its row */
  transform(y: Labels): Tensor {
    const numbers = new Map(this.learnt.map((label, number) => [label, number]));
    const found = labelsOf(this.kind, y).map((label, row) => {
      const number = numbers.get(label);
      if (number !== undefined) return number;
      throw new ValueError(this.kind, `knows the labels ${some(this.learnt)}`, `${show(label)} in row ${row}`);
    });
    return tensor(Int32Array.from(found));
  }

  fitTransform(y: Labels): Tensor {
    return this.fit(y).transform(y);
  }

  /** Labels of class numbers. */
  inverseTransform(numbers: Labels): Label[] {
    return labelsOf(this.kind, numbers).map((number, row) => {
      const label = this.learnt[Number(number)];
      if (label !== undefined) return label;
      throw new ValueError(this.kind, `class numbers are from 0 to ${this.learnt.length - 1}`, `${number} in row ${row}`);
    });
  }

  describe(): Described {
    return { kind: this.kind, options: {}, learnt: { categories: [this.learnt] } };
  }

  /** @internal */
  restore(learnt: Json): this {
    return this.learn((categoriesFrom(this.kind, learnt)[0] ?? []).filter((label) => label !== null));
  }
}

/** The first few of a list, for messages. */
export function some(labels: readonly Label[]): string {
  const shown = labels.slice(0, 6).map(show).join(", ");
  return labels.length > 6 ? `${shown}, … (${labels.length})` : shown;
}
