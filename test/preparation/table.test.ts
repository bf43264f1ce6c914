/** From a raw table to classes by name, through a file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import {
  accuracy,
  adam,
  ColumnTransformer,
  classify,
  crossEntropy,
  decodeModel,
  encodeModel,
  evaluate,
  fit,
  type History,
  init,
  Linear,
  load,
  type Model,
  meanAbsoluteError,
  mse,
  OneHotEncoder,
  predict,
  relu,
  Sequential,
  SimpleImputer,
  StandardScaler,
  save,
  split,
  Table,
  TablePreparation,
  tensor,
} from "../../src/index.ts";
import { readCsv } from "../../src/readers/index.ts";

const path = (name: string): string => new URL(`../files/${name}`, import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "nabla-table-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const people = new Table({
  age: [20, 30, null, 50],
  city: ["Oslo", "Bonn", "Oslo", null],
  group: ["a", "b", "a", "b"],
});

describe("a ColumnTransformer", () => {
  test("takes each column through its own steps", () => {
    const transformer = new ColumnTransformer([
      [[new SimpleImputer({ strategy: "median" }), new StandardScaler()], ["age"]],
      [new OneHotEncoder(), ["city"]],
    ]);
    const rows = transformer.fitTransform(people).toArray() as number[][];
    expect(rows.map((row) => row.slice(1))).toEqual([
      [0, 1, 0],
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    const deviation = 1 / Math.sqrt((12.5 ** 2 + 2.5 ** 2 + 2.5 ** 2 + 17.5 ** 2) / 4); // around 32.5, the gap filled by 30
    for (const [row, offset] of [-12.5, -2.5, -2.5, 17.5].entries())
      expect(Math.abs(rows[row]![0]! - offset * deviation)).toBeLessThan(1e-6);
  });
});

describe("a TablePreparation", () => {
  const preparation = new TablePreparation({ target: "group" });
  const data = preparation.fitTransform(people);

  test("names its columns and classes", () => {
    expect(preparation.features).toEqual(["age", "city=Bonn", "city=Oslo", "city=?"]);
    expect([data.x.shape, data.classes, [...data.y.data()]]).toEqual([
      [4, 4],
      ["a", "b"],
      [0, 1, 0, 1],
    ]);
    expect(data.preparation).toBe(preparation);
  });

  test("takes rows as objects, numbers as text, and says once what is unknown", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const x = preparation.inputs([
      { age: 30, city: "Bonn" },
      { age: "30" as never, city: "Rome" },
      { age: null, city: "Rome" },
    ]);
    expect(warn.mock.calls).toEqual([
      ["TablePreparation: 'city' was never \"Rome\" in training: it counts as none of the known categories"],
    ]);
    warn.mockRestore();
    const rows = x.toArray() as number[][];
    expect(rows.map((row) => row.slice(1))).toEqual([
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(rows[1]![0]).toBe(rows[0]![0]);
    expect(rows[2]![0]).toBe(rows[0]![0]); // the median
  });

  test("numbers may be categories, and columns left out", () => {
    const own = new TablePreparation({ target: "group", categorical: ["age"], ignore: ["city"] });
    own.fit(people);
    expect(own.features).toEqual(["age=20", "age=30", "age=50", "age=?"]);
  });

  test("classes may be numbers", () => {
    const table = new Table({ x: [1, 2, 3], y: [7, 3, 7] });
    const own = new TablePreparation({ target: "y", task: "classification" });
    expect([[...own.fitTransform(table).y.data()], own.classes]).toEqual([
      [1, 0, 1],
      ["3", "7"],
    ]);
  });

  test("numbers to predict are scaled for training, and come back in their own units", () => {
    const table = new Table({ x: [0, 1, 2, 3], price: [1000.5, 3000.5, 1000.5, 3000.5] });
    const own = new TablePreparation({ target: "price" });
    const { y, classes } = own.fitTransform(table);
    expect([y.toArray(), classes]).toEqual([[[-1], [1], [-1], [1]], undefined]);
    expect(own.outputs(tensor([[0], [2]])).toArray()).toEqual([[2000.5], [4000.5]]);
    expect(new TablePreparation({ target: "price", scaleTarget: false }).fitTransform(table).y.data()[0]).toBe(1000.5);
  });
});

async function trained(model: Model, table: Table, preparation: TablePreparation, loss: typeof mse): Promise<History> {
  return fit(model, preparation.fitTransform(table), { loss, optimizer: adam({ lr: 0.02 }), epochs: 40, seed: 1, verbose: false });
}

test("a raw table is learnt, and the model's file takes raw rows", async () => {
  const { train, test: unseen } = split(
    await readCsv(path("penguins.csv")),
    { train: 0.8, test: 0.2 },
    { seed: 1, stratify: "species" },
  );
  const preparation = new TablePreparation({ target: "species", ignore: ["year"] });
  const model = new Sequential(new Linear(4 + 3 + 3, 16), relu, new Linear(16, 3));
  await trained(model, train, preparation, crossEntropy);
  const { accuracy: share } = await evaluate(model, unseen, { accuracy });
  expect(share).toBeGreaterThan(0.95);
  await save(model, join(folder, "penguins.safetensors"));
  const again = await load(join(folder, "penguins.safetensors"));
  const found = classify(again, unseen);
  expect(found).toEqual(classify(model, unseen));
  expect(found.map(({ name }) => name)).toEqual(found.map(({ label }) => ["Adelie", "Chinstrap", "Gentoo"][label]));
  const right = found.filter(({ name }, row) => name === unseen.at(row, "species")).length;
  expect(right / unseen.rows).toBeCloseTo(share, 12);
  const one = classify(again, [{ ...unseen.records()[0]!, sex: null }]);
  expect(one[0]!.name).toBe(unseen.at(0, "species"));
});

test("numbers are predicted in their own units, through a file", async () => {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    size: i % 12,
    kind: i % 2 ? "flat" : "house",
    price: 1000 * (i % 12) + (i % 2 ? 0.5 : 5000),
  }));
  const table = Table.fromRecords(rows);
  const model = new Sequential(new Linear(3, 1));
  await trained(model, table, new TablePreparation({ target: "price" }), mse);
  const again = decodeModel(encodeModel(model));
  const wanted = { size: 4, kind: "house" };
  expect(predict(again, [wanted]).data()).toEqual(predict(model, [wanted]).data());
  expect(Math.abs(predict(again, [wanted]).item() - 9000)).toBeLessThan(500);
  const { meanAbsoluteError: error } = await evaluate(again, table, { meanAbsoluteError });
  expect(error).toBeLessThan(500);
});

test("models without preparation are as they were", () => {
  const model = init(new Sequential(new Linear(2, 2)), { seed: 1 });
  expect(classify(model, [[1, 2]])[0]).not.toHaveProperty("name");
  expect(() => predict(model, [{ a: 1 }])).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: predict: the model takes numbers; got raw rows — try training it on what a TablePreparation made]`,
  );
});
