/**
 * Pointwise kernels of two operands with two-dimensional broadcasting. y is f32[rows, cols]; element (r, c) of a stands at
 * a[r·aRow + c·aCol], where aCol is 1 or 0 (one value serves a row) and aRow is any stride (0: one row serves all); b likewise.
 * Items are the rows·cols elements of y. NaN gives NaN unless a kernel says otherwise.
 * @each y = 1;
 * a = (cols == 1 || aCol == 1) && (rows == 1 || aRow == cols) ? 1 : cols > 1 && aCol == 0 && aRow == 1 ? 1 per cols : 0;
 * b = (cols == 1 || bCol == 1) && (rows == 1 || bRow == cols) ? 1 : cols > 1 && bCol == 0 && bRow == 1 ? 1 per cols : 0
 */
import {
  broadcast, ADD, DIV, EQUAL, EQUAL_I32, LEAKY_RELU_GRAD, LESS, LESS_EQUAL, LESS_I32, MAXIMUM, MINIMUM, MUL, POW, RELU_GRAD, SIGMOID_GRAD, SUB, TANH_GRAD,
} from "../elementwise/two";

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
