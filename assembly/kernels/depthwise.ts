/**
 * Convolution with one filter for each channel (groups = channels = outputs), vectors along the channels. Each sum runs over the
 * taps inside the image in ascending order; padding takes no part.
 */
import { read, write } from "../convolution/channels";
import { fma } from "../isa";

/**
 * y[image, oy, ox, c] = Σ x[image, oy·strideY − top + ky·dilationY, ox·strideX − left + kx·dilationX, c] · weight[ky, kx, c], with
 * up − 1 zeros between the pixels of x, and the taps backwards if flip: the gradient by the input. Items: pixels of y.
 * @param x      in  f32[images, height, width, channels]
 * @param weight in  f32[kernelHeight, kernelWidth, channels]
 * @param y      out f32[images, outHeight, outWidth, channels], aliases nothing
 * @each x = height * width * channels per outHeight * outWidth; y = channels
 */
export function depthwise(
  x: usize, weight: usize, y: usize, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
  upY: i32, upX: i32, flip: i32, begin: i32, end: i32,
): void {
  const row = <usize>channels << 2;
  const reachY = <u32>((height - 1) * upY + 1);
  const reachX = <u32>((width - 1) * upX + 1);
  const last = kernelHeight * kernelWidth - 1;
  for (let p = begin; p < end; ++p) {
    const line = p / outWidth;
    const image = line / outHeight;
    const y0 = (line - image * outHeight) * strideY - top;
    const x0 = (p - line * outWidth) * strideX - left;
    const from = x + <usize>(image * height * width) * row;
    const to = y + <usize>p * row;
    let c = 0;
    // Sixteen channels at once share the way from tap to tap.
    for (; c + 16 <= channels; c += 16) {
      const at = <usize>c << 2;
      let sum0 = f32x4.splat(0);
      let sum1 = sum0;
      let sum2 = sum0;
      let sum3 = sum0;
      for (let ky = 0; ky < kernelHeight; ++ky) {
        const iy = y0 + ky * dilationY;
        if (<u32>iy >= reachY || (upY > 1 && iy % upY)) continue;
        const rowAt = from + <usize>((upY > 1 ? iy / upY : iy) * width) * row + at;
        let tap = ky * kernelWidth;
        for (let ix = x0; ix < x0 + kernelWidth * dilationX; ix += dilationX, ++tap) {
          if (<u32>ix >= reachX || (upX > 1 && ix % upX)) continue;
          const w = weight + <usize>(flip ? last - tap : tap) * row + at;
          const v = rowAt + <usize>(upX > 1 ? ix / upX : ix) * row;
          sum0 = fma(v128.load(v), v128.load(w), sum0);
          sum1 = fma(v128.load(v, 16), v128.load(w, 16), sum1);
          sum2 = fma(v128.load(v, 32), v128.load(w, 32), sum2);
          sum3 = fma(v128.load(v, 48), v128.load(w, 48), sum3);
        }
      }
      v128.store(to + at, sum0);
      v128.store(to + at, sum1, 16);
      v128.store(to + at, sum2, 32);
      v128.store(to + at, sum3, 48);
    }
    for (; c < channels; c += 4) {
      const count = min(4, channels - c);
      const at = <usize>c << 2;
      let sum = f32x4.splat(0);
      for (let ky = 0; ky < kernelHeight; ++ky) {
        const iy = y0 + ky * dilationY;
        if (<u32>iy >= reachY || (upY > 1 && iy % upY)) continue;
        const rowAt = from + <usize>((iy / upY) * width) * row + at;
        for (let kx = 0; kx < kernelWidth; ++kx) {
          const ix = x0 + kx * dilationX;
          if (<u32>ix >= reachX || (upX > 1 && ix % upX)) continue;
          const tap = ky * kernelWidth + kx;
          const w = weight + <usize>(flip ? last - tap : tap) * row + at;
          sum = fma(read(rowAt + <usize>(upX > 1 ? ix / upX : ix) * row, count), read(w, count), sum);
        }
      }
      write(to + at, count, sum);
    }
  }
}

/**
 * Gradient of `depthwise` by its weights: dw[ky, kx, c] = Σ over pixels, in order, of x where the tap saw it times dy[pixel, c].
 * Items: taps.
 * @param x  in  f32[images, height, width, channels]
 * @param dy in  f32[pixels, channels], pixels = images · outHeight · outWidth
 * @param dw out f32[kernelHeight, kernelWidth, channels], aliases nothing
 */
export function depthwiseWeights(
  x: usize, dy: usize, dw: usize, pixels: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32, begin: i32, end: i32,
): void {
  const row = <usize>channels << 2;
  for (let tap = begin; tap < end; ++tap) {
    const ky = tap / kernelWidth;
    const y0 = ky * dilationY - top;
    const x0 = (tap - ky * kernelWidth) * dilationX - left;
    const to = dw + <usize>tap * row;
    memory.fill(to, 0, row);
    for (let line = 0; line * outWidth < pixels; ++line) {
      const image = line / outHeight;
      const iy = (line - image * outHeight) * strideY + y0;
      if (<u32>iy >= <u32>height) continue;
      const from = x + <usize>((image * height + iy) * width) * row;
      const dyFrom = dy + <usize>(line * outWidth) * row;
      for (let ox = 0; ox < outWidth; ++ox) {
        const ix = ox * strideX + x0;
        if (<u32>ix >= <u32>width) continue;
        const xAt = from + <usize>ix * row;
        const dyAt = dyFrom + <usize>ox * row;
        for (let c = 0; c < channels; c += 4) {
          const count = min(4, channels - c);
          const at = <usize>c << 2;
          write(to + at, count, fma(read(xAt + at, count), read(dyAt + at, count), read(to + at, count)));
        }
      }
    }
  }
}
