/** Winograd's convolution against the definition in f64, and its rounding beside that of the sums it replaces. */
import { describe, expect, test } from "vitest";
import { maths, runKernel } from "../support/kernel.ts";
import { numbers } from "../support/random.ts";
import type { Array64 } from "../support/reference.ts";
import { convolve64, convolveGradients64, type Windows, windows } from "../support/window.ts";

type Math = (typeof maths)[number];
type Sides = readonly [top: number, bottom: number, left: number, right: number];
type Case = { name: string; x: [number, number, number, number]; outputs: number; over: Windows };

function caseOf(name: string, x: Case["x"], outputs: number, sides: Sides = [0, 0, 0, 0]): Case {
  return { name, x, outputs, over: windows([x[1], x[2]], [3, 3], sides) };
}

/** One pixel, a tile, a tile and a pixel; paddings that hang over on every side, also where no pixel is left; blocks of tiles. */
const cases: Case[] = [
  caseOf("one pixel", [1, 3, 3, 4], 4),
  caseOf("a tile", [1, 4, 4, 8], 12),
  caseOf("a tile and a pixel", [2, 5, 5, 4], 8),
  caseOf("padded by 1", [2, 6, 7, 12], 20, [1, 1, 1, 1]),
  caseOf("an image of one pixel", [1, 1, 1, 8], 4, [1, 1, 1, 1]),
  caseOf("uneven padding", [1, 4, 6, 4], 8, [2, 0, 0, 3]),
  caseOf("padded beyond the window", [1, 3, 2, 4], 4, [4, 5, 4, 4]),
  caseOf("tiles and a pixel", [1, 11, 11, 8], 8),
  caseOf("several blocks", [3, 25, 12, 4], 16, [1, 1, 1, 1]),
  caseOf("many channels", [1, 5, 6, 512], 16),
  caseOf("many outputs", [1, 5, 6, 16], 512),
  caseOf("no images", [0, 4, 4, 4], 4),
];

/** Items of winogradProducts. */
const COLUMNS = 6;
const f32 = (x: Array64) => Float32Array.from(x.data);
/** Nothing is done to sums before they are stored. */
const bare = { bias: 0, residual: 0, relu: 0 } as const;
const tilesOf = ([height, width]: readonly [number, number]) => Math.ceil(height / 4) * Math.ceil(width / 4);

function filtersFor(math: Math, weight: Float32Array, inputs: number, outputs: number, flip: 0 | 1, cuts: readonly number[]) {
  const [width, depth] = flip ? [inputs, outputs] : [outputs, inputs];
  const count = Math.ceil(width / 8);
  const filters = new Float32Array(count * 9 * depth * 8);
  runKernel(math, "packFilters", { weight, panels: filters, taps: 9, inputs, outputs, groups: 1, flip }, count);
  const panels = new Float32Array(36 * (count * depth * 8 + 16));
  const inner = cuts.filter((cut) => cut < count);
  runKernel(math, "winogradFilters", { filters, panels, count, depth }, count, inner);
  return { panels, filters };
}

type Options = { cuts?: readonly number[]; wide?: 0 | 1 };
type Given = Record<"x" | "weight" | "dy", Array64>;

/** y, or dx, from what the ops emit. */
function convolved(
  math: Math,
  from: Array64,
  { weight }: Given,
  [height, width]: readonly [number, number],
  [top, left]: readonly [number, number],
  flip: 0 | 1,
  { cuts = [], wide = 0 }: Options = {},
): Float32Array {
  const [, , inputs, outs] = weight.shape as [number, number, number, number];
  const [images, fromHeight, fromWidth, channels] = from.shape as [number, number, number, number];
  const outputs = flip ? inputs : outs;
  const { panels } = filtersFor(math, f32(weight), inputs, outs, flip, cuts);
  const y = new Float32Array(images * height * width * outputs);
  const size = { height: fromHeight, width: fromWidth, channels, outHeight: height, outWidth: width, outputs, top, left };
  const items = images * tilesOf([height, width]);
  const inner = cuts.filter((cut) => cut < items);
  runKernel(math, "winograd", { x: f32(from), panels, ...bare, y, ...size }, items, inner, wide);
  return y;
}

function yOf(math: Math, { over }: Case, given: Given, options?: Options): Float32Array {
  return convolved(math, given.x, given, over.output, over.before, 0, options);
}

function dxOf(math: Math, { x, over }: Case, given: Given, options?: Options): Float32Array {
  return convolved(math, given.dy, given, [x[1], x[2]], [2 - over.before[0], 2 - over.before[1]], 1, options);
}

function dwOf(math: Math, { over }: Case, { x, dy }: Given, { cuts = [], wide = 0 }: Options = {}): Float32Array {
  const [images, height, width, channels] = x.shape as [number, number, number, number];
  const outputs = dy.shape[3]!;
  const products = new Float32Array(36 * channels * outputs);
  const size = { images, height, width, channels, outHeight: over.output[0], outWidth: over.output[1], outputs };
  const [top, left] = over.before;
  runKernel(
    math,
    "winogradProducts",
    { x: f32(x), dy: f32(dy), products, ...size, top, left },
    COLUMNS,
    cuts.filter((cut) => cut < COLUMNS),
    wide,
  );
  const dw = new Float32Array(9 * channels * outputs);
  const items = (channels * outputs) / 4;
  runKernel(
    math,
    "winogradWeights",
    { products, dw, size: channels * outputs },
    items,
    cuts.filter((cut) => cut < items),
  );
  return dw;
}

function numbersFor({ x, outputs, over }: Case, seed: number): Given {
  return {
    x: numbers(x, seed),
    weight: numbers([3, 3, x[3], outputs], seed + 1),
    dy: numbers([x[0], ...over.output, outputs], seed + 2),
  };
}

/** A sum of `terms` products up to 4: the transforms carry what is rounded of it up to 16 times as far (4 times, as measured). */
function expectSums(actual: Float32Array, exact: Array64, terms: number): void {
  const tolerance = 16 * terms * 4 * 2 ** -24;
  expect(tolerance).toBeLessThan(2 ** -5);
  for (const [i, value] of actual.entries()) {
    expect(Math.abs(value - exact.data[i]!), `element ${i}`).toBeLessThanOrEqual(tolerance);
  }
}

const same = (a: Float32Array, b: Float32Array) => expect(new Uint32Array(a.buffer)).toEqual(new Uint32Array(b.buffer));

function rootMeanSquare(found: Float32Array, exact: Array64): number {
  return Math.sqrt(found.reduce((sum, value, i) => sum + (value - exact.data[i]!) ** 2, 0) / found.length);
}

describe.each(maths)("%s", (math) => {
  describe.each(cases)("$name", (one) => {
    test("within the rounding of the transforms and of the sums between them", () => {
      const given = numbersFor(one, 1);
      const { dx, dw } = convolveGradients64(given.x, given.weight, given.dy, one.over);
      expectSums(yOf(math, one, given), convolve64(given.x, given.weight, one.over), 9 * one.x[3]);
      expectSums(dxOf(math, one, given), dx, 9 * one.outputs);
      expectSums(dwOf(math, one, given), dw, one.x[0] * one.over.output[0] * one.over.output[1]);
    });

    test("cut anywhere, with large tiles and small: the same bits", () => {
      const given = numbersFor(one, 11);
      for (const of of [yOf, dxOf, dwOf]) {
        const whole = of(math, one, given);
        same(of(math, one, given, { cuts: [1, 2, 3, 7, 25, 31] }), whole);
        same(of(math, one, given, { wide: 1 }), whole);
      }
    });

    test("an image alone has the bits it has in a batch", () => {
      if (one.x[0] < 2) return;
      const given = numbersFor(one, 21);
      const first = ({ shape, data }: Array64): Array64 => ({
        shape: [1, ...shape.slice(1)],
        data: data.slice(0, data.length / shape[0]!),
      });
      const alone = { ...given, x: first(given.x), dy: first(given.dy) };
      for (const of of [yOf, dxOf]) {
        const single = of(math, one, alone);
        same(single, of(math, one, given).slice(0, single.length));
      }
    });
  });

  test("rounds no more than four times as much as the sums of a direct convolution", () => {
    const one = caseOf("", [2, 14, 14, 32], 32, [1, 1, 1, 1]);
    const given = numbersFor(one, 31);
    const { x, weight, dy } = given;
    const { dx, dw } = convolveGradients64(x, weight, dy, one.over);
    const direct = (from: Array64, flip: 0 | 1) => {
      const { filters } = filtersFor(math, f32(weight), 32, 32, flip, []);
      const size = { images: 2, height: 14, width: 14, channels: 32, outHeight: 14, outWidth: 14, outputs: 32, groups: 1 };
      const over = { kernelHeight: 3, kernelWidth: 3, strideY: 1, strideX: 1, dilationY: 1, dilationX: 1, top: 1, left: 1 };
      const y = new Float32Array(2 * 14 * 14 * 32);
      runKernel(math, "convolve", { x: f32(from), panels: filters, ...bare, y, ...size, ...over, upY: 1, upX: 1 }, 2 * 14 * 14);
      return y;
    };
    const directWeights = new Float32Array(weight.data.length);
    const size = { pixels: 2 * 14 * 14, height: 14, width: 14, channels: 32, outHeight: 14, outWidth: 14, outputs: 32, groups: 1 };
    const over = { kernelHeight: 3, kernelWidth: 3, strideY: 1, strideX: 1, dilationY: 1, dilationX: 1, top: 1, left: 1 };
    runKernel(math, "convolveWeights", { x: f32(x), dy: f32(dy), dw: directWeights, ...size, ...over, packed: 0 }, 72);
    const pairs: [string, Float32Array, Float32Array, Array64][] = [
      ["y", yOf(math, one, given), direct(x, 0), convolve64(x, weight, one.over)],
      ["dx", dxOf(math, one, given), direct(dy, 1), dx],
      ["dw", dwOf(math, one, given), directWeights, dw],
    ];
    for (const [name, found, plain, exact] of pairs) {
      const [mine, theirs] = [rootMeanSquare(found, exact), rootMeanSquare(plain, exact)];
      expect(mine / theirs, name).toBeLessThan(4);
      expect(theirs, name).toBeGreaterThan(0);
    }
  });

  test("NaN and infinity stay within the tiles that see them", () => {
    const one = caseOf("", [1, 13, 13, 4], 4, [1, 1, 1, 1]);
    const given = numbersFor(one, 41);
    given.x.data[(5 * 13 + 5) * 4 + 1] = NaN;
    given.x.data[0] = Infinity;
    const y = yOf(math, one, given);
    const truth = convolve64(given.x, given.weight, one.over).data;
    for (const [i, value] of y.entries()) {
      const [tileY, tileX] = [Math.floor(i / 52 / 4), Math.floor((Math.floor(i / 4) % 13) / 4)];
      const seen = tileY === tileX && tileY < 2;
      if (!seen) expect(Math.abs(value - truth[i]!), `${i}`).toBeLessThan(1e-4);
      if (!Number.isFinite(truth[i]!)) expect(Number.isFinite(value), `${i}`).toBe(false);
    }
  });
});
