/** Byte-pair and other subword vocabularies out of the files that most language models come with. */
import { Tokenizer as Library } from "@huggingface/tokenizers";
import { FormatError, ValueError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Json } from "../preparation/fitted.ts";
import { isRecord } from "../preparation/steps.ts";
import { type Tokenizer, tokenizerKind } from "../preparation/tokenizer.ts";
import { type PaddingOptions, padSequences } from "../preparation/vocabulary.ts";
import { nameOf, readText, type Source } from "../readers/source.ts";

const KIND = "SubwordTokenizer";

export type TokenizerOptions = {
  /** What `tokenizer_config.json` holds, if there is one. Default nothing. */
  config?: Readonly<Record<string, unknown>>;
};

export type EncodeOptions = {
  /** Whether the tokens that the file puts around texts (`[CLS]`, `<s>`) are put there. Default true. */
  special?: boolean;
};

/** The number that fills up: what the files say, or what a usual name has. */
function paddingOf(library: Library, file: Readonly<Record<string, unknown>>, config: Readonly<Record<string, unknown>>): number {
  if (isRecord(file.padding) && typeof file.padding.pad_id === "number") return file.padding.pad_id;
  const own = isRecord(config.pad_token) ? config.pad_token.content : config.pad_token;
  const found = [own, "<pad>", "[PAD]"].map((token) => (typeof token === "string" ? library.token_to_id(token) : undefined));
  return found.find((number) => number !== undefined) ?? 0;
}

/**
 * A vocabulary of parts of words, trained elsewhere: byte-pair, WordPiece or unigram. `readTokenizer` reads it from a file.
 *
 * @throws FormatError on what is no tokenizer's file
 * @source Sennrich, Haddow & Birch 2016, arXiv:1508.07909 (byte-pair encoding); the library @huggingface/tokenizers
 */
export class SubwordTokenizer implements Tokenizer {
  readonly kind = KIND;
  /** How many numbers there are: one more than the greatest. */
  readonly size: number;
  /** The number that fills up short rows. */
  readonly padding: number;
  readonly #library: Library;
  readonly #file: Readonly<Record<string, unknown>>;
  readonly #config: Readonly<Record<string, unknown>>;

  constructor(file: unknown, { config = {} }: TokenizerOptions = {}, where: string = KIND) {
    if (!isRecord(file) || !isRecord(file.model))
      throw new FormatError(
        where,
        "is a tokenizer's file, an object with a model",
        JSON.stringify(file)?.slice(0, 60) ?? String(file),
      );
    try {
      this.#library = new Library(file, config);
    } catch (cause) {
      throw new FormatError(where, "is a tokenizer's file", (cause as Error)?.message ?? String(cause));
    }
    this.#file = file;
    this.#config = config;
    this.size = [...this.#library.get_vocab().values()].reduce((most, number) => Math.max(most, number + 1), 0);
    if (!(Number.isInteger(this.size) && this.size > 0)) throw new FormatError(where, "a vocabulary has tokens", `${this.size}`);
    this.padding = paddingOf(this.#library, file, config);
  }

  /** Numbers of a text's tokens. */
  encode(text: string, { special = true }: EncodeOptions = {}): number[] {
    if (typeof text !== "string") throw new ValueError(this.kind, "takes text", String(text));
    return this.#library.encode(text, { add_special_tokens: special }).ids;
  }

  /** The tokens themselves, as the file writes them. */
  tokens(text: string, { special = true }: EncodeOptions = {}): string[] {
    return this.#library.tokenize(text, { add_special_tokens: special });
  }

  /** Text of numbers, without special tokens. @throws ValueError on numbers that no token has */
  decode(numbers: ArrayLike<number>): string {
    const list = Array.from(numbers);
    const bad = list.findIndex((number) => this.#library.id_to_token(number) === undefined);
    if (bad >= 0) throw new ValueError(this.kind, `numbers are from 0 to ${this.size - 1}`, `${list[bad]} at ${bad}`);
    return list.length === 0 ? "" : this.#library.decode(list, { skip_special_tokens: true });
  }

  /**
   * Texts as one tensor.
   *
   * @returns x i32 [n, length]; lengths i32 [n], of what is no filling
   * @example tokenizer.encodeAll(["to be", "or not"], { length: 16 })
   */
  encodeAll(
    texts: readonly string[],
    { special = true, ...padding }: PaddingOptions & EncodeOptions = {},
  ): { x: Tensor; lengths: Tensor } {
    return padSequences(
      texts.map((text) => this.encode(text, { special })),
      { value: this.padding, ...padding },
    );
  }

  describe(): Json {
    return { kind: this.kind, file: this.#file as Json, config: this.#config as Json };
  }
}

tokenizerKind(KIND, ({ file, config }: { kind: unknown; file?: unknown; config?: unknown }) => {
  return new SubwordTokenizer(file, isRecord(config) ? { config } : {});
});

/** A tokenizer out of the text of its file; see `readTokenizer`. */
export function decodeTokenizer(text: string, options: TokenizerOptions = {}, where = "decodeTokenizer"): SubwordTokenizer {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(where, "must be a JSON file", String(cause));
  }
  return new SubwordTokenizer(file, options, where);
}

/**
 * A tokenizer out of a file `tokenizer.json`, gzipped or not, as the `tokenizers` library of Python saves it.
 *
 * @param source a path, or the file's bytes
 * @throws ValueError when it cannot be read  @throws FormatError on what is no tokenizer's file
 * @example const tokenizer = await readTokenizer("gpt2/tokenizer.json");
 */
export async function readTokenizer(source: Source, options: TokenizerOptions = {}): Promise<SubwordTokenizer> {
  return decodeTokenizer(await readText(source), options, `readTokenizer(${nameOf(source)})`);
}
