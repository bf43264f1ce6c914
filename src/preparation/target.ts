/** What is to be predicted, as rows name it and as numbers: class numbers, or a number that is standard-scaled. */
import { FormatError, ValueError } from "../core/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import { type Labels, labelsOf } from "../data/labels.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, mul } from "../ops/pointwise.ts";
import { LabelEncoder } from "./encoders.ts";
import type { Json } from "./fitted.ts";
import { StandardScaler } from "./scalers.ts";
import { built, isRecord } from "./steps.ts";

export type Task = "classification" | "regression";

export class Target {
  readonly task: Task;
  readonly #kind: string;
  readonly #scaled: boolean;
  readonly #labels = new LabelEncoder();
  readonly #units = new StandardScaler();

  /** @param kind whose target it is, for errors  @param scaled whether numbers are scaled */
  constructor(kind: string, task: Task, scaled = true) {
    this.#kind = kind;
    this.task = task;
    this.#scaled = scaled;
  }

  /** Learns from training rows. @throws ValueError when there is but one class */
  fit(labels: Labels): this {
    const list = labelsOf(this.#kind, labels);
    if (this.task === "regression") {
      this.#units.fit(list.map((value) => [Number(value)]));
      return this;
    }
    this.#labels.fit(list);
    if (this.#labels.classes.length < 2)
      throw new ValueError(this.#kind, "tells classes apart, two at least", `'${this.#labels.classes[0]}' in every row`);
    return this;
  }

  /** Names of the classes, by number; empty for numbers. */
  get classes(): readonly string[] {
    return this.task === "classification" ? this.#labels.classes.map(String) : [];
  }

  /** The part of a data set that is to be predicted. */
  dataset(labels: Labels): Pick<Dataset, "y" | "classes"> {
    if (this.task === "classification") return { y: this.#labels.transform(labels), classes: this.classes };
    const rows = labelsOf(this.#kind, labels).map((value) => [Number(value)]);
    return { y: this.#scaled ? this.#units.transform(rows) : tensor(rows) };
  }

  /** Predictions in the target's own units. */
  outputs(prediction: Tensor): Tensor {
    if (this.task === "classification" || !this.#scaled) return prediction;
    return add(mul(prediction, this.#units.scale[0]!), this.#units.mean[0]!);
  }

  describe(): Json {
    return (this.task === "classification" ? this.#labels : this.#units).describe();
  }

  /** What `describe` gave. @throws FormatError on anything else */
  restore(where: string, described: unknown): this {
    if (!isRecord(described)) throw new FormatError(where, "a target has been learnt", JSON.stringify(described)?.slice(0, 60));
    const learnt = described.learnt as Json;
    built(where, this.#kind, () => (this.task === "classification" ? this.#labels.restore(learnt) : this.#units.restore(learnt)));
    return this;
  }
}
