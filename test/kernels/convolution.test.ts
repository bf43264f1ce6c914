import { describe, expect, test } from "vitest";
import { maths, runKernel } from "../support/kernel.ts";
import { numbers } from "../support/random.ts";
import type { Array64 } from "../support/reference.ts";
import { convolve64, convolveGradients64, type Windows, windows } from "../support/window.ts";

type Case = { name: string; x: [number, number, number, number]; outputs: number; over: Windows; groups?: number };
const around = (n: number) => [n, n, n, n] as const;

/** Unit, tiles, ragged, direct rows (3·16 and 3·12 elements) with and without edges, long k, strides, dilation, groups, depthwise, nothing. */
const cases: Case[] = [
  { name: "one pixel", x: [1, 1, 1, 1], outputs: 2, over: windows([1, 1], [1, 1]) },
  { name: "1 × 1", x: [2, 4, 4, 5], outputs: 3, over: windows([4, 4], [1, 1]) },
  { name: "one channel", x: [2, 7, 6, 1], outputs: 9, over: windows([7, 6], [3, 3], around(1)) },
  { name: "valid", x: [2, 6, 11, 12], outputs: 8, over: windows([6, 11], [3, 3]) },
  { name: "padded by 1", x: [2, 7, 10, 16], outputs: 17, over: windows([7, 10], [3, 3], around(1)) },
  { name: "padded more than the window", x: [1, 3, 2, 16], outputs: 4, over: windows([3, 2], [2, 3], around(4)) },
  { name: "uneven padding and stride", x: [1, 9, 14, 12], outputs: 7, over: windows([9, 14], [3, 3], [0, 1, 2, 0], [2, 3]) },
  { name: "stride beyond the window", x: [1, 9, 9, 3], outputs: 5, over: windows([9, 9], [2, 2], around(0), [3, 4]) },
  { name: "dilated", x: [1, 9, 8, 13], outputs: 5, over: windows([9, 8], [3, 2], around(2), [1, 2], [2, 3]) },
  { name: "dilated rows", x: [1, 9, 8, 13], outputs: 5, over: windows([9, 8], [2, 3], around(1), [1, 1], [3, 1]) },
  { name: "k of several blocks", x: [1, 4, 5, 70], outputs: 9, over: windows([4, 5], [3, 3], around(1), [1, 2]) },
  { name: "more than a block of pixels", x: [3, 9, 10, 3], outputs: 5, over: windows([9, 10], [3, 3], around(1)) },
  { name: "groups", x: [2, 5, 6, 6], outputs: 9, over: windows([5, 6], [3, 3], around(1)), groups: 3 },
  { name: "wide groups", x: [2, 5, 6, 8], outputs: 32, over: windows([5, 6], [3, 2], around(1), [2, 1]), groups: 2 },
  { name: "many filters a channel", x: [2, 5, 4, 3], outputs: 6, over: windows([5, 4], [3, 3], around(1)), groups: 3 },
  { name: "depthwise", x: [2, 6, 5, 7], outputs: 7, over: windows([6, 5], [3, 3], around(1), [2, 1]), groups: 7 },
  { name: "depthwise, many channels", x: [2, 5, 4, 38], outputs: 38, over: windows([5, 4], [3, 2], around(1), [1, 2]), groups: 38 },
  { name: "depthwise, long lines", x: [2, 4, 15, 25], outputs: 25, over: windows([4, 15], [3, 5], around(2)), groups: 25 },
  { name: "depthwise, narrow image", x: [1, 3, 2, 16], outputs: 16, over: windows([3, 2], [3, 5], around(3)), groups: 16 },
  {
    name: "depthwise, strided",
    x: [2, 9, 29, 12],
    outputs: 12,
    over: windows([9, 29], [3, 3], around(1), [2, 2]),
    groups: 12,
  },
  { name: "depthwise, dilated", x: [1, 6, 5, 4], outputs: 4, over: windows([6, 5], [2, 3], around(2), [1, 2], [2, 1]), groups: 4 },
  {
    name: "stride and dilation that never meet",
    x: [1, 9, 10, 5],
    outputs: 6,
    over: windows([9, 10], [3, 2], around(1), [4, 2], [2, 2]),
  },
  {
    name: "stride and dilation of one measure",
    x: [2, 13, 12, 3],
    outputs: 9,
    over: windows([13, 12], [3, 3], around(2), [4, 3], [2, 3]),
  },
  { name: "strided groups", x: [2, 7, 8, 6], outputs: 10, over: windows([7, 8], [3, 3], around(1), [2, 2]), groups: 2 },
  { name: "lines longer than a block", x: [1, 2, 211, 2], outputs: 3, over: windows([2, 211], [3, 3], around(1)) },
  { name: "more weights than go over a band at once", x: [2, 3, 4, 120], outputs: 3, over: windows([3, 4], [3, 3], around(1)) },
  { name: "lines too long to copy", x: [1, 1, 520, 65], outputs: 2, over: windows([1, 520], [3, 3], around(1)) },
  {
    name: "more taps than a table holds",
    x: [1, 1, 1260, 1],
    outputs: 2,
    over: windows([1, 1260], [1, 600], around(0), [1, 1], [1, 2]),
  },
  { name: "no images", x: [0, 4, 4, 3], outputs: 2, over: windows([4, 4], [3, 3]) },
  { name: "no channels", x: [1, 4, 4, 0], outputs: 2, over: windows([4, 4], [3, 3]) },
];

const f32 = (x: Array64) => Float32Array.from(x.data);
/** Nothing is done to sums before they are stored. */
const bare = { bias: 0, residual: 0, relu: 0 } as const;

type Run = {
  x: Float32Array;
  weight: Float32Array;
  dy: Float32Array;
  y(math: (typeof maths)[number], cuts?: number[], wide?: 0 | 1): Float32Array;
  dx(math: (typeof maths)[number], cuts?: number[], wide?: 0 | 1): Float32Array;
  dw(math: (typeof maths)[number], cuts?: number[], inPlace?: boolean): Float32Array;
};

/** The kernels as ops emit them, over the numbers of one case. */
function runs(
  { x: [images, height, width, channels], outputs, over, groups = 1 }: Case,
  given: Record<"x" | "weight" | "dy", Array64>,
): Run {
  const [x, weight, dy] = [f32(given.x), f32(given.weight), f32(given.dy)];
  const [[kernelHeight, kernelWidth], [strideY, strideX], [dilationY, dilationX], [top, left]] = [
    over.kernel,
    over.stride,
    over.dilation,
    over.before,
  ];
  const [outHeight, outWidth] = over.output;
  const inputs = channels / groups;
  const [taps, own] = [kernelHeight * kernelWidth, outputs / groups];
  const size = { height, width, channels, outHeight, outWidth };
  const kernel = { kernelHeight, kernelWidth, dilationY, dilationX };
  const forward = { ...kernel, strideY, strideX, top, left, upY: 1, upX: 1 };
  const backward = {
    ...kernel,
    ...{ height: outHeight, width: outWidth, channels: outputs, outHeight: height, outWidth: width },
    ...{ strideY: 1, strideX: 1, upY: strideY, upX: strideX },
    ...{ top: (kernelHeight - 1) * dilationY - top, left: (kernelWidth - 1) * dilationX - left },
  };
  const depthwise = groups === channels && groups === outputs;
  const panelsOf = (math: (typeof maths)[number], flip: number, cuts: number[]) => {
    const [columns, depth] = flip ? [inputs, own] : [own, inputs];
    const count = groups * Math.ceil(columns / 8);
    const panels = new Float32Array(count * taps * depth * 8);
    runKernel(math, "packFilters", { weight, panels, taps, inputs, outputs, groups, flip }, count, cuts.length ? [count >> 1] : []);
    return panels;
  };
  return {
    x,
    weight,
    dy,
    y(math, cuts = [], wide = 0) {
      const pixels = images * outHeight * outWidth;
      const y = new Float32Array(pixels * outputs);
      if (depthwise) runKernel(math, "depthwise", { x, weight, y, ...size, ...forward, flip: 0 }, pixels, cuts);
      else {
        const panels = panelsOf(math, 0, cuts);
        runKernel(math, "convolve", { x, panels, ...bare, y, images, ...size, outputs, ...forward, groups }, pixels, cuts, wide);
      }
      return y;
    },
    dx(math, cuts = [], wide = 0) {
      const pixels = images * height * width;
      const dx = new Float32Array(x.length);
      if (depthwise) runKernel(math, "depthwise", { x: dy, weight, y: dx, ...backward, flip: 1 }, pixels, cuts);
      else {
        const operands = { x: dy, panels: panelsOf(math, 1, cuts), ...bare, y: dx, images, ...backward, outputs: channels, groups };
        runKernel(math, "convolve", operands, pixels, cuts, wide);
      }
      return dx;
    },
    dw(math, cuts = [], inPlace = false) {
      const pixels = images * outHeight * outWidth;
      const dw = new Float32Array(weight.length);
      const window = { kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX, top, left };
      if (depthwise) {
        runKernel(math, "depthwiseWeights", { x, dy, dw, pixels, ...size, ...window }, Math.ceil(channels / 8), cuts);
        return dw;
      }
      const count = groups * Math.ceil(own / 8);
      const panels = new Float32Array(count * pixels * 8);
      runKernel(math, "packFilters", { weight: dy, panels, taps: 1, inputs: pixels, outputs, groups, flip: 0 }, count);
      runKernel(
        math,
        "convolveWeights",
        { x, dy: inPlace ? dy : panels, dw, pixels, ...size, outputs, ...window, groups, packed: inPlace ? 0 : 1 },
        groups * Math.ceil((taps * inputs) / 4),
        cuts,
      );
      return dw;
    },
  };
}

function numbersFor({ x, outputs, over, groups = 1 }: Case, seed: number, whole: boolean): Record<"x" | "weight" | "dy", Array64> {
  const range = whole ? { whole, low: -4, high: 5 } : {};
  return {
    x: numbers(x, seed, range),
    weight: numbers([...over.kernel, x[3] / groups, outputs], seed + 1, range),
    dy: numbers([x[0], ...over.output, outputs], seed + 2, range),
  };
}

/** A sum of `terms` products up to 4, each rounded. */
function expectSums(actual: Float32Array, exact: Array64, terms: number): void {
  const tolerance = terms * terms * 4 * 2 ** -24;
  expect(tolerance).toBeLessThan(1);
  for (const [i, value] of actual.entries()) {
    expect(Math.abs(value - exact.data[i]!), `element ${i}`).toBeLessThanOrEqual(tolerance);
  }
}

const same = (a: Float32Array, b: Float32Array) => expect(new Uint32Array(a.buffer)).toEqual(new Uint32Array(b.buffer));

describe.each(maths)("%s", (math) => {
  describe.each(cases)("$name", (one) => {
    const { over, groups = 1, x } = one;

    test("whole numbers are exact", () => {
      const given = numbersFor(one, 1, true);
      const run = runs(one, given);
      const { dx, dw } = convolveGradients64(given.x, given.weight, given.dy, over, groups);
      const positive = (values: ArrayLike<number>) => Array.from(values, (value) => value + 0);
      expect(positive(run.y(math))).toEqual(positive(convolve64(given.x, given.weight, over, groups).data));
      expect(positive(run.dx(math))).toEqual(positive(dx.data));
      expect(positive(run.dw(math))).toEqual(positive(dw.data));
    });

    test("within the rounding of the sums; cut anywhere, the same bits", () => {
      const given = numbersFor(one, 11, false);
      const run = runs(one, given);
      const { dx, dw } = convolveGradients64(given.x, given.weight, given.dy, over, groups);
      const taps = over.kernel[0] * over.kernel[1];
      const [y, byX, byW] = [run.y(math), run.dx(math), run.dw(math)];
      expectSums(y, convolve64(given.x, given.weight, over, groups), (taps * x[3]) / groups);
      expectSums(byX, dx, (taps * one.outputs) / groups);
      expectSums(byW, dw, x[0] * over.output[0] * over.output[1]);
      const some = (count: number) => [1, 2, 6, 7, 31, 101].filter((cut) => cut < count);
      same(run.y(math, some(y.length / one.outputs)), y);
      same(run.y(math, [], 1), y);
      same(run.dx(math, some(byX.length / x[3])), byX);
      same(run.dx(math, [], 1), byX);
      const depthwise = groups === x[3] && groups === one.outputs;
      same(run.dw(math, some(depthwise ? x[3] >> 3 : ((taps * x[3]) / groups) >> 2)), byW);
      if ((one.outputs / groups) % 8 === 0) same(run.dw(math, [], true), byW);
    });

    test("an image alone has the bits it has in a batch", () => {
      if (x[0] < 2) return;
      const given = numbersFor(one, 21, false);
      const alone = { ...one, x: [1, x[1], x[2], x[3]] as Case["x"] };
      const first = (of: Array64): Array64 => ({
        shape: [1, ...of.shape.slice(1)],
        data: of.data.slice(0, of.data.length / of.shape[0]!),
      });
      const [all, single] = [runs(one, given), runs(alone, { ...given, x: first(given.x), dy: first(given.dy) })];
      const [y, dx] = [single.y(math), single.dx(math)];
      same(y, all.y(math).slice(0, y.length));
      same(dx, all.dx(math).slice(0, dx.length));
    });
  });

  test("NaN and infinity reach the windows that see them, and no other", () => {
    const one: Case = { name: "", x: [1, 5, 8, 12], outputs: 8, over: windows([5, 8], [3, 3], around(1)) };
    const given = numbersFor(one, 31, true);
    given.weight.data.fill(1);
    given.x.data[(2 * 8 + 3) * 12 + 5] = NaN;
    given.x.data[0] = Infinity;
    const y = runs(one, given).y(math);
    const truth = convolve64(given.x, given.weight, one.over);
    expect(Array.from(y)).toEqual(Array.from(truth.data));
  });

  test("a NaN among the weights meets the zeros of the padding too", () => {
    const one: Case = { name: "", x: [1, 3, 3, 2], outputs: 2, over: windows([3, 3], [3, 3], around(1)) };
    const given = numbersFor(one, 41, true);
    given.weight.data[0] = NaN;
    const y = runs(one, given).y(math);
    for (const [i, value] of y.entries()) expect(Number.isNaN(value)).toBe(i % 2 === 0);
  });
});
