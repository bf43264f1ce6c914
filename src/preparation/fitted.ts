/** What all preparations share: they learn from training rows once, and say so when they have not. */
import { FormatError, ShapeError, ValueError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { columnName, type Matrix, matrixOf, type NumberRows, tensorFrom } from "./matrix.ts";

/** What JSON holds. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
/** A preparation as data: what its constructor was given, and what it has learnt. */
export type Described = { readonly kind: string; readonly options: Json; readonly learnt: Json };

/** A preparation that learns `Learnt` from rows. */
export abstract class Fitted<Learnt> {
  /** A word of its own, by which files know it. */
  abstract readonly kind: string;
  #learnt: Learnt | null = null;

  /** Whether `fit` has been called. */
  get fitted(): boolean {
    return this.#learnt !== null;
  }

  /** @throws ValueError before `fit` */
  protected get learnt(): Learnt {
    if (this.#learnt === null)
      throw new ValueError(
        this.kind,
        "must see training rows before it is used",
        "one that is not fitted",
        "fit(train) or fitTransform(train)",
      );
    return this.#learnt;
  }

  protected learn(learnt: Learnt): this {
    this.#learnt = learnt;
    return this;
  }
}

/** Numbers by what they are called, one a column. */
export type Statistics = Readonly<Record<string, Float64Array<ArrayBuffer>>>;

/** The columns' numbers that are there. @throws ValueError on infinity, and on columns without any number */
export function present(where: string, matrix: Matrix): number[][] {
  const { data, rows, columns } = matrix;
  if (rows === 0) throw new ValueError(where, "needs rows to learn from", "none");
  return Array.from({ length: columns }, (_, c) => {
    const found: number[] = [];
    for (let r = 0; r < rows; ++r) {
      const value = data[r * columns + c]!;
      if (Number.isNaN(value)) continue;
      if (!Number.isFinite(value))
        throw new ValueError(where, "takes finite numbers", `${value} in row ${r}, ${columnName(matrix, c)}`);
      found.push(value);
    }
    if (found.length === 0)
      throw new ValueError(where, "every column needs a number", `none in ${columnName(matrix, c)}`, "dropping it");
    return found;
  });
}

/** A preparation of columns of numbers, each by itself: x·factor + shift, or the like. Missing numbers stay missing. */
export abstract class Columnwise extends Fitted<Statistics> {
  /** What it learns of columns. */
  protected abstract statistics(columns: readonly number[][]): Statistics;
  protected abstract forwards(value: number, column: number, learnt: Statistics): number;
  protected abstract backwards(value: number, column: number, learnt: Statistics): number;
  /** What its constructor was given: another like it is made of that. */
  abstract get options(): Json;

  /** Learns from training rows, and from nothing else. @param x [n, columns] */
  fit(x: NumberRows): this {
    return this.fitMatrix(matrixOf(this.kind, x));
  }

  /** The same of rows, f32 [n, columns]. @throws ValueError before `fit` @throws ShapeError on another number of columns */
  transform(x: NumberRows): Tensor {
    return tensorFrom(this.transformMatrix(matrixOf(this.kind, x)));
  }

  fitTransform(x: NumberRows): Tensor {
    return this.fit(x).transform(x);
  }

  /** Back from what `transform` gave. */
  inverseTransform(x: NumberRows): Tensor {
    return tensorFrom(this.#each(matrixOf(this.kind, x), this.backwards.bind(this)));
  }

  /** @internal */
  fitMatrix(matrix: Matrix): this {
    return this.learn(this.statistics(present(this.kind, matrix)));
  }

  /** @internal */
  transformMatrix(matrix: Matrix): Matrix {
    return this.#each(matrix, this.forwards.bind(this));
  }

  /** All of it as data. */
  describe(): Described {
    const learnt = Object.entries(this.learnt).map(([name, values]) => [name, [...values]] as const);
    return { kind: this.kind, options: this.options, learnt: Object.fromEntries(learnt) };
  }

  /** @internal What `describe` said was learnt. @throws FormatError on anything else */
  restore(learnt: Json): this {
    return this.learn(statisticsFrom(this.kind, learnt));
  }

  #each(matrix: Matrix, change: (value: number, column: number, learnt: Statistics) => number): Matrix {
    const { learnt } = this;
    const columns = Object.values(learnt)[0]!.length;
    if (matrix.columns !== columns)
      throw new ShapeError(this.kind, `was fitted on ${columns} columns`, { x: [matrix.rows, matrix.columns] });
    return { ...matrix, data: matrix.data.map((value, i) => (Number.isNaN(value) ? value : change(value, i % columns, learnt))) };
  }
}

/** Numbers by name out of a file. */
function statisticsFrom(where: string, learnt: Json): Statistics {
  const wrong = (): FormatError =>
    new FormatError(where, "what was learnt is numbers of columns, by name", JSON.stringify(learnt).slice(0, 60));
  if (typeof learnt !== "object" || learnt === null || Array.isArray(learnt)) throw wrong();
  const entries = Object.entries(learnt).map(([name, values]) => {
    if (!Array.isArray(values) || !values.every((value) => typeof value === "number")) throw wrong();
    return [name, Float64Array.from(values as number[])] as const;
  });
  if (entries.length === 0 || entries.some(([, values]) => values.length !== entries[0]![1].length)) throw wrong();
  return Object.fromEntries(entries);
}
