/**
 * The transforms of Winograd's F(2×2, 3×3): Lavin & Gray 2016, arXiv:1509.09308, eq. 8 and 10. A tile of 2 × 2 outputs comes from
 * 4 × 4 inputs by 16 products for each pair of channels instead of 36. Vectors run along the channels, four at a time.
 */
import { fma } from "../isa";

/**
 * A row of BᵀdB for one tile: 4 values of each channel. It comes from two rows of d, each of four pixels.
 * @param pixels the addresses of d's 16 pixels, row by row
 * @param v      where the first value goes; `step` bytes to the next, `across` from four channels to the next four
 * @param bytes  of the channels, a multiple of 16
 */
export function transformInput(pixels: usize, row: i32, v: usize, step: usize, across: usize, bytes: usize): void {
  // Bᵀ: d0 − d2, d1 + d2, d2 − d1, d1 − d3.
  const first = pixels + (row == 0 ? 0 : row == 2 ? 32 : 16);
  const other = pixels + (row == 2 ? 16 : row == 3 ? 48 : 32);
  const sign = f32x4.splat(row == 1 ? 1 : -1);
  const a0 = load<usize>(first);
  const a1 = load<usize>(first, 4);
  const a2 = load<usize>(first, 8);
  const a3 = load<usize>(first, 12);
  const b0 = load<usize>(other);
  const b1 = load<usize>(other, 4);
  const b2 = load<usize>(other, 8);
  const b3 = load<usize>(other, 12);
  for (let at: usize = 0; at < bytes; at += 16) {
    const d0 = fma(v128.load(b0 + at), sign, v128.load(a0 + at));
    const d1 = fma(v128.load(b1 + at), sign, v128.load(a1 + at));
    const d2 = fma(v128.load(b2 + at), sign, v128.load(a2 + at));
    const d3 = fma(v128.load(b3 + at), sign, v128.load(a3 + at));
    v128.store(v, f32x4.sub(d0, d2));
    v128.store(v + step, f32x4.add(d1, d2));
    v128.store(v + 2 * step, f32x4.sub(d2, d1));
    v128.store(v + 3 * step, f32x4.sub(d1, d3));
    v += across;
  }
}

/**
 * AᵀmA of one tile: 2 × 2 outputs of each channel, as far as they exist.
 * @param m     the first of 16 values; `step` bytes to the next
 * @param y     where the first output goes; `line` bytes to the one below, `pixel` to the next
 * @param bytes of the channels, a multiple of 16
 */
export function transformOutput(
  m: usize, step: usize, y: usize, line: usize, pixel: usize, bytes: usize, below: bool, beside: bool,
): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    let p = m + at;
    let m0 = v128.load(p);
    let m1 = v128.load(p + step);
    let m2 = v128.load(p + 2 * step);
    let m3 = v128.load(p + 3 * step);
    let top0 = f32x4.add(f32x4.add(m0, m1), m2);
    let top1 = f32x4.sub(f32x4.sub(m1, m2), m3);
    p += 4 * step;
    m0 = v128.load(p);
    m1 = v128.load(p + step);
    m2 = v128.load(p + 2 * step);
    m3 = v128.load(p + 3 * step);
    let r0 = f32x4.add(f32x4.add(m0, m1), m2);
    let r1 = f32x4.sub(f32x4.sub(m1, m2), m3);
    top0 = f32x4.add(top0, r0);
    top1 = f32x4.add(top1, r1);
    p += 4 * step;
    m0 = v128.load(p);
    m1 = v128.load(p + step);
    m2 = v128.load(p + 2 * step);
    m3 = v128.load(p + 3 * step);
    const s0 = f32x4.add(f32x4.add(m0, m1), m2);
    const s1 = f32x4.sub(f32x4.sub(m1, m2), m3);
    const to = y + at;
    v128.store(to, f32x4.add(top0, s0));
    if (beside) v128.store(to + pixel, f32x4.add(top1, s1));
    if (!below) continue;
    r0 = f32x4.sub(r0, s0);
    r1 = f32x4.sub(r1, s1);
    p += 4 * step;
    m0 = v128.load(p);
    m1 = v128.load(p + step);
    m2 = v128.load(p + 2 * step);
    m3 = v128.load(p + 3 * step);
    v128.store(to + line, f32x4.sub(r0, f32x4.add(f32x4.add(m0, m1), m2)));
    if (beside) v128.store(to + line + pixel, f32x4.sub(r1, f32x4.sub(f32x4.sub(m1, m2), m3)));
  }
}

/**
 * A row of AdyAᵀ for one tile of the gradient, but for the sign of its last row and column: 4 values of each output.
 * @param pixels the addresses of dy's 4 pixels, row by row
 * @param z      where the first value goes, in panels of 8 outputs that are `panel` bytes apart; `step` bytes to the next value
 */
export function transformGradient(pixels: usize, row: i32, z: usize, step: usize, panel: usize, bytes: usize): void {
  // A: d0, d0 + d1, d0 − d1, −d1.
  const first = row == 3 ? pixels + 8 : pixels;
  const other = pixels + 8;
  const sign = f32x4.splat(row == 1 ? 1 : row == 2 ? -1 : 0);
  const a0 = load<usize>(first);
  const a1 = load<usize>(first, 4);
  const b0 = load<usize>(other);
  const b1 = load<usize>(other, 4);
  for (let at: usize = 0; at < bytes; at += 16) {
    let d0 = v128.load(a0 + at);
    let d1 = v128.load(a1 + at);
    if (row == 1 || row == 2) {
      d0 = fma(v128.load(b0 + at), sign, d0);
      d1 = fma(v128.load(b1 + at), sign, d1);
    }
    const to = z + (at >> 5) * panel + (at & 16);
    v128.store(to, d0);
    v128.store(to + step, f32x4.add(d0, d1));
    v128.store(to + 2 * step, f32x4.sub(d0, d1));
    v128.store(to + 3 * step, d1);
  }
}
