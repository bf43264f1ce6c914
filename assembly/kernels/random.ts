/**
 * Random numbers. Every kernel draws as a pure function of a ticket {key0, key1, draw, 0}: element i takes word i & 1 of
 * threefry(key, counter (i >> 1, draw)), so chunks and threads change no bit. What comes of a word without `math.ts` (all but
 * `normal`) is the same in both binaries.
 */
import { cos, log, sin } from "../math";
import { threefry } from "../threefry";

/** 2⁻²⁴: the step of the 24 bits that an f32 holds. */
const STEP: f32 = 5.9604644775390625e-8;
const TWO_PI: f32 = 6.283185307179586;

/** 32 random bits in each lane to a multiple of 2⁻²⁴ in [0, 1). */
// @ts-ignore: decorator
@inline
function unit(words: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_u(i32x4.shr_u(words, 8)), f32x4.splat(STEP));
}

/** Uniform values of elements `base` … `base + 7` (a multiple of 8) at `at`. */
// @ts-ignore: decorator
@inline
function units(ticket: usize, base: i32, at: usize): void {
  threefry(ticket, base >> 1, at);
  const first = unit(v128.load(at));
  const second = unit(v128.load(at, 16));
  v128.store(at, i32x4.shuffle(first, second, 0, 4, 1, 5));
  v128.store(at, i32x4.shuffle(first, second, 2, 6, 3, 7), 16);
}

/**
 * Numbers the next draw of a stream: out = {key0, key1, draw + offset, 0}, modulo 2³². One item.
 * @param state in  u32[4] key0, key1, draw, 0
 * @param out   out u32[4]
 */
export function ticket(state: usize, out: usize, offset: u32, begin: i32, end: i32): void {
  if (begin >= end) return;
  store<u32>(out, load<u32>(state));
  store<u32>(out, load<u32>(state, 4), 4);
  store<u32>(out, load<u32>(state, 8) + offset, 8);
  store<u32>(out, 0, 12);
}

/**
 * Moves a stream on: draw += by, modulo 2³². One item.
 * @param state inout u32[4]
 */
export function advanceStream(state: usize, by: u32, begin: i32, end: i32): void {
  if (begin < end) store<u32>(state, load<u32>(state, 8) + by, 8);
}

/**
 * y = low + u·(high − low) with u a multiple of 2⁻²⁴ in [0, 1). From 0 to 1, high is never reached; elsewhere rounding may reach it.
 * Items are the n elements.
 * @param ticket in  u32[4]
 * @param y      out f32[n]
 */
export function uniform(ticket: usize, y: usize, low: f32, high: f32, scratch: usize, begin: i32, end: i32): void {
  const lows = f32x4.splat(low);
  const range = f32x4.splat(high - low);
  for (let base = begin & ~7; base < end; base += 8) {
    units(ticket, base, scratch);
    const first = f32x4.add(lows, f32x4.mul(v128.load(scratch), range));
    const second = f32x4.add(lows, f32x4.mul(v128.load(scratch, 16), range));
    if (base >= begin && base + 8 <= end) {
      const at = y + (<usize>base << 2);
      v128.store(at, first);
      v128.store(at, second, 16);
      continue;
    }
    v128.store(scratch, first);
    v128.store(scratch, second, 16);
    for (let i = max(base, begin); i < min(base + 8, end); ++i) {
      store<f32>(y + (<usize>i << 2), load<f32>(scratch + (<usize>(i - base) << 2)));
    }
  }
}

/**
 * Normally distributed: elements 2i and 2i + 1 are mean + deviation·r·(cos θ, sin θ), r = √(−2 ln u₁), θ = 2π·u₂, where u₁ in (0, 1]
 * and u₂ in [0, 1) are multiples of 2⁻²⁴; so at most 5.77 deviations from the mean. Items are the ⌈n/2⌉ pairs.
 * @param ticket in  u32[4]
 * @param y      out f32[n]
 * @source Box & Muller 1958
 */
export function normal(ticket: usize, y: usize, mean: f32, deviation: f32, n: i32, scratch: usize, begin: i32, end: i32): void {
  const means = f32x4.splat(mean);
  const deviations = f32x4.splat(deviation);
  for (let base = begin & ~3; base < end; base += 4) {
    threefry(ticket, base, scratch);
    const above = f32x4.add(unit(v128.load(scratch)), f32x4.splat(STEP));
    const r = f32x4.mul(deviations, f32x4.sqrt(f32x4.mul(f32x4.splat(-2), log(above))));
    const angle = f32x4.mul(unit(v128.load(scratch, 16)), f32x4.splat(TWO_PI));
    const even = f32x4.add(means, f32x4.mul(r, cos(angle)));
    const odd = f32x4.add(means, f32x4.mul(r, sin(angle)));
    v128.store(scratch, i32x4.shuffle(even, odd, 0, 4, 1, 5));
    v128.store(scratch, i32x4.shuffle(even, odd, 2, 6, 3, 7), 16);
    const limit = min(2 * min(base + 4, end), n);
    for (let i = 2 * max(base, begin); i < limit; ++i) {
      store<f32>(y + (<usize>i << 2), load<f32>(scratch + (<usize>(i - 2 * base) << 2)));
    }
  }
}

/**
 * y = x / (1 − p) where u ≥ p, else 0, with u the uniform value of the element. p = 1 gives zeros, p = 0 gives x. NaN that is kept
 * stays NaN. Items are the n elements.
 * @param x      in  f32[n]
 * @param ticket in  u32[4]
 * @param y      out f32[n], may alias x
 */
export function dropout(x: usize, ticket: usize, y: usize, p: f32, scratch: usize, begin: i32, end: i32): void {
  const limit = f32x4.splat(p);
  const gain: f32 = p < 1 ? 1 / (1 - p) : 0;
  const gains = f32x4.splat(gain);
  for (let base = begin & ~7; base < end; base += 8) {
    units(ticket, base, scratch);
    const first = f32x4.ge(v128.load(scratch), limit);
    const second = f32x4.ge(v128.load(scratch, 16), limit);
    if (base >= begin && base + 8 <= end) {
      const at = <usize>base << 2;
      v128.store(y + at, v128.and(first, f32x4.mul(v128.load(x + at), gains)));
      v128.store(y + at, v128.and(second, f32x4.mul(v128.load(x + at, 16), gains)), 16);
      continue;
    }
    v128.store(scratch, first);
    v128.store(scratch, second, 16);
    for (let i = max(base, begin); i < min(base + 8, end); ++i) {
      const at = <usize>i << 2;
      store<f32>(y + at, load<i32>(scratch + (<usize>(i - base) << 2)) ? load<f32>(x + at) * gain : 0);
    }
  }
}

/**
 * A random order of 0 … n − 1: Fisher–Yates from the top, where element i changes places with ⌊word·(i + 1) / 2³²⌋ (the bias is
 * below (i + 1) / 2³²). One item.
 * @param ticket in  u32[4]
 * @param y      out i32[n]
 * @source Durstenfeld 1964, "Algorithm 235: random permutation"
 */
export function permutation(ticket: usize, y: usize, n: i32, scratch: usize, begin: i32, end: i32): void {
  if (begin >= end) return;
  for (let i = 0; i < n; ++i) store<i32>(y + (<usize>i << 2), i);
  for (let base = (n - 1) & ~7; base >= 0; base -= 8) {
    threefry(ticket, base >> 1, scratch);
    for (let i = min(base + 7, n - 1); i >= max(base, 1); --i) {
      const word = load<u32>(scratch + (<usize>((i - base) >> 1) << 2) + (<usize>(i & 1) << 4));
      const j = <usize>((<u64>word * <u64>(i + 1)) >> 32);
      const at = y + (<usize>i << 2);
      const other = y + (j << 2);
      const value = load<i32>(at);
      store<i32>(at, load<i32>(other));
      store<i32>(other, value);
    }
  }
}
