/**
 * Takes the binaries out of the text that they travel in; a module of its own, compiled apart from the kernels. What is packed is a
 * sequence of literals and of copies of earlier bytes (Lempel & Ziv 1977), coded in binary decisions by an adaptive range coder
 * (Martin 1979) whose digits are the text's characters: base 64, six bits each. scripts/wasm/pack.ts is the other side.
 */

/** One past the last model; a model is a decision's probability less ½ in 1/65536, and how often it was met, 16 bits each. */
const LITERAL = 0;
const MATCHED = LITERAL + 64 * 256;
const COPY = MATCHED + 2 * 2 * 256;
const AGAIN = COPY + 3 * 8;
const NUMBERS = AGAIN + 3;
/** Models of a number: its bits, all but the first four of them, and the low ones. */
const LEADING = 32;
const LOW = LEADING + 32 * 16;
const NUMBER = LOW + 32;
const SIZE = NUMBERS;
const LENGTH_AGAIN = NUMBERS + NUMBER;
const LENGTH = NUMBERS + 2 * NUMBER;
const DISTANCE = NUMBERS + 3 * NUMBER;
const MODELS = NUMBERS + 6 * NUMBER;

/** Meetings after which a model changes no more slowly. */
const STEADY = 20;
/** Probabilities stay this far from 0 and 1. */
const LEAST = 32;

let next: usize;
let range: u32;
let code: u32;

function digit(): u32 {
  const c: u32 = load<u8>(next++);
  if (c >= 97) return c - 71;
  if (c >= 65) return c - 65;
  if (c >= 48) return c + 4;
  return c == 43 ? 62 : 63;
}

function bit(model: i32): i32 {
  const at = <usize>model << 2;
  let p: i32 = 32768 + load<i16>(at);
  const met: i32 = load<u16>(at, 2);
  const bound = (range >> 14) * (p >> 2);
  const one = code < bound;
  if (one) range = bound;
  else {
    code -= bound;
    range -= bound;
  }
  p += (((one ? 65536 : 0) - p) * 2) / (2 * met + 3);
  store<i16>(at, <i16>(max(LEAST, min(65536 - LEAST, p)) - 32768));
  if (met < STEADY) store<u16>(at, <u16>(met + 1), 2);
  while (range < 1 << 24) {
    range <<= 6;
    code = (code << 6) | digit();
  }
  return one;
}

/** A number from 1 on: how many bits follow its first, then those. */
function number(model: i32): i32 {
  let bits = 0;
  while (bit(model + bits)) ++bits;
  let value = 1;
  for (let i = bits - 1; i >= 0; --i) value = value * 2 + bit(value < 16 ? model + LEADING + bits * 16 + value : model + LOW + i);
  return value;
}

/** The byte at `to`; where a copy ended, what followed the original is a good guess. */
function literal(to: usize, distance: i32, state: i32): i32 {
  const before = LITERAL + (load<u8>(to - 1) >> 2) * 256;
  const guess = state ? load<u8>(to - distance) | 256 : 0;
  let value = 1;
  for (let i = 7; i >= 0; --i) {
    const guided = guess >> (i + 1) == value;
    value = value * 2 + bit(guided ? MATCHED + (state - 1) * 512 + ((guess >> i) & 1) * 256 + value : before + value);
  }
  return value;
}

/** Unpacks the text at `text` to `to`, where copies may reach back to before it; returns the end of what it wrote. */
export function unpack(text: usize, to: usize): usize {
  memory.fill(0, 0, MODELS << 2);
  next = text;
  range = 1 << 30;
  code = 0;
  for (let i = 0; i < 5; ++i) code = (code << 6) | digit();
  const end = to + number(SIZE);
  /** 0 after a literal, 1 after a copy, 2 after a copy from the same distance as the last. */
  let state = 0;
  let distance = 0;
  while (to < end) {
    if (bit(COPY + state * 8 + (load<u8>(to - 1) >> 5))) {
      const again = bit(AGAIN + state);
      const length = again ? number(LENGTH_AGAIN) : number(LENGTH) + 1;
      if (!again) distance = number(DISTANCE + min(length - 2, 2) * NUMBER);
      state = 1 + again;
      for (const copied = to + length; to < copied; ++to) store<u8>(to, load<u8>(to - distance));
    } else {
      store<u8>(to, <u8>literal(to, distance, state));
      state = 0;
      ++to;
    }
  }
  return end;
}

/** Bytes that scripts/wasm/fused.ts left open, and what they become in the strict and in the relaxed binary. */
const PRODUCT = 0x0081e6fd, STRICT_PRODUCT = 0x0101e6fd, NOTHING = 0x01010101;
const SUM = 0x0081e4fd, STRICT_SUM = 0x0101e4fd, FUSED = 0x010285fd;
const ONE = 0x008141, STRICT_ONE = 0x010041, RELAXED_ONE = 0x010141;

/** Makes the strict or the relaxed binary of the open one in [from, end), at `to`. */
export function close(from: usize, end: usize, to: usize, relaxed: i32): void {
  memory.copy(to, from, end - from);
  for (end += to - from; to < end; ++to) {
    const word = load<u32>(to);
    if (word == PRODUCT) store<u32>(to, relaxed ? NOTHING : STRICT_PRODUCT);
    else if (word == SUM) store<u32>(to, relaxed ? FUSED : STRICT_SUM);
    else if ((word & 0xffffff) == ONE) store<u32>(to, (word & 0xff000000) | (relaxed ? RELAXED_ONE : STRICT_ONE));
  }
}
