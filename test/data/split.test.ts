import { describe, expect, test } from "vitest";
import {
  classWeight,
  type Dataset,
  groupKFold,
  kFold,
  type Labels,
  type SplitOptions,
  split,
  stratifiedKFold,
  Table,
  tensor,
  timeSeriesSplit,
} from "../../src/index.ts";

const rows = (n: number): Table =>
  new Table({ row: Array.from({ length: n }, (_, i) => i), half: Array.from({ length: n }, (_, i) => i % 2) });

/** Row numbers of each part. */
function parts(n: number, shares: Record<string, number>, options: SplitOptions = {}): number[][] {
  return Object.values(split(rows(n), shares, options)).map((part) => [...part.numbers("row")]);
}

/** Numbers that repeat with a period. */
const cycle = (n: number, period: number): number[] => Array.from({ length: n }, (_, i) => i % period);

describe("split", () => {
  test.each([10, 11, 97])("gives %d rows each to one part, in an order of the seed's", (n) => {
    const [train, test_] = parts(n, { train: 0.8, test: 0.2 }, { seed: 3 });
    expect([...train!, ...test_!].sort((a, b) => a - b)).toEqual([...rows(n).numbers("row")]);
    expect(train).toHaveLength(Math.floor(n * 0.8));
    expect(parts(n, { train: 0.8, test: 0.2 }, { seed: 3 })).toEqual([train, test_]);
    expect(parts(n, { train: 0.8, test: 0.2 }, { seed: 4 })).not.toEqual([train, test_]);
  });

  test("keeps what belongs to rows and to all", () => {
    const data: Dataset = { x: tensor(cycle(10, 10)), y: tensor(cycle(10, 2)), weight: tensor(cycle(10, 10)), classes: ["a", "b"] };
    const { train } = split(data, { train: 0.5, test: 0.5 });
    expect(train.weight!.data()).toEqual(train.x.data());
    expect(train.classes).toEqual(["a", "b"]);
  });

  test("stratified, each part has its share of each class, to a row", () => {
    const labels = [...new Array(90).fill("common"), ...new Array(10).fill("rare")] as string[];
    for (const part of parts(100, { train: 0.6, validation: 0.2, test: 0.2 }, { stratify: labels })) {
      expect(part.filter((row) => row >= 90)).toHaveLength(part.length / 10);
    }
    const data = { x: tensor(cycle(20, 20)), y: tensor(cycle(20, 2)) };
    expect(split(data, { a: 0.5, b: 0.5 }, { stratify: true }).a.y.sum().item()).toBe(5);
    expect(parts(20, { a: 0.5, b: 0.5 }, { stratify: "half" })[0]!.filter((row) => row % 2)).toHaveLength(5);
  });

  test("by groups, no group stands on both sides, and sizes are about as wanted", () => {
    const groups = cycle(200, 20);
    const [train, test_] = parts(200, { train: 0.75, test: 0.25 }, { groups, seed: 1 });
    const of = (part: number[]): Set<number> => new Set(part.map((row) => groups[row]!));
    expect([...of(train!)].filter((group) => of(test_!).has(group))).toEqual([]);
    expect(train).toHaveLength(150);
  });

  test("by time, what comes later is tested, and one moment stays together", () => {
    const time: Labels = [5, 1, 1, 2, 3, 3, 3, 4, 9, 7];
    const [train, test_] = parts(10, { train: 0.5, test: 0.5 }, { time });
    expect(train).toEqual([1, 2, 3, 4, 5, 6]);
    expect(test_).toEqual([7, 0, 9, 8]);
    expect(parts(4, { train: 0.5, test: 0.5 }, { time: true })).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  test("shares that add up to less leave rows out", () => {
    expect(parts(10, { train: 0.5, test: 0.2 }, { shuffle: false })).toEqual([
      [0, 1, 2, 3, 4],
      [5, 6],
    ]);
  });
});

/** Every row is tested once, and never trained on then. */
function checkFolds(folds: readonly { train: Int32Array; test: Int32Array }[], n: number): void {
  const tested = folds.flatMap(({ test: own }) => [...own]);
  expect(tested.sort((a, b) => a - b)).toEqual(cycle(n, n));
  for (const { train, test: own } of folds) expect(new Set([...train, ...own]).size).toBe(n);
}

describe("folds", () => {
  test.each([false, true])("kFold, shuffled: %s", (shuffle) => {
    const folds = kFold(11, 3, { shuffle, seed: 5 });
    checkFolds(folds, 11);
    expect(folds.map(({ test: own }) => own.length)).toEqual([4, 4, 3]);
  });

  test.each([false, true])("stratifiedKFold, shuffled: %s", (shuffle) => {
    const labels = cycle(60, 6).map((i) => (i === 0 ? "rare" : "common"));
    const folds = stratifiedKFold(labels, 5, { shuffle });
    checkFolds(folds, 60);
    for (const { test: own } of folds) expect([...own].filter((row) => labels[row] === "rare")).toHaveLength(2);
  });

  test("groupKFold keeps groups whole", () => {
    const groups = [0, 0, 0, 1, 1, 2, 3];
    const folds = groupKFold(groups, 2);
    checkFolds(folds, 7);
    expect(folds.map(({ test: own }) => [...own])).toEqual([
      [0, 1, 2, 6],
      [3, 4, 5],
    ]);
  });

  test("timeSeriesSplit tests only what comes later, behind the gap", () => {
    const folds = timeSeriesSplit(12, 3, { testSize: 2, gap: 1, maxTrainSize: 4 });
    expect(folds.map(({ train, test: own }) => [[...train], [...own]])).toEqual([
      [[1, 2, 3, 4], [6, 7]],
      [[3, 4, 5, 6], [8, 9]],
      [[5, 6, 7, 8], [10, 11]],
    ]); // biome-ignore format: as a table
  });
});

test("balanced weights make each class count alike", () => {
  const weights = classWeight("balanced", tensor([0, 0, 0, 2]));
  expect(weights).toEqual([4 / 6, 0, 2]);
  expect(classWeight("balanced", [1, 1], 3)).toEqual([0, 1, 0]);
});
