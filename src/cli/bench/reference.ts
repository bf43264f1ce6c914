/** What the benchmark's networks compute, in plain loops and f64: what predictions are held to. */
import type { Given } from "./workload.ts";

type Layer = Given[string];

/** x·w + b, with w [in, out]. */
function dense(x: ArrayLike<number>, { shape, data }: Layer, bias: Layer): Float64Array {
  const [inputs, outputs] = shape as [number, number];
  return Float64Array.from({ length: outputs }, (_, o) => {
    let sum = bias.data[o]!;
    for (let i = 0; i < inputs; ++i) sum += x[i]! * data[i * outputs + o]!;
    return sum;
  });
}

function rectified(x: Float64Array): Float64Array {
  return x.map((value) => Math.max(value, 0));
}

/** A square image's 3 × 3 windows, with filters [3, 3, in, out]. */
function convolved(x: ArrayLike<number>, side: number, { shape, data }: Layer, bias: Layer): Float64Array {
  const [, , inputs, outputs] = shape as [number, number, number, number];
  const out = side - 2;
  const y = new Float64Array(out * out * outputs);
  for (let at = 0; at < out * out; ++at) {
    const [row, col] = [Math.floor(at / out), at % out];
    for (let o = 0; o < outputs; ++o) {
      let sum = bias.data[o]!;
      for (let tap = 0; tap < 9; ++tap) {
        const pixel = (row + Math.floor(tap / 3)) * side + col + (tap % 3);
        for (let i = 0; i < inputs; ++i) sum += x[pixel * inputs + i]! * data[(tap * inputs + i) * outputs + o]!;
      }
      y[at * outputs + o] = sum;
    }
  }
  return y;
}

/** The largest of each 2 × 2 pixels; an odd last row or column is left out. */
function halved(x: Float64Array, side: number, channels: number): Float64Array {
  const out = side >> 1;
  return Float64Array.from({ length: out * out * channels }, (_, at) => {
    const channel = at % channels;
    const [row, col] = [Math.floor(at / channels / out) * 2, (Math.floor(at / channels) % out) * 2];
    const pixel = (dy: number, dx: number): number => x[((row + dy) * side + col + dx) * channels + channel]!;
    return Math.max(pixel(0, 0), pixel(0, 1), pixel(1, 0), pixel(1, 1));
  });
}

/** One row through 784-50-10 with ReLU. */
export function mlpLogits(x: ArrayLike<number>, { w1, b1, w2, b2 }: Given): Float64Array {
  return dense(rectified(dense(x, w1!, b1!)), w2!, b2!);
}

/** One image through the convolutional network, without dropout. */
export function cnnLogits(x: ArrayLike<number>, { w1, b1, w2, b2, w3, b3 }: Given): Float64Array {
  const first = halved(rectified(convolved(x, 28, w1!, b1!)), 26, 32);
  const second = halved(rectified(convolved(first, 13, w2!, b2!)), 11, 64);
  return dense(second, w3!, b3!);
}

/** Logarithms of the softmax over each row of `classes` numbers: the same for logits and for logarithms of probabilities. */
export function logSoftmaxRows(x: ArrayLike<number>, classes: number): Float64Array {
  const y = Float64Array.from(x);
  for (let at = 0; at < y.length; at += classes) {
    const row = y.subarray(at, at + classes);
    const largest = Math.max(...row);
    const sum = row.reduce((total, value) => total + Math.exp(value - largest), 0);
    for (let i = 0; i < classes; ++i) row[i] = row[i]! - largest - Math.log(sum);
  }
  return y;
}
