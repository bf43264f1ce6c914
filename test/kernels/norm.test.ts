import { describe, expect, test } from "vitest";
import { maths, runKernel } from "../support/kernel.ts";
import { uniform } from "../support/values.ts";

/** One, part of a vector, turns of 4, 8 and 16 and their neighbours, a run of 512 and its neighbours. */
const WIDTHS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 511, 512, 513, 1030];
/** Rows and columns: single ones, vectors of 4 and 8 and their neighbours, blocks of 32 rows and their neighbours. */
// biome-ignore format: a table
const EXTENTS = [
  [1, 1], [2, 3], [7, 4], [8, 5], [9, 8], [31, 9], [32, 7], [33, 17], [65, 12], [100, 33],
] as const;
const BLOCK = 32;
const ROWS = 5;
const EPS = Math.fround(1e-3);
const UNIT = 2 ** -24;
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

const randoms = (n: number, seed: number, scale = 1, shift = 0) => Float32Array.from(uniform(n, seed), (u) => u * scale + shift);
const f32 = (n: number) => new Float32Array(n);
const total = (n: number, f: (i: number) => number) => Array.from({ length: n }, (_, i) => f(i)).reduce((a, b) => a + b, 0);

/** Within `units` of 2⁻²⁴ of `size`, which is the size of what was added up; NaN and ±∞ match only themselves. */
function expectNear(
  what: string,
  actual: Float32Array,
  exact: (i: number) => number,
  units: number,
  size: (i: number) => number,
): void {
  expect(units * UNIT).toBeLessThan(1e-3);
  actual.forEach((value, i) => {
    const truth = exact(i);
    const near = value === truth || Math.abs(value - truth) <= units * UNIT * size(i);
    if (!near && !(Number.isNaN(value) && Number.isNaN(truth))) expect.fail(`${what} ${i}: ${value}, exactly ${truth}`);
  });
}

const bits = (...arrays: Float32Array[]) => arrays.map((array) => [...new Uint32Array(array.buffer)]);

/** Mean and 1/√(variance + eps) of the `count` numbers x[first + i·step]. */
function moments(x: Float32Array, first: number, step: number, count: number) {
  const mean = total(count, (i) => x[first + i * step]!) / count;
  const variance = total(count, (i) => (x[first + i * step]! - mean) ** 2) / count;
  return { mean, variance, scale: 1 / Math.sqrt(variance + EPS) };
}

/** Roundings of a sum of n in f32 lanes: at most 32 in a row of one lane, then f64. */
const UNITS = 48;

describe.each(maths)("%s", (math) => {
  describe.each(WIDTHS)("rows of %i", (n) => {
    const x = randoms(ROWS * n, n, 2, 3);
    const weight = randoms(n, n + 1);
    const bias = randoms(n, n + 2);
    const dy = randoms(ROWS * n, n + 3);
    const rows = Array.from({ length: ROWS }, (_, r) => moments(x, r * n, 1, n));
    const rootMeanSquare = Array.from({ length: ROWS }, (_, r) => 1 / Math.sqrt(total(n, (j) => x[r * n + j]! ** 2) / n + EPS));
    const [mean, scale] = [f32(ROWS), f32(ROWS)];

    test("layerNorm", () => {
      const y = f32(ROWS * n);
      runKernel(math, "layerNorm", { x, weight, bias, y, mean, scale, n, eps: EPS }, ROWS);
      expectNear(
        "mean",
        mean,
        (r) => rows[r]!.mean,
        2,
        () => 5,
      );
      expectNear(
        "scale",
        scale,
        (r) => rows[r]!.scale,
        UNITS,
        (r) => rows[r]!.scale,
      );
      const normal = (i: number) => (x[i]! - rows[Math.floor(i / n)]!.mean) * rows[Math.floor(i / n)]!.scale;
      // The mean and x are of size 5: rounding them moves x̂ by as much, times scale.
      const size = (i: number) => 1 + Math.abs(normal(i)) + 5 * rows[Math.floor(i / n)]!.scale;
      expectNear("y", y, (i) => normal(i) * weight[i % n]! + bias[i % n]!, UNITS, size);
    });

    test("layerNormGrad", () => {
      const dx = f32(ROWS * n);
      rows.forEach((row, r) => {
        [mean[r], scale[r]] = [row.mean, row.scale];
      });
      runKernel(math, "layerNormGrad", { x, weight, mean, scale, dy, dx, n }, ROWS);
      const g = (i: number) => dy[i]! * weight[i % n]!;
      const normal = (i: number) => (x[i]! - mean[Math.floor(i / n)]!) * scale[Math.floor(i / n)]!;
      const along = rows.map((_, r) => ({
        g: total(n, (j) => g(r * n + j)) / n,
        slope: total(n, (j) => g(r * n + j) * normal(r * n + j)) / n,
      }));
      const exact = (i: number) => {
        const { g: shift, slope } = along[Math.floor(i / n)]!;
        return scale[Math.floor(i / n)]! * (g(i) - shift - normal(i) * slope);
      };
      expectNear("dx", dx, exact, UNITS, (i) => scale[Math.floor(i / n)]! * (2 + normal(i) ** 2));
    });

    test("rmsNorm and rmsNormGrad", () => {
      const [y, dx] = [f32(ROWS * n), f32(ROWS * n)];
      runKernel(math, "rmsNorm", { x, weight, y, scale, n, eps: EPS }, ROWS);
      expectNear(
        "scale",
        scale,
        (r) => rootMeanSquare[r]!,
        UNITS,
        (r) => rootMeanSquare[r]!,
      );
      const s = (i: number) => rootMeanSquare[Math.floor(i / n)]!;
      expectNear(
        "y",
        y,
        (i) => x[i]! * s(i) * weight[i % n]!,
        UNITS,
        (i) => Math.abs(x[i]! * s(i)),
      );
      runKernel(math, "rmsNormGrad", { x, weight, scale, dy, dx, n }, ROWS);
      const slope = rows.map((_, r) => total(n, (j) => dy[r * n + j]! * weight[j]! * x[r * n + j]!) / n);
      const exact = (i: number) => s(i) * (dy[i]! * weight[i % n]! - x[i]! * s(i) ** 2 * slope[Math.floor(i / n)]!);
      expectNear("dx", dx, exact, 2 * UNITS, (i) => s(i) * (1 + (x[i]! * s(i)) ** 2));
    });

    test("cut anywhere, alone or in place, the same bits", () => {
      const [whole, cut, alone] = [f32(ROWS * n), x.slice(), f32(n)];
      const stats = Array.from({ length: 4 }, () => f32(ROWS));
      runKernel(math, "layerNorm", { x, weight, bias, y: whole, mean: stats[0]!, scale: stats[1]!, n, eps: EPS }, ROWS);
      runKernel(math, "layerNorm", { x: cut, weight, bias, y: cut, mean: stats[2]!, scale: stats[3]!, n, eps: EPS }, ROWS, [1, 4]);
      expect(bits(cut, stats[2]!, stats[3]!)).toEqual(bits(whole, stats[0]!, stats[1]!));
      runKernel(math, "layerNorm", { x: x.slice(n, 2 * n), weight, bias, y: alone, mean: f32(1), scale: f32(1), n, eps: EPS }, 1);
      expect(bits(alone)).toEqual(bits(whole.slice(n, 2 * n)));
      const [dx, inPlace] = [f32(ROWS * n), dy.slice()];
      runKernel(math, "layerNormGrad", { x, weight, mean: stats[0]!, scale: stats[1]!, dy, dx, n }, ROWS);
      runKernel(math, "layerNormGrad", { x, weight, mean: stats[0]!, scale: stats[1]!, dy: inPlace, dx: inPlace, n }, ROWS, [2]);
      expect(bits(inPlace)).toEqual(bits(dx));
    });
  });

  test("rows of equal numbers have the variance 0; NaN and ±∞ spread over their row", () => {
    const n = 700;
    const x = Float32Array.from({ length: 4 * n }, (_, i) => [1000.1, 1, 2, 3][Math.floor(i / n)]!);
    x[n + 3] = nan;
    x[2 * n] = inf;
    x[3 * n] = -inf;
    const [ones, zeros, y, mean, scale] = [f32(n).fill(1), f32(n), f32(4 * n), f32(4), f32(4)];
    runKernel(math, "layerNorm", { x, weight: ones, bias: zeros, y, mean, scale, n, eps: EPS }, 4);
    expect(y.subarray(0, n).every((value) => value === 0)).toBe(true);
    expect(mean[0]).toBe(Math.fround(1000.1));
    expect(y.subarray(n).every(Number.isNaN)).toBe(true);
    runKernel(math, "rmsNorm", { x, weight: ones, y, scale, n, eps: EPS }, 4);
    expect(y.subarray(n, 2 * n).every(Number.isNaN)).toBe(true);
    expect([y[2 * n], y[2 * n + 1], y[3 * n], y[4 * n - 1]]).toEqual([nan, 0, nan, 0]);
  });

  test("a spread that is small beside the mean is still found", () => {
    const x = Float32Array.from({ length: 512 }, (_, i) => 4096 + (i % 2)); // variance 1/4, mean 4096.5: exact in f32
    const [y, mean, scale] = [f32(512), f32(1), f32(1)];
    runKernel(math, "layerNorm", { x, weight: f32(512).fill(1), bias: f32(512), y, mean, scale, n: 512, eps: 0 }, 1);
    expect([mean[0], scale[0], y[0], y[1]]).toEqual([4096.5, 2, -1, 1]);
  });

  describe.each(EXTENTS)("columns of %i × %i", (rows, n) => {
    const blocks = Math.ceil(rows / BLOCK);
    const shape = { rows, block: BLOCK, n };
    const x = randoms(rows * n, rows + n, 2, 3);
    const dy = randoms(rows * n, rows + n + 1);
    const columns = Array.from({ length: n }, (_, j) => moments(x, j, n, rows));
    const mean = Float32Array.from(columns, (column) => column.mean);
    const scale = Float32Array.from(columns, (column) => column.scale);
    const items = blocks * n;
    const cuts = items > 3 ? [1, items >> 1, items - 1] : [];

    /** Partial sums over blocks of rows, added up. */
    const whole = (partial: Float32Array) => Float32Array.from({ length: n }, (_, j) => total(blocks, (k) => partial[k * n + j]!));

    test("columnMoments and columnStatistics", () => {
      const run = (at: number[], then: number[]) => {
        const [means, totals] = [f32(items), f32(items)];
        runKernel(math, "columnMoments", { x, mean: means, total: totals, ...shape }, items, at);
        const found = { mean: f32(n), variance: f32(n), scale: f32(n) };
        runKernel(math, "columnStatistics", { means, totals, ...found, ...shape, eps: EPS }, n, then);
        return { means, totals, ...found };
      };
      const found = run([], []);
      expectNear(
        "mean",
        found.mean,
        (j) => columns[j]!.mean,
        4,
        () => 5,
      );
      expectNear(
        "variance",
        found.variance,
        (j) => columns[j]!.variance,
        UNITS,
        (j) => columns[j]!.variance + 25 * UNIT,
      );
      expectNear(
        "scale",
        found.scale,
        (j) => columns[j]!.scale,
        UNITS,
        (j) => columns[j]!.scale,
      );
      expect(bits(...Object.values(run(cuts, n > 2 ? [2] : [])))).toEqual(bits(...Object.values(found)));
    });

    test("batchNormColumns, layerNormColumns and rmsNormColumns", () => {
      const [rowMean, rowScale] = [randoms(rows, 5), randoms(rows, 6)];
      const run = (at: number[]) => {
        const [a, b, c, d, e] = [f32(items), f32(items), f32(items), f32(items), f32(items)];
        runKernel(math, "batchNormColumns", { x, mean, scale, dy, dweight: a, dbias: b, ...shape }, items, at);
        runKernel(math, "layerNormColumns", { x, mean: rowMean, scale: rowScale, dy, dweight: c, dbias: d, ...shape }, items, at);
        runKernel(math, "rmsNormColumns", { x, scale: rowScale, dy, dweight: e, ...shape }, items, at);
        return [a, b, c, d, e];
      };
      const found = run([]);
      const [a, b, c, d, e] = found.map(whole) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
      const each = (j: number, f: (i: number, r: number) => number) => total(rows, (r) => f(r * n + j, r));
      expectNear(
        "dbias",
        b,
        (j) => each(j, (i) => dy[i]!),
        UNITS,
        () => rows,
      );
      expect(bits(d)).toEqual(bits(b));
      expectNear(
        "dweight",
        a,
        (j) => each(j, (i) => dy[i]! * (x[i]! - mean[j]!) * scale[j]!),
        UNITS,
        (j) => rows * 5 * scale[j]!,
      );
      expectNear(
        "dweight",
        c,
        (j) => each(j, (i, r) => dy[i]! * (x[i]! - rowMean[r]!) * rowScale[r]!),
        UNITS,
        () => rows * 6,
      );
      expectNear(
        "dweight",
        e,
        (j) => each(j, (i, r) => dy[i]! * x[i]! * rowScale[r]!),
        UNITS,
        () => rows * 5,
      );
      expect(bits(...run(cuts))).toEqual(bits(...found));
    });

    test("batchNorm and batchNormGrad", () => {
      const [weight, bias, dweight, dbias] = [randoms(n, 7), randoms(n, 8), randoms(n, 9, rows), randoms(n, 10, rows)];
      const [y, dx] = [f32(rows * n), f32(rows * n)];
      runKernel(math, "batchNorm", { x, mean, scale, weight, bias, y, n }, rows);
      const normal = (i: number) => (x[i]! - mean[i % n]!) * scale[i % n]!;
      expectNear(
        "y",
        y,
        (i) => normal(i) * weight[i % n]! + bias[i % n]!,
        8,
        (i) => 1 + Math.abs(normal(i)),
      );
      runKernel(math, "batchNormGrad", { x, weight, mean, scale, dweight, dbias, dy, dx, rows, n }, rows);
      const exact = (i: number) =>
        scale[i % n]! * weight[i % n]! * (dy[i]! - dbias[i % n]! / rows - (normal(i) * dweight[i % n]!) / rows);
      expectNear("dx", dx, exact, 12, (i) => scale[i % n]! * (2 + Math.abs(normal(i))));
      const [inPlace, dxInPlace, edges] = [x.slice(), dy.slice(), rows > 8 ? [3, 8] : []];
      runKernel(math, "batchNorm", { x: inPlace, mean, scale, weight, bias, y: inPlace, n }, rows, edges);
      runKernel(
        math,
        "batchNormGrad",
        { x, weight, mean, scale, dweight, dbias, dy: dxInPlace, dx: dxInPlace, rows, n },
        rows,
        edges,
      );
      expect(bits(inPlace, dxInPlace)).toEqual(bits(y, dx));
    });
  });

  test("columns of equal numbers have the variance 0; NaN and ±∞ stay in theirs", () => {
    const [rows, n] = [70, 5];
    const x = Float32Array.from({ length: rows * n }, (_, i) => [1000.1, 0.1, 3, 4, i][i % n]!);
    x[2] = nan;
    x[n * 50 + 3] = -inf;
    const [means, totals] = [f32(3 * n), f32(3 * n)];
    const [mean, variance, scale] = [f32(n), f32(n), f32(n)];
    const shape = { rows, block: BLOCK, n };
    runKernel(math, "columnMoments", { x, mean: means, total: totals, ...shape }, 3 * n);
    runKernel(math, "columnStatistics", { means, totals, mean, variance, scale, ...shape, eps: 1 }, n);
    expect([...mean.subarray(0, 2), ...scale.subarray(0, 2)]).toEqual([Math.fround(1000.1), Math.fround(0.1), 1, 1]);
    expect([...variance.subarray(2, 4), ...scale.subarray(2, 4)]).toEqual([nan, nan, nan, nan]);
    expect(mean[4]).toBe(4 + (n * (rows - 1)) / 2);
  });

  test("small whole numbers come out exactly; no rows and no items leave everything as it was", () => {
    const x = Float32Array.of(1, 2, 3, 4, 5, 6);
    const [dweight, dbias] = [f32(3), f32(3)];
    const zeros = f32(2);
    const scale = Float32Array.of(2, 4);
    runKernel(math, "layerNormColumns", { x, mean: zeros, scale, dy: x, dweight, dbias, rows: 2, block: BLOCK, n: 3 }, 3);
    expect([...dweight, ...dbias]).toEqual([66, 108, 162, 5, 7, 9]);
    const empty = f32(0);
    runKernel(math, "layerNorm", { x: empty, weight: x, bias: x, y: empty, mean: empty, scale: empty, n: 6, eps: 0 }, 0);
    runKernel(math, "batchNorm", { x: empty, mean: x, scale: x, weight: x, bias: x, y: empty, n: 6 }, 0);
  });
});
