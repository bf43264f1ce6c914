/** What batch and group norm have in common: rows whose columns have a mean and a scale each. */
import { fma } from "../isa";
import { loadSome, storeSome } from "./columns";

/** Rows that share one reading of their columns' coefficients: changes nothing but the speed. */
export const ROWS = 8;

/** Lanes 2 and 3 as f64. */
// @ts-ignore: decorator
@inline
export function promoteHigh(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<u64>(v, v, 1, 1));
}

// @ts-ignore: decorator
@inline
export function demote(low: v128, high: v128): v128 {
  return v128.shuffle<u64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** Eight columns of some rows, or up to four: y = (x − mean)·scale·weight + bias. */
// @ts-ignore: decorator
@inline
function normalize(
  wide: bool, part: i32, x: usize, mean: usize, scale: usize, weight: usize, bias: usize, y: usize, last: usize, row: usize,
): void {
  const m = loadSome(mean, part);
  const s = f32x4.mul(loadSome(scale, part), loadSome(weight, part));
  const b = loadSome(bias, part);
  const m2 = wide ? v128.load(mean, 16) : m;
  const s2 = wide ? f32x4.mul(v128.load(scale, 16), v128.load(weight, 16)) : s;
  const b2 = wide ? v128.load(bias, 16) : b;
  for (; x < last; x += row, y += row) {
    storeSome(y, part, fma(f32x4.sub(loadSome(x, part), m), s, b));
    if (wide) v128.store(y, fma(f32x4.sub(v128.load(x, 16), m2), s2, b2), 16);
  }
}

/** Rows [begin, end): y = (x − mean)·scale·weight + bias, all four given for each of the n columns. */
export function normalizeRows(
  x: usize, mean: usize, scale: usize, weight: usize, bias: usize, y: usize, n: i32, begin: i32, end: i32,
): void {
  const row = <usize>n << 2;
  for (let r = begin; r < end; r += ROWS) {
    const last = x + row * min(r + ROWS, end);
    let from = row * r;
    let c: usize = 0;
    let part = n;
    for (; part >= 8; part -= 8, c += 32, from += 32) {
      normalize(true, 8, x + from, mean + c, scale + c, weight + c, bias + c, y + from, last, row);
    }
    for (; part > 0; part -= 4, c += 16, from += 16) {
      normalize(false, part, x + from, mean + c, scale + c, weight + c, bias + c, y + from, last, row);
    }
  }
}
