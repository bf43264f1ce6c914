/** Text in one way of writing, and what is nearly the same. */

import { ValueError } from "../core/errors.ts";
import { Printed } from "../core/printed.ts";
import { formatTable } from "../core/table.ts";

export type TextNormalizerOptions = {
  /** Whether capitals become small letters. Default true. */
  lowercase?: boolean;
  /** Whether accents are taken off: é becomes e. Default true. */
  accents?: boolean;
  /** Whether white space at the ends goes, and several in a row become one space. Default true. */
  whitespace?: boolean;
  /** Whether punctuation becomes a space. Default false. */
  punctuation?: boolean;
};

/** Writings that mean the same, or nearly. */
export type NearDuplicate = {
  /** As they are written, the most frequent first. */
  readonly writings: readonly string[];
  /** How often each occurs. */
  readonly counts: readonly number[];
  /** 0 where they are equal once normalised, 1 where a letter differs. */
  readonly distance: 0 | 1;
};

/** Writings that nearly mean the same; prints as a table. */
export class NearDuplicates extends Printed {
  readonly groups: readonly NearDuplicate[];

  constructor(groups: readonly NearDuplicate[]) {
    super();
    this.groups = groups;
  }

  override toString(): string {
    if (this.groups.length === 0) return "no near-duplicates";
    const rows = this.groups.map(({ writings, counts, distance }) => [
      writings.map((writing, i) => `${JSON.stringify(writing)} × ${counts[i]}`).join(", "),
      distance === 0 ? "the same once normalised" : "one letter apart",
    ]);
    return formatTable([["writings", ""], ...rows], ["left", "left"]);
  }
}

/** Shorter words are not taken for each other because of a letter. */
const LEAST_LENGTH = 4;

function countsOf<T>(values: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** The word, and all it can be with a letter left out: words that share one are a letter apart. */
function shortened(word: string): string[] {
  const letters = [...word];
  return [word, ...letters.map((_, i) => letters.filter((_, j) => j !== i).join(""))];
}

/** Whether two words differ by one letter put in, left out, or changed. */
function isNear(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [[...a], [...b]] : [[...b], [...a]];
  if (long.length - short.length > 1) return false;
  let start = 0;
  while (start < short.length && short[start] === long[start]) start += 1;
  const rest = long.length === short.length ? start + 1 : start;
  return short.slice(rest).join("") === long.slice(start + 1).join("");
}

/**
 * Brings text to one way of writing, so that "DUPONT ", "dupont" and "Dupónt" meet.
 *
 * @example new TextNormalizer().transform(["  Éa ", "EA"]) // ["ea", "ea"]
 */
export class TextNormalizer {
  readonly kind = "TextNormalizer";
  readonly options: Readonly<Required<TextNormalizerOptions>>;

  constructor({ lowercase = true, accents = true, whitespace = true, punctuation = false }: TextNormalizerOptions = {}) {
    this.options = { lowercase, accents, whitespace, punctuation };
  }

  /** One text. @throws ValueError on anything but text */
  normalize(text: string): string {
    if (typeof text !== "string") throw new ValueError("TextNormalizer", "takes text", String(text));
    const { lowercase, accents, whitespace, punctuation } = this.options;
    let found = text.normalize(accents ? "NFKD" : "NFKC");
    if (accents) found = found.replace(/\p{M}/gu, "").normalize("NFKC");
    if (lowercase) found = found.toLowerCase();
    if (punctuation) found = found.replace(/[\p{P}\p{S}]+/gu, " ");
    return whitespace ? found.replace(/\s+/gu, " ").trim() : found;
  }

  transform(texts: readonly string[]): string[] {
    return texts.map((text) => this.normalize(text));
  }

  /**
   * What is written in several ways: equal once normalised, or a letter apart ("Dupon", "dupont"), which is reported, not changed.
   *
   * @example console.log(new TextNormalizer().nearDuplicates(table.column("name")));
   */
  nearDuplicates(texts: readonly (string | null)[]): NearDuplicates {
    const raw = countsOf(texts.filter((text): text is string => text !== null));
    const byNormal = new Map<string, string[]>();
    for (const text of raw.keys()) {
      const normal = this.normalize(text);
      byNormal.set(normal, [...(byNormal.get(normal) ?? []), text]);
    }
    const group = (writings: readonly string[], distance: 0 | 1): NearDuplicate => {
      const sorted = [...writings].sort((a, b) => raw.get(b)! - raw.get(a)! || (a < b ? -1 : 1));
      return { writings: sorted, counts: sorted.map((writing) => raw.get(writing)!), distance };
    };
    const same = [...byNormal.values()].filter((writings) => writings.length > 1).map((writings) => group(writings, 0));
    const near = nearPairs([...byNormal.keys()]).map(([a, b]) => group([byNormal.get(a)![0]!, byNormal.get(b)![0]!], 1));
    return new NearDuplicates([...same, ...near]);
  }
}

/** Pairs a letter apart, found by what they share with a letter left out. */
function nearPairs(words: readonly string[]): [string, string][] {
  const byPart = new Map<string, string[]>();
  const pairs = new Map<string, [string, string]>();
  for (const word of words.filter(({ length }) => length >= LEAST_LENGTH)) {
    for (const part of new Set(shortened(word))) {
      const others = byPart.get(part) ?? [];
      for (const other of others) if (other !== word && isNear(word, other)) pairs.set(`${other}\n${word}`, [other, word]);
      byPart.set(part, [...others, word]);
    }
  }
  return [...pairs.values()];
}
