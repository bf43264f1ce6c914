import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  formatCsv,
  parseCsv,
  parseJsonLines,
  parseTsv,
  readCsv,
  readJsonLines,
  readLines,
  readText,
} from "../../src/readers/index.ts";

const path = (name: string): string => new URL(`../files/${name}`, import.meta.url).pathname;
const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));

describe("CSV", () => {
  test("columns are numbers or words, as they are throughout", async () => {
    const iris = await readCsv(path("iris.csv"));
    expect([iris.rows, iris.names.length]).toEqual([150, 5]);
    expect(iris.names.map((name) => typeof iris.at(0, name))).toEqual(["number", "number", "number", "number", "string"]);
  });

  test("what is missing is NaN among numbers, null among words", async () => {
    const penguins = await readCsv(path("penguins.csv"));
    expect(penguins.rows).toBe(344);
    expect(penguins.records().filter((row) => Object.values(row).includes(null))).toHaveLength(11);
    expect(penguins.at(3, "bill_length_mm")).toBe(null);
    expect(penguins.at(3, "sex")).toBe(null);
  });

  test("quotes hold delimiters, ends of lines, and quotes; spaces around fields go", () => {
    const table = parseCsv('name , said\n"Ada, Countess","one\ntwo"\nAlan,"""yes"""\n');
    expect(table.records()).toEqual([
      { name: "Ada, Countess", said: "one\ntwo" },
      { name: "Alan", said: '"yes"' },
    ]);
  });

  test("numbers with zeros in front are words: postcodes, keys", () => {
    const table = parseCsv("zip,n\n01234,0\n56789,0.5\n");
    expect(table.words("zip")).toEqual(["01234", "56789"]);
    expect(table.numbers("n")).toEqual(Float64Array.of(0, 0.5));
    expect(parseCsv("zip\n01234\n", { types: { zip: "numbers" } }).numbers("zip")[0]).toBe(1234);
  });

  test("words among numbers, where there are many, make a column of words", () => {
    expect(parseCsv("ticket\n113\nA/5\n7\nPC 1\n").words("ticket")).toEqual(["113", "A/5", "7", "PC 1"]);
  });

  test("columns and names can be chosen, delimiters too", () => {
    const table = parseCsv("1;2\n3;4", { delimiter: ";", header: ["a", "b"], columns: ["b"] });
    expect(table.records()).toEqual([{ b: 2 }, { b: 4 }]);
    expect(parseCsv("1,2", { header: false }).names).toEqual(["column 1", "column 2"]);
    expect(parseTsv("a\tb\n1\t2").records()).toEqual([{ a: 1, b: 2 }]);
  });

  test("marks of order, ends of lines of Windows, empty lines", async () => {
    const table = await readCsv(bytes("\uFEFFa,b\r\n1,2\r\n\r\n3,4\r\n"));
    expect(table.records()).toEqual([
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ]);
    expect(table.place(1)).toBe("line 4 of bytes");
  });

  test("gzipped files are unpacked", async () => {
    expect((await readCsv(new Uint8Array(gzipSync("a\n1\n")))).numbers("a")).toEqual(Float64Array.of(1));
  });

  test("there and back", () => {
    const table = parseCsv('a,"b, c"\n1,"say ""so"""\n,x\n');
    expect(parseCsv(formatCsv(table)).records()).toEqual(table.records());
  });
});

test("JSON lines: what a line does not name is missing", async () => {
  const table = parseJsonLines('{"age": 31, "member": true}\n\n{"age": null, "city": "Oslo"}\n');
  expect(table.records()).toEqual([
    { age: 31, member: "true", city: null },
    { age: null, member: null, city: "Oslo" },
  ]);
  expect((await readJsonLines(bytes('{"a": 1}'))).rows).toBe(1);
});

test("text, in other encodings too", async () => {
  expect(await readText(new Uint8Array([0x45, 0xe9]), { encoding: "windows-1252" })).toBe("Eé");
  expect(await readLines(bytes("a\r\nb\n"))).toEqual(["a", "b"]);
});
