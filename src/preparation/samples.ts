/** What preparations of texts, pictures and sounds share: items that become numbers one by one, each with what it is. */
import { FormatError, ValueError } from "../core/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import { type Labels, labelsOf } from "../data/labels.ts";
import type { Preparation, RawRows } from "../data/preparation.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Described, Json } from "./fitted.ts";
import { isRecord } from "./steps.ts";
import { Target, type Task } from "./target.ts";

export type SampleOptions = {
  /** What is predicted: a class, or a number. Default: classes where the targets are words or have names, numbers otherwise. */
  task?: Task;
};

/** Items, and perhaps what each is. */
export type Found<Item> = { items: readonly Item[]; labels: Labels | null; classes?: readonly string[] };

export abstract class SamplePreparation<Item, Learnt extends Json> implements Preparation {
  abstract readonly kind: string;
  readonly #options: SampleOptions;
  #target: Target | null = null;
  #learnt: Learnt | null = null;

  constructor(options: SampleOptions) {
    this.#options = options;
  }

  /** What rows are made of. @throws ValueError on rows of another kind */
  protected abstract find(rows: RawRows): Found<Item>;
  protected abstract learn(items: readonly Item[]): Learnt;
  protected abstract encode(items: readonly Item[], learnt: Learnt): Tensor;
  /** @throws FormatError unless this is what `learn` gives */
  protected abstract check(where: string, learnt: unknown): Learnt;

  /** Names of the classes, by number; empty for numbers. */
  get classes(): readonly string[] {
    return this.#fitted.target.classes;
  }

  /** Learns from training rows. */
  fit(rows: RawRows): this {
    this.fitTransform(rows);
    return this;
  }

  /** Learns from training rows, and makes a data set of them. */
  fitTransform(rows: RawRows): Dataset {
    const found = this.find(rows);
    if (found.items.length === 0) throw new ValueError(this.kind, "needs rows to learn from", "none");
    const labels = this.#labels(found);
    const isNamed = labels.some((label) => typeof label === "string");
    const target = new Target(this.kind, this.#options.task ?? (isNamed ? "classification" : "regression")).fit(labels);
    this.#learnt = this.learn(found.items);
    this.#target = target;
    return this.#dataset(found);
  }

  transform(rows: RawRows): Dataset {
    return this.#dataset(this.find(rows));
  }

  inputs(rows: RawRows): Tensor {
    const { learnt } = this.#fitted;
    const { items } = this.find(rows);
    if (items.length === 0) throw new ValueError(this.kind, "needs rows", "none");
    return this.encode(items, learnt);
  }

  outputs(prediction: Tensor): Tensor {
    return this.#fitted.target.outputs(prediction);
  }

  describe(): Described {
    const { target, learnt } = this.#fitted;
    const options = JSON.parse(JSON.stringify({ ...this.#options, task: target.task })) as Json;
    return { kind: this.kind, options, learnt: { target: target.describe(), items: learnt } };
  }

  /** @internal What `describe` said was learnt. @throws FormatError on anything else */
  restore(where: string, learnt: unknown): this {
    const { task } = this.#options;
    if (!isRecord(learnt) || (task !== "classification" && task !== "regression"))
      throw new FormatError(where, `what a ${this.kind} has learnt is items and a target`, JSON.stringify(learnt)?.slice(0, 60));
    this.#learnt = this.check(where, learnt.items);
    this.#target = new Target(this.kind, task).restore(where, learnt.target);
    return this;
  }

  protected get learnt(): Learnt {
    return this.#fitted.learnt;
  }

  get #fitted(): { target: Target; learnt: Learnt } {
    if (this.#target && this.#learnt) return { target: this.#target, learnt: this.#learnt };
    throw new ValueError(this.kind, "must see training rows before it is used", "one that is not fitted", "fitTransform(train)");
  }

  #dataset(found: Found<Item>): Dataset {
    const { target, learnt } = this.#fitted;
    return { x: this.encode(found.items, learnt), ...target.dataset(this.#labels(found)), preparation: this };
  }

  /** What each item is; class numbers by their names, where they have some. */
  #labels({ items, labels, classes }: Found<Item>): (string | number)[] {
    if (labels === null) throw new ValueError(this.kind, "rows need their targets", "none", "predict or classify, which do not");
    const list = labelsOf(this.kind, labels);
    if (list.length !== items.length)
      throw new ValueError(this.kind, "every row has a target", `${items.length} rows, ${list.length} targets`);
    return classes ? list.map((label) => (typeof label === "number" ? (classes[label] ?? label) : label)) : list;
  }
}

/** Lists of so many numbers, by name, out of a file. @throws FormatError on anything else */
export function numbersFrom(
  where: string,
  kind: string,
  learnt: unknown,
  names: readonly string[],
  count: number,
): Record<string, number[]> {
  const values = isRecord(learnt) ? learnt : {};
  const isNumbers = (list: unknown): boolean =>
    Array.isArray(list) && list.length === count && list.every((value) => typeof value === "number" && Number.isFinite(value));
  const wrong = names.find((name) => !isNumbers(values[name]));
  if (wrong !== undefined)
    throw new FormatError(
      where,
      `what a ${kind} has learnt has '${wrong}', ${count} numbers`,
      JSON.stringify(learnt)?.slice(0, 60),
    );
  return Object.fromEntries(names.map((name) => [name, values[name] as number[]]));
}
