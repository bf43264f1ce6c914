/** How often each class was taken for each other, weighted: what every metric of class numbers is computed from. */
import { ValueError } from "../core/errors.ts";
import { type MetricWith, metricWith, type Observed } from "./metric.ts";
import { checkRows, checkSome, classesOf, weightsOf } from "./rows.ts";

/** Pairs of classes are kept under one number. */
const STEP = 2_097_152;

export class Tally {
  /** Weight of rows. */
  total = 0;
  /** Weight of rows whose predicted class is the actual one. */
  right = 0;
  readonly #where: string;
  readonly #pairs = new Map<number, number>();
  #rows = 0;
  #scored = 0;

  constructor(where: string) {
    this.#where = where;
  }

  add(observed: Observed): void {
    const actual = classesOf(this.#where, "actual", observed.actual);
    const predicted = classesOf(this.#where, "predicted", observed.predicted);
    const { length } = actual.rows;
    checkRows(this.#where, observed, length, predicted.rows.length);
    const weights = weightsOf(this.#where, observed, length);
    for (let row = 0; row < length; ++row) {
      const [a, p, weight] = [actual.rows[row]!, predicted.rows[row]!, weights ? weights[row]! : 1];
      const pair = a * STEP + p;
      this.#pairs.set(pair, (this.#pairs.get(pair) ?? 0) + weight);
      this.total += weight;
      if (a === p) this.right += weight;
    }
    this.#rows += length;
    this.#scored = Math.max(this.#scored, actual.scored, predicted.scored);
  }

  /** Rows that came. @throws ValueError where there were none */
  check(): void {
    checkSome(this.#where, this.#rows);
  }

  /** Classes in ascending order: those that occur, and all that have a score. */
  labels(): number[] {
    const found = new Set<number>();
    for (let label = 0; label < this.#scored; ++label) found.add(label);
    for (const pair of this.#pairs.keys()) found.add(Math.floor(pair / STEP)).add(pair % STEP);
    return [...found].sort((a, b) => a - b);
  }

  /** Weight of rows by class: rightly predicted, actual, predicted. */
  margins(labels: readonly number[]): { right: number[]; actual: number[]; predicted: number[] } {
    const at = new Map(labels.map((label, i) => [label, i]));
    const [right, actual, predicted] = [labels.map(() => 0), labels.map(() => 0), labels.map(() => 0)];
    for (const [pair, weight] of this.#pairs) {
      const [a, p] = [at.get(Math.floor(pair / STEP)), at.get(pair % STEP)];
      if (a !== undefined) actual[a]! += weight;
      if (p !== undefined) predicted[p]! += weight;
      if (a !== undefined && a === p) right[a]! += weight;
    }
    return { right, actual, predicted };
  }

  /** Weights by actual class, then predicted class. */
  matrix(labels: readonly number[]): number[][] {
    const at = new Map(labels.map((label, i) => [label, i]));
    const counts = labels.map(() => new Array<number>(labels.length).fill(0));
    for (const [pair, weight] of this.#pairs) {
      const [a, p] = [at.get(Math.floor(pair / STEP)), at.get(pair % STEP)];
      if (a !== undefined && p !== undefined) counts[a]![p]! += weight;
    }
    return counts;
  }
}

/** A metric of class numbers: `value` is asked after the first row only. */
export function tallied<Options extends object, Result>(
  where: string,
  value: (tally: Tally, options: Partial<Options>) => Result,
): MetricWith<Options, Result> {
  return metricWith((options) => {
    const tally = new Tally(where);
    return {
      add: (observed) => tally.add(observed),
      value() {
        tally.check();
        return value(tally, options);
      },
    };
  });
}

/** Labels that were asked for, checked, or else all. */
export function labelsFor(where: string, tally: Tally, labels: readonly number[] | undefined): readonly number[] {
  if (!labels) return tally.labels();
  if (
    labels.length === 0 ||
    new Set(labels).size !== labels.length ||
    labels.some((label) => !(Number.isInteger(label) && label >= 0))
  )
    throw new ValueError(where, "labels are different whole numbers ≥ 0", `[${labels.join(", ")}]`);
  return labels;
}
