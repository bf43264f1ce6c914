/** Tables for the commands: columns that a network reads, as numbers, and the one it predicts. What is learnt goes into the model's file. */
import { FormatError, ValueError } from "../core/errors.ts";
import {
  concat,
  type Dataset,
  type Described,
  LabelEncoder,
  OneHotEncoder,
  SimpleImputer,
  StandardScaler,
  type Table,
  type Tensor,
} from "../index.ts";

export type Columns = {
  /** The column to predict. */
  target: string;
  /** Columns to leave out. */
  ignore?: readonly string[];
  /** Default: classification where the target holds words, regression where it holds numbers. */
  task?: "classification" | "regression";
};

type Learnt = Described["learnt"];
/** As the file's note has it. */
type Note = {
  target: string;
  numeric: readonly string[];
  words: readonly string[];
  task: "classification" | "regression";
  learnt: Readonly<Record<"imputer" | "scaler" | "encoder" | "outcome", Learnt | null>>;
};

export class TableInputs {
  readonly target: string;
  readonly numeric: readonly string[];
  readonly words: readonly string[];
  readonly task: "classification" | "regression";
  readonly #imputer = new SimpleImputer({ strategy: "median" });
  readonly #scaler = new StandardScaler();
  readonly #encoder = new OneHotEncoder({ handleUnknown: "ignore" });
  readonly #labels = new LabelEncoder();
  readonly #units = new StandardScaler();

  private constructor({ target, numeric, words, task }: Omit<Note, "learnt">) {
    [this.target, this.numeric, this.words, this.task] = [target, numeric, words, task];
  }

  /** Learns from training rows. @throws ValueError when a column is missing, or nothing is left to learn from */
  static fit(table: Table, { target, ignore = [], task }: Columns): TableInputs {
    for (const name of [target, ...ignore]) table.column(name);
    const names = table.names.filter((name) => name !== target && !ignore.includes(name));
    if (names.length === 0) throw new ValueError("train", "needs a column besides the target", table.names.join(", "));
    const holdsNumbers = (name: string): boolean => table.column(name) instanceof Float64Array;
    const [numeric, words] = [names.filter(holdsNumbers), names.filter((name) => !holdsNumbers(name))];
    const kind = task ?? (holdsNumbers(target) ? "regression" : "classification");
    const made = new TableInputs({ target, numeric, words, task: kind });
    if (numeric.length > 0) made.#scaler.fit(made.#imputer.fit(table.select(numeric)).transform(table.select(numeric)));
    if (words.length > 0) made.#encoder.fit(table.select(words));
    if (kind === "regression") made.#units.fit(table.select([target]));
    else made.#labels.fit(table.column(target));
    return made;
  }

  /** The one that `note` describes. @throws FormatError on anything else */
  static from(text: string): TableInputs {
    try {
      const { learnt, ...columns } = JSON.parse(text) as Note;
      const made = new TableInputs(columns);
      if (learnt.imputer !== null) made.#imputer.restore(learnt.imputer);
      if (learnt.scaler !== null) made.#scaler.restore(learnt.scaler);
      if (learnt.encoder !== null) made.#encoder.restore(learnt.encoder);
      if (learnt.outcome !== null) (made.task === "regression" ? made.#units : made.#labels).restore(learnt.outcome);
      return made;
    } catch (cause) {
      throw new FormatError("load", "the note 'table' is not as nabla writes it", String(cause).slice(0, 80));
    }
  }

  /** All of it, for the file. */
  note(): string {
    const [hasNumbers, hasWords] = [this.numeric.length > 0, this.words.length > 0];
    const note: Note = {
      target: this.target,
      numeric: this.numeric,
      words: this.words,
      task: this.task,
      learnt: {
        imputer: hasNumbers ? this.#imputer.describe().learnt : null,
        scaler: hasNumbers ? this.#scaler.describe().learnt : null,
        encoder: hasWords ? this.#encoder.describe().learnt : null,
        outcome: (this.task === "regression" ? this.#units : this.#labels).describe().learnt,
      },
    };
    return JSON.stringify(note);
  }

  /** Names of the classes, by number; none where a number is predicted. */
  get classes(): readonly string[] {
    return this.task === "regression" ? [] : this.#labels.classes.map(String);
  }

  /** What the network reads, f32 [n, …]. */
  inputs(table: Table): Tensor {
    const parts: Tensor[] = [];
    if (this.numeric.length > 0) parts.push(this.#scaler.transform(this.#imputer.transform(table.select(this.numeric))));
    if (this.words.length > 0) parts.push(this.#encoder.transform(table.select(this.words)));
    return concat(parts, 1);
  }

  /** Inputs and targets. */
  dataset(table: Table): Dataset {
    const { target, classes } = this;
    const x = this.inputs(table);
    if (this.task === "regression") return { x, y: this.#units.transform(table.select([target])) };
    return { x, y: this.#labels.transform(table.column(target)), classes };
  }

  /** A predicted number in the target's own units. */
  values(prediction: Tensor): Tensor {
    return this.#units.inverseTransform(prediction.reshape([-1, 1]));
  }
}
