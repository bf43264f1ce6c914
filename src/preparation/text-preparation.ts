import { FormatError, ValueError } from "../core/errors.ts";
import type { RawRows } from "../data/preparation.ts";
import { Table, type TableRow } from "../data/table.ts";
import type { Tensor } from "../graph/tensor.ts";
import { type Found, type SampleOptions, SamplePreparation } from "./samples.ts";
import { isRecord } from "./steps.ts";
import { TextNormalizer, type TextNormalizerOptions } from "./text.ts";
import { buildTokenizer, type Tokenizer } from "./tokenizer.ts";
import { characterTokens, padSequences, Vocabulary, wordTokens } from "./vocabulary.ts";

export type TextPreparationOptions = SampleOptions & {
  /** Column of the texts, in tables. Default `text`. */
  text?: string;
  /** Column to predict, in tables. Default `label`. */
  target?: string;
  /** What a text is cut into: `words` (default), `characters`, or what a tokenizer of `nabla/text` makes of it. */
  tokens?: "words" | "characters" | Tokenizer;
  /** How texts are written in one way first; false: as they are. Default: small letters, no accents, single spaces; for tokenizers false. */
  normalize?: TextNormalizerOptions | false;
  /** How often a token must occur in training to have a number of its own. Default 1. */
  minFrequency?: number;
  /** Most tokens. Default no limit. */
  maxSize?: number;
  /** Tokens a row; longer texts are cut, shorter ones filled up. Default: as many as the longest training text has. */
  length?: number;
  /** Where rows are filled up. Default `right`. */
  side?: "left" | "right";
  /** Where long texts are cut. Default `right`: their beginning stays. */
  cut?: "left" | "right";
};

type Learnt = { length: number; tokens: readonly string[] | null };

const CUTTERS = { words: wordTokens, characters: characterTokens } as const;

/**
 * Numbers of the tokens of texts, and what the texts are: classes by their names, or numbers. All of it is learnt from training texts alone
 * and travels in the model's file: `classify(model, ["some text"])` gives names of classes.
 *
 * @returns x i32 [n, length]: 0 fills up, 1 stands for tokens that training has not seen
 * @throws ValueError on rows that are no texts; before `fit`
 * @example
 * const preparation = new TextPreparation({ text: "review", target: "mood" });
 * const data = preparation.fitTransform(train);
 * const model = new Sequential(new Embedding(preparation.size, 16), new GlobalAvgPool(), new Linear(16, data.classes.length));
 */
export class TextPreparation extends SamplePreparation<string, Learnt> {
  readonly kind = "TextPreparation";
  readonly #options: TextPreparationOptions;
  readonly #normalizer: TextNormalizer | null;
  readonly #vocabulary: Vocabulary;
  readonly #tokenizer: Tokenizer | null;

  constructor(options: TextPreparationOptions = {}) {
    const { tokens = "words", minFrequency, maxSize, length } = options;
    const tokenizer = typeof tokens === "string" ? null : buildTokenizer(tokens);
    super(tokenizer ? ({ ...options, tokens: tokenizer.describe() } as SampleOptions) : options);
    if (tokenizer === null && !Object.hasOwn(CUTTERS, tokens as string))
      throw new ValueError("TextPreparation", "tokens are words, characters, or a tokenizer", String(tokens));
    if (length !== undefined && !(Number.isInteger(length) && length >= 1))
      throw new ValueError("TextPreparation", "length is a whole number ≥ 1", String(length));
    this.#options = options;
    this.#tokenizer = tokenizer;
    const normalize = options.normalize ?? (tokenizer ? false : {});
    this.#normalizer = normalize === false ? null : new TextNormalizer(normalize);
    this.#vocabulary = new Vocabulary({ ...(minFrequency && { minFrequency }), ...(maxSize && { maxSize }) });
  }

  /** How many numbers tokens have: what an `Embedding` needs to know. */
  get size(): number {
    return this.#tokenizer?.size ?? this.learnt.tokens!.length;
  }

  /** Tokens of a row. */
  get length(): number {
    return this.learnt.length;
  }

  protected find(rows: RawRows): Found<string> {
    const { text = "text", target = "label" } = this.#options;
    if (rows instanceof Table || (Array.isArray(rows) && typeof rows[0] === "object")) {
      const table = rows instanceof Table ? rows : Table.fromRecords(rows as readonly TableRow[]);
      return { items: table.words(text).map((word) => word ?? ""), labels: table.has(target) ? table.column(target) : null };
    }
    const [items, labels] = "x" in rows ? [rows.x, rows.y] : [rows, null];
    const other = Array.from(items as ArrayLike<unknown>).findIndex((item) => typeof item !== "string");
    if (other >= 0)
      throw new ValueError(this.kind, "takes texts", `${typeof (items as readonly unknown[])[other]} in row ${other}`);
    return { items: items as readonly string[], labels };
  }

  protected learn(texts: readonly string[]): Learnt {
    const { length } = this.#options;
    const longest = (rows: readonly ArrayLike<unknown>[]): number => rows.reduce((most, row) => Math.max(most, row.length), 1);
    if (this.#tokenizer) return { length: length ?? longest(this.#numbers(texts)), tokens: null };
    const cut = texts.map((text) => this.#cut(text));
    return { length: length ?? longest(cut), tokens: this.#vocabulary.fit(cut).tokens };
  }

  protected encode(texts: readonly string[], { length }: Learnt): Tensor {
    const { side, cut } = this.#options;
    const value = this.#tokenizer?.padding ?? 0;
    return padSequences(this.#numbers(texts), { length, value, ...(side && { side }), ...(cut && { cut }) }).x;
  }

  protected check(where: string, learnt: unknown): Learnt {
    const { length, tokens } = isRecord(learnt) ? learnt : ({} as Record<string, unknown>);
    if (!(Number.isInteger(length) && (length as number) >= 1) || Array.isArray(tokens) !== (this.#tokenizer === null))
      throw new FormatError(
        where,
        "what a TextPreparation has learnt is a length and tokens",
        JSON.stringify(learnt)?.slice(0, 60),
      );
    if (Array.isArray(tokens)) this.#vocabulary.restore(tokens as string[]);
    return { length: length as number, tokens: (tokens ?? null) as readonly string[] | null };
  }

  #normal(text: string): string {
    return this.#normalizer?.normalize(text) ?? text;
  }

  #cut(text: string): string[] {
    return CUTTERS[(this.#options.tokens ?? "words") as keyof typeof CUTTERS](this.#normal(text));
  }

  #numbers(texts: readonly string[]): readonly ArrayLike<number>[] {
    const tokenizer = this.#tokenizer;
    if (tokenizer) return texts.map((text) => tokenizer.encode(this.#normal(text)));
    return texts.map((text) => this.#vocabulary.encode(this.#cut(text)));
  }
}
