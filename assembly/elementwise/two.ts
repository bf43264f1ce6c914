/**
 * Ops on two operands with two-dimensional broadcasting, and the one loop that serves all: an operand that does not move along a row is
 * put into every lane of a vector in scratch and read there with step 0. Where both operands are contiguous or single values, callers
 * make everything one long row. Sums of short rows, a bias added to pixels, take eight columns of many rows at a time.
 */
import { fma, fnma } from "../isa";
import { loadPart, storePart } from "../lanes";
import * as math from "../math";
import * as normal from "../normal";
import { BROADCAST_COLUMNS, BROADCAST_ROWS } from "../tune";

export const ADD = 0;
export const SUB = 1;
export const MUL = 2;
export const DIV = 3;
export const POW = 4;
export const MAXIMUM = 5;
export const MINIMUM = 6;
export const EQUAL = 7;
export const LESS = 8;
export const LESS_EQUAL = 9;
export const RELU_GRAD = 10;
export const SIGMOID_GRAD = 11;
export const TANH_GRAD = 12;
export const LEAKY_RELU_GRAD = 13;
export const EQUAL_I32 = 14;
export const LESS_I32 = 15;
export const GELU_GRAD = 16;
export const GELU_TANH_GRAD = 17;
export const SILU_GRAD = 18;

/** One vector of the op; `p` is its parameter in every lane, where it has one. */
// @ts-ignore: decorator
@inline
function apply(op: i32, a: v128, b: v128, p: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  if (op == ADD) return f32x4.add(a, b);
  if (op == SUB) return f32x4.sub(a, b);
  if (op == MUL) return f32x4.mul(a, b);
  if (op == DIV) return f32x4.div(a, b);
  if (op == POW) return math.pow(a, b);
  // pmax keeps a NaN in a, the comparison one in b: three instructions; max is five.
  if (op == MAXIMUM) return v128.or(f32x4.pmax(a, b), f32x4.ne(b, b));
  if (op == MINIMUM) return v128.or(f32x4.pmin(a, b), f32x4.ne(b, b));
  if (op == EQUAL) return v128.and(one, f32x4.eq(a, b));
  if (op == LESS) return v128.and(one, f32x4.lt(a, b));
  if (op == LESS_EQUAL) return v128.and(one, f32x4.le(a, b));
  if (op == RELU_GRAD) return v128.andnot(b, f32x4.le(a, zero));
  if (op == SIGMOID_GRAD) return f32x4.mul(b, f32x4.mul(a, f32x4.sub(one, a)));
  if (op == TANH_GRAD) return f32x4.mul(b, fnma(a, a, one));
  if (op == LEAKY_RELU_GRAD) return v128.bitselect(b, f32x4.mul(b, p), f32x4.gt(a, zero));
  if (op == GELU_GRAD) return f32x4.mul(b, normal.geluSlope(a));
  if (op == GELU_TANH_GRAD) return f32x4.mul(b, normal.geluTanhSlope(a));
  if (op == SILU_GRAD) {
    const s = math.sigmoid(a);
    return f32x4.mul(b, fma(f32x4.mul(a, s), f32x4.sub(one, s), s));
  }
  if (op == EQUAL_I32) return v128.and(one, i32x4.eq(a, b));
  return v128.and(one, i32x4.lt_s(a, b)); // LESS_I32
}

/** The next four elements, or fewer; where the step is 0, four of the same. */
// @ts-ignore: decorator
@inline
function next(x: usize, step: usize, count: i32): v128 {
  return count >= 4 || !step ? v128.load(x) : loadPart(x, count, i32x4.splat(0));
}

/** A piece of one row: `aStep` and `bStep` are 4 bytes an element, or 0. */
// @ts-ignore: decorator
@inline
function piece(op: i32, a: usize, b: usize, y: usize, aStep: usize, bStep: usize, count: i32, p: v128): void {
  const aVector = aStep << 2;
  const bVector = bStep << 2;
  let left = count;
  for (; left >= 8; left -= 8) {
    const first = apply(op, v128.load(a), v128.load(b), p);
    const second = apply(op, v128.load(a + aVector), v128.load(b + bVector), p);
    v128.store(y, first);
    v128.store(y, second, 16);
    a += aVector << 1;
    b += bVector << 1;
    y += 32;
  }
  for (; left > 0; left -= 4) {
    const v = apply(op, next(a, aStep, left), next(b, bStep, left), p);
    if (left >= 4) v128.store(y, v);
    else storePart(y, left, v);
    a += aVector;
    b += bVector;
    y += 16;
  }
}

/**
 * y = a + b for whole rows that both move along, eight columns of all rows at a time; steps from row to row in bytes. Apart from
 * `broadcast`, whose loop over long rows is slower where this stands beside it.
 */
function addRows(a: usize, b: usize, y: usize, rows: i32, cols: i32, aStep: usize, bStep: usize): void {
  const line = <usize>cols << 2;
  const last = y + line * rows;
  let left = cols;
  for (; left >= 8; left -= 8) {
    let pa = a;
    let pb = b;
    for (let to = y; to < last; to += line) {
      const first = f32x4.add(v128.load(pa), v128.load(pb));
      const second = f32x4.add(v128.load(pa, 16), v128.load(pb, 16));
      v128.store(to, first);
      v128.store(to, second, 16);
      pa += aStep;
      pb += bStep;
    }
    a += 32;
    b += 32;
    y += 32;
  }
  for (; left > 0; left -= 4) {
    let pa = a;
    let pb = b;
    for (let to = y; to < last; to += line) {
      const v = f32x4.add(next(pa, 4, left), next(pb, 4, left));
      if (left >= 4) v128.store(to, v);
      else storePart(to, left, v);
      pa += aStep;
      pb += bStep;
    }
    a += 16;
    b += 16;
    y += 16;
  }
}

// @ts-ignore: decorator
@inline
export function broadcast(
  op: i32, a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32,
  scratch: usize, begin: i32, end: i32, parameter: f32 = 0,
): void {
  if (begin >= end) return; // and no division by an empty row's extent
  const p = f32x4.splat(parameter);
  const aStep = <usize>aCol << 2;
  const bStep = <usize>bCol << 2;
  let r = rows > 1 ? begin / cols : 0;
  let c = begin - r * cols;
  for (let i = begin; i < end; ++r) {
    const count = min(cols - c, end - i);
    let pa = a + (<usize>(r * aRow + c * aCol) << 2);
    let pb = b + (<usize>(r * bRow + c * bCol) << 2);
    if (op == ADD && aStep && bStep && cols <= BROADCAST_COLUMNS && count == cols) {
      const block = min(BROADCAST_ROWS, (end - i) / cols);
      addRows(pa, pb, y + (<usize>i << 2), block, cols, <usize>aRow << 2, <usize>bRow << 2);
      i += block * cols;
      r += block - 1;
      c = 0;
      continue;
    }
    if (!aStep) {
      v128.store(scratch, v128.load32_splat(pa));
      pa = scratch;
    }
    if (!bStep) {
      v128.store(scratch, v128.load32_splat(pb), 16);
      pb = scratch + 16;
    }
    piece(op, pa, pb, y + (<usize>i << 2), aStep, bStep, count, p);
    i += count;
    c = 0;
  }
}
