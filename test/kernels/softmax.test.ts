import { describe, expect, test } from "vitest";
import * as TUNE from "../../src/wasm/tune.gen.ts";
import { type Math as Arithmetic, maths, runKernel } from "../support/kernel.ts";
import { expectSame, expectWithin, oddCuts, uniform } from "../support/values.ts";

const { EXP_RUN } = TUNE;
const rows = 7;
const widths = [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, EXP_RUN - 1, EXP_RUN, EXP_RUN + 1, 5 * EXP_RUN + 3];
const U = 2 ** -24;
const { exp, log, abs } = Math;

/** Logits in [-8, 8), and gradients in [-1, 1). */
const logits = (n: number, seed: number) => uniform(rows * n, seed).map((v) => 8 * v);
const rowsOf = (x: Float32Array, n: number) => Array.from({ length: x.length / n }, (_, r) => [...x.subarray(r * n, (r + 1) * n)]);
const labels = (n: number) => Int32Array.from({ length: rows }, (_, r) => (r * 5) % n);

/** A row's softmax, logarithm of the sum and largest element, in f64. */
function exact(row: number[]) {
  const m = Math.max(...row);
  const total = row.reduce((s, v) => s + exp(v - m), 0);
  return { m, logTotal: log(total), logZ: m + log(total), p: row.map((v) => exp(v - m) / total) };
}

/**
 * Relative error of a sum of `n` exponentials of x in [-8, 8): rounding x − m loses U·16 of an exponent, `exp` 1.2 ulp, one lane's
 * additions and three more to join lanes half an ulp each.
 */
const sumError = (n: number) => (16 + 2.4 + Math.min(n, EXP_RUN) / 8 + 5) * U;

type RowKernel = "softmax" | "logSoftmax";
type GradKernel = "softmaxGrad" | "logSoftmaxGrad";

/** Runs whole, cut, and in place, and expects the same bits. */
function map(math: Arithmetic, kernel: RowKernel, x: Float32Array, n: number): Float32Array {
  const y = new Float32Array(x.length);
  const pieces = y.slice();
  const inPlace = x.slice();
  runKernel(math, kernel, { x, y, n }, x.length / n);
  runKernel(math, kernel, { x, y: pieces, n }, x.length / n, oddCuts(x.length / n));
  runKernel(math, kernel, { x: inPlace, y: inPlace, n }, x.length / n);
  expectSame(pieces, y);
  expectSame(inPlace, y);
  return y;
}

function gradient(math: Arithmetic, kernel: GradKernel, y: Float32Array, dy: Float32Array, n: number): Float32Array {
  const dx = new Float32Array(y.length);
  const inPlace = dy.slice();
  runKernel(math, kernel, { y, dy, dx, n }, rows);
  runKernel(math, kernel, { y, dy: inPlace, dx: inPlace, n }, rows, oddCuts(rows));
  expectSame(inPlace, dx);
  return dx;
}

function crossEntropy(math: Arithmetic, x: Float32Array, label: Int32Array, n: number, cuts: number[] = []) {
  const loss = new Float32Array(label.length);
  const logZ = new Float32Array(label.length);
  const { fault } = runKernel(math, "crossEntropy", { x, label, loss, logZ, n }, label.length, cuts);
  return { loss, logZ, fault };
}

describe.each(maths)("%s", (math: Arithmetic) => {
  describe.each(widths)("%i wide", (n) => {
    test("softmax", () => {
      const x = logits(n, 1);
      const p = rowsOf(x, n).flatMap((row) => exact(row).p);
      expectWithin(map(math, "softmax", x, n), p, (i) => (sumError(n) + 22 * U) * p[i]!);
    });

    test("logSoftmax and logSumExp", () => {
      const x = logits(n, 2);
      const y = rowsOf(x, n).flatMap((row) => row.map((v) => v - exact(row).logZ));
      // What the sum loses, log's rounding, and those of the two differences.
      const error = (v: number) => sumError(n) + (abs(v) + 48) * U;
      expectWithin(map(math, "logSoftmax", x, n), y, (i) => error(y[i]!));
      const logZ = rowsOf(x, n).map((row) => exact(row).logZ);
      const z = new Float32Array(rows);
      runKernel(math, "logSumExp", { x, y: z, n }, rows, oddCuts(rows));
      expectWithin(z, logZ, (i) => error(logZ[i]!));
    });

    test("softmaxGrad and logSoftmaxGrad", () => {
      const dy = uniform(rows * n, 3);
      const lists = rowsOf(dy, n);
      const y = Float32Array.from(rowsOf(logits(n, 4), n).flatMap((row) => exact(row).p));
      const sums = lists.map((row, r) => row.reduce((s, v, j) => s + v * y[r * n + j]!, 0));
      const dx = lists.flatMap((row, r) => row.map((v, j) => y[r * n + j]! * (v - sums[r]!)));
      const roundings = (Math.min(n, EXP_RUN) / 8 + 6) * U;
      expectWithin(gradient(math, "softmaxGrad", y, dy, n), dx, (i) => 2 * roundings * y[i]!);

      const logY = y.map(log);
      const totals = lists.map((row) => row.reduce((s, v) => s + v, 0));
      const magnitudes = lists.map((row) => row.reduce((s, v) => s + abs(v), 0));
      const dLog = lists.flatMap((row, r) => row.map((v, j) => v - exp(logY[r * n + j]!) * totals[r]!));
      expectWithin(
        gradient(math, "logSoftmaxGrad", logY, dy, n),
        dLog,
        (i) => roundings * (1 + magnitudes[Math.floor(i / n)]! * y[i]!),
      );
    });

    test("crossEntropy and crossEntropyGrad", () => {
      const x = logits(n, 5);
      const label = labels(n);
      const lists = rowsOf(x, n).map(exact);
      const loss = lists.map(({ p }, r) => -log(p[label[r]!]!));
      const error = sumError(n) + 64 * U;
      const { loss: actual, logZ, fault } = crossEntropy(math, x, label, n, oddCuts(rows));
      expectWithin(actual, loss, () => error);
      expectWithin(
        logZ,
        lists.map(({ logZ }) => logZ),
        () => error,
      );
      expect(fault).toBe(0);

      const g = uniform(rows, 6);
      const dx = new Float32Array(rows * n);
      const inPlace = x.slice();
      runKernel(math, "crossEntropyGrad", { x, label, logZ, g, dx, n }, rows);
      runKernel(math, "crossEntropyGrad", { x: inPlace, label, logZ, g, dx: inPlace, n }, rows, oddCuts(rows));
      expectSame(inPlace, dx);
      const expected = lists.flatMap(({ p }, r) => p.map((v, j) => (v - (j === label[r] ? 1 : 0)) * g[r]!));
      expectWithin(dx, expected, (i) => error * abs(g[Math.floor(i / n)]!));
    });
  });

  test("a row's bits do not depend on the rows beside it", () => {
    const x = logits(10, 7);
    const all = map(math, "softmax", x, 10);
    for (let r = 0; r < rows; ++r)
      expectSame(map(math, "softmax", x.slice(r * 10, r * 10 + 10), 10), all.slice(r * 10, r * 10 + 10));
  });

  test("large logits do not overflow, and the loss keeps its accuracy", () => {
    const x = Float32Array.of(1000, 1001, -1000, 3e38, -3e38, 0);
    const e = exp(-1);
    expectWithin(map(math, "softmax", x, 3), [e / (1 + e), 1 / (1 + e), 0, 1, 0, 0], () => 8 * U);
    const { loss } = crossEntropy(math, x, Int32Array.of(1, 0), 3);
    expectWithin(loss, [log(1 + e), 0], () => 8 * U);
  });

  test("NaN and infinities, as in PyTorch", () => {
    const x = Float32Array.from(
      [
        [-Infinity, 0, 0, -Infinity, -Infinity],
        [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity],
        [1, Infinity, 2, 3, -Infinity],
        [1, 2, 3, 4, NaN],
        [NaN, NaN, NaN, NaN, NaN],
      ].flat(),
    );
    const nan = Array(20).fill(NaN);
    const LN2 = Math.fround(Math.LN2);
    expectSame(map(math, "softmax", x, 5), [0, 0.5, 0.5, 0, 0, ...nan]);
    expectSame(map(math, "logSoftmax", x, 5), [-Infinity, -LN2, -LN2, -Infinity, -Infinity, ...nan]);
    const z = new Float32Array(5);
    runKernel(math, "logSumExp", { x, y: z, n: 5 }, 5);
    expectSame(z, [LN2, -Infinity, Infinity, NaN, NaN]);
    const label = Int32Array.of(0, 0, 0, 0, 0);
    const { loss, logZ } = crossEntropy(math, x, label, 5);
    expectSame(loss, [Infinity, NaN, NaN, NaN, NaN]);
    expectSame(logZ, [LN2, NaN, NaN, NaN, NaN]);
    const dx = new Float32Array(25);
    runKernel(math, "crossEntropyGrad", { x, label, logZ, g: new Float32Array(5).fill(1), dx, n: 5 }, 5);
    expectWithin(dx, [-1, 0.5, 0.5, 0, 0, ...nan], () => 2 * U);
  });

  test("no rows", () => {
    const x = new Float32Array(0);
    runKernel(math, "softmax", { x, y: x, n: 10 }, 0);
    expect(crossEntropy(math, x, new Int32Array(0), 10).fault).toBe(0);
  });

  test("a bad label is clamped and its lowest row reported", () => {
    const x = logits(3, 8);
    const label = Int32Array.of(0, 1, 3, -1, 2 ** 31 - 1, -(2 ** 31), 2);
    const good = Int32Array.of(0, 1, 2, 0, 2, 0, 2);
    const bad = crossEntropy(math, x, label, 3, [3, 4]);
    const expected = crossEntropy(math, x, good, 3);
    expect(bad.fault).toBe(3);
    expectSame(bad.loss, expected.loss);
    const g = new Float32Array(rows).fill(1);
    const dx = new Float32Array(rows * 3);
    const same = dx.slice();
    runKernel(math, "crossEntropyGrad", { x, label, logZ: expected.logZ, g, dx, n: 3 }, rows);
    runKernel(math, "crossEntropyGrad", { x, label: good, logZ: expected.logZ, g, dx: same, n: 3 }, rows);
    expectSame(dx, same);
  });
});
