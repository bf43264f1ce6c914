/**
 * Ops on each element of one operand, over contiguous f32, and the one loop that serves all: two vectors at a time, so that their chains
 * of dependent operations overlap. The last few elements take the same two vectors through scratch, so that there is no scalar twin to
 * keep in step and each op's code exists only twice.
 */
import { giveFew, takeFew } from "../lanes";
import * as math from "../math";
import * as normal from "../normal";

export const NEG = 0;
export const ABS = 1;
export const SIGN = 2;
export const SQUARE = 3;
export const SQRT = 4;
export const RECIPROCAL = 5;
export const EXP = 6;
export const LOG = 7;
export const SIN = 8;
export const COS = 9;
export const TANH = 10;
export const SIGMOID = 11;
export const RELU = 12;
export const FLOOR = 13;
export const ROUND = 14;
export const CEIL = 15;
export const LEAKY_RELU = 16;
export const CLAMP = 17;
export const CUBE = 18;
export const POW = 19;
export const ATAN = 20;
export const ERF = 21;
export const GELU = 22;
export const GELU_TANH = 23;
export const SILU = 24;

/** One vector of the op; `p` and `q` are its parameters in every lane, where it has any. */
// @ts-ignore: decorator
@inline
function apply(op: i32, x: v128, p: v128, q: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  if (op == NEG) return f32x4.neg(x);
  if (op == ABS) return f32x4.abs(x);
  if (op == SIGN) return f32x4.sub(v128.and(one, f32x4.gt(x, zero)), v128.and(one, f32x4.lt(x, zero)));
  if (op == SQUARE) return f32x4.mul(x, x);
  if (op == SQRT) return f32x4.sqrt(x);
  if (op == RECIPROCAL) return f32x4.div(one, x);
  if (op == EXP) return math.exp(x);
  if (op == LOG) return math.log(x);
  if (op == SIN) return math.sin(x);
  if (op == COS) return math.cos(x);
  if (op == TANH) return math.tanh(x);
  if (op == SIGMOID) return math.sigmoid(x);
  if (op == RELU) return f32x4.pmax(x, zero); // x first: keeps NaN; pmax is one instruction, max is five
  if (op == FLOOR) return f32x4.floor(x);
  if (op == ROUND) return f32x4.nearest(x);
  if (op == CEIL) return f32x4.ceil(x);
  if (op == LEAKY_RELU) return v128.bitselect(x, f32x4.mul(x, p), f32x4.gt(x, zero));
  if (op == CLAMP) return f32x4.pmin(f32x4.pmax(x, p), q);
  if (op == ATAN) return math.atan(x);
  if (op == CUBE) return f32x4.mul(f32x4.mul(x, x), x);
  if (op == ERF) return normal.erf(x);
  if (op == GELU) return normal.gelu(x);
  if (op == GELU_TANH) return normal.geluTanh(x);
  if (op == SILU) return f32x4.mul(x, math.sigmoid(x));
  return math.pow(x, p);
}

/** First whole pairs of vectors where they stand, then, in a second turn of the same loop, the rest in scratch. */
// @ts-ignore: decorator
@inline
export function map(op: i32, x: usize, y: usize, scratch: usize, begin: i32, end: i32, p: f32 = 0, q: f32 = 0): void {
  const ps = f32x4.splat(p);
  const qs = f32x4.splat(q);
  const rest = (end - begin) & 7;
  let left = (end - begin) & -8;
  let from = x + (<usize>begin << 2);
  let to = y + (<usize>begin << 2);
  for (let turn = 0; ; ++turn) {
    for (; left > 0; left -= 8) {
      const first = apply(op, v128.load(from), ps, qs);
      const second = apply(op, v128.load(from, 16), ps, qs);
      v128.store(to, first);
      v128.store(to, second, 16);
      from += 32;
      to += 32;
    }
    if (turn || !rest) break;
    from = takeFew(from, rest, scratch);
    to = scratch;
    left = 8;
  }
  if (rest) giveFew(scratch, rest, y + (<usize>(end - rest) << 2));
}
