/** Convolution and pooling in f64 by the definition: one loop per index, padding by asking whether a place lies inside. */
import { type Array64, array64, at, build } from "./reference.ts";

export type Windows = {
  kernel: readonly [number, number];
  stride: readonly [number, number];
  dilation: readonly [number, number];
  before: readonly [number, number];
  output: readonly [number, number];
};

/** Windows of `kernel` over `input`, with the given numbers of pixels at the top, bottom, left and right. */
export function windows(
  input: readonly [number, number],
  kernel: readonly [number, number],
  [top, bottom, left, right]: readonly [number, number, number, number] = [0, 0, 0, 0],
  stride: readonly [number, number] = [1, 1],
  dilation: readonly [number, number] = [1, 1],
): Windows {
  const along = (axis: 0 | 1, around: number) =>
    Math.floor((input[axis] + around - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
  return { kernel, stride, dilation, before: [top, left], output: [along(0, top + bottom), along(1, left + right)] };
}

/** Calls `visit` with each tap of the window at (oy, ox) that lies inside the image. */
function taps(
  { kernel, stride, dilation, before }: Windows,
  [, height, width]: readonly number[],
  [oy, ox]: readonly [number, number],
  visit: (iy: number, ix: number, ky: number, kx: number) => void,
): void {
  for (let ky = 0; ky < kernel[0]; ++ky) {
    for (let kx = 0; kx < kernel[1]; ++kx) {
      const iy = oy * stride[0] - before[0] + ky * dilation[0];
      const ix = ox * stride[1] - before[1] + kx * dilation[1];
      if (iy >= 0 && iy < height! && ix >= 0 && ix < width!) visit(iy, ix, ky, kx);
    }
  }
}

/** y[n, oy, ox, o] = Σ x·weight over the taps and the channels of o's group. */
export function convolve64(x: Array64, weight: Array64, over: Windows, groups = 1): Array64 {
  const [, , inputs, outputs] = weight.shape as [number, number, number, number];
  return build([x.shape[0]!, ...over.output, outputs], ([n, oy, ox, o]) => {
    const first = Math.floor(o! / (outputs / groups)) * inputs;
    let sum = 0;
    taps(over, x.shape, [oy!, ox!], (iy, ix, ky, kx) => {
      for (let c = 0; c < inputs; ++c) sum += at(x, [n!, iy, ix, first + c]) * at(weight, [ky, kx, c, o!]);
    });
    return sum;
  });
}

/** Both gradients of Σ convolve64(x, weight)·dy. */
export function convolveGradients64(
  x: Array64,
  weight: Array64,
  dy: Array64,
  over: Windows,
  groups = 1,
): { dx: Array64; dw: Array64 } {
  const [, kw, inputs, outputs] = weight.shape as [number, number, number, number];
  const [, height, width, channels] = x.shape as [number, number, number, number];
  const [dx, dw] = [new Float64Array(x.data.length), new Float64Array(weight.data.length)];
  build(dy.shape, ([n, oy, ox, o]) => {
    const first = Math.floor(o! / (outputs / groups)) * inputs;
    const g = at(dy, [n!, oy!, ox!, o!]);
    taps(over, x.shape, [oy!, ox!], (iy, ix, ky, kx) => {
      for (let c = 0; c < inputs; ++c) {
        const xAt = ((n! * height + iy) * width + ix) * channels + first + c;
        const wAt = ((ky * kw + kx) * inputs + c) * outputs + o!;
        dx[xAt]! += g * weight.data[wAt]!;
        dw[wAt]! += g * x.data[xAt]!;
      }
    });
    return g;
  });
  return { dx: array64(x.shape, dx), dw: array64(weight.shape, dw) };
}

/** One number made of those that each window sees, for each channel. */
export function pool64(x: Array64, over: Windows, f: (seen: number[]) => number): Array64 {
  return build([x.shape[0]!, ...over.output, x.shape[3]!], ([n, oy, ox, c]) => {
    const seen: number[] = [];
    taps(over, x.shape, [oy!, ox!], (iy, ix) => seen.push(at(x, [n!, iy, ix, c!])));
    return f(seen);
  });
}
