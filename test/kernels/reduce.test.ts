import { describe, expect, test } from "vitest";
import * as TUNE from "../../src/wasm/tune.gen.ts";
import { type Math as Arithmetic, maths, runKernel } from "../support/kernel.ts";
import { expectSame, expectWithin, integers, oddCuts, uniform } from "../support/values.ts";

type Shape = [outer: number, n: number, inner: number];
type Reduction = "sum" | "sumSquares" | "prod" | "max" | "min";
type Search = "argmax" | "argmin";

const { COLUMN_STRIP } = TUNE;
/** Vectors and rows that go through a tree together. */
const TREE = 8;
const rows = [0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 48, 63, 4 * TREE * 16 + 37];
const heights = [0, 1, 2, TREE - 1, TREE, TREE + 1, 5 * TREE + 3];
const shapes: Shape[] = [
  ...rows.map((n): Shape => [3, n, 1]),
  ...heights.flatMap((n) => [2, 3, 4, 5, 15, 16, 17, 50].map((inner): Shape => [2, n, inner])),
  [0, 5, 1],
  [1, 3, COLUMN_STRIP + 1],
];
const nonEmpty = shapes.filter(([, n]) => n > 0);

/** The elements that each output is made of. */
function groups(x: Float32Array, [outer, n, inner]: Shape): number[][] {
  return Array.from({ length: outer * inner }, (_, at) => {
    const slab = Math.floor(at / inner);
    return Array.from({ length: n }, (_, k) => x[(slab * n + k) * inner + (at % inner)]!);
  });
}

/** Runs whole and cut, and expects the same bits; then in blocks, and joins them. */
function reduce(math: Arithmetic, kernel: Reduction, x: Float32Array, [outer, n, inner]: Shape): Float32Array {
  const y = new Float32Array(outer * inner).fill(-7);
  const pieces = y.slice();
  runKernel(math, kernel, { x, y, outer, n, inner, block: n, over: 1 }, y.length);
  runKernel(math, kernel, { x, y: pieces, outer, n, inner, block: n, over: 1 }, y.length, oddCuts(y.length));
  expectSame(pieces, y);
  return y;
}

/** The same in blocks, the last one shorter. */
function inBlocks(math: Arithmetic, kernel: Reduction, x: Float32Array, [outer, n, inner]: Shape, block: number): Float32Array {
  const blocks = Math.ceil(n / block);
  const [partial, pieces] = [0, 1].map(() => new Float32Array(2 * outer * blocks * inner)) as [Float32Array, Float32Array]; // f64
  const items = outer * blocks * inner;
  runKernel(math, kernel, { x, y: partial, outer, n, inner, block, over: 1 }, items);
  runKernel(math, kernel, { x, y: pieces, outer, n, inner, block, over: 1 }, items, oddCuts(items));
  expectSame(new Float64Array(pieces.buffer), new Float64Array(partial.buffer));
  const y = new Float32Array(outer * inner);
  runKernel(math, "joinBlocks", { partial, y, op: JOINS[kernel], blocks, inner, over: 1 }, y.length, oddCuts(y.length));
  return y;
}
/** assembly/reduce/steps.ts */
const JOINS = { sum: 0, sumSquares: 0, prod: 2, max: 3, min: 4 };

function search(math: Arithmetic, kernel: Search, x: Float32Array, [outer, n, inner]: Shape): Int32Array {
  const y = new Int32Array(outer * inner).fill(-7);
  const pieces = y.slice();
  runKernel(math, kernel, { x, y, outer, n, inner }, y.length);
  runKernel(math, kernel, { x, y: pieces, outer, n, inner }, y.length, oddCuts(y.length));
  expectSame(pieces, y);
  return y;
}

const plus = (a: number, b: number) => a + b;
const larger = (a: number, b: number) => (Number.isNaN(a) || a > b ? a : b);
const smaller = (a: number, b: number) => (Number.isNaN(a) || a < b ? a : b);
/** The first that nothing beats; NaN beats all. */
const first = (list: number[], best: number) => list.findIndex((v) => Object.is(v, best));

describe.each(maths)("%s", (math: Arithmetic) => {
  describe.each(shapes)("[%i, %i, %i]", (...shape) => {
    const [outer, n, inner] = shape;
    const size = outer * n * inner;

    test("sums of whole numbers are exact", () => {
      const x = integers(size, 1);
      const lists = groups(x, shape);
      expectSame(
        reduce(math, "sum", x, shape),
        lists.map((list) => list.reduce(plus, 0)),
      );
      for (const block of [1, 5, 64].filter((size) => size < n)) {
        expectSame(
          inBlocks(math, "sum", x, shape, block),
          lists.map((list) => list.reduce(plus, 0)),
        );
      }
    });

    test("sums of fractions, and of their squares", () => {
      const x = uniform(size, 2);
      const lists = groups(x, shape);
      for (const kernel of ["sum", "sumSquares"] as const) {
        const terms = lists.map((list) => list.map((v) => (kernel === "sum" ? v : v * v)));
        const magnitude = terms.map((list) => list.reduce((s, v) => s + Math.abs(v), 0));
        const sums = terms.map((list) => list.reduce(plus, 0));
        // Three roundings in a tree, one of the square, one of the sum; those in f64 do not count.
        const within = (i: number) => (kernel === "sum" ? 4.01 : 5.01) * 2 ** -24 * magnitude[i]!;
        expectWithin(reduce(math, kernel, x, shape), sums, within);
        if (n > 5) expectWithin(inBlocks(math, kernel, x, shape, 5), sums, within);
      }
    });

    test("products of powers of two are exact", () => {
      const x = integers(size, 3, 1).map((v, i) => (i % 2 ? 2 ** v : -(2 ** v)));
      expectSame(
        reduce(math, "prod", x, shape),
        groups(x, shape).map((list) => Math.fround(list.reduce((p, v) => p * v, 1))),
      );
      if (n > 7) expectSame(inBlocks(math, "prod", x, shape, 7), reduce(math, "prod", x, shape));
    });
  });

  describe.each(nonEmpty)("[%i, %i, %i]", (...shape) => {
    const [outer, n, inner] = shape;

    test.each(["distinct", "ties", "NaN"])("the largest and smallest, and where: %s", (kind) => {
      const x = kind === "ties" ? integers(outer * n * inner, 4, 2) : uniform(outer * n * inner, 5);
      if (kind === "NaN") for (let i = 0; i < x.length; i += 7) x[i] = Number.NaN;
      const lists = groups(x, shape).map((list) => list.map((v) => (v === 0 ? 0 : v)));
      const most = lists.map((list) => list.reduce(larger));
      const least = lists.map((list) => list.reduce(smaller));
      const plain = x.map((v) => (v === 0 ? 0 : v));
      expectSame(reduce(math, "max", plain, shape), most);
      expectSame(reduce(math, "min", plain, shape), least);
      for (const block of [3, 40].filter((extent) => extent < n)) {
        expectSame(inBlocks(math, "max", plain, shape, block), most);
        expectSame(inBlocks(math, "min", plain, shape, block), least);
      }
      expectSame(
        search(math, "argmax", plain, shape),
        lists.map((list, i) => first(list, most[i]!)),
      );
      expectSame(
        search(math, "argmin", plain, shape),
        lists.map((list, i) => first(list, least[i]!)),
      );
    });
  });

  test("infinities", () => {
    const x = Float32Array.of(1, Infinity, -Infinity, Infinity, Infinity, 1, -Infinity, -Infinity, -Infinity, 0, Infinity, 1);
    expectSame(reduce(math, "sum", x, [4, 3, 1]), [NaN, Infinity, -Infinity, Infinity]);
    expectSame(reduce(math, "prod", x, [4, 3, 1]), [-Infinity, Infinity, -Infinity, NaN]);
    expectSame(reduce(math, "max", x, [4, 3, 1]), [Infinity, Infinity, -Infinity, Infinity]);
    expectSame(reduce(math, "min", x, [4, 3, 1]), [-Infinity, 1, -Infinity, 0]);
    expectSame(search(math, "argmax", x, [4, 3, 1]), [1, 0, 0, 1]);
    expectSame(search(math, "argmin", x, [4, 3, 1]), [2, 2, 0, 0]);
    expectSame(
      reduce(math, "max", x, [1, 6, 2]),
      [1, Infinity].map(() => Infinity),
    );
    expectSame(search(math, "argmin", x, [1, 4, 3]), [2, 2, 0]);
  });

  test.each([
    [1, 131072, 1],
    [1, 131072, 5],
    [1, 131072, 16],
  ] as Shape[])("131,072 terms of one sign are right to 1e-7: [%i, %i, %i]", (...shape) => {
    const [, n, inner] = shape;
    const inputs = [0.1, 1 / 3, 0.7, 1.1].map((v) => new Float32Array(n * inner).fill(v));
    for (const x of [...inputs, uniform(n * inner, 6).map(Math.abs), uniform(n * inner, 7).map((v) => 1 + v / 1000)]) {
      const sums = groups(x, shape).map((list) => list.reduce(plus, 0));
      expectWithin(reduce(math, "sum", x, shape), sums, (i) => 1e-7 * sums[i]!);
      expectWithin(inBlocks(math, "sum", x, shape, 8192), sums, (i) => 1e-7 * sums[i]!);
    }
  });

  test.each([
    [2, 3, 1],
    [2, 3, 7],
    [1, 0, 1],
  ] as Shape[])("sums are divided before they are rounded: [%i, %i, %i]", (outer, n, inner) => {
    const x = uniform(outer * n * inner, 9);
    const y = new Float32Array(outer * inner);
    for (const kernel of ["sum", "sumSquares"] as const) {
      const term = (v: number) => (kernel === "sum" ? v : Math.fround(v * v));
      runKernel(math, kernel, { x, y, outer, n, inner, block: n, over: 3 }, y.length);
      const lists = groups(x, [outer, n, inner]).map((list) => list.map(term).reduce(plus, 0) / 3);
      expectWithin(y, lists, () => 2 ** -24);
    }
  });

  test("a column's bits do not depend on the columns beside it", () => {
    const x = uniform(100 * 11, 9);
    const all = reduce(math, "sum", x, [1, 100, 11]);
    for (const [from, to] of [
      [0, 2],
      [3, 6],
      [1, 11],
    ] as const) {
      const part = Float32Array.from(
        { length: 100 * (to - from) },
        (_, i) => x[Math.floor(i / (to - from)) * 11 + from + (i % (to - from))]!,
      );
      expectSame(reduce(math, "sum", part, [1, 100, to - from]), all.subarray(from, to));
    }
  });

  test("a row's sum does not depend on the rows beside it", () => {
    const x = uniform(7 * 100, 8);
    const all = reduce(math, "sum", x, [7, 100, 1]);
    for (let r = 0; r < 7; ++r) expect(reduce(math, "sum", x.slice(r * 100, (r + 1) * 100), [1, 100, 1])[0]).toBe(all[r]);
  });
});
