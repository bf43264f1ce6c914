import { describe, test } from "vitest";
import { type Math as Arithmetic, maths, runKernel } from "../support/kernel.ts";
import { expectSame, expectWithin, integers, oddCuts, uniform } from "../support/values.ts";

type Shape = [outer: number, n: number, inner: number];
const shapes: Shape[] = [
  ...[0, 1, 2, 7, 100].map((n): Shape => [3, n, 1]),
  ...[1, 2, 9].flatMap((n) => [2, 3, 4, 5, 11].map((inner): Shape => [2, n, inner])),
  [0, 4, 3],
];

function scan(
  x: Float32Array,
  [outer, n, inner]: Shape,
  reverse: number,
  start: number,
  f: (a: number, b: number) => number,
): Float64Array {
  const y = new Float64Array(x.length);
  for (let o = 0; o < outer; ++o) {
    for (let c = 0; c < inner; ++c) {
      let total = start;
      for (let k = 0; k < n; ++k) {
        const at = (o * n + (reverse ? n - 1 - k : k)) * inner + c;
        total = f(total, x[at]!);
        y[at] = total;
      }
    }
  }
  return y;
}

describe.each(maths)("%s", (math: Arithmetic) => {
  describe.each(shapes)("[%i, %i, %i]", (...shape) => {
    const [outer, n, inner] = shape;
    const size = outer * n * inner;
    test.each([0, 1])("reverse %i", (reverse) => {
      const run = (kernel: "cumSum" | "cumProd", x: Float32Array): Float32Array => {
        const [y, pieces] = [new Float32Array(size).fill(-7), new Float32Array(size).fill(-7)];
        const operands = { x, outer, n, inner, reverse };
        runKernel(math, kernel, { ...operands, y }, outer * inner);
        runKernel(math, kernel, { ...operands, y: pieces }, outer * inner, oddCuts(outer * inner));
        expectSame(pieces, y);
        const inPlace = x.slice();
        runKernel(math, kernel, { ...operands, x: inPlace, y: inPlace }, outer * inner);
        expectSame(inPlace, y);
        return y;
      };
      const whole = integers(size, 1);
      expectSame(
        run("cumSum", whole).map((v) => v + 0),
        scan(whole, shape, reverse, 0, (a, b) => a + b).map((v) => v + 0),
      );
      // Kept in f64, so each is rounded once.
      const x = uniform(size, 2).map((v) => 1 + v / 2);
      const sums = scan(x, shape, reverse, 0, (a, b) => a + b);
      const products = scan(x, shape, reverse, 1, (a, b) => a * b);
      expectWithin(run("cumSum", x), sums, (i) => 1.01 * 2 ** -24 * Math.abs(sums[i]!));
      expectWithin(run("cumProd", x), products, (i) => 1.01 * 2 ** -24 * Math.abs(products[i]!));
    });
  });

  test("NaN and infinities go on to the end", () => {
    const x = Float32Array.of(1, Infinity, 2, -Infinity, 3, NaN, 4);
    const y = new Float32Array(7);
    runKernel(math, "cumSum", { x, y, outer: 1, n: 7, inner: 1, reverse: 0 }, 1);
    expectSame(y, [1, Infinity, Infinity, NaN, NaN, NaN, NaN]);
  });
});
