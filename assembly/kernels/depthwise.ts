/**
 * Convolution with one filter for each channel (groups = channels = outputs), vectors along the channels. Each sum runs over the
 * taps inside the image in ascending order; padding takes no part.
 */
import { Axis, least, past } from "../convolution/axis";
import { alone, BESIDE, beside, oneTap, threeTaps } from "../convolution/channelwise";

/** Scratch: two axes. */
const ACROSS_AT: usize = 64;

/**
 * Pixels [first, stop) of a line of one phase.
 * @param x     the image's line that the window's first tap meets
 * @param top   which one that is; may lie outside
 * @param taps  the first tap's weights of the phase, wLine and wTap bytes to the next ones
 */
function line(
  down: Axis, across: Axis, x: usize, top: i32, taps: usize, wLine: usize, wTap: usize, y: usize, yPixel: usize, row: usize,
  channels: i32, first: i32, stop: i32,
): void {
  const pitch = <usize>across.size * row;
  const lowY = least(top, down.dilation);
  const highY = past(top, down.dilation, down.size, down.taps);
  const xLine = <usize>down.dilation * pitch;
  const xTap = <usize>across.dilation * row;
  const xPixel = <usize>across.stride * row;
  const from = x + <usize>lowY * xLine;
  const filter = taps + <usize>lowY * wLine;
  const low = max(first, across.low);
  const high = min(stop, across.high);
  for (let b = first; b < stop; ) {
    if (high - low >= BESIDE && b >= low && b < high) {
      // The last pixels are computed again rather than one by one.
      const at = min(b, high - BESIDE);
      const start = from + <usize>(at * across.stride + across.origin) * row;
      beside(start, filter, y + <usize>at * yPixel, channels, highY - lowY, across.taps, xLine, xTap, xPixel, wLine, wTap, yPixel);
      if (channels & 3) {
        for (let i = 0; i < BESIDE; ++i) {
          const to = y + <usize>(at + i) * yPixel;
          alone(start + <usize>i * xPixel, filter, to, channels & ~3, channels, highY - lowY, across.taps, xLine, xTap, wLine, wTap);
        }
      }
      b = at + BESIDE;
      continue;
    }
    const left = b * across.stride + across.origin;
    const lowX = least(left, across.dilation);
    const highX = past(left, across.dilation, across.size, across.taps);
    const seen = from + <usize>(left + lowX * across.dilation) * row;
    const to = y + <usize>b * yPixel;
    alone(seen, filter + <usize>lowX * wTap, to, 0, channels, highY - lowY, highX - lowX, xLine, xTap, wLine, wTap);
    ++b;
  }
}

/**
 * y[image, oy, ox, c] = Σ x[image, oy·strideY − top + ky·dilationY, ox·strideX − left + kx·dilationX, c] · weight[ky, kx, c], with
 * up − 1 zeros between the pixels of x, and the taps backwards if flip: the gradient by the input. Items: pixels of y; in each image
 * one phase (oy mod upY, ox mod upX) after the other.
 * @param x      in  f32[images, height, width, channels]
 * @param weight in  f32[kernelHeight, kernelWidth, channels]
 * @param y      out f32[images, outHeight, outWidth, channels], aliases nothing
 * @each x = height * width * channels per outHeight * outWidth; y = upY * upX == 1 ? channels :
 * outHeight * outWidth * channels per outHeight * outWidth
 */
export function depthwise(
  x: usize, weight: usize, y: usize, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
  upY: i32, upX: i32, flip: i32, scratch: usize, begin: i32, end: i32,
): void {
  const down = changetype<Axis>(scratch);
  const across = changetype<Axis>(scratch + ACROSS_AT);
  const row = <usize>channels << 2;
  const tap: usize = flip ? -row : row;
  const filters = flip ? weight + <usize>(kernelHeight * kernelWidth - 1) * row : weight;
  const size = outHeight * outWidth;
  for (let image = begin / size; image * size < end; ++image) {
    const from = x + <usize>(image * height * width) * row;
    let base = image * size;
    for (let phaseY = 0; phaseY < upY; ++phaseY) {
      down.plan(height, outHeight, kernelHeight, strideY, dilationY, top, upY, phaseY);
      for (let phaseX = 0; phaseX < upX; ++phaseX) {
        across.plan(width, outWidth, kernelWidth, strideX, dilationX, left, upX, phaseX);
        const along = across.outputs;
        const count = down.outputs * along;
        const stop = min(count, end - base);
        const taps = filters + <usize>(down.firstTap * kernelWidth + across.firstTap) * tap;
        const wLine = <usize>(down.tapStep * kernelWidth) * tap;
        const wTap = <usize>across.tapStep * tap;
        for (let p = max(0, begin - base); p < stop; ) {
          const a = p / along;
          const b = p - a * along;
          const last = min(along, b + stop - p);
          const at = a * down.stride + down.origin;
          const to = y + <usize>((image * outHeight + phaseY + a * upY) * outWidth + phaseX) * row;
          line(down, across, from + <usize>(at * width) * row, at, taps, wLine, wTap, to, <usize>upX * row, row, channels, b, last);
          p += last - b;
        }
        base += count;
      }
    }
  }
}

/** What those pixels of [begin, end) add to the sums of one tap that it sees; `bytes` of channels. */
function addTap(
  across: Axis, x: usize, dy: usize, sums: usize, row: usize, kx: i32, begin: i32, end: i32, bytes: usize,
): void {
  const place = across.origin + kx * across.dilation;
  const low = max(begin, least(place, across.stride));
  const high = min(end, past(place, across.stride, across.size, across.outputs));
  const from = x + <usize>(low * across.stride + place) * row;
  oneTap(from, dy + <usize>low * row, sums + <usize>kx * row, high - low, <usize>across.stride * row, row, bytes);
}

/**
 * What one line of dy adds to the sums of one line of taps, which meets the image's line x: three taps together where all of them see
 * pixels, each alone at the line's ends.
 * @param bytes of the channels, the first of which x, dy and sums point at
 */
function addLine(across: Axis, x: usize, dy: usize, sums: usize, row: usize, bytes: usize): void {
  const along = across.outputs;
  const stride = across.stride;
  const xPixel = <usize>stride * row;
  const xTap = <usize>across.dilation * row;
  const whole = bytes & ~31;
  let kx = 0;
  for (; kx + 3 <= across.taps; kx += 3) {
    const place = across.origin + kx * across.dilation;
    const low = least(place, stride);
    const high = max(low, past(place + 2 * across.dilation, stride, across.size, along));
    const seen = x + <usize>(low * stride + place) * row;
    const grown = dy + <usize>low * row;
    for (let i = kx; i < kx + 3; ++i) addTap(across, x, dy, sums, row, i, 0, low, bytes);
    for (let at: usize = 0; at < whole; at += 32) {
      threeTaps(seen + at, grown + at, sums + <usize>kx * row + at, high - low, xPixel, xTap, row, row);
    }
    for (let i = kx; i < kx + 3; ++i) {
      if (bytes > whole) addTap(across, x + whole, dy + whole, sums + whole, row, i, low, high, bytes - whole);
      addTap(across, x, dy, sums, row, i, high, along, bytes);
    }
  }
  for (; kx < across.taps; ++kx) addTap(across, x, dy, sums, row, kx, 0, along, bytes);
}

/**
 * Gradient of `depthwise` by its weights: dw[ky, kx, c] = Σ over pixels, in order, of x where the tap saw it times dy[pixel, c].
 * Items: eight channels.
 * @param x  in  f32[images, height, width, channels]
 * @param dy in  f32[pixels, channels], pixels = images · outHeight · outWidth
 * @param dw out f32[kernelHeight, kernelWidth, channels], aliases nothing
 */
export function depthwiseWeights(
  x: usize, dy: usize, dw: usize, pixels: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
  scratch: usize, begin: i32, end: i32,
): void {
  const down = changetype<Axis>(scratch);
  const across = changetype<Axis>(scratch + ACROSS_AT);
  down.plan(height, outHeight, kernelHeight, strideY, dilationY, top, 1, 0);
  across.plan(width, outWidth, kernelWidth, strideX, dilationX, left, 1, 0);
  const row = <usize>channels << 2;
  const first = <usize>begin << 5;
  const bytes = (<usize>min(channels, end << 3) << 2) - first;
  const sums = dw + first;
  for (let tap = 0; tap < kernelHeight * kernelWidth; ++tap) {
    memory.fill(sums + <usize>tap * row, 0, bytes);
  }
  for (let at = 0; at * outWidth < pixels; ++at) {
    const image = at / outHeight;
    const from = (at - image * outHeight) * strideY - top;
    const low = least(from, dilationY);
    const high = past(from, dilationY, height, kernelHeight);
    for (let ky = low; ky < high; ++ky) {
      const seen = x + <usize>((image * height + from + ky * dilationY) * width) * row + first;
      addLine(across, seen, dy + <usize>(at * outWidth) * row + first, sums + <usize>(ky * kernelWidth) * row, row, bytes);
    }
  }
}
