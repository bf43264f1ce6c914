/** How often each class was taken for each other, weighted: what every metric of class numbers is computed from. */
import { ValueError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import type { Tensor } from "../graph/tensor.ts";
import { cast } from "../ops/cast.ts";
import { ones } from "../ops/create.ts";
import { scatterAdd } from "../ops/gather.ts";
import { add, equal, floor, greaterEqual, less, mul, where } from "../ops/pointwise.ts";
import { argmax } from "../ops/reduce.ts";
import { reshape } from "../ops/shape.ts";
import { type BatchSums, type MetricStream, type MetricWith, metricWith, type Observed } from "./metric.ts";
import { checkRows, checkSome, classesOf, stepsAsRows, weightsOf, withSteps } from "./rows.ts";

/** Pairs of classes are kept under one number. */
const STEP = 2_097_152;
/** Counts are worth while up to so many for each row: reading all predictions costs about as much. */
const COUNTS_PER_ROW = 16;

/** Whether each of these numbers is one of so many classes: 1 or 0. */
export function isClass(labels: Tensor, classes: number): Tensor {
  return mul(mul(greaterEqual(labels, 0), less(labels, classes)), equal(floor(labels), labels));
}

/**
 * How often each class was taken for each other, [(classes + 1)·classes], row by row; the last row counts what is none of the classes.
 * Exact: they are counts of at most 2²⁴ rows.
 */
function confusions(given: Tensor, scores: Tensor): Tensor | null {
  const [actual, predicted] = stepsAsRows(given, scores);
  const [n, classes = 1] = predicted.shape;
  const isKnown = actual.size === n || (actual.rank === 2 && actual.dtype === "f32" && actual.shape[1] === classes);
  if (!n || predicted.rank !== 2 || predicted.dtype !== "f32" || classes === 1 || !isKnown) return null;
  if ((classes + 1) * classes > COUNTS_PER_ROW * n) return null;
  const labels = actual.size === n ? reshape(cast(actual, "f32"), [n]) : cast(argmax(actual, 1), "f32");
  const row = where(isClass(labels, classes), labels, classes);
  const pair = add(mul(row, classes), cast(argmax(predicted, 1), "f32"));
  return scatterAdd(ones([n]), cast(pair, "i32"), [(classes + 1) * classes]);
}

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

  add(given: Observed): void {
    const observed = withSteps(this.#where, given);
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

  /** Adds what `confusions` counted. */
  take(counts: ArrayLike<number>): boolean {
    const classes = Math.floor(sqrt(counts.length));
    for (let c = classes * classes; c < counts.length; ++c) if (counts[c] !== 0) return false;
    for (let a = 0; a < classes; ++a) {
      for (let p = 0; p < classes; ++p) {
        const weight = counts[a * classes + p]!;
        if (weight === 0) continue;
        this.#pairs.set(a * STEP + p, (this.#pairs.get(a * STEP + p) ?? 0) + weight);
        if (a === p) this.right += weight;
        this.total += weight;
        this.#rows += weight;
      }
    }
    this.#scored = Math.max(this.#scored, classes);
    return true;
  }

  /** Its sums, for compiled passes. */
  get sums(): BatchSums {
    return { key: "confusions", of: confusions, take: (counts) => this.take(counts) };
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

/** The stream of a metric of class numbers: `value` is asked after the first row only. */
export function tallyStream<Result>(where: string, value: (tally: Tally) => Result): MetricStream<Result> {
  const tally = new Tally(where);
  return {
    add: (observed) => tally.add(observed),
    value() {
      tally.check();
      return value(tally);
    },
    sums: tally.sums,
  };
}

/** A metric of class numbers. */
export function tallied<Options extends object, Result>(
  where: string,
  value: (tally: Tally, options: Partial<Options>) => Result,
): MetricWith<Options, Result> {
  return metricWith((options) => tallyStream(where, (tally) => value(tally, options)));
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
