import { describe, expect, test } from "vitest";
import { characterTokens, padSequences, TextNormalizer, Vocabulary, wordTokens } from "../../src/index.ts";

describe("a TextNormalizer", () => {
  test("lets what means the same meet", () => {
    const normalizer = new TextNormalizer();
    expect(normalizer.transform(["DUPONT ", "dupont", "  Dupónt", "Du\u0301pont"])).toEqual(new Array(4).fill("dupont"));
    expect(normalizer.normalize("two \t words\u00a0here\n")).toBe("two words here");
  });

  test("leaves alone what it is told to", () => {
    expect(new TextNormalizer({ lowercase: false, accents: false, whitespace: false }).normalize("  É ")).toBe("  É ");
    expect(new TextNormalizer({ punctuation: true }).normalize("Well—no, (yes)!")).toBe("well no yes");
  });

  test("reports what is nearly the same, and changes nothing of it", () => {
    const names = ["Dupont", "dupont", "DUPONT ", "dupont", "Dupon", "Durand", "Kim", "Kin", null];
    const report = new TextNormalizer().nearDuplicates(names);
    expect(report.groups).toEqual([
      { writings: ["dupont", "DUPONT ", "Dupont"], counts: [2, 1, 1], distance: 0 },
      { writings: ["Dupon", "Dupont"], counts: [1, 1], distance: 1 },
    ]);
    expect(String(report)).toContain('"Dupon" × 1, "Dupont" × 1');
    expect(String(new TextNormalizer().nearDuplicates(["a"]))).toBe("no near-duplicates");
  });

  test.each([
    ["martin", "martins", true],
    ["martin", "martim", true],
    ["martin", "amrtin", false],
    ["martin", "martinis", false],
    ["nora", "norah", true],
  ])("%s and %s are a letter apart: %s", (a, b, near) => {
    expect(new TextNormalizer().nearDuplicates([a, b]).groups.length).toBe(near ? 1 : 0);
  });
});

test("tokens are characters or words, in any script", () => {
  expect(characterTokens("né𝄞")).toEqual(["n", "é", "𝄞"]);
  expect(wordTokens("It's late, déjà-vu! Да 42.")).toEqual(["It's", "late", ",", "déjà", "-", "vu", "!", "Да", "42", "."]);
  expect(wordTokens(" ")).toEqual([]);
});

describe("a Vocabulary", () => {
  const texts = ["to be or not to be", "to do"].map(wordTokens);

  test("numbers the frequent first, equals by code point, behind what is reserved", () => {
    const words = new Vocabulary({ special: ["<start>"] }).fit(texts);
    expect(words.tokens).toEqual(["<pad>", "<unk>", "<start>", "to", "be", "do", "not", "or"]);
    expect(words.encode(["to", "sleep", "<start>"])).toEqual([3, 1, 2]);
    expect(words.decode([3, 4])).toEqual(["to", "be"]);
  });

  test("leaves out the rare", () => {
    expect(new Vocabulary({ minFrequency: 2 }).fit(texts).size).toBe(4);
    expect(new Vocabulary({ maxSize: 3 }).fit(texts).tokens).toEqual(["<pad>", "<unk>", "to"]);
  });

  test("comes back from its description", () => {
    const words = new Vocabulary({ padding: null }).fit(texts);
    const { options, learnt } = JSON.parse(JSON.stringify(words.describe()));
    expect(new Vocabulary(options).restore(learnt).encode(["be", "?"])).toEqual(words.encode(["be", "?"]));
  });
});

test("rows are filled up and cut on either side", () => {
  const rows = [[1, 2, 3], [4], []];
  const { x, lengths } = padSequences(rows);
  expect([x.dtype, x.toArray(), [...lengths.data()]]).toEqual(["i32", [[1, 2, 3], [4, 0, 0], [0, 0, 0]], [3, 1, 0]]); // biome-ignore format: one line
  expect(padSequences(rows, { length: 2, side: "left", value: 9 }).x.toArray()).toEqual([[1, 2], [9, 4], [9, 9]]); // biome-ignore format: one line
  expect(padSequences(rows, { length: 2, cut: "left" }).x.toArray()).toEqual([[2, 3], [4, 0], [0, 0]]); // biome-ignore format: one line
});
