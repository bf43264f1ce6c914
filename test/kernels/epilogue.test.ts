/** Bias, residual and relu as convolutions store their sums: the bits of a pass for each. */
import { describe, expect, test } from "vitest";
import { maths, runKernel } from "../support/kernel.ts";
import { numbers } from "../support/random.ts";

type Math = (typeof maths)[number];
type Finish = { bias: Float32Array | 0; residual: Float32Array | 0; relu: 0 | 1 };
type Kernel = { outputs: number; pixels: number; run: (math: Math, finish: Finish, cuts: number[], wide: 0 | 1) => Float32Array };

const noise = (seed: number, ...shape: number[]): Float32Array => Float32Array.from(numbers(shape, seed).data);
const bare: Finish = { bias: 0, residual: 0, relu: 0 };

/** 3 × 3 filters with padding 1 over two images, some windows over the edge: rows of tiles that are 6, 4 and fewer high. */
function convolve(channels: number, outputs: number, groups: number, side: number): Kernel {
  const pixels = 2 * side * side;
  const x = noise(1, pixels, channels);
  const panels = noise(2, 9, channels / groups, outputs);
  const size = { images: 2, height: side, width: side, channels, outHeight: side, outWidth: side, outputs, groups };
  const over = { kernelHeight: 3, kernelWidth: 3, strideY: 1, strideX: 1, dilationY: 1, dilationX: 1, top: 1, left: 1 };
  const run: Kernel["run"] = (math, finish, cuts, wide) => {
    const y = new Float32Array(pixels * outputs);
    runKernel(math, "convolve", { x, panels, ...finish, y, ...size, ...over, upY: 1, upX: 1 }, pixels, cuts, wide);
    return y;
  };
  return { outputs, pixels, run };
}

function winograd(channels: number, outputs: number, side: number): Kernel {
  const pixels = 2 * side * side;
  const x = noise(1, pixels, channels);
  const panels = noise(2, 36, Math.ceil(outputs / 8) * channels * 8 + 16);
  const size = { height: side, width: side, channels, outHeight: side, outWidth: side, outputs, top: 1, left: 1 };
  const run: Kernel["run"] = (math, finish, cuts, wide) => {
    const y = new Float32Array(pixels * outputs);
    const items = 2 * Math.ceil(side / 4) ** 2;
    const inner = cuts.filter((cut) => cut < items);
    runKernel(math, "winograd", { x, panels, ...finish, y, ...size }, items, inner, wide);
    return y;
  };
  return { outputs, pixels, run };
}

const kernels: Readonly<Record<string, Kernel>> = {
  "one channel": convolve(1, 32, 1, 9),
  groups: convolve(6, 16, 2, 7),
  "a long sum, in parts": convolve(90, 8, 1, 5),
  "one pixel": convolve(2, 8, 1, 1),
  Winograd: winograd(8, 12, 9),
  "Winograd, one pixel": winograd(4, 4, 1),
};

/** What a pass after another would give. */
function after(sums: Float32Array, { bias, residual, relu }: Finish, outputs: number): Float32Array {
  return sums.map((sum, i) => {
    const biased = bias ? Math.fround(sum + bias[i % outputs]!) : sum;
    const full = residual ? Math.fround(biased + residual[i]!) : biased;
    return relu && full < 0 ? 0 : full;
  });
}

const bitsOf = (x: Float32Array): Uint32Array => new Uint32Array(x.map((value) => (Number.isNaN(value) ? NaN : value)).buffer);

describe.each(maths)("%s", (math) => {
  test.each(Object.entries(kernels))("%s", (_, { outputs, pixels, run }) => {
    const bias = noise(3, outputs);
    const residual = noise(4, pixels, outputs);
    const narrow = run(math, bare, [], 0);
    for (const wide of [0, 1] as const) {
      const sums = run(math, bare, [], wide);
      expect(bitsOf(sums)).toEqual(bitsOf(narrow));
      residual.set(sums.slice(0, 2).map((sum) => -sum));
      residual.set([NaN, Infinity, -Infinity], 2);
      bias[1] = -0;
      for (const finish of [
        { ...bare, bias },
        { ...bare, relu: 1 },
        { ...bare, residual },
        { bias, residual, relu: 0 },
        { bias, residual, relu: 1 },
      ] as const) {
        const found = run(
          math,
          finish,
          [1, 2, 13].filter((cut) => cut < pixels),
          wide,
        );
        expect(bitsOf(found)).toEqual(bitsOf(after(sums, finish, outputs)));
      }
    }
  });
});
