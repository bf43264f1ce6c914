import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { tensor } from "../../src/graph/from.ts";
import { accuracy, confusionMatrix, type Metric, type Observed, precision, recall } from "../../src/metrics/index.ts";

const metrics: Record<string, Metric<unknown>> = { accuracy, confusionMatrix, precision, recall };

const actual = [0, 2, 1, 1, 2, 2, 0, 1];
const predicted = [0, 1, 1, 2, 2, 2, 1, 1];

describe.each(Object.entries(metrics))("%s", (_, metric) => {
  const expected = metric({ actual, predicted });
  const column = (values: number[]) => values.map((value) => [value]);
  const scores = (values: number[]) => tensor(values.map((value) => [0, 1, 2].map((c) => (c === value ? 2.5 : -c))));

  test("takes class numbers in any form, and scores", () => {
    for (const form of [
      { actual: Int32Array.from(actual), predicted: Uint8Array.from(predicted) },
      { actual: column(actual), predicted },
      { actual, predicted: column(predicted) },
      { actual: tensor(column(actual)), predicted: tensor(Float64Array.from(predicted)) },
      { actual: tensor(Uint8Array.from(actual)), predicted: scores(predicted) },
      { actual: scores(actual), predicted: scores(predicted) },
    ] as Observed[]) {
      expect(metric(form)).toEqual(expected);
    }
  });

  test.each([1, 3, 7, 8])("gives the same batch by batch, %d rows each", (size) => {
    const stream = metric.stream();
    const other = metric.stream(); // streams know nothing of each other
    other.add({ actual: [3], predicted: [0] });
    for (let from = 0; from < actual.length; from += size) {
      stream.add({ actual: actual.slice(from, from + size), predicted: scores(predicted.slice(from, from + size)) });
      stream.value();
    }
    stream.add({ actual: [], predicted: [] });
    expect(stream.value()).toEqual(expected);
  });

  test("refuses nothing at all", () => {
    expect(() => metric({ actual: [], predicted: [] })).toThrow(/needs at least one row; got none$/);
    expect(() => metric.stream().value()).toThrow(/needs at least one row; got none$/);
  });

  test("refuses unequal lengths, and changes nothing by it", () => {
    const stream = metric.stream();
    stream.add({ actual, predicted });
    expect(() => stream.add({ actual: [0, 1], predicted: [0] })).toThrow(
      /one prediction for each row, 2 and 1 differ; got actual: \[2\], predicted: \[1\]$/,
    );
    expect(() => stream.add({ actual: [0], predicted: [-1] })).toThrow(/predicted classes/);
    expect(stream.value()).toEqual(expected);
  });
});

test("classes are whole numbers from 0", () => {
  const wrong: Observed[] = [
    { actual: [0, -1], predicted: [0, 1] },
    { actual: [0, 1], predicted: [0.3, 0.8] },
    { actual: [0, Number.NaN], predicted: [0, 1] },
    { actual: [0, 1e9], predicted: [0, 1] },
    { actual: 1, predicted: 1 },
    { actual: [[[1]]], predicted: [[[1]]] },
  ];
  const messages = wrong.map((observed) => {
    try {
      return String(accuracy(observed));
    } catch (error) {
      return String(error);
    }
  });
  expect(messages).toMatchInlineSnapshot(`
    [
      "ValueError: accuracy: actual classes are whole numbers from 0 to 1048575; got -1 in row 1",
      "ValueError: accuracy: predicted classes are whole numbers from 0 to 1048575; got 0.30000001192092896 in row 0 — try rounding or a threshold, where these are probabilities of class 1",
      "ValueError: accuracy: actual classes are whole numbers from 0 to 1048575; got NaN in row 1 — try rounding or a threshold, where these are probabilities of class 1",
      "ValueError: accuracy: actual classes are whole numbers from 0 to 1048575; got 1000000000 in row 1",
      "ShapeError: accuracy: actual must be class numbers [n] or [n, 1], or scores [n, classes]; got actual: []",
      "ShapeError: accuracy: actual must be class numbers [n] or [n, 1], or scores [n, classes]; got actual: [1, 1, 1]",
    ]
  `);
  const many = Array.from({ length: 4097 }, (_, label) => label);
  expect(() => confusionMatrix({ actual: many, predicted: many })).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: confusionMatrix: has room for 4096 classes; got 4097]`,
  );
});

test("of equal scores the first counts, and NaN counts as the greatest", () => {
  const { NaN: nan } = Number;
  const rows = [
    [1, 1, 0],
    [0, 3, 3],
    [-Infinity, -Infinity, -Infinity],
    [5, nan, 9],
    [nan, 9, nan],
    [0, Infinity, nan],
  ];
  expect(confusionMatrix({ actual: [0, 1, 0, 1, 0, 2], predicted: rows }).counts).toEqual([[3, 0, 0], [0, 2, 0], [0, 0, 1]]); // biome-ignore format: rows
});

test("classes that do not occur have a place where there are scores of them, and 0 for a share", () => {
  expect(confusionMatrix({ actual: [0, 5], predicted: [5, 5] }).labels).toEqual([0, 5]);
  const observed = { actual: [0, 2], predicted: [[1, 0, 0, 0], [1, 0, 0, 0]] }; // biome-ignore format: rows
  expect(confusionMatrix(observed).counts).toEqual([[1, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]); // biome-ignore format: rows
  expect(precision(observed)).toEqual([0.5, 0, 0, 0]);
  expect(recall(observed)).toEqual([1, 0, 0, 0]);
});

describe("a confusion matrix", () => {
  test("prints as an aligned table", () => {
    const matrix = confusionMatrix({ actual: [...new Array(120).fill(1), 0, 2], predicted: [...new Array(120).fill(1), 0, 1] });
    expect(String(matrix)).toMatchInlineSnapshot(`
      "rows: true class, columns: predicted class
            0   1   2
        0   1   0   0
        1   0 120   0
        2   0   1   0"
    `);
    expect(inspect(matrix)).toBe(String(matrix));
  });

  test("of many classes prints the first", () => {
    const lines = String(confusionMatrix({ actual: [99], predicted: [Array.from({ length: 100 }, (_, i) => -i)] })).split("\n");
    expect(lines.length).toBe(1 + 1 + 32 + 1);
    expect(lines.at(-1)).toBe("… and 68 classes more");
  });

  test("becomes JSON", () => {
    expect(JSON.stringify(confusionMatrix({ actual: [0, 1], predicted: [1, 1] }))).toBe('{"labels":[0,1],"counts":[[0,1],[0,1]]}');
  });

  test("does not change when its stream goes on", () => {
    const stream = confusionMatrix.stream();
    stream.add({ actual: [0], predicted: [0] });
    const first = stream.value();
    stream.add({ actual: [0], predicted: [0] });
    expect(first.counts).toEqual([[1]]);
  });
});
