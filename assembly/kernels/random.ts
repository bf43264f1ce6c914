/**
 * Random numbers. Every kernel draws as a pure function of a ticket {key0, key1, draw, 0}: element i takes word i & 1 of
 * threefry(key, counter (i >> 1, draw)), so chunks and threads change no bit. What comes of a word without `math.ts` (all but
 * `normal`) is the same in both binaries.
 */
import { cos, log, sin } from "../math";
import { PAIRS, threefry } from "../threefry";
import { BLOCK, HALF, STEP, unit, units } from "../uniform";

const TWO_PI: f32 = 6.283185307179586;

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
 * @each y = 1
 */
export function uniform(ticket: usize, y: usize, low: f32, high: f32, scratch: usize, begin: i32, end: i32): void {
  const range = high - low;
  const lows = f32x4.splat(low);
  const ranges = f32x4.splat(range);
  for (let base = begin & -BLOCK; base < end; base += BLOCK) {
    units(ticket, base, scratch);
    const from = max(base, begin);
    const to = min(base + BLOCK, end);
    if (to - from == BLOCK) {
      for (let at: usize = 0; at < 2 * HALF; at += 16) {
        v128.store(y + (<usize>base << 2) + at, f32x4.add(lows, f32x4.mul(v128.load(scratch + at), ranges)));
      }
      continue;
    }
    for (let i = from; i < to; ++i) {
      store<f32>(y + (<usize>i << 2), low + load<f32>(scratch + (<usize>(i - base) << 2)) * range);
    }
  }
}

/**
 * Normally distributed: elements 2i and 2i + 1 are mean + deviation·r·(cos θ, sin θ), r = √(−2 ln u₁), θ = 2π·u₂, where u₁ in (0, 1]
 * and u₂ in [0, 1) are multiples of 2⁻²⁴; so at most 5.77 deviations from the mean. Items are the ⌈n/2⌉ pairs.
 * @param ticket in  u32[4]
 * @param y      out f32[n]
 * @each y = 2
 * @source Box & Muller 1958
 */
export function normal(ticket: usize, y: usize, mean: f32, deviation: f32, n: i32, scratch: usize, begin: i32, end: i32): void {
  const means = f32x4.splat(mean);
  const deviations = f32x4.splat(deviation);
  const values = scratch + 2 * HALF;
  for (let base = begin & -PAIRS; base < end; base += PAIRS) {
    threefry(ticket, base, scratch);
    for (let at: usize = 0; at < HALF; at += 16) {
      const above = f32x4.add(unit(v128.load(scratch + at)), f32x4.splat(STEP));
      const r = f32x4.mul(deviations, f32x4.sqrt(f32x4.mul(f32x4.splat(-2), log(above))));
      const angle = f32x4.mul(unit(v128.load(scratch + HALF + at)), f32x4.splat(TWO_PI));
      const even = f32x4.add(means, f32x4.mul(r, cos(angle)));
      const odd = f32x4.add(means, f32x4.mul(r, sin(angle)));
      v128.store(values + 2 * at, i32x4.shuffle(even, odd, 0, 4, 1, 5));
      v128.store(values + 2 * at, i32x4.shuffle(even, odd, 2, 6, 3, 7), 16);
    }
    const from = 2 * max(base, begin);
    const to = min(2 * min(base + PAIRS, end), n);
    memory.copy(y + (<usize>from << 2), values + (<usize>(from - 2 * base) << 2), <usize>(to - from) << 2);
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
  for (let base = (n - 1) & -BLOCK; base >= 0; base -= BLOCK) {
    threefry(ticket, base >> 1, scratch);
    for (let i = min(base + BLOCK, n) - 1; i >= max(base, 1); --i) {
      const word = load<u32>(scratch + (<usize>((i - base) >> 1) << 2) + <usize>(i & 1) * HALF);
      const j = <usize>((<u64>word * <u64>(i + 1)) >> 32);
      const at = y + (<usize>i << 2);
      const other = y + (j << 2);
      const value = load<i32>(at);
      store<i32>(at, load<i32>(other));
      store<i32>(other, value);
    }
  }
}
