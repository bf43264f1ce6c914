/** Random words as uniform numbers. */
import { PAIRS, threefry } from "./threefry";

/** 2⁻²⁴: the step of the 24 bits that an f32 holds. */
export const STEP: f32 = 5.9604644775390625e-8;
/** Elements that one call of `threefry` serves. */
export const BLOCK = PAIRS * 2;
/** Bytes of their first words, before their second. */
export const HALF: usize = <usize>PAIRS << 2;

/** 32 random bits in each lane to a multiple of 2⁻²⁴ in [0, 1). */
// @ts-ignore: decorator
@inline
export function unit(words: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(words, 8)), f32x4.splat(STEP));
}

/** Uniform values of elements `base` … `base + 15` (a multiple of 16) at `at`. */
// @ts-ignore: decorator
@inline
export function units(ticket: usize, base: i32, at: usize): void {
  threefry(ticket, base >> 1, at);
  const x0 = unit(v128.load(at));
  const x1 = unit(v128.load(at, 16));
  const y0 = unit(v128.load(at, 32));
  const y1 = unit(v128.load(at, 48));
  v128.store(at, i32x4.shuffle(x0, y0, 0, 4, 1, 5));
  v128.store(at, i32x4.shuffle(x0, y0, 2, 6, 3, 7), 16);
  v128.store(at, i32x4.shuffle(x1, y1, 0, 4, 1, 5), 32);
  v128.store(at, i32x4.shuffle(x1, y1, 2, 6, 3, 7), 48);
}
