/**
 * Special functions, and activations made of them: pointwise kernels as those of kernels/pointwise and kernels/broadcast, for fewer
 * programs.
 * @each x = 1; y = 1;
 * a = (cols == 1 || aCol == 1) && (rows == 1 || aRow == cols) ? 1 : cols > 1 && aCol == 0 && aRow == 1 ? 1 per cols : 0;
 * b = (cols == 1 || bCol == 1) && (rows == 1 || bRow == cols) ? 1 : cols > 1 && bCol == 0 && bRow == 1 ? 1 per cols : 0
 */
import { ATAN, ERF, GELU, GELU_TANH, SILU, map } from "../elementwise/one";
import { broadcast, GELU_GRAD, GELU_TANH_GRAD, SILU_GRAD } from "../elementwise/two";

/**
 * y = arctan x, to 2 ulp; ±π/2 at ±∞.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function atan(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(ATAN, x, y, scratch, begin, end);
}

/**
 * y = erf x, to 2.6 ulp; ±1 at ±∞.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function erf(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(ERF, x, y, scratch, begin, end);
}

/**
 * y = x·Φ(x), Φ being the normal distribution; NaN at -∞, as in PyTorch.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function gelu(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(GELU, x, y, scratch, begin, end);
}

/**
 * y = ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))); NaN at -∞, as in PyTorch.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function geluTanh(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(GELU_TANH, x, y, scratch, begin, end);
}

/**
 * y = x / (1 + e⁻ˣ); NaN at -∞, as in PyTorch.
 * @param x in  f32[n]
 * @param y out f32[n], may alias x
 */
export function silu(x: usize, y: usize, scratch: usize, begin: i32, end: i32): void {
  map(SILU, x, y, scratch, begin, end);
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
