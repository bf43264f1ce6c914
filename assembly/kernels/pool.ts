/**
 * Pooling of images with channels last: windows of kernelHeight × kernelWidth, vectors along the channels. Windows are visited row
 * by row. Gradients are gathered: each pixel of the image asks the windows that see it, in order, so that the bits are the same
 * for any number of threads.
 */
import { least, past } from "../convolution/axis";
import { read, write } from "../convolution/channels";
import { beats, four, sixteen } from "../convolution/maximum";
import { firstWindow, ofOne, pastRun, pastWindow, shareOfOne } from "../convolution/unpool";

/**
 * y = the largest of each window, index = where it stands, iy·width + ix: the first of several. Padding counts as −∞. NaN wins over
 * everything, the last one over the others, as in PyTorch. Items: pixels of y.
 * @param x     in  f32[images, height, width, channels]
 * @param y     out f32[images, outHeight, outWidth, channels], aliases nothing
 * @param index out i32[images, outHeight, outWidth, channels], aliases nothing, or 0
 * @each x = height * width * channels per outHeight * outWidth; y = channels; index = channels
 */
export function maxPool(
  x: usize, y: usize, index: usize, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
  begin: i32, end: i32,
): void {
  const row = <usize>channels << 2;
  let oy = begin / outWidth;
  let ox = begin - oy * outWidth;
  let image = oy / outHeight;
  oy -= image * outHeight;
  for (let p = begin; p < end; ++p, ++ox) {
    if (ox == outWidth) {
      ox = 0;
      if (++oy == outHeight) {
        oy = 0;
        ++image;
      }
    }
    const y0 = oy * strideY - top;
    const x0 = ox * strideX - left;
    const lowY = least(y0, dilationY);
    const highY = past(y0, dilationY, height, kernelHeight);
    const lowX = least(x0, dilationX);
    const highX = past(x0, dilationX, width, kernelWidth);
    const from = x + <usize>(image * height * width) * row;
    const to = <usize>p * row;
    // Dilated, a window may step over a small image: its index still has to be a place of it.
    const topAt = y0 + lowY * dilationY;
    const leftAt = x0 + lowX * dilationX;
    const start = min(topAt, height - 1) * width + min(leftAt, width - 1);
    const down = highY - lowY;
    const across = highX - lowX;
    if (down == 2 && across == 2 && dilationY == 1 && dilationX == 1) {
      if (four(from + <usize>start * row, <usize>width * row, row, y + to, index ? index + to : 0, start, width)) continue;
    }
    let c = 0;
    for (; c + 16 <= channels; c += 16) {
      const at = <usize>c << 2;
      sixteen(from + at, y + to + at, index ? index + to + at : 0, start, topAt, leftAt, down, across, width, dilationY, dilationX, row);
    }
    for (; c < channels; c += 4) {
      const count = min(4, channels - c);
      const at = <usize>c << 2;
      let best = f32x4.splat(-Infinity);
      let where = i32x4.splat(start);
      for (let ky = lowY; ky < highY; ++ky) {
        let place = (y0 + ky * dilationY) * width + x0 + lowX * dilationX;
        for (let kx = lowX; kx < highX; ++kx) {
          const v = read(from + <usize>place * row + at, count);
          const wins = beats(v, best);
          best = v128.bitselect(v, best, wins);
          where = v128.bitselect(i32x4.splat(place), where, wins);
          place += dilationX;
        }
      }
      write(y + to + at, count, best);
      if (index) write(index + to + at, count, where);
    }
  }
}

/**
 * Gradient of `maxPool`: dx = Σ dy of the windows whose largest this is, in order. Items: pixels of x.
 * @param dy    in  f32[images, outHeight, outWidth, channels]
 * @param index in  i32[images, outHeight, outWidth, channels] of `maxPool`
 * @param dx    out f32[images, height, width, channels], aliases nothing
 * @each dy = outHeight * outWidth * channels per height * width; index = outHeight * outWidth * channels per height * width;
 * dx = channels
 */
export function maxPoolGrad(
  dy: usize, index: usize, dx: usize, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
  begin: i32, end: i32,
): void {
  const row = <usize>channels << 2;
  const reachY = (kernelHeight - 1) * dilationY + 1;
  const reachX = (kernelWidth - 1) * dilationX + 1;
  let iy = begin / width;
  let ix = begin - iy * width;
  let image = iy / height;
  iy -= image * height;
  let lowY = firstWindow(iy, top, reachY, strideY);
  let highY = pastWindow(iy, top, strideY, outHeight);
  let lowX = firstWindow(ix, left, reachX, strideX);
  let highX = pastWindow(ix, left, strideX, outWidth);
  for (let p = begin; p < end; ) {
    if (ix == width) {
      ix = 0;
      if (++iy == height) {
        iy = 0;
        ++image;
      }
      lowY = firstWindow(iy, top, reachY, strideY);
      highY = pastWindow(iy, top, strideY, outHeight);
      lowX = firstWindow(ix, left, reachX, strideX);
      highX = pastWindow(ix, left, strideX, outWidth);
    }
    const until = pastRun(lowX, highX, left, reachX, strideX, outWidth);
    const stop = p + min(end - p, min(width, until) - ix);
    if (highY - lowY == 1 && highX - lowX == 1) {
      const from = <usize>((image * outHeight + lowY) * outWidth + lowX) * row;
      ofOne(dy + from, index + from, dx + <usize>p * row, stop - p, row, iy * width + ix);
      ix += stop - p;
      p = stop;
    }
    for (; p < stop; ++p, ++ix) {
      const place = i32x4.splat(iy * width + ix);
      for (let c = 0; c < channels; c += 4) {
        const count = min(4, channels - c);
        const at = <usize>c << 2;
        let sum = f32x4.splat(0);
        for (let oy = lowY; oy < highY; ++oy) {
          for (let ox = lowX; ox < highX; ++ox) {
            const from = <usize>((image * outHeight + oy) * outWidth + ox) * row + at;
            const mine = i32x4.eq(read(index + from, count), place);
            sum = f32x4.add(sum, v128.and(mine, read(dy + from, count)));
          }
        }
        write(dx + <usize>p * row + at, count, sum);
      }
    }
    if (ix == lowX * strideX + reachX - left) ++lowX;
    if (highX < outWidth && ix == highX * strideX - left) ++highX;
  }
}

/**
 * y = x where `maxPool` found the largest: the derivative of `maxPoolGrad`. Items: pixels of y.
 * @param x     in  f32[images, size, channels], size = height · width
 * @param index in  i32[pixels, channels] of `maxPool`; pixels = images · windows
 * @param y     out f32[pixels, channels], aliases nothing
 * @each x = size * channels per windows; y = channels; index = channels
 */
export function maxPoolPick(x: usize, index: usize, y: usize, size: i32, channels: i32, windows: i32, begin: i32, end: i32): void {
  const row = <usize>channels << 2;
  for (let p = begin; p < end; ++p) {
    const from = x + <usize>((p / windows) * size) * row;
    const to = <usize>p * row;
    for (let at: usize = 0; at < row; at += 4) {
      store<f32>(y + to + at, load<f32>(from + <usize>load<i32>(index + to + at) * row + at));
    }
  }
}

/** Places of a window that count: those up to `after` pixels beyond the image, or only those inside it. */
// @ts-ignore: decorator
@inline
function places(low: i32, size: i32, kernel: i32, withPadding: i32, after: i32): i32 {
  return withPadding ? min(kernel, size + after - low) : min(size, low + kernel) - max(0, low);
}

/** The sum of a window over `area`, for all channels: `down` × `across` pixels of the image, `line` bytes apart from line to line. */
function meanOf(x: usize, y: usize, down: i32, across: i32, line: usize, row: usize, area: v128): void {
  let at: usize = 0;
  for (; at + 64 <= row; at += 64) {
    let sum0 = f32x4.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    let from = x + at;
    for (let iy = down; iy > 0; --iy) {
      let p = from;
      for (let ix = across; ix > 0; --ix) {
        sum0 = f32x4.add(sum0, v128.load(p));
        sum1 = f32x4.add(sum1, v128.load(p, 16));
        sum2 = f32x4.add(sum2, v128.load(p, 32));
        sum3 = f32x4.add(sum3, v128.load(p, 48));
        p += row;
      }
      from += line;
    }
    v128.store(y + at, f32x4.div(sum0, area));
    v128.store(y + at, f32x4.div(sum1, area), 16);
    v128.store(y + at, f32x4.div(sum2, area), 32);
    v128.store(y + at, f32x4.div(sum3, area), 48);
  }
  for (; at < row; at += 16) {
    const count = min(4, <i32>(row - at) >> 2);
    let sum = f32x4.splat(0);
    for (let iy = 0; iy < down; ++iy) {
      for (let ix = 0; ix < across; ++ix) sum = f32x4.add(sum, read(x + <usize>iy * line + <usize>ix * row + at, count));
    }
    write(y + at, count, f32x4.div(sum, area));
  }
}

/**
 * y = the mean of each window, or its sum over `divisor` where that is not 0; padding counts as 0 if withPadding, else not at all. Items: pixels of y.
 * @param x in  f32[images, height, width, channels]
 * @param y out f32[images, outHeight, outWidth, channels], aliases nothing
 * @each x = height * width * channels per outHeight * outWidth; y = channels
 */
export function avgPool(
  x: usize, y: usize, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, kernelHeight: i32, kernelWidth: i32,
  strideY: i32, strideX: i32, top: i32, left: i32, bottom: i32, right: i32, withPadding: i32, divisor: i32, begin: i32, end: i32,
): void {
  const row = <usize>channels << 2;
  let oy = begin / outWidth;
  let ox = begin - oy * outWidth;
  let image = oy / outHeight;
  oy -= image * outHeight;
  for (let p = begin; p < end; ++p, ++ox) {
    if (ox == outWidth) {
      ox = 0;
      if (++oy == outHeight) {
        oy = 0;
        ++image;
      }
    }
    const y0 = oy * strideY - top;
    const x0 = ox * strideX - left;
    const lowY = max(0, y0);
    const lowX = max(0, x0);
    const from = x + <usize>((image * height + lowY) * width + lowX) * row;
    const down = places(y0, height, kernelHeight, withPadding, bottom);
    const area = f32x4.splat(<f32>(divisor ? divisor : down * places(x0, width, kernelWidth, withPadding, right)));
    const inY = min(height, y0 + kernelHeight) - lowY;
    meanOf(from, y + <usize>p * row, inY, min(width, x0 + kernelWidth) - lowX, <usize>width * row, row, area);
  }
}

/**
 * Gradient of `avgPool`: dx = Σ dy / (places of the window, or divisor) over the windows that see the pixel, in order. Items: pixels of x.
 * @param dy in  f32[images, outHeight, outWidth, channels]
 * @param dx out f32[images, height, width, channels], aliases nothing
 * @each dy = outHeight * outWidth * channels per height * width; dx = channels
 */
export function avgPoolGrad(
  dy: usize, dx: usize, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, kernelHeight: i32, kernelWidth: i32,
  strideY: i32, strideX: i32, top: i32, left: i32, bottom: i32, right: i32, withPadding: i32, divisor: i32, begin: i32, end: i32,
): void {
  const row = <usize>channels << 2;
  let iy = begin / width;
  let ix = begin - iy * width;
  let image = iy / height;
  iy -= image * height;
  let lowY = firstWindow(iy, top, kernelHeight, strideY);
  let highY = pastWindow(iy, top, strideY, outHeight);
  let lowX = firstWindow(ix, left, kernelWidth, strideX);
  let highX = pastWindow(ix, left, strideX, outWidth);
  for (let p = begin; p < end; ) {
    if (ix == width) {
      ix = 0;
      if (++iy == height) {
        iy = 0;
        ++image;
      }
      lowY = firstWindow(iy, top, kernelHeight, strideY);
      highY = pastWindow(iy, top, strideY, outHeight);
      lowX = firstWindow(ix, left, kernelWidth, strideX);
      highX = pastWindow(ix, left, strideX, outWidth);
    }
    const until = pastRun(lowX, highX, left, kernelWidth, strideX, outWidth);
    const stop = p + min(end - p, min(width, until) - ix);
    if (highY - lowY == 1 && highX - lowX == 1) {
      const down = places(lowY * strideY - top, height, kernelHeight, withPadding, bottom);
      const across = places(lowX * strideX - left, width, kernelWidth, withPadding, right);
      const from = dy + <usize>((image * outHeight + lowY) * outWidth + lowX) * row;
      const area = f32x4.splat(<f32>(divisor ? divisor : down * across));
      shareOfOne(from, dx + <usize>p * row, stop - p, row, area);
      ix += stop - p;
      p = stop;
    }
    for (; p < stop; ++p, ++ix) {
      for (let c = 0; c < channels; c += 4) {
        const count = min(4, channels - c);
        const at = <usize>c << 2;
        let sum = f32x4.splat(0);
        for (let oy = lowY; oy < highY; ++oy) {
          const down = places(oy * strideY - top, height, kernelHeight, withPadding, bottom);
          for (let ox = lowX; ox < highX; ++ox) {
            const across = places(ox * strideX - left, width, kernelWidth, withPadding, right);
            const area = <f32>(divisor ? divisor : down * across);
            const from = dy + <usize>((image * outHeight + oy) * outWidth + ox) * row + at;
            sum = f32x4.add(sum, f32x4.div(read(from, count), f32x4.splat(area)));
          }
        }
        write(dx + <usize>p * row + at, count, sum);
      }
    }
    if (ix == lowX * strideX + kernelWidth - left) ++lowX;
    if (highX < outWidth && ix == highX * strideX - left) ++highX;
  }
}
