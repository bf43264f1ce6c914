/** Tokenizers of other entries, which model files name and only programs that import them bring along. */
import { FormatError } from "../core/errors.ts";
import type { Json } from "./fitted.ts";

/** Cuts texts into numbers by a vocabulary of its own. */
export interface Tokenizer {
  /** A word of its own, by which files know it. */
  readonly kind: string;
  /** How many numbers there are. */
  readonly size: number;
  /** The number that fills up. */
  readonly padding: number;
  encode(text: string): number[];
  describe(): Json;
}

type Described = { readonly kind?: unknown };

const known = /* @__PURE__ */ new Map<string, (described: never) => Tokenizer>();

/** Has model files find a kind of tokenizer. */
export function tokenizerKind<D extends Described>(kind: string, make: (described: D) => Tokenizer): void {
  known.set(kind, make);
}

/** A tokenizer, or the one that is described. @throws FormatError where its entry has not been imported */
export function buildTokenizer(given: Tokenizer | Described): Tokenizer {
  if ("encode" in given) return given;
  const make = known.get(String(given.kind));
  if (make) return make(given as never);
  throw new FormatError("TextPreparation", "the tokenizer is part of another entry", String(given.kind), 'import "nabla/text"');
}
