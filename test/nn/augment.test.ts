import { describe, expect, test } from "vitest";
import { Augment, compile, init, Linear, mixup, random, Sequential, type Tensor, tensor } from "../../src/index.ts";
import * as augmentations from "../../src/nn/augmentations.ts";
import { Stream } from "../../src/ops/random.ts";
import { generator } from "../support/problems.ts";

const [n, height, width, channels] = [5, 6, 7, 2];
const next = generator(3);
const values = Float32Array.from({ length: n * height * width * channels }, () => next() + 1);
const pictures = tensor(values, { shape: [n, height, width, channels] });

/** A pixel, 0 beyond the edge. */
function pixel(i: number, r: number, c: number, k: number): number {
  return r < 0 || c < 0 || r >= height || c >= width ? 0 : values[((i * height + r) * width + c) * channels + k]!;
}

/** Each element of the result, as f64 says it must be. */
function expectEach(y: Tensor, want: (i: number, r: number, c: number, k: number) => number, tolerance: number): void {
  const [, h, w] = y.shape as [number, number, number, number];
  for (const [at, value] of y.data().entries()) {
    const [k, c, r, i] = [
      at % channels,
      Math.floor(at / channels) % w,
      Math.floor(at / channels / w) % h,
      Math.floor(at / channels / w / h),
    ];
    expect(Math.abs(value - want(i, r, c, k)), `picture ${i}, row ${r}, column ${c}`).toBeLessThanOrEqual(tolerance);
  }
}

/** The same draws again. */
const draws = (stream: Stream, shape: number[], low: number, high: number): number[] => [
  ...stream.uniform(shape, low, high).data(),
];

describe("pictures change", () => {
  test.each([1, 2] as const)("turned over along axis %d, or not", (axis) => {
    const turned = draws(new Stream(4), [n], 0, 1).map((u) => u < 0.5);
    expect(new Set(turned).size).toBe(2);
    const want = (i: number, r: number, c: number, k: number): number => {
      if (!turned[i]) return pixel(i, r, c, k);
      return axis === 1 ? pixel(i, height - 1 - r, c, k) : pixel(i, r, width - 1 - c, k);
    };
    expectEach(augmentations.mirror(pictures, new Stream(4), axis), want, 0);
  });

  test("turned by an angle, moved, zoomed: bilinear, 0 beyond the edge", () => {
    const stream = new Stream(5);
    const [angles, sizes] = [draws(stream, [n, 1, 1], -Math.PI / 6, Math.PI / 6), draws(stream, [n, 1, 1], 0.8, 1.2)];
    const [downs, rights] = [draws(stream, [n, 1, 1], -0.2, 0.2), draws(stream, [n, 1, 1], -0.2, 0.2)];
    const want = (i: number, r: number, c: number, k: number): number => {
      const [u, v] = [r - (height - 1) / 2, c - (width - 1) / 2];
      const [along, across] = [Math.cos(angles[i]!) / sizes[i]!, Math.sin(angles[i]!) / sizes[i]!];
      const row = along * u - across * v + downs[i]! * height + (height - 1) / 2;
      const column = across * u + along * v + rights[i]! * width + (width - 1) / 2;
      const [top, left] = [Math.floor(row), Math.floor(column)];
      const [y, x] = [row - top, column - left];
      const upper = (1 - x) * pixel(i, top, left, k) + x * pixel(i, top, left + 1, k);
      return (1 - y) * upper + y * ((1 - x) * pixel(i, top + 1, left, k) + x * pixel(i, top + 1, left + 1, k));
    };
    // Places are right to 2⁻²⁰ of a pixel or better, and neighbouring pixels, or the edge, differ by at most 2.
    expectEach(augmentations.move(pictures, new Stream(5), { rotation: 30, shift: 0.2, zoom: 0.2 }), want, 2 ** -16);
  });

  test.each([
    [4, 3],
    [6, 7],
    [1, 1],
  ] as const)("cut to %d × %d from anywhere, to the bit", (h, w) => {
    // biome-ignore format: one line
    const stream = new Stream(6);
    const tops = draws(stream, [n, 1, 1], 0, height - h + 1).map(Math.floor);
    const lefts = draws(stream, [n, 1, 1], 0, width - w + 1).map(Math.floor);
    const y = augmentations.crop(pictures, new Stream(6), [h, w]);
    expect(y.shape).toEqual([n, h, w, channels]);
    expectEach(y, (i, r, c, k) => pixel(i, tops[i]! + r, lefts[i]! + c, k), 0);
  });

  test("brighter, with more contrast, noisy", () => {
    const light = draws(new Stream(7), [n], -0.5, 0.5);
    expectEach(augmentations.brighten(pictures, new Stream(7), 0.5), (i, r, c, k) => pixel(i, r, c, k) + light[i]!, 2 ** -22);
    const factors = draws(new Stream(8), [n], 0.5, 1.5);
    const own = height * width * channels;
    const means = Array.from(
      { length: n },
      (_, i) => values.slice(i * own, (i + 1) * own).reduce((sum, value) => sum + value, 0) / own,
    );
    const want = (i: number, r: number, c: number, k: number): number => (pixel(i, r, c, k) - means[i]!) * factors[i]! + means[i]!;
    expectEach(augmentations.contrast(pictures, new Stream(8), 0.5), want, 2 ** -20);
    const added = new Stream(9).normal(pictures.shape, 0, 0.1).data();
    expect([...augmentations.noise(pictures, new Stream(9), 0.1).data()]).toEqual(
      [...values].map((value, i) => Math.fround(value + added[i]!)),
    );
  });

  test("with a square blanked, the rest untouched", () => {
    const y = augmentations.cutout(pictures, new Stream(10), 3).data();
    const blank = [...y].filter((value) => value === 0).length;
    expect(blank).toBeGreaterThan(0);
    expect(blank).toBeLessThanOrEqual(n * 9 * channels);
    expect(y.every((value, i) => value === 0 || value === values[i])).toBe(true);
  });
});

describe("Augment", () => {
  test("draws each time anew, the same for the same seed, eager and compiled", () => {
    const options = { mirror: "both", rotation: 20, crop: [5, 5], cutout: 2, noise: 0.1 } as const;
    const make = () => init(new Sequential(new Augment(options), new Linear(channels, 2)), { seed: 3 });
    const [a, b] = [make(), make()];
    const first = a.forward(pictures, "train").data();
    const step = compile((x: Tensor) => b.forward(x, "train"));
    expect(step(pictures).data()).toEqual(first);
    expect(step(pictures).data()).toEqual(a.forward(pictures, "train").data());
    expect(a.forward(pictures, "train").data()).not.toEqual(first);
  });

  test("in use takes the piece in the middle", () => {
    const y = new Augment({ crop: [4, 3] }).forward(pictures, "eval");
    expectEach(y, (i, r, c, k) => pixel(i, r + 1, c + 2, k), 0);
  });
});

test("mixup mixes rows and their targets alike", () => {
  const batch = { x: tensor([[0], [10], [20]]), y: tensor(Int32Array.of(0, 1, 2)) };
  const { x, y } = mixup(batch, { alpha: 1, classes: 3, stream: random(4) });
  for (const [row, shares] of (y.toArray() as number[][]).entries()) {
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(x.data()[row]).toBeCloseTo(10 * shares[1]! + 20 * shares[2]!, 4);
  }
  expect(mixup(batch, { classes: 3, stream: random(5) }).x.data()).toEqual(
    mixup(batch, { classes: 3, stream: random(5) }).x.data(),
  );
});
