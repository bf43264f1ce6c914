/**
 * The machine's 128-bit peak: 12 independent accumulators that never leave the registers, the yardstick of every kernel figure.
 */
import { fma } from "./isa";

/**
 * Runs `rounds` rounds of 12 four-lane multiply-adds (96 flop a round) and stores their sum at `y` (32 bytes), so that nothing is
 * optimised away. The constants come from memory: V8 builds a splat of a literal anew before every use.
 */
export function peakFma(y: usize, rounds: i32): void {
  v128.store(y, f32x4.splat(<f32>0.9999));
  v128.store(y, f32x4.splat(<f32>0.0001), 16);
  const x = v128.load(y);
  const c = v128.load(y, 16);
  let a0 = x, a1 = x, a2 = x, a3 = x, a4 = x, a5 = x, a6 = x, a7 = x, a8 = x, a9 = x, a10 = x, a11 = x;
  for (let i = rounds; i > 0; --i) {
    a0 = fma(a0, x, c);
    a1 = fma(a1, x, c);
    a2 = fma(a2, x, c);
    a3 = fma(a3, x, c);
    a4 = fma(a4, x, c);
    a5 = fma(a5, x, c);
    a6 = fma(a6, x, c);
    a7 = fma(a7, x, c);
    a8 = fma(a8, x, c);
    a9 = fma(a9, x, c);
    a10 = fma(a10, x, c);
    a11 = fma(a11, x, c);
  }
  const low = f32x4.add(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)), f32x4.add(a4, a5));
  const high = f32x4.add(f32x4.add(f32x4.add(a6, a7), f32x4.add(a8, a9)), f32x4.add(a10, a11));
  v128.store(y, f32x4.add(low, high));
}
