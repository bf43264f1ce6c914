/** Every metric takes weights: a row of weight 2 counts as two rows, one of weight 0 as none. */
import { expect, test } from "vitest";
import type { Metric, Observed } from "../../src/index.ts";
import * as nabla from "../../src/index.ts";

const classes = { actual: [0, 1, 1, 2, 0, 2, 1], predicted: [0, 1, 2, 2, 1, 2, 1] };
const binary = { actual: [0, 1, 1, 0, 0, 1, 1], predicted: [0.2, 0.8, 0.4, 0.45, 0.1, 0.9, 0.6] };
const scores = {
  actual: [0, 1, 1, 2, 0, 2, 1],
  predicted: [0.7, 0.2, 0.3, 0.1, 0.4, 0.2, 0.3].map((a, i) => [a, (1 - a) * (0.2 + i / 10), (1 - a) * (0.8 - i / 10)]),
};
const numbers = { actual: [1, 2, 3, 4, 5, 6, 7], predicted: [1.5, 2.25, 2, 4, 7, 6.5, 6] };
const weight = [1, 2, 1, 0, 3, 1, 2];

/** Rows as often as their weight says. */
function repeated({ actual, predicted }: { actual: readonly number[]; predicted: readonly unknown[] }): Observed {
  const rows = weight.flatMap((times, row) => new Array<number>(times).fill(row));
  return { actual: rows.map((row) => actual[row]!), predicted: rows.map((row) => predicted[row]) as number[] };
}

const families = {
  classes: {
    data: classes,
    names: [
      "accuracy",
      "hammingLoss",
      "balancedAccuracy",
      "precision",
      "recall",
      "f1",
      "jaccard",
      "confusionMatrix",
      "classificationReport",
      "matthewsCorrcoef",
      "cohenKappa",
    ],
  },
  binary: { data: binary, names: ["rocAuc", "averagePrecision", "brierScore", "rocCurve", "precisionRecallCurve"] },
  scores: { data: scores, names: ["topKAccuracy", "logLoss", "perplexity", "calibrationError"] },
  numbers: {
    data: numbers,
    names: [
      "meanSquaredError",
      "rootMeanSquaredError",
      "meanAbsoluteError",
      "meanAbsolutePercentageError",
      "meanSquaredLogError",
      "medianAbsoluteError",
      "maxError",
      "r2",
      "explainedVariance",
    ],
  },
} as const;

/** Shares and counts, rounded: sums of weights are sums in another order. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, part) => (typeof part === "number" ? Number(part.toPrecision(9)) : part));
}

const isMetric = (value: unknown): value is Metric<unknown> => typeof value === "function" && "stream" in value;
const metrics = new Map<string, Metric<unknown>>();
for (const [name, value] of Object.entries<unknown>({ ...nabla })) if (isMetric(value)) metrics.set(name, value);

for (const { data, names } of Object.values(families)) {
  test.each(names)("%s", (name) => {
    const metric = metrics.get(name)!;
    const observed: Observed = data;
    expect(plain(metric({ ...observed, weight }))).toEqual(plain(metric(repeated(data))));
    expect(() => metric({ ...observed, weight: [1] })).toThrow(/one weight for each row/);
    expect(() => metric({ ...observed, weight: [-1, 1, 1, 1, 1, 1, 1] })).toThrow(/weights are finite numbers ≥ 0/);
  });
}

test("the median lies between two errors where half of the weight does", () => {
  const observed = { actual: [0, 0, 0], predicted: [1, 3, 7] };
  expect(nabla.medianAbsoluteError({ ...observed, weight: [2, 1, 1] })).toBe(2);
  expect(nabla.medianAbsoluteError({ ...observed, weight: [1, 1, 3] })).toBe(7);
});

test("every metric stands here", () => {
  const listed = new Set<string>(Object.values(families).flatMap(({ names }) => [...names]));
  expect([...metrics.keys()].filter((name) => !listed.has(name))).toEqual(["fBeta"]);
});
