/**
 * Pointwise kernels of two operands with two-dimensional broadcasting. y is f32[rows, cols]; element (r, c) of a stands at
 * a[r·aRow + c·aCol], where aCol is 1 or 0 (one value serves a row) and aRow is any stride (0: one row serves all); b likewise.
 * Items are the rows·cols elements of y. NaN gives NaN unless a kernel says otherwise.
 *
 * One loop serves all: an operand that does not move along a row is put into every lane of a vector in scratch and read there with
 * step 0. Where both operands are contiguous or single values, callers make everything one long row.
 * @each y = 1;
 * a = (cols == 1 || aCol == 1) && (rows == 1 || aRow == cols) ? 1 : cols > 1 && aCol == 0 && aRow == 1 ? 1 per cols : 0;
 * b = (cols == 1 || bCol == 1) && (rows == 1 || bRow == cols) ? 1 : cols > 1 && bCol == 0 && bRow == 1 ? 1 per cols : 0
 */
import { fma, fnma } from "../isa";
import { loadPart, storePart } from "../lanes";
import * as math from "../math";
import * as normal from "../normal";

const ADD = 0;
const SUB = 1;
const MUL = 2;
const DIV = 3;
const POW = 4;
const MAXIMUM = 5;
const MINIMUM = 6;
const EQUAL = 7;
const NOT_EQUAL = 8;
const LESS = 9;
const LESS_EQUAL = 10;
const RELU_GRAD = 11;
const SIGMOID_GRAD = 12;
const TANH_GRAD = 13;
const LEAKY_RELU_GRAD = 14;
const EQUAL_I32 = 15;
const LESS_I32 = 16;
const GELU_GRAD = 17;
const GELU_TANH_GRAD = 18;
const SILU_GRAD = 19;

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
  if (op == NOT_EQUAL) return v128.and(one, f32x4.ne(a, b));
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

// @ts-ignore: decorator
@inline
function broadcast(
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

/**
 * y = a + b.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function add(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(ADD, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = a − b.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function sub(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(SUB, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = a·b.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function mul(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(MUL, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = a / b, correctly rounded.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function div(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(DIV, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = a to the power b, to 1 ulp, with the signs and special values of C's pow: NaN for a < 0 unless b is whole; 1 for b = 0.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function pow(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(POW, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = the larger; NaN where either is NaN.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function maximum(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(MAXIMUM, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = the smaller; NaN where either is NaN.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function minimum(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(MINIMUM, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = 1 where a = b, else 0; NaN equals nothing.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function equal(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(EQUAL, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = 1 where a ≠ b, else 0; NaN differs from everything.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function notEqual(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(NOT_EQUAL, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = 1 where a < b, else 0; 0 for NaN.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function less(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(LESS, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = 1 where a ≤ b, else 0; 0 for NaN.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function lessEqual(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(LESS_EQUAL, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = b where a > 0, else 0 (so 0 at a = 0, and b for a = NaN, as in PyTorch): a is the input or the output of relu, b its dy.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function reluGrad(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(RELU_GRAD, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = b·a·(1 − a): a is the output of sigmoid, b its dy.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function sigmoidGrad(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(SIGMOID_GRAD, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = b·(1 − a²): a is the output of tanh, b its dy.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function tanhGrad(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(TANH_GRAD, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = b·(Φ(a) + a·φ(a)): a is the input of gelu, b its dy.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols]
 */
export function geluGrad(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(GELU_GRAD, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = b times the derivative of geluTanh at a.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols]
 */
export function geluTanhGrad(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(GELU_TANH_GRAD, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = b·σ(a)·(1 + a·(1 − σ(a))): a is the input of silu, b its dy.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols]
 */
export function siluGrad(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(SILU_GRAD, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = b where a > 0, else slope·b: a is the input of leakyRelu, b its dy.
 * @param a in  f32[rows, cols]
 * @param b in  f32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function leakyReluGrad(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, slope: f32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(LEAKY_RELU_GRAD, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end, slope);
}

/**
 * y = 1 where a = b, else 0.
 * @param a in  i32[rows, cols]
 * @param b in  i32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function equalI32(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(EQUAL_I32, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = 1 where a < b, else 0.
 * @param a in  i32[rows, cols]
 * @param b in  i32[rows, cols]
 * @param y out f32[rows, cols], may alias a or b where that is not broadcast
 */
export function lessI32(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: i32, aCol: i32, bRow: i32, bCol: i32, scratch: usize, begin: i32, end: i32,
): void {
  broadcast(LESS_I32, a, b, y, rows, cols, aRow, aCol, bRow, bCol, scratch, begin, end);
}

/**
 * y = a where mask ≠ 0 (so also where it is NaN), else b; bits are copied. A step is 1, or 0 for one value throughout.
 * Items are the n elements.
 * @param mask in  f32[n] or f32[1]
 * @param a    in  f32[n] or f32[1]
 * @param b    in  f32[n] or f32[1]
 * @param y    out f32[n], may alias mask, a or b where its step is 1
 * @each mask = maskStep; a = aStep; b = bStep
 */
export function where(
  mask: usize, a: usize, b: usize, y: usize, maskStep: i32, aStep: i32, bStep: i32, begin: i32, end: i32,
): void {
  const zero = f32x4.splat(0);
  const oneMask = v128.load32_splat(mask);
  const oneA = v128.load32_splat(a);
  const oneB = v128.load32_splat(b);
  let i = begin;
  for (; i + 4 <= end; i += 4) {
    const at = <usize>i << 2;
    const chosen = f32x4.ne(maskStep ? v128.load(mask + at) : oneMask, zero);
    v128.store(y + at, v128.bitselect(aStep ? v128.load(a + at) : oneA, bStep ? v128.load(b + at) : oneB, chosen));
  }
  for (; i < end; ++i) {
    const at = <usize>i << 2;
    const yes = load<f32>(mask + at * maskStep) != 0;
    store<u32>(y + at, yes ? load<u32>(a + at * aStep) : load<u32>(b + at * bStep));
  }
}
