/** Files of models: damaged, of something else, or made to do harm. */
import { decodeModel, encodeModel, Linear, load, Sequential, save } from "../../../src/index.ts";
import { decodeSafetensors, encodeSafetensors } from "../../../src/io/safetensors.ts";
import type { Mistake } from "./mistake.ts";

const good = encodeModel(new Sequential(new Linear(2, 3)));
const { tensors, metadata } = decodeSafetensors(good, "test");

/** The model's file with other notes. */
function noted(change: Readonly<Record<string, string>>): unknown {
  return decodeModel(encodeSafetensors([...tensors].map(([name, stored]) => ({ name, ...stored })), { ...metadata, ...change })); // biome-ignore format: one line
}

/** A file with this header and so many bytes of data. */
function made(header: unknown, bytes = 0): unknown {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + bytes);
  new DataView(file.buffer).setUint32(0, text.length, true);
  file.set(text, 8);
  return decodeModel(file, new Sequential(new Linear(2, 3)));
}

const array = (begin: number, end: number, shape: readonly unknown[] = [(end - begin) / 4], dtype = "F32") => ({
  ...{ dtype, shape, data_offsets: [begin, end] },
});
const lengths = (low: number, high: number): Uint8Array => {
  const file = good.slice();
  new DataView(file.buffer).setUint32(0, low, true);
  new DataView(file.buffer).setUint32(4, high, true);
  return file;
};

export const modelFiles: readonly Mistake[] = [
  ["a file that is not there", () => load("nowhere.safetensors")],
  ["a folder", () => load("test")],
  ["an empty file", () => decodeModel(new Uint8Array())],
  ["a file of text", () => load("package.json")],
  ["a file cut off within its header", () => decodeModel(good.slice(0, 40))],
  ["a file cut off within its data", () => decodeModel(good.slice(0, -4))],
  ["bytes behind the end", () => decodeModel(new Uint8Array([...good, 0, 0, 0, 0]))],
  ["a header of 4 GB", () => decodeModel(lengths(0xffffffff, 0))],
  ["a header beyond what numbers hold", () => decodeModel(lengths(0, 0xffffffff))],
  ["a header that is a list", () => made("[]")],
  ["a header that is not JSON", () => made('{"weight":')],
  ["a name that stands twice", () => made('{"a":{},"a":{}}')],
  ["arrays that overlap", () => made({ a: array(0, 16), b: array(8, 24) }, 24)],
  ["a gap between arrays", () => made({ a: array(0, 8), b: array(16, 24) }, 24)],
  ["an offset out of range", () => made({ a: array(0, 4096) }, 16)],
  ["offsets that descend", () => made({ a: array(16, 0, [4]) }, 16)],
  ["a negative offset", () => made({ a: array(-4, 12, [4]) }, 16)],
  ["an offset that is no number", () => made({ a: { dtype: "F32", shape: [1], data_offsets: [0, "4"] } }, 4)],
  ["a huge declared size", () => made({ a: array(0, 16, [65536, 65536, 65536]) }, 16)],
  ["an extent beyond 2³¹", () => made({ a: array(0, 16, [4294967296]) }, 16)],
  ["a thousand axes", () => made({ a: array(0, 4, new Array(1000).fill(1)) }, 4)],
  ["elements of a type that there is not", () => made({ a: array(0, 16, [2], "C64") }, 16)],
  ["a name that harms objects", () => made('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4)],
  ["notes that are not text", () => made({ __metadata__: { version: 1 } })],
  ["another model's weights", () => decodeModel(good, new Sequential(new Linear(3, 2)))],
  ["weights that a model lacks", () => made({ "layers.0.weight": array(0, 24, [2, 3]) }, 24)],
  ["a later version", () => noted({ version: "99" })],
  ["a version that is no number", () => noted({ version: "new" })],
  ["weights without a structure", () => noted({ format: "pt" })],
  ["a structure that is not JSON", () => noted({ structure: "{" })],
  ["a layer that there is not", () => noted({ structure: (metadata.structure ?? "").replace('"Linear"', '"Magic"') })],
  ["a structure of another shape", () => noted({ structure: (metadata.structure ?? "").replace(/\b3\b/, "4") })],
  ["a place where no file can be", () => save(new Sequential(new Linear(1, 1)), "package.json/model.safetensors")],
  ["a model without parameters", () => save({ forward: (x: unknown) => x }, "never.safetensors")],
];
