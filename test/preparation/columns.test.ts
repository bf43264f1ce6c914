/** Beyond the reference cases of scikit-learn: missing values, tables, files. */
import { describe, expect, test } from "vitest";
import {
  LabelEncoder,
  MaxAbsScaler,
  MinMaxScaler,
  OneHotEncoder,
  OrdinalEncoder,
  PolynomialFeatures,
  RobustScaler,
  SimpleImputer,
  StandardScaler,
  Table,
  tensor,
} from "../../src/index.ts";

const scalers = [StandardScaler, MinMaxScaler, RobustScaler, MaxAbsScaler];

describe.each(scalers.map((Kind) => [Kind.name, Kind] as const))("%s", (_, Kind) => {
  const rows = [[1, 10], [2, null], [4, 30]]; // biome-ignore format: one line

  test("skips what is missing, and lets it pass", () => {
    const scaler = new Kind().fit(rows);
    const scaled = scaler.transform(rows).toArray() as number[][];
    expect(scaled[1]![1]).toBeNaN();
    const without = new Kind().fit([[10], [30]]).transform([[10], [30]]);
    expect([scaled[0]![1], scaled[2]![1]]).toEqual([...without.data()]);
  });

  test("takes tables, tensors and arrays alike, and goes back", () => {
    const table = new Table({ a: [1, 2, 4], b: [10, 20, 30] });
    const scaler = new Kind().fit(table);
    const scaled = scaler.transform(table);
    expect(scaler.transform(table.tensor()).data()).toEqual(scaled.data());
    const back = scaler.inverseTransform(scaled).data();
    for (const [i, value] of [1, 10, 2, 20, 4, 30].entries()) expect(Math.abs(back[i]! - value)).toBeLessThan(1e-5);
  });

  test("comes back from its description", () => {
    const scaler = new Kind().fit([[0.1, 3], [0.7, 4]]); // biome-ignore format: one line
    const { learnt } = JSON.parse(JSON.stringify(scaler.describe()));
    expect(new Kind().restore(learnt).describe()).toEqual(scaler.describe());
  });
});

test("a scaler computes in f64: large numbers keep their differences", () => {
  const [low, high] = new StandardScaler().fitTransform([[1e9 + 1], [1e9 + 3]]).data();
  expect([low, high]).toEqual([-1, 1]);
});

test.each([
  ["mean", [2, 5]],
  ["median", [1, 5]],
  ["mostFrequent", [1, 5]],
  ["constant", [-1, -1]],
] as const)("missing numbers are filled in by %s", (strategy, [a, b]) => {
  const imputer = new SimpleImputer({ strategy, fillValue: -1 }).fit([[1, 5], [1, null], [4, 5]]); // biome-ignore format: one line
  expect(imputer.transform([[null, null]]).toArray()).toEqual([[a, b]]);
});

test("a missing category is a category, the last", () => {
  const encoder = new OneHotEncoder().fit([["b"], [null], ["a"]]);
  expect(encoder.categories).toEqual([["a", "b", null]]);
  expect(encoder.transform([[null]]).toArray()).toEqual([[0, 0, 1]]);
});

test("ordinal numbers follow the order of categories; unknown ones get their own", () => {
  const encoder = new OrdinalEncoder({ handleUnknown: "useEncodedValue" }).fit(new Table({ size: ["m", "s", "l"] }));
  expect(encoder.transform([["l"], ["s"], ["xl"]]).toArray()).toEqual([[0], [2], [-1]]);
});

test("labels go there and back", () => {
  const encoder = new LabelEncoder();
  const numbers = encoder.fitTransform(["dog", "cat", "dog"]);
  expect(numbers.dtype).toBe("i32");
  expect(encoder.inverseTransform(numbers)).toEqual(["dog", "cat", "dog"]);
  expect(new LabelEncoder().fit(tensor([3, 1])).classes).toEqual([1, 3]);
});

test("products of no column, and of degree 0", () => {
  expect(new PolynomialFeatures({ degree: 0 }).transform([[5]]).toArray()).toEqual([[1]]);
  expect(new PolynomialFeatures({ degree: 3, includeBias: false }).transform([[2]]).toArray()).toEqual([[2, 4, 8]]);
});
