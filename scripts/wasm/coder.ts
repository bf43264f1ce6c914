/** The other side of assembly/unpack.ts: writes steps, literals and copies, in its models and digits. */

/** A step of packed data: a literal, whose `length` is 0, or a copy of `length` bytes from `distance` before. */
export type Step = { length: number; distance: number };

/** Numbers of the models: those of assembly/unpack.ts. */
const LITERAL = 0;
const MATCHED = LITERAL + 64 * 256;
const COPY = MATCHED + 2 * 2 * 256;
const AGAIN = COPY + 3 * 8;
const NUMBERS = AGAIN + 3;
const LEADING = 32;
const LOW = LEADING + 32 * 16;
const NUMBER = LOW + 32;
const SIZE = NUMBERS;
const LENGTH_AGAIN = NUMBERS + NUMBER;
const LENGTH = NUMBERS + 2 * NUMBER;
const DISTANCE = NUMBERS + 3 * NUMBER;
const MODELS = NUMBERS + 6 * NUMBER;

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const STEADY = 20;
const LEAST = 32;
const RANGE = 2 ** 30;
const LEAST_RANGE = 2 ** 24;

/** Bits of a number, besides the first. */
export function bitsOf(value: number): number {
  return 31 - Math.clz32(value);
}

export class Coder {
  /** Probabilities of the models, and how often each was met. */
  readonly #p = new Int32Array(MODELS).fill(32768);
  readonly #met = new Int32Array(MODELS);
  readonly #digits: number[] = [];
  #low = 0;
  #range = RANGE;
  /** What has been written, in bits. */
  cost = 0;

  bit(model: number, one: boolean | number): void {
    const p = this.#p[model]!;
    const met = this.#met[model]!;
    this.cost -= Math.log2((one ? p : 65536 - p) / 65536);
    const bound = (this.#range >>> 14) * (p >>> 2);
    if (one) this.#range = bound;
    else {
      this.#low += bound;
      this.#range -= bound;
    }
    const moved = p + Math.trunc((((one ? 65536 : 0) - p) * 2) / (2 * met + 3));
    this.#p[model] = Math.max(LEAST, Math.min(65536 - LEAST, moved));
    if (met < STEADY) this.#met[model]! += 1;
    this.#carry();
    for (; this.#range < LEAST_RANGE; this.#range *= 64) this.#shift();
  }

  number(model: number, value: number): void {
    const bits = bitsOf(value);
    for (let i = 0; i < bits; ++i) this.bit(model + i, true);
    this.bit(model + bits, false);
    let known = 1;
    for (let i = bits - 1; i >= 0; --i) {
      const one = (value >> i) & 1;
      this.bit(known < 16 ? model + LEADING + bits * 16 + known : model + LOW + i, one);
      known = known * 2 + one;
    }
  }

  /** The text; nothing may be written after it. */
  finish(): string {
    for (let i = 0; i < 5; ++i) this.#shift();
    return this.#digits.map((digit) => DIGITS[digit]).join("");
  }

  #carry(): void {
    if (this.#low < RANGE) return;
    this.#low -= RANGE;
    let i = this.#digits.length - 1;
    for (; this.#digits[i] === 63; --i) this.#digits[i] = 0;
    this.#digits[i]! += 1;
  }

  #shift(): void {
    this.#digits.push(Math.floor(this.#low / LEAST_RANGE));
    this.#low = (this.#low % LEAST_RANGE) * 64;
  }
}

/** What steps cost, in bits, so that they can be chosen better the next time. */
export type Tally = {
  literal(at: number, cost: number): void;
  /** Whether a step copies, and the state it begins in: 0 after a literal, 1 after a copy, 2 after one from the last distance. */
  kind(state: number, copy: boolean, cost: number): void;
  again(state: number, again: boolean, cost: number): void;
  length(again: boolean, length: number, cost: number): void;
  distance(length: number, distance: number, cost: number): void;
};

/** Codes `steps`, which make bytes [start, …) of `bytes`. */
export function encode(bytes: Uint8Array, start: number, steps: readonly Step[], tally?: Tally): { text: string; cost: number } {
  const coder = new Coder();
  const since = (cost: number): number => coder.cost - cost;
  coder.number(SIZE, bytes.length - start);
  let at = start;
  let state = 0;
  let last = 0;
  for (const { length, distance } of steps) {
    let cost = coder.cost;
    const before = bytes[at - 1] ?? 0;
    coder.bit(COPY + state * 8 + (before >> 5), length);
    tally?.kind(state, length > 0, since(cost));
    cost = coder.cost;
    if (length === 0) {
      literal(coder, bytes, at, last, state);
      tally?.literal(at, since(cost));
      state = 0;
      at += 1;
      continue;
    }
    const again = distance === last;
    coder.bit(AGAIN + state, again);
    tally?.again(state, again, since(cost));
    cost = coder.cost;
    coder.number(again ? LENGTH_AGAIN : LENGTH, again ? length : length - 1);
    tally?.length(again, length, since(cost));
    cost = coder.cost;
    if (!again) {
      coder.number(DISTANCE + Math.min(length - 2, 2) * NUMBER, distance);
      tally?.distance(length, distance, since(cost));
    }
    state = again ? 2 : 1;
    last = distance;
    at += length;
  }
  return { text: coder.finish(), cost: coder.cost };
}

function literal(coder: Coder, bytes: Uint8Array, at: number, last: number, state: number): void {
  const before = LITERAL + ((bytes[at - 1] ?? 0) >> 2) * 256;
  const guess = state ? bytes[at - last]! | 256 : 0;
  let value = 1;
  for (let i = 7; i >= 0; --i) {
    const one = (bytes[at]! >> i) & 1;
    const guided = guess >> (i + 1) === value;
    coder.bit(guided ? MATCHED + (state - 1) * 512 + ((guess >> i) & 1) * 256 + value : before + value, one);
    value = value * 2 + one;
  }
}
