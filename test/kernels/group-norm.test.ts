import { describe, expect, test } from "vitest";
import { maths, runKernel } from "../support/kernel.ts";
import { uniform } from "../support/values.ts";

/** Samples, places, groups and channels: single ones, part of a vector, groups within and across vectors, a run of 512 and more. */
// biome-ignore format: a table
const EXTENTS = [
  [1, 1, 1, 1], [2, 3, 1, 3], [3, 7, 2, 6], [2, 9, 5, 5], [4, 8, 2, 8], [2, 33, 3, 9], [1, 512, 2, 4], [2, 513, 1, 5], [1, 1030, 4, 12],
] as const;
const EPS = Math.fround(1e-3);
/** Roundings of a sum in f32 lanes of 512 at most, which happen to both sides: 24 at the odds, and some of what follows. */
const UNITS = 64;
const UNIT = 2 ** -24;

const randoms = (n: number, seed: number, scale = 1, shift = 0) => Float32Array.from(uniform(n, seed), (u) => u * scale + shift);
const f32 = (n: number) => new Float32Array(n);
const bits = (...arrays: Float32Array[]) => arrays.map((array) => [...new Uint32Array(array.buffer)]);

function expectNear(what: string, actual: Float32Array, exact: (i: number) => number, size: (i: number) => number): void {
  for (const [i, value] of actual.entries()) {
    const truth = exact(i);
    if (!(Math.abs(value - truth) <= UNITS * UNIT * size(i))) expect.fail(`${what} ${i}: ${value}, exactly ${truth}`);
  }
}

describe.each(maths)("%s", (math) => {
  test.each(EXTENTS)("%i samples of %i places, %i groups of %i channels", (samples, places, groups, n) => {
    const size = samples * places * n;
    const x = randoms(size, n, 2, 3);
    const [weight, bias, dy] = [randoms(n, n + 1), randoms(n, n + 2), randoms(size, n + 3)];
    const own = n / groups;
    const count = places * own;
    const groupOf = (i: number) => Math.floor(i / (places * n)) * groups + Math.floor((i % n) / own);
    const sums = (f: (i: number) => number) => {
      const found = new Float64Array(samples * groups);
      for (let i = 0; i < size; ++i) found[groupOf(i)]! += f(i);
      return found;
    };
    const means = sums((i) => x[i]! / count);
    const scales = sums((i) => (x[i]! - means[groupOf(i)]!) ** 2 / count).map((variance) => 1 / Math.sqrt(variance + EPS));
    const normal = (i: number) => (x[i]! - means[groupOf(i)]!) * scales[groupOf(i)]!;

    const [y, mean, scale] = [f32(size), f32(samples * n), f32(samples * n)];
    const shape = { places, groups, n };
    runKernel(math, "groupNorm", { x, weight, bias, y, mean, scale, ...shape, eps: EPS }, samples);
    const ofChannel = (c: number) => Math.floor(c / n) * groups + Math.floor((c % n) / own);
    const fives = () => 5;
    expectNear("mean", mean, (c) => means[ofChannel(c)]!, fives);
    const scaleOf = (c: number) => scales[ofChannel(c)]!;
    expectNear("scale", scale, scaleOf, scaleOf);
    // The mean and x are of size 5: rounding them moves x̂ by as much, times scale.
    const around = (i: number) => 1 + Math.abs(normal(i)) + 5 * scales[groupOf(i)]!;
    expectNear("y", y, (i) => normal(i) * weight[i % n]! + bias[i % n]!, around);

    const g = (i: number) => dy[i]! * weight[i % n]!;
    const shifts = sums((i) => g(i) / count);
    const slopes = sums((i) => (g(i) * normal(i)) / count);
    const [dx, dweight, dbias, taken] = [f32(size), f32(samples * n), f32(samples * n), f32(samples * 2 * n)];
    runKernel(math, "groupNormGrad", { x, weight, mean, scale, dy, dx, dweight, dbias, slopes: taken, ...shape }, samples);
    const exact = (i: number) => scales[groupOf(i)]! * (g(i) - shifts[groupOf(i)]! - normal(i) * slopes[groupOf(i)]!);
    expectNear("dx", dx, exact, (i) => scales[groupOf(i)]! * around(i) * 2);
    const [byWeight, byBias, about] = [0, 1, 2].map(() => new Float64Array(samples * n)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (let i = 0; i < size; ++i) {
      const c = Math.floor(i / (places * n)) * n + (i % n);
      byWeight[c]! += dy[i]! * normal(i);
      byBias[c]! += dy[i]!;
      about[c]! += Math.abs(dy[i]!) * around(i);
    }
    expectNear(
      "dweight",
      dweight,
      (c) => byWeight[c]!,
      (c) => about[c]!,
    );
    expectNear(
      "dbias",
      dbias,
      (c) => byBias[c]!,
      (c) => about[c]!,
    );

    // In pieces and in place, the same bits.
    const [y2, dx2] = [x.slice(), dy.slice()];
    const stats = Array.from({ length: 4 }, () => f32(samples * n));
    const [mean2, scale2, dweight2, dbias2] = stats as [Float32Array, Float32Array, Float32Array, Float32Array];
    const cuts = [1, 3].filter((cut) => cut < samples);
    runKernel(math, "groupNorm", { x: y2, weight, bias, y: y2, mean: mean2, scale: scale2, ...shape, eps: EPS }, samples, cuts);
    const found = { dx: dx2, dweight: dweight2, dbias: dbias2, slopes: f32(samples * 2 * n) };
    runKernel(math, "groupNormGrad", { x, weight, mean, scale, dy: dx2, ...found, ...shape }, samples, cuts);
    expect(bits(y2, mean2, scale2, dx2, dweight2, dbias2)).toEqual(bits(y, mean, scale, dx, dweight, dbias));
  });
});
