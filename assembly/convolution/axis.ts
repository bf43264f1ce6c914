/** The first tap, or window, at or after the edge of the image: the least i ≥ 0 with at + i·step ≥ 0. */
// @ts-ignore: decorator
@inline
export function least(at: i32, step: i32): i32 {
  return at >= 0 ? 0 : (step - 1 - at) / step;
}

/** One past the last: the least i with at + i·step ≥ size, at most `most`. */
// @ts-ignore: decorator
@inline
export function past(at: i32, step: i32, size: i32, most: i32): i32 {
  if (at + (most - 1) * step < size) return most; // the usual, without a division
  return at >= size ? 0 : min(most, (size - at + step - 1) / step);
}

/**
 * One axis of the windows over an image, for the outputs of one phase: output a sees the inputs a·stride + origin + tap·dilation,
 * tap = 0 … taps − 1. Where zeros stand between the inputs (`up` > 1: the gradient of a strided convolution), each residue of an
 * output's place is a phase of its own, which only every so-manieth tap meets: so no product has a zero that was put in.
 * Lives in scratch.
 */
@unmanaged
export class Axis {
  /** Inputs along the axis. */
  size: i32;
  /** Outputs of the phase; the first stands at `phase`, the others `up` apart. */
  outputs: i32;
  stride: i32;
  dilation: i32;
  origin: i32;
  taps: i32;
  /** Which of the filter's taps these are: firstTap + tap·tapStep. */
  firstTap: i32;
  tapStep: i32;
  /** Outputs whose windows lie inside the image: from `low` up to `high`. */
  low: i32;
  high: i32;

  plan(size: i32, outSize: i32, kernel: i32, stride: i32, dilation: i32, before: i32, up: i32, phase: i32): void {
    const place = phase * stride - before;
    let first = 0;
    while (first < kernel && (place + first * dilation) % up != 0) ++first;
    let step = 1;
    while ((step * dilation) % up != 0) ++step;
    const taps = (kernel - first + step - 1) / step;
    const origin = (place + first * dilation) / up;
    const apart = (step * dilation) / up;
    const outputs = max(0, (outSize - phase + up - 1) / up);
    const low = min(outputs, origin < 0 ? (stride - 1 - origin) / stride : 0);
    const last = size - 1 - (taps - 1) * apart - origin;
    this.size = size;
    this.outputs = outputs;
    this.stride = stride;
    this.dilation = apart;
    this.origin = origin;
    this.taps = taps;
    this.firstTap = first;
    this.tapStep = step;
    this.low = low;
    this.high = last < 0 ? low : max(low, min(outputs, last / stride + 1));
  }
}
