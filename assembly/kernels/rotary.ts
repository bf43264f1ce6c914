/** Rotary positions: pairs of neighbouring elements turn by an angle that grows with the row. */
import { fma, fnma } from "../isa";
import { copyRun } from "../move";

/**
 * y = each pair (x₀, x₁) of a row's first `columns` turned, (x₀·cos − x₁·sin, x₁·cos + x₀·sin); the other columns as they are. Row r
 * stands at position r modulo `length`, and every `size` columns use its angles again. Items: rows.
 * @param x      in  f32[rows, width]
 * @param cosine in  f32[length, size], each angle's twice
 * @param sine   in  f32[length, size], likewise, negative in front
 * @param y      out f32[rows, width], may alias x
 * @param back   1: by the negative angle
 * @each x = width; y = width
 */
export function rotary(
  x: usize, cosine: usize, sine: usize, y: usize, length: i32, width: i32, columns: i32, size: i32, back: i32, begin: i32, end: i32,
): void {
  for (let r = begin; r < end; ++r) {
    const row = (<usize>(r * width)) << 2;
    const angle = (<usize>((r % length) * size)) << 2;
    let c = 0;
    for (; c < columns; c += size) {
      let from = x + row + ((<usize>c) << 2);
      let to = y + row + ((<usize>c) << 2);
      let i = 0;
      for (; i + 4 <= size; i += 4) {
        const at = angle + ((<usize>i) << 2);
        const v = v128.load(from);
        const turned = v128.shuffle<f32>(v, v, 1, 0, 3, 2);
        const along = f32x4.mul(v, v128.load(cosine + at));
        v128.store(to, back ? fnma(turned, v128.load(sine + at), along) : fma(turned, v128.load(sine + at), along));
        from += 16;
        to += 16;
      }
      if (i < size) {
        const at = angle + ((<usize>i) << 2);
        const v = v128.load64_zero(from);
        const turned = v128.shuffle<f32>(v, v, 1, 0, 1, 0);
        const along = f32x4.mul(v, v128.load64_zero(cosine + at));
        const s = v128.load64_zero(sine + at);
        v128.store64_lane(to, back ? fnma(turned, s, along) : fma(turned, s, along), 0);
      }
    }
    if (columns < width && x != y) copyRun(x + row + ((<usize>columns) << 2), y + row + ((<usize>columns) << 2), (width - columns) << 2);
  }
}
