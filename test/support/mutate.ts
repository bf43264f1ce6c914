/** Files with some of their bytes changed, the way files go wrong: flipped, cut, doubled, swapped, numbers made huge. */
import { generator } from "./problems.ts";

/** Errors that the library throws on purpose, by name. */
const OURS = new Set(["FormatError", "ValueError", "ShapeError", "DTypeError", "NumericError", "MemoryError"]);
const NUMBERS = ["0", "-1", "1e9", "4294967296", "9007199254740993", "1e999", "null", '""', "{}", "[]"];

type Draw = (below: number) => number;

function changed(bytes: Uint8Array, draw: Draw): Uint8Array {
  const at = draw(bytes.length);
  const kind = draw(7);
  const copy = bytes.slice();
  if (kind === 0) copy[at]! ^= 1 << draw(8);
  else if (kind === 1) copy[at] = draw(256);
  else if (kind === 2) return copy.slice(0, at);
  else if (kind === 3)
    return Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(at, at + 1 + draw(64)), ...copy.subarray(at)]);
  else if (kind === 4) return Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(at + 1 + draw(64))]);
  else if (kind === 5) copy.copyWithin(draw(bytes.length), at, at + 1 + draw(16));
  else return withNumber(copy, at, draw);
  return copy;
}

/** A whole number in the text near `at` becomes another. */
function withNumber(bytes: Uint8Array, at: number, draw: Draw): Uint8Array {
  const isDigit = (i: number): boolean => bytes[i]! >= 0x30 && bytes[i]! <= 0x39;
  let from = at;
  while (from < bytes.length && !isDigit(from)) from += 1;
  let to = from;
  while (to < bytes.length && isDigit(to)) to += 1;
  const text = new TextEncoder().encode(NUMBERS[draw(NUMBERS.length)]);
  return Uint8Array.from([...bytes.subarray(0, from), ...text, ...bytes.subarray(to)]);
}

export type Target = {
  name: string;
  /** Files that are as they should be. */
  corpus: readonly Uint8Array[];
  /** Reads a file; may throw what the library throws. */
  read(bytes: Uint8Array<ArrayBuffer>): unknown;
};

export type Fuzzed = { inputs: number; bytes: number; accepted: number; refused: number; slowest: number };

/** Gives `read` changed files until `bytes` are through. @throws Error on anything but an answer or an error of the library */
export async function fuzz({ name, corpus, read }: Target, bytes: number, seed = 1): Promise<Fuzzed> {
  const next = generator(seed);
  const draw: Draw = (below) => Math.floor(next() * below);
  const result: Fuzzed = { inputs: 0, bytes: 0, accepted: 0, refused: 0, slowest: 0 };
  while (result.bytes < bytes) {
    let input = corpus[draw(corpus.length)]!;
    for (let times = 1 + draw(3); times > 0 && input.length > 0; --times) input = changed(input, draw);
    const start = performance.now();
    try {
      await read(Uint8Array.from(input));
      result.accepted += 1;
    } catch (error) {
      if (!(error instanceof Error && OURS.has(error.name)))
        throw new Error(`${name}, input ${result.inputs} of seed ${seed}: ${String(error)}`, { cause: error });
      result.refused += 1;
    }
    result.slowest = Math.max(result.slowest, performance.now() - start);
    result.inputs += 1;
    result.bytes += input.length;
  }
  return result;
}
