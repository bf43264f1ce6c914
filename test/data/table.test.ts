import { expect, test } from "vitest";
import { Table } from "../../src/index.ts";

const people = new Table({ age: [31, null, 45], city: ["Oslo", "Bonn", null] });

test("columns of numbers hold NaN for what is missing, columns of words null", () => {
  expect(people.names).toEqual(["age", "city"]);
  expect(people.column("age")).toEqual(Float64Array.of(31, Number.NaN, 45));
  expect(people.column("city")).toEqual(["Oslo", "Bonn", null]);
  expect(people.words("age")).toEqual(["31", null, "45"]);
  expect(people.at(1, "age")).toBe(null);
});

test("numbers among words become words", () => {
  expect(new Table({ code: [1, "a"] }).column("code")).toEqual(["1", "a"]);
});

test("columns keep their order, whatever they are called", () => {
  expect(new Table([["b", [1]], ["10", [2]], ["2", [3]]]).names).toEqual(["b", "10", "2"]); // biome-ignore format: one line
});

test("rows and columns can be chosen", () => {
  expect(people.take([2, 0]).records()).toEqual([
    { age: 45, city: null },
    { age: 31, city: "Oslo" },
  ]);
  expect(people.where(({ age }) => age !== null).rows).toBe(2);
  expect(people.select(["city"]).names).toEqual(["city"]);
  expect(people.drop(["city"]).names).toEqual(["age"]);
  expect(people.with("age", [1, 2, 3]).records()[1]).toEqual({ age: 2, city: "Bonn" });
});

test("records there and back, with names where they occur first", () => {
  const table = Table.fromRecords([{ a: 1 }, { b: "x", a: 2 }]);
  expect(table.names).toEqual(["a", "b"]);
  expect(Table.fromRecords(table.records()).records()).toEqual([
    { a: 1, b: null },
    { a: 2, b: "x" },
  ]);
});

test("numbers side by side are a tensor", () => {
  const table = new Table({ a: [1, 2], b: [3, null] });
  expect(table.tensor().toArray()).toEqual([
    [1, 3],
    [2, Number.NaN],
  ]);
  expect(table.tensor(["b"]).shape).toEqual([2, 1]);
});

test("prints, long ones in part", () => {
  expect(String(people)).toMatchInlineSnapshot(`
    "Table of 3 rows, 2 columns
    age  city
    ─────────
     31  Oslo
         Bonn
     45"
  `);
  expect(String(new Table({ n: Array.from({ length: 40 }, (_, i) => i) })).split("\n")).toHaveLength(14);
});
