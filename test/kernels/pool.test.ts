import { describe, expect, test } from "vitest";
import { maths, runKernel } from "../support/kernel.ts";
import { numbers } from "../support/random.ts";
import { pool64, type Windows, windows } from "../support/window.ts";

type Case = { name: string; x: [number, number, number, number]; over: Windows };
const around = (n: number) => [n, n, n, n] as const;

/** Channels: one, part of a vector, a vector, more; windows that tile, overlap, leave gaps, hang over, are dilated. */
const cases: Case[] = [
  { name: "one pixel", x: [1, 1, 1, 1], over: windows([1, 1], [1, 1]) },
  { name: "tiles", x: [2, 4, 6, 4], over: windows([4, 6], [2, 2], around(0), [2, 2]) },
  { name: "a rest", x: [1, 5, 7, 3], over: windows([5, 7], [2, 2], around(0), [2, 2]) },
  { name: "overlap", x: [2, 6, 5, 5], over: windows([6, 5], [3, 3], around(1), [2, 1]) },
  { name: "gaps", x: [1, 7, 8, 2], over: windows([7, 8], [2, 1], around(0), [3, 3]) },
  { name: "uneven padding", x: [1, 5, 6, 9], over: windows([5, 6], [3, 2], [0, 2, 1, 0], [1, 2]) },
  { name: "many channels", x: [2, 5, 4, 39], over: windows([5, 4], [3, 2], around(1), [2, 1]) },
  { name: "tiles of three", x: [2, 7, 10, 6], over: windows([7, 10], [2, 3], around(0), [2, 3]) },
  { name: "gaps and padding", x: [1, 7, 9, 5], over: windows([7, 9], [2, 2], around(1), [3, 4]) },
  { name: "no images", x: [0, 4, 4, 3], over: windows([4, 4], [2, 2]) },
];
const dilated: Case = { name: "dilated", x: [2, 7, 8, 22], over: windows([7, 8], [2, 3], [1, 1, 2, 2], [2, 1], [2, 2]) };

function operands({ x: [, height, width, channels], over }: Case) {
  return {
    ...{ height, width, channels, outHeight: over.output[0], outWidth: over.output[1] },
    ...{ kernelHeight: over.kernel[0], kernelWidth: over.kernel[1], strideY: over.stride[0], strideX: over.stride[1] },
    ...{ top: over.before[0], left: over.before[1] },
  };
}

const dilation = ({ over }: Case) => ({ dilationY: over.dilation[0], dilationX: over.dilation[1] });
const pixelsOf = ({ x, over }: Case) => x[0] * over.output[0] * over.output[1];
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const cutsOf = (items: number) => [1, 3, 4].filter((cut) => cut < items);

type Math = (typeof maths)[number];

function maximum(math: Math, one: Case, x: Float32Array, cuts: number[] = []) {
  const pixels = pixelsOf(one);
  const [y, index] = [new Float32Array(pixels * one.x[3]), new Int32Array(pixels * one.x[3])];
  runKernel(math, "maxPool", { x, y, index, ...operands(one), ...dilation(one) }, pixels, cuts);
  return { y, index };
}

/** Windows end with the padding, and are divided by their places. */
const beyond = { bottom: 99, right: 99, divisor: 0 };

function mean(math: Math, one: Case, x: Float32Array, withPadding: number, cuts: number[] = []) {
  const y = new Float32Array(pixelsOf(one) * one.x[3]);
  runKernel(math, "avgPool", { x, y, ...operands(one), ...beyond, withPadding }, pixelsOf(one), cuts);
  return y;
}

describe.each(maths)("%s", (math) => {
  test.each([...cases, dilated])("maxPool, its gradient and what stands there: $name", (one) => {
    const given = numbers(one.x, 1, { distinct: true });
    const x = Float32Array.from(given.data);
    const [, height, width, channels] = one.x;
    const pixels = pixelsOf(one);
    const { y, index } = maximum(math, one, x, cutsOf(pixels));
    const truth = pool64(given, one.over, (seen) => Math.max(...seen));
    expect(Array.from(y)).toEqual(Array.from(truth.data));

    const bare = new Float32Array(y.length);
    runKernel(math, "maxPool", { x, y: bare, index: 0, ...operands(one), ...dilation(one) }, pixels, cutsOf(pixels));
    expect(bare, "without places").toEqual(y);

    const windowsEach = one.over.output[0] * one.over.output[1];
    const picked = new Float32Array(y.length);
    runKernel(
      math,
      "maxPoolPick",
      { x, index, y: picked, size: height * width, channels, windows: windowsEach },
      pixels,
      cutsOf(pixels),
    );
    expect(picked).toEqual(y);

    const dy = Float32Array.from(numbers(truth.shape, 2, { whole: true, low: -8, high: 9 }).data);
    const exact = new Float64Array(x.length);
    dy.forEach((value, i) => {
      const image = Math.floor(i / channels / windowsEach);
      exact[(image * height * width + index[i]!) * channels + (i % channels)]! += value;
    });
    const dx = new Float32Array(x.length);
    const items = one.x[0] * height * width;
    runKernel(math, "maxPoolGrad", { dy, index, dx, ...operands(one), ...dilation(one) }, items, cutsOf(items));
    expect(Array.from(dx)).toEqual(Array.from(exact));
  });

  test("maxPool takes the first of several, NaN over all, and −∞ where there is nothing else", () => {
    const one: Case = { name: "", x: [1, 1, 8, 1], over: windows([1, 8], [1, 2], around(0), [1, 2]) };
    const given = Float32Array.of(3, 3, NaN, 5, 7, NaN, -Infinity, -Infinity);
    const { y, index } = maximum(math, one, given);
    const bare = new Float32Array(4);
    runKernel(math, "maxPool", { x: given, y: bare, index: 0, ...operands(one), ...dilation(one) }, 4);
    expect(bare).toEqual(y);
    expect([...y]).toEqual([3, NaN, NaN, -Infinity]);
    expect([...index]).toEqual([0, 2, 5, 6]);
    const padded: Case = { name: "", x: [1, 1, 2, 1], over: windows([1, 2], [1, 2], [0, 0, 1, 1], [1, 2]) };
    expect([...maximum(math, padded, Float32Array.of(-5, -Infinity)).y]).toEqual([-5, -Infinity]);
  });

  test("windows of 2 × 2 with NaN, infinities that cancel out and zeros of both signs are like any others", () => {
    const one: Case = { name: "", x: [1, 2, 4, 5], over: windows([2, 4], [2, 2], around(0), [2, 2]) };
    const x = Float32Array.from({ length: 40 }, (_, i) => ((i * 7) % 11) - 5);
    const put = (place: number, channel: number, value: number) => {
      x[place * 5 + channel] = value;
    };
    put(1, 0, NaN);
    put(4, 1, Infinity);
    put(0, 1, -Infinity);
    for (const [i, place] of [2, 3, 6, 7].entries()) put(place, 4, i % 2 ? 0 : -0);
    const { y, index } = maximum(math, one, x);
    const seen = (window: number, channel: number) => [0, 1, 4, 5].map((place) => x[(2 * window + place) * 5 + channel]!);
    for (const [i, value] of y.entries()) {
      const values = seen(Math.floor(i / 5), i % 5);
      expect(value, `element ${i}`).toBe(values.some(Number.isNaN) ? NaN : values.find((v) => v === Math.max(...values)));
      expect(x[index[i]! * 5 + (i % 5)], `place ${i}`).toBe(value);
    }
    expect([y[1], index[1], index[9]]).toEqual([Infinity, 4, 2]);
  });

  test("an index is a place of the image, even where a dilated window steps over it", () => {
    const one: Case = { name: "", x: [1, 1, 1, 1], over: windows([1, 1], [1, 2], [0, 0, 1, 1], [1, 1], [1, 2]) };
    const { y, index } = maximum(math, one, Float32Array.of(4));
    expect([y[0], index[0]]).toEqual([-Infinity, 0]);
  });

  test.each(cases)("avgPool with and without padding, and its adjoint: $name", (one) => {
    const given = numbers(one.x, 3);
    const x = Float32Array.from(given.data);
    const area = one.over.kernel[0] * one.over.kernel[1];
    for (const withPadding of [1, 0]) {
      const y = mean(math, one, x, withPadding);
      const truth = pool64(given, one.over, (seen) => seen.reduce((a, b) => a + b, 0) / (withPadding ? area : seen.length));
      // A sum of area numbers up to 2, rounded each time, and a division.
      for (const [i, value] of y.entries()) {
        expect(Math.abs(value - truth.data[i]!)).toBeLessThanOrEqual((area + 1) * 2 * 2 ** -24);
      }
      expect(mean(math, one, x, withPadding, cutsOf(pixelsOf(one)))).toEqual(y);

      const dy = Float32Array.from(numbers(truth.shape, 4).data);
      const dx = new Float32Array(x.length);
      const items = one.x[0] * one.x[1] * one.x[2];
      runKernel(math, "avgPoolGrad", { dy, dx, ...operands(one), ...beyond, withPadding }, items, cutsOf(items));
      expect(Math.abs(dot(dx, x) - dot(dy, y))).toBeLessThanOrEqual(x.length * area * 8 * 2 ** -24);
    }
  });

  test("NaN and infinity reach the means of their windows alone", () => {
    const one: Case = { name: "", x: [1, 1, 6, 1], over: windows([1, 6], [1, 2], around(0), [1, 2]) };
    expect([...mean(math, one, Float32Array.of(NaN, 1, Infinity, 2, 3, 5), 1)]).toEqual([NaN, Infinity, 4]);
  });
});
