/** Dropout: which elements fall, a ticket says (see kernels/random). */
import { BLOCK, HALF, units } from "../uniform";

/**
 * y = x / (1 − p) where u ≥ p, else 0, with u the uniform value of the element. p = 1 gives zeros, p = 0 gives x. NaN that is kept
 * stays NaN. Items are the n elements.
 * @param x      in  f32[n]
 * @param ticket in  u32[4]
 * @param y      out f32[n], may alias x
 * @each x = 1; y = 1
 */
export function dropout(x: usize, ticket: usize, y: usize, p: f32, scratch: usize, begin: i32, end: i32): void {
  const gain: f32 = p < 1 ? 1 / (1 - p) : 0;
  const limits = f32x4.splat(p);
  const gains = f32x4.splat(gain);
  for (let base = begin & -BLOCK; base < end; base += BLOCK) {
    units(ticket, base, scratch);
    const from = max(base, begin);
    const to = min(base + BLOCK, end);
    if (to - from == BLOCK) {
      for (let at: usize = 0; at < 2 * HALF; at += 16) {
        const here = (<usize>base << 2) + at;
        const kept = f32x4.ge(v128.load(scratch + at), limits);
        v128.store(y + here, v128.and(kept, f32x4.mul(v128.load(x + here), gains)));
      }
      continue;
    }
    for (let i = from; i < to; ++i) {
      const at = <usize>i << 2;
      store<f32>(y + at, load<f32>(scratch + (<usize>(i - base) << 2)) >= p ? load<f32>(x + at) * gain : 0);
    }
  }
}
