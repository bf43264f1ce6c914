/** dx = dy where x > 0, else 0.
 * @param x  in  f32[n]
 * @param dy in  f32[n]
 * @param dx out f32[n], may alias dy
 */
export function reluGrad(x: usize, dy: usize, dx: usize, begin: i32, end: i32): void {
  for (let i = begin; i < end; ++i) {
    const at = <usize>i << 2;
    store<f32>(dx + at, load<f32>(x + at) > 0 ? load<f32>(dy + at) : 0);
  }
}
