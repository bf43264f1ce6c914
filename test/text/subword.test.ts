import { expect, test } from "vitest";
import {
  adam,
  classify,
  crossEntropy,
  decodeModel,
  Embedding,
  encodeModel,
  fit,
  GlobalAvgPool,
  Linear,
  Sequential,
  TextPreparation,
} from "../../src/index.ts";
import { buildPreparation } from "../../src/preparation/kinds.ts";
import { decodeTokenizer, readTokenizer, SubwordTokenizer } from "../../src/text/index.ts";

/** Byte-pair: four merges over six letters and the space, which is written Ġ. */
const FILE = {
  version: "1.0",
  added_tokens: [{ id: 9, content: "<pad>", special: true, single_word: false, lstrip: false, rstrip: false, normalized: false }],
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: null,
  decoder: { type: "ByteLevel" },
  model: {
    type: "BPE",
    vocab: { l: 0, o: 1, w: 2, e: 3, r: 4, Ġ: 5, lo: 6, low: 7, er: 8, "<pad>": 9, Ġlow: 10 },
    merges: ["l o", "lo w", "e r", "Ġ low"],
  },
};

test("merges pairs, in order, and back", () => {
  const tokenizer = new SubwordTokenizer(FILE);
  expect(tokenizer.encode("low lower")).toEqual([7, 10, 8]);
  expect(tokenizer.tokens("low lower")).toEqual(["low", "Ġlow", "er"]);
  expect(tokenizer.decode([7, 10, 8, 9])).toBe("low lower");
  expect(tokenizer.encode("")).toEqual([]);
  expect(tokenizer.decode([])).toBe("");
  expect([tokenizer.size, tokenizer.padding]).toEqual([11, 9]);
});

test("gives rows of one length, filled up by its own number", () => {
  const { x, lengths } = new SubwordTokenizer(FILE).encodeAll(["low lower", "er"]);
  expect([...x.data()]).toEqual([7, 10, 8, 8, 9, 9]);
  expect([...lengths.data()]).toEqual([3, 1]);
  expect([...new SubwordTokenizer(FILE).encodeAll(["low lower"], { length: 2, cut: "left" }).x.data()]).toEqual([10, 8]);
});

test("travels in the model's file", async () => {
  const preparation = new TextPreparation({ tokens: new SubwordTokenizer(FILE) });
  const data = preparation.fitTransform({ x: ["low low", "lower er", "low", "er"], y: ["a", "b", "a", "b"] });
  expect([...data.x.data()]).toEqual([7, 10, 9, 9, 7, 8, 5, 8, 7, 9, 9, 9, 8, 9, 9, 9]);
  const model = new Sequential(new Embedding(preparation.size, 4), new GlobalAvgPool(), new Linear(4, 2));
  await fit(model, data, { loss: crossEntropy, optimizer: adam({ lr: 0.1 }), epochs: 30, verbose: false });
  expect(classify(decodeModel(encodeModel(model)), ["low", "er"]).map(({ name }) => name)).toEqual(["a", "b"]);
  const described = JSON.parse(JSON.stringify(preparation.describe()));
  const other = { ...described, options: { ...described.options, tokens: { kind: "OtherTokenizer" } } };
  expect(() => buildPreparation("load", other)).toThrow('try import "nabla/text"');
});

test("what is no tokenizer's file is an error", async () => {
  const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
  for (const bad of ["", "{", "[]", "null", "{}", '{"model": {}}', '{"model": {"type": "BPE"}}'])
    await expect(readTokenizer(bytes(bad))).rejects.toThrow(/^readTokenizer\(bytes\): /);
  expect(() => decodeTokenizer("{}")).toThrowErrorMatchingInlineSnapshot(
    `[FormatError: decodeTokenizer: is a tokenizer's file, an object with a model; got {}]`,
  );
  expect(() => new SubwordTokenizer(FILE).decode([1, 77])).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: SubwordTokenizer: numbers are from 0 to 10; got 77 at 1]`,
  );
});
