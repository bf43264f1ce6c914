/** From raw tables to what a model takes and back, with defaults that mostly do; travels inside the model's file. */
import { FormatError, ValueError } from "../core/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import { byLabel, type Label } from "../data/labels.ts";
import { SeenRows } from "../data/leaks.ts";
import type { Preparation, RawRows } from "../data/preparation.ts";
import { listOf, Table, type TableRow } from "../data/table.ts";
import type { Tensor } from "../graph/tensor.ts";
import { buildColumnTransformer, ColumnTransformer } from "./column-transformer.ts";
import { OneHotEncoder, some } from "./encoders.ts";
import type { Described, Json } from "./fitted.ts";
import { SimpleImputer } from "./imputer.ts";
import { tensorFrom } from "./matrix.ts";
import { StandardScaler } from "./scalers.ts";
import { isRecord, type Step } from "./steps.ts";
import { Target, type Task } from "./target.ts";

export type TablePreparationOptions = {
  /** The column to predict. */
  target: string;
  /** What is predicted: a class, or a number. Default: classes where the target holds words, numbers where it holds numbers. */
  task?: Task;
  /** Columns to take as numbers. Default: those that hold numbers. */
  numeric?: readonly string[];
  /** Columns to take as categories. Default: those that hold words. */
  categorical?: readonly string[];
  /** Columns to leave out: names, keys, what is not known at the time of prediction. */
  ignore?: readonly string[];
  /** Whether a number to predict is standard-scaled for training; predictions of raw rows are in its own units all the same. Default true. */
  scaleTarget?: boolean;
};

/** So many different whole numbers may be classes or numbers: who uses them must say which. */
const FEW = 10;
/** A column of words of which more than half of so many rows are different holds names. */
const NAMES = 40;

type Learnt = { transformer: ColumnTransformer; target: Target };

/** Columns of words that are numbers, as numbers: what comes from forms. Missing throughout counts as numbers. */
function withNumbers(table: Table, columns: readonly string[]): Table {
  return columns.reduce((found, name) => {
    const column = found.column(name);
    if (column instanceof Float64Array) return found;
    const numbers = column.map((word) => (word === null || word.trim() === "" ? null : Number(word)));
    return numbers.some((value) => value !== null && !Number.isFinite(value))
      ? found
      : found.with(
          name,
          Float64Array.from(numbers, (n) => n ?? Number.NaN),
        );
  }, table);
}

/** Columns of numbers as words, for categories. */
function withWords(table: Table, columns: readonly string[]): Table {
  return columns.reduce((found, name) => found.with(name, found.words(name)), table);
}

/**
 * Makes a data set of a table: numbers have their gaps filled by the median and are standard-scaled, words become one column of 0 and 1 for
 * each category, a missing word being a category too; the target becomes class numbers, or a number. All of it is learnt from training
 * rows alone. `fit` hands it on to the model, `save` writes it into the model's file, `predict`, `classify` and `evaluate` then take raw rows.
 *
 * A category that did not occur in training becomes zeros, and is told of once, on the console.
 *
 * @throws ValueError when columns are named that there are not; when rows lack their target; when a target of few whole numbers may be
 *   classes or numbers, and `task` does not say; when a column of words holds names, a different one in most rows; when a target has but
 *   one class
 * @example
 * const preparation = new TablePreparation({ target: "species" });
 * await fit(model, preparation.fitTransform(train), { loss: crossEntropy, optimizer: adam() });
 * await evaluate(model, test, { accuracy }); // a table, as it is
 */
export class TablePreparation implements Preparation {
  readonly kind = "TablePreparation";
  readonly target: string;
  readonly #options: TablePreparationOptions;
  #learnt: Learnt | null = null;
  #seen: SeenRows | null = null;
  readonly #told = new Set<string>();

  constructor(options: TablePreparationOptions) {
    if (typeof options?.target !== "string")
      throw new ValueError("TablePreparation", "needs the column to predict", String(options?.target), "target: 'species'");
    this.#options = options;
    this.target = options.target;
  }

  /** Names of the classes, by number; empty for numbers. */
  get classes(): readonly string[] {
    return this.#fitted.target.classes;
  }

  /** What each column of x holds: `age`, `city=Oslo`. */
  get features(): readonly string[] {
    return this.#fitted.transformer.parts.flatMap(({ columns, steps }) => {
      const [encoder] = steps;
      if (!(encoder instanceof OneHotEncoder)) return columns;
      return columns.flatMap((name, c) => encoder.categories[c]!.map((value) => `${name}=${value ?? "?"}`));
    });
  }

  /** Learns from training rows. */
  fit(table: Table): this {
    this.fitTransform(table);
    return this;
  }

  /** Learns from training rows, and makes a data set of them. */
  fitTransform(table: Table): Dataset {
    if (table.rows === 0) throw new ValueError(this.kind, "needs rows to learn from", "none");
    const { numeric, categorical } = this.#roles(table);
    const steps = (kind: readonly Step[], columns: readonly string[]) => (columns.length > 0 ? [[kind, columns] as const] : []);
    const transformer = new ColumnTransformer([
      ...steps([new SimpleImputer({ strategy: "median" }), new StandardScaler()], numeric),
      ...steps([new OneHotEncoder({ handleUnknown: "ignore" })], categorical),
    ]);
    const target = this.#target(this.#task(table));
    target.fit(this.#labels(table, target.task));
    const x = tensorFrom(transformer.fitTransformTable(withWords(withNumbers(table, numeric), categorical)));
    this.#learnt = { transformer, target };
    this.#seen = new SeenRows(x);
    return this.#dataset(x, table);
  }

  transform(rows: RawRows): Dataset {
    const table = this.#table(rows);
    return this.#dataset(this.inputs(table), table);
  }

  inputs(rows: RawRows): Tensor {
    const { transformer } = this.#fitted;
    const table = this.#table(rows);
    const columns = transformer.parts.flatMap((part) => part.columns);
    const lacking = columns.filter((name) => !table.has(name));
    if (lacking.length > 0)
      throw new ValueError(this.kind, `rows have the columns of training, ${listOf(columns)}`, `none of ${listOf(lacking)}`);
    const categorical = transformer.parts.filter(({ steps }) => steps[0] instanceof OneHotEncoder);
    const numeric = columns.filter((name) => !categorical.some((part) => part.columns.includes(name)));
    const words = withWords(
      withNumbers(table, numeric),
      categorical.flatMap((part) => part.columns),
    );
    for (const part of categorical) this.#tellUnknown(words, part.columns, part.steps[0] as OneHotEncoder);
    return tensorFrom(transformer.transformTable(words));
  }

  outputs(prediction: Tensor): Tensor {
    return this.#fitted.target.outputs(prediction);
  }

  saw(x: Tensor): number {
    return this.#seen?.count(x) ?? 0;
  }

  describe(): Described {
    const { transformer, target } = this.#fitted;
    const options = { ...this.#options, task: target.task } as Json;
    return { kind: this.kind, options, learnt: { transformer: transformer.describe().options, target: target.describe() } };
  }

  /** @internal What `describe` said was learnt. @throws FormatError on anything else */
  restore(where: string, learnt: unknown): this {
    const { task } = this.#options;
    if (!isRecord(learnt) || !isRecord(learnt.target) || (task !== "classification" && task !== "regression"))
      throw new FormatError(
        where,
        "what a TablePreparation has learnt is a transformer and a target",
        JSON.stringify(learnt)?.slice(0, 60),
      );
    const target = this.#target(task).restore(where, learnt.target);
    this.#learnt = { transformer: buildColumnTransformer(where, learnt.transformer), target };
    return this;
  }

  get #fitted(): Learnt {
    if (this.#learnt) return this.#learnt;
    throw new ValueError(this.kind, "must see training rows before it is used", "one that is not fitted", "fitTransform(train)");
  }

  #target(task: Task): Target {
    return new Target(this.kind, task, this.#options.scaleTarget ?? true);
  }

  #table(rows: RawRows): Table {
    if (rows instanceof Table) return rows;
    const other = Array.isArray(rows) ? rows.find((row) => Object.getPrototypeOf(Object(row)) !== Object.prototype) : rows;
    if (other !== undefined) throw new ValueError(this.kind, "takes a table, or rows as objects", typeof other);
    return Table.fromRecords(rows as readonly TableRow[]);
  }

  #roles(table: Table): { numeric: string[]; categorical: string[] } {
    const { target, ignore = [], numeric = [], categorical = [] } = this.#options;
    for (const name of [target, ...ignore, ...numeric, ...categorical]) table.column(name);
    const named = new Set([target, ...ignore, ...numeric, ...categorical]);
    const rest = table.names.filter((name) => !named.has(name));
    const words = rest.filter((name) => !(table.column(name) instanceof Float64Array));
    for (const name of words) {
      const different = new Set(table.words(name)).size;
      if (table.rows >= NAMES && different * 2 > table.rows)
        throw new ValueError(
          this.kind,
          `column '${name}' holds names rather than categories`,
          `${different} in ${table.rows} rows`,
          `ignore: ["${name}"], or categorical: ["${name}"]`,
        );
    }
    const found = {
      numeric: [...numeric, ...rest.filter((name) => !words.includes(name))],
      categorical: [...categorical, ...words],
    };
    if (found.numeric.length + found.categorical.length === 0)
      throw new ValueError(this.kind, "needs a column beside the target", listOf(table.names));
    return found;
  }

  #task(table: Table): Task {
    const { task } = this.#options;
    if (task !== undefined) return task;
    const column = table.column(this.target);
    if (!(column instanceof Float64Array)) return "classification";
    const different = [...new Set(column)].filter((value) => !Number.isNaN(value)).sort(byLabel) as number[];
    if (different.length > FEW || !different.every(Number.isInteger)) return "regression";
    throw new ValueError(
      this.kind,
      `'${this.target}' may hold classes or numbers`,
      `whole numbers, ${some(different)}`,
      'task: "classification", or task: "regression"',
    );
  }

  /** @throws ValueError naming the first row without a target */
  #present(table: Table): void {
    for (let row = 0; row < table.rows; ++row) {
      if (table.at(row, this.target) === null)
        throw new ValueError(
          this.kind,
          "every row needs its target",
          `none in ${table.place(row)}`,
          `table.where((row) => row["${this.target}"] !== null)`,
        );
    }
  }

  #labels(table: Table, task: Task): Label[] {
    this.#present(table);
    if (task === "regression") return [...withNumbers(table, [this.target]).numbers(this.target)];
    return Array.from({ length: table.rows }, (_, row) => table.at(row, this.target)!);
  }

  #dataset(x: Tensor, table: Table): Dataset {
    if (!table.has(this.target))
      throw new ValueError(
        this.kind,
        `rows need their target, '${this.target}'`,
        listOf(table.names),
        "predict or classify, which do not",
      );
    const { target } = this.#fitted;
    return { x, ...target.dataset(this.#labels(table, target.task)), preparation: this };
  }

  /** Tells of each unknown category once. */
  #tellUnknown(table: Table, columns: readonly string[], encoder: OneHotEncoder): void {
    for (const [c, name] of columns.entries()) {
      const known = new Set(encoder.categories[c]);
      for (const value of new Set(table.column(name) as readonly (string | null)[])) {
        const told = `${name}=${value}`;
        if (known.has(value) || this.#told.has(told)) continue;
        this.#told.add(told);
        console.warn(
          `${this.kind}: '${name}' was never ${value === null ? "missing" : JSON.stringify(value)} in training: it counts as none of the known categories`,
        );
      }
    }
  }
}
