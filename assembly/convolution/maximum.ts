/** The largest of a window and where it stands: the inner loops of max pooling. */
import { read, write } from "./channels";

/** Where v takes the place of the best so far: it is larger, or NaN. */
// @ts-ignore: decorator
@inline
export function beats(v: v128, best: v128): v128 {
  return v128.or(f32x4.gt(v, best), f32x4.ne(v, v));
}

/** Sixteen channels of one window, which share the way from tap to tap: `down` × `across` taps from pixel (iy, ix) on; index may be 0. */
export function sixteen(
  x: usize, y: usize, index: usize, start: i32, iy: i32, ix: i32, down: i32, across: i32, width: i32,
  dilationY: i32, dilationX: i32, row: usize,
): void {
  let best0 = f32x4.splat(-Infinity);
  let best1 = best0;
  let best2 = best0;
  let best3 = best0;
  let where0 = i32x4.splat(start);
  let where1 = where0;
  let where2 = where0;
  let where3 = where0;
  const step = <usize>dilationX * row;
  for (let ky = 0; ky < down; ++ky) {
    let place = (iy + ky * dilationY) * width + ix;
    let tap = x + <usize>place * row;
    for (let kx = 0; kx < across; ++kx) {
      const here = i32x4.splat(place);
      const v0 = v128.load(tap);
      const wins0 = beats(v0, best0);
      best0 = v128.bitselect(v0, best0, wins0);
      where0 = v128.bitselect(here, where0, wins0);
      const v1 = v128.load(tap, 16);
      const wins1 = beats(v1, best1);
      best1 = v128.bitselect(v1, best1, wins1);
      where1 = v128.bitselect(here, where1, wins1);
      const v2 = v128.load(tap, 32);
      const wins2 = beats(v2, best2);
      best2 = v128.bitselect(v2, best2, wins2);
      where2 = v128.bitselect(here, where2, wins2);
      const v3 = v128.load(tap, 48);
      const wins3 = beats(v3, best3);
      best3 = v128.bitselect(v3, best3, wins3);
      where3 = v128.bitselect(here, where3, wins3);
      tap += step;
      place += dilationX;
    }
  }
  v128.store(y, best0);
  v128.store(y, best1, 16);
  v128.store(y, best2, 32);
  v128.store(y, best3, 48);
  if (!index) return;
  v128.store(index, where0);
  v128.store(index, where1, 16);
  v128.store(index, where2, 32);
  v128.store(index, where3, 48);
}

/**
 * Some channels of a window of 2 × 2 pixels beside and below each other, the first at `tap`: the larger of each line, then of both.
 * Returns all bits where a sum of the four is NaN, that is, where one of them may be: then the results do not count. Index may be 0.
 */
// @ts-ignore: decorator
@inline
function largestOfFour(tap: usize, line: usize, row: usize, y: usize, index: usize, start: v128, width: v128, count: i32): v128 {
  const a = read(tap, count);
  const b = read(tap + row, count);
  const c = read(tap + line, count);
  const d = read(tap + line + row, count);
  const upper = f32x4.pmax(a, b);
  const lower = f32x4.pmax(c, d);
  write(y, count, f32x4.pmax(upper, lower));
  if (index) {
    const below = f32x4.gt(lower, upper);
    const beside = v128.bitselect(f32x4.gt(d, c), f32x4.gt(b, a), below);
    write(index, count, i32x4.add(i32x4.sub(start, beside), v128.and(below, width)));
  }
  const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  return f32x4.ne(sum, sum);
}

/** All channels of such a window; false where a NaN may be among them. Index may be 0. */
export function four(tap: usize, line: usize, row: usize, y: usize, index: usize, start: i32, width: i32): bool {
  const first = i32x4.splat(start);
  const below = i32x4.splat(width);
  const whole = row & ~15;
  let strange = i32x4.splat(0);
  if (index) {
    for (let at: usize = 0; at < whole; at += 16) {
      strange = v128.or(strange, largestOfFour(tap + at, line, row, y + at, index + at, first, below, 4));
    }
  } else {
    for (let at: usize = 0; at < whole; at += 16) {
      strange = v128.or(strange, largestOfFour(tap + at, line, row, y + at, 0, first, below, 4));
    }
  }
  const rest = <i32>(row & 15) >> 2;
  const indexAt = index ? index + whole : 0;
  if (rest) strange = v128.or(strange, largestOfFour(tap + whole, line, row, y + whole, indexAt, first, below, rest));
  return !v128.any_true(strange);
}
