/** Tokens and their numbers. */
import { FormatError, ValueError } from "../core/errors.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { type Described, Fitted, type Json } from "./fitted.ts";

/** The characters of a text. @example characterTokens("né") // ["n", "é"] */
export function characterTokens(text: string): string[] {
  return [...text];
}

/** The words of a text, and each sign of punctuation by itself. @example wordTokens("It's late!") // ["It's", "late", "!"] */
export function wordTokens(text: string): string[] {
  return text.match(/[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{N}]+)*|[^\s\p{L}\p{N}]/gu) ?? [];
}

export type VocabularyOptions = {
  /** How often a token must occur to have a number. Default 1. */
  minFrequency?: number;
  /** Most tokens, the most frequent ones; what stands for others included. Default no limit. */
  maxSize?: number;
  /** What fills up short rows, as number 0. Default `<pad>`; null: nothing does. */
  padding?: string | null;
  /** What stands for tokens without a number. Default `<unk>`; null: they are an error. */
  unknown?: string | null;
  /** Further tokens with numbers of their own: `["<start>", "<end>"]`. Default none. */
  special?: readonly string[];
};

/**
 * Numbers of tokens: what fills up first, what stands for unknown ones next, then the others, the most frequent first, of equals the one
 * that comes first in code points.
 *
 * @throws ValueError on an unknown token, where nothing stands for such
 * @example
 * const words = new Vocabulary().fit(["to be or not to be"].map(wordTokens));
 * words.encode(["to", "sleep"]) // [2, 1] or so
 */
export class Vocabulary extends Fitted<readonly string[]> {
  readonly kind = "Vocabulary";
  readonly options: Readonly<Required<VocabularyOptions>>;
  #numbers = new Map<string, number>();

  constructor({
    minFrequency = 1,
    maxSize = Infinity,
    padding = "<pad>",
    unknown = "<unk>",
    special = [],
  }: VocabularyOptions = {}) {
    super();
    for (const [name, value] of Object.entries({ minFrequency, maxSize })) {
      if (!(value >= 1)) throw new ValueError("Vocabulary", `${name} is a number ≥ 1`, String(value));
    }
    this.options = { minFrequency, maxSize, padding, unknown, special };
  }

  /** Tokens by number. */
  get tokens(): readonly string[] {
    return this.learnt;
  }

  get size(): number {
    return this.learnt.length;
  }

  /** Learns the tokens of training texts. */
  fit(texts: Iterable<readonly string[]>): this {
    const counts = new Map<string, number>();
    for (const tokens of texts) for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
    if (counts.size === 0) throw new ValueError(this.kind, "needs tokens to learn from", "none");
    const { minFrequency, maxSize, padding, unknown, special } = this.options;
    const reserved = [padding, unknown, ...special].filter((token) => token !== null);
    const found = [...counts]
      .filter(([token, count]) => count >= minFrequency && !reserved.includes(token))
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .map(([token]) => token);
    return this.#use([...reserved, ...found].slice(0, maxSize));
  }

  encode(tokens: readonly string[]): number[] {
    const { learnt } = this;
    const { unknown } = this.options;
    const other = unknown === null ? undefined : this.#numbers.get(unknown);
    return tokens.map((token, i) => {
      const number = this.#numbers.get(token) ?? other;
      if (number !== undefined) return number;
      throw new ValueError(this.kind, `knows ${learnt.length} tokens`, `${JSON.stringify(token)} at ${i}`, "unknown: '<unk>'");
    });
  }

  /** @throws ValueError on numbers that no token has */
  decode(numbers: ArrayLike<number>): string[] {
    const { learnt } = this;
    return Array.from(numbers, (number, i) => {
      const token = learnt[number];
      if (token !== undefined) return token;
      throw new ValueError(this.kind, `numbers are from 0 to ${learnt.length - 1}`, `${number} at ${i}`);
    });
  }

  describe(): Described {
    const { maxSize, ...options } = this.options;
    return { kind: this.kind, options: { ...options, ...(Number.isFinite(maxSize) && { maxSize }) }, learnt: this.learnt };
  }

  /** @internal */
  restore(learnt: Json): this {
    if (!Array.isArray(learnt) || !learnt.every((token) => typeof token === "string"))
      throw new FormatError(this.kind, "what was learnt is a list of tokens", JSON.stringify(learnt)?.slice(0, 60));
    return this.#use(learnt as string[]);
  }

  #use(tokens: readonly string[]): this {
    this.#numbers = new Map(tokens.map((token, number) => [token, number]));
    return this.learn(tokens);
  }
}

export type PaddingOptions = {
  /** Length of all rows. Default that of the longest. */
  length?: number;
  /** What fills up. Default 0. */
  value?: number;
  /** Where short rows are filled up. Default `right`. */
  side?: "left" | "right";
  /** Where long rows are cut. Default `right`: their beginning stays. */
  cut?: "left" | "right";
};

/**
 * Rows of numbers of several lengths as one tensor.
 *
 * @returns x i32 [n, length]; lengths i32 [n], of what is no filling
 * @example padSequences([[5, 6], [7]]) // x [[5, 6], [7, 0]], lengths [2, 1]
 */
export function padSequences(
  rows: readonly ArrayLike<number>[],
  {
    length = rows.reduce((most, row) => Math.max(most, row.length), 0),
    value = 0,
    side = "right",
    cut = "right",
  }: PaddingOptions = {},
): { x: Tensor; lengths: Tensor } {
  if (!Number.isInteger(length) || length < 0) throw new ValueError("padSequences", "length is a whole number ≥ 0", String(length));
  const data = new Int32Array(rows.length * length).fill(value);
  const lengths = Int32Array.from(rows, (row) => Math.min(length, row.length));
  for (const [r, row] of rows.entries()) {
    const kept = Array.from(row).slice(cut === "right" ? 0 : row.length - lengths[r]!, cut === "right" ? lengths[r]! : row.length);
    data.set(kept, r * length + (side === "right" ? 0 : length - kept.length));
  }
  return { x: tensor(data, { shape: [rows.length, length] }), lengths: tensor(lengths) };
}
