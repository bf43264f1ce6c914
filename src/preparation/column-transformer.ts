import { FormatError, ValueError } from "../core/errors.ts";
import { Table, type TableRow } from "../data/table.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Described, Json } from "./fitted.ts";
import { columnsOf, type Matrix, matrixOf, tensorFrom } from "./matrix.ts";
import { buildStep, isRecord, type Step } from "./steps.ts";

/** Columns, and the steps they go through one after the other. */
export type ColumnPart = { readonly columns: readonly string[]; readonly steps: readonly Step[] };

type GivenPart = readonly [steps: Step | readonly Step[], columns: readonly string[]];

/** A table whatever rows are given as. */
export function tableOf(rows: Table | readonly TableRow[]): Table {
  return rows instanceof Table ? rows : Table.fromRecords(rows);
}

function side(parts: readonly Matrix[], rows: number): Matrix {
  const columns = parts.reduce((sum, part) => sum + part.columns, 0);
  const data = new Float64Array(rows * columns);
  let start = 0;
  for (const part of parts) {
    for (let r = 0; r < rows; ++r) data.set(part.data.subarray(r * part.columns, (r + 1) * part.columns), r * columns + start);
    start += part.columns;
  }
  return { data, rows, columns, names: null };
}

/**
 * Columns of a table, each by steps of its own, side by side: numbers imputed and scaled, words one-hot. Columns that no part names are
 * left out.
 *
 * @param parts `[step or steps, columns]`, in the order of the result
 * @source scikit-learn's `ColumnTransformer`
 * @example
 * new ColumnTransformer([
 *   [[new SimpleImputer(), new StandardScaler()], ["age", "fare"]],
 *   [new OneHotEncoder({ handleUnknown: "ignore" }), ["port"]],
 * ]).fitTransform(train)
 */
export class ColumnTransformer {
  readonly kind = "ColumnTransformer";
  readonly parts: readonly ColumnPart[];

  constructor(parts: readonly GivenPart[]) {
    if (parts.length === 0) throw new ValueError("ColumnTransformer", "needs a part at least", "none");
    this.parts = parts.map(([steps, columns]) => ({ steps: [steps].flat() as Step[], columns }));
    for (const { steps } of this.parts) {
      const late = steps.findIndex((step, i) => i > 0 && !("fitMatrix" in step));
      if (late > 0)
        throw new ValueError(
          "ColumnTransformer",
          "an encoder is the first of its steps",
          `${steps[late]!.kind} as step ${late + 1}`,
        );
    }
  }

  /** What its constructor was given: another like it is made of that. */
  get options(): readonly GivenPart[] {
    return this.parts.map(({ steps, columns }) => [steps, columns] as const);
  }

  /** Learns from training rows. */
  fit(rows: Table | readonly TableRow[]): this {
    this.#through(tableOf(rows), true);
    return this;
  }

  /** @returns f32 [n, columns] @throws ValueError on rows that lack a column */
  transform(rows: Table | readonly TableRow[]): Tensor {
    return tensorFrom(this.transformTable(tableOf(rows)));
  }

  fitTransform(rows: Table | readonly TableRow[]): Tensor {
    return tensorFrom(this.#through(tableOf(rows), true));
  }

  /** @internal */
  fitTransformTable(table: Table): Matrix {
    return this.#through(table, true);
  }

  /** @internal */
  transformTable(table: Table): Matrix {
    return this.#through(table, false);
  }

  describe(): Described {
    const options = this.parts.map(({ columns, steps }) => ({ columns, steps: steps.map((step): Json => step.describe()) }));
    return { kind: this.kind, options, learnt: this.parts.map(({ steps }) => steps.map((step) => step.describe().learnt)) };
  }

  /** @internal What `describe` said its steps have learnt. @throws FormatError on anything else */
  restore(learnt: Json): this {
    for (const [p, { steps }] of this.parts.entries()) {
      const own = Array.isArray(learnt) ? (learnt as readonly Json[])[p] : undefined;
      if (!Array.isArray(own) || own.length !== steps.length)
        throw new FormatError(this.kind, "each part's steps have learnt something", JSON.stringify(own)?.slice(0, 60));
      for (const [s, step] of steps.entries()) step.restore((own as readonly Json[])[s]!);
    }
    return this;
  }

  #through(table: Table, fit: boolean): Matrix {
    const parts = this.parts.map(({ columns, steps }) => {
      const own = table.select(columns);
      let matrix: Matrix | null = null;
      for (const step of steps) {
        if ("fitColumns" in step) {
          const values = columnsOf(step.kind, own);
          if (fit) step.fitColumns(values);
          matrix = step.transformColumns(values);
        } else {
          matrix ??= matrixOf(step.kind, own);
          if (fit) step.fitMatrix(matrix);
          matrix = step.transformMatrix(matrix);
        }
      }
      return matrix ?? matrixOf(this.kind, own);
    });
    return side(parts, table.rows);
  }
}

/** The transformer that `describe` described. @throws FormatError on anything else */
export function buildColumnTransformer(where: string, options: unknown): ColumnTransformer {
  const isNames = (value: unknown): value is string[] => Array.isArray(value) && value.every((name) => typeof name === "string");
  if (!Array.isArray(options) || options.length === 0)
    throw new FormatError(where, "a ColumnTransformer has a list of parts", String(options));
  return new ColumnTransformer(
    options.map((part: unknown) => {
      const { columns, steps } = isRecord(part) ? part : ({} as Record<string, unknown>);
      if (!isNames(columns) || !Array.isArray(steps))
        throw new FormatError(where, "a part has columns and steps", JSON.stringify(part)?.slice(0, 60));
      return [steps.map((step: unknown) => buildStep(where, step)), columns] as const;
    }),
  );
}
