/** Cross-validation: several ways to cut rows into what is learnt from and what is tested on, each row tested at most once. */
import { ValueError } from "../core/errors.ts";
import { Stream } from "../ops/random.ts";
import { type Labels, labelsOf, rowsByLabel } from "./labels.ts";

/** Row numbers of one way to cut. */
export type Fold = { readonly train: Int32Array<ArrayBuffer>; readonly test: Int32Array<ArrayBuffer> };

export type FoldOptions = {
  /** Whether rows are shuffled first. Default false. */
  shuffle?: boolean;
  /** Chooses the order when shuffling. Default 0. */
  seed?: number;
};

function checkFolds(where: string, k: number, n: number, what = "rows"): void {
  if (!Number.isInteger(k) || k < 2 || k > n)
    throw new ValueError(where, `the number of folds is a whole number from 2 to the number of ${what}, ${n}`, String(k));
}

function orderOf(n: number, { shuffle = false, seed = 0 }: FoldOptions): Int32Array {
  return shuffle
    ? (new Stream(seed, "folds").permutation(n).data() as Int32Array)
    : Int32Array.from({ length: n }, (_, row) => row);
}

/** Folds from the number of the one in which each row is tested. */
function foldsBy(assigned: ArrayLike<number>, k: number): Fold[] {
  const rows = Array.from(assigned, (fold, row) => [row, fold] as const);
  const pick = (wanted: (fold: number) => boolean): Int32Array<ArrayBuffer> =>
    Int32Array.from(rows.filter(([, fold]) => wanted(fold)).map(([row]) => row));
  return Array.from({ length: k }, (_, own) => ({ train: pick((fold) => fold !== own), test: pick((fold) => fold === own) }));
}

/**
 * k parts of nearly equal size; each is tested once, the others train.
 *
 * @param n number of rows
 * @param k folds, 2 to n; the first n mod k have a row more
 * @returns row numbers, ascending
 * @source scikit-learn's `KFold`
 * @example for (const { train, test } of kFold(150, 5, { shuffle: true })) …
 */
export function kFold(n: number, k = 5, options: FoldOptions = {}): Fold[] {
  checkFolds("kFold", k, n);
  const assigned = new Int32Array(n);
  const order = orderOf(n, options);
  let at = 0;
  for (let fold = 0; fold < k; ++fold) {
    const size = Math.floor(n / k) + (fold < n % k ? 1 : 0);
    for (const row of order.subarray(at, at + size)) assigned[row] = fold;
    at += size;
  }
  return foldsBy(assigned, k);
}

/**
 * k parts, each with its share of every class.
 *
 * @param y a label a row
 * @throws ValueError when a class has fewer rows than there are folds
 * @source scikit-learn's `StratifiedKFold`, whose allocation it is without shuffling
 * @example stratifiedKFold(["a", "b", "a", "b"], 2)
 */
export function stratifiedKFold(y: Labels, k = 5, options: FoldOptions = {}): Fold[] {
  const where = "stratifiedKFold";
  const labels = labelsOf(where, y);
  checkFolds(where, k, labels.length);
  const byClass = [...rowsByLabel(labels)];
  for (const [label, rows] of byClass) {
    if (rows.length < k)
      throw new ValueError(
        where,
        `each class needs a row for each of ${k} folds`,
        `${rows.length} of class '${label}'`,
        "fewer folds",
      );
  }
  // Rows in order of their classes are dealt out one by one; so many of each class fall to each fold.
  const assigned = new Int32Array(labels.length);
  let dealt = 0;
  for (const [c, [, rows]] of byClass.entries()) {
    const counts = new Array<number>(k).fill(0);
    for (let i = 0; i < rows.length; ++i) counts[(dealt + i) % k]! += 1;
    dealt += rows.length;
    const folds = counts.flatMap((count, fold) => new Array<number>(count).fill(fold));
    const order = orderOf(folds.length, { ...options, seed: (options.seed ?? 0) + c });
    for (const [i, row] of rows.entries()) assigned[row] = folds[order[i]!]!;
  }
  return foldsBy(assigned, k);
}

/**
 * k parts that share no group: all rows of a patient, a speaker, a house are tested together. Parts are about equally large.
 *
 * @param groups a label a row
 * @source scikit-learn's `GroupKFold`: the largest group first, each to the fold that has least
 * @example groupKFold(["ann", "ann", "bob", "cem"], 3)
 */
export function groupKFold(groups: Labels, k = 5): Fold[] {
  const labels = labelsOf("groupKFold", groups);
  const byGroup = [...rowsByLabel(labels).values()].sort((a, b) => b.length - a.length);
  checkFolds("groupKFold", k, byGroup.length, "groups");
  const assigned = new Int32Array(labels.length);
  const sizes = new Array<number>(k).fill(0);
  for (const rows of byGroup) {
    const fold = sizes.indexOf(Math.min(...sizes));
    sizes[fold]! += rows.length;
    for (const row of rows) assigned[row] = fold;
  }
  return foldsBy(assigned, k);
}

export type TimeSeriesOptions = {
  /** Rows tested each time. Default n / (k + 1), rounded down. */
  testSize?: number;
  /** Rows left out between training and test, so that windows do not reach across. Default 0. */
  gap?: number;
  /** Most rows to train on, the latest ones. Default all before the test. */
  maxTrainSize?: number;
};

/**
 * k cuts of rows in order of time: what is tested comes after all that trains.
 *
 * @param n number of rows, the earliest first
 * @throws ValueError when the tests and gaps leave nothing to train on
 * @source scikit-learn's `TimeSeriesSplit`
 * @example timeSeriesSplit(144, 4, { testSize: 12, gap: 1 })
 */
export function timeSeriesSplit(n: number, k = 5, { testSize, gap = 0, maxTrainSize = n }: TimeSeriesOptions = {}): Fold[] {
  const where = "timeSeriesSplit";
  checkFolds(where, k, n - 1);
  const size = testSize ?? Math.floor(n / (k + 1));
  for (const [name, value, least] of [
    ["testSize", size, 1],
    ["gap", gap, 0],
    ["maxTrainSize", maxTrainSize, 1],
  ] as const) {
    if (!Number.isInteger(value) || value < least)
      throw new ValueError(where, `${name} is a whole number ≥ ${least}`, String(value));
  }
  if (n - k * size - gap < 1)
    throw new ValueError(
      where,
      "something must be left to train on",
      `${n} rows, ${k} tests of ${size}, gap ${gap}`,
      "fewer folds",
    );
  const range = (from: number, to: number): Int32Array<ArrayBuffer> => Int32Array.from({ length: to - from }, (_, i) => from + i);
  return Array.from({ length: k }, (_, fold) => {
    const start = n - (k - fold) * size;
    const end = start - gap;
    return { train: range(Math.max(0, end - maxTrainSize), end), test: range(start, start + size) };
  });
}
