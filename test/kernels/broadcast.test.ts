import { describe, expect, test } from "vitest";
import { maths, runKernel } from "../support/kernel.ts";

const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
const f = Math.fround;
const SPECIAL = [0, 1, -1, inf, -inf, nan, 2, -0.5];

/** Values from a short list, so that pairs are often equal, with every special value among them. */
function values(n: number, seed: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) =>
    (i * 7 + seed) % 3 === 0 ? SPECIAL[(i * 5 + seed) % 8]! : ((i * 13 + seed) % 17) / 4 - 2,
  );
}

/** Rounded as each kernel rounds; `loose` says how many 2⁻²⁴ of the largest partial result fusing may change. */
const binary = {
  add: (a: number, b: number) => f(a + b),
  sub: (a: number, b: number) => f(a - b),
  mul: (a: number, b: number) => f(a * b),
  div: (a: number, b: number) => f(a / b),
  maximum: (a: number, b: number) => Math.max(a, b),
  minimum: (a: number, b: number) => Math.min(a, b),
  equal: (a: number, b: number) => Number(a === b),
  less: (a: number, b: number) => Number(a < b),
  lessEqual: (a: number, b: number) => Number(a <= b),
  reluGrad: (a: number, b: number) => (a <= 0 ? 0 : b),
  sigmoidGrad: (a: number, b: number) => f(b * f(a * f(1 - a))),
  tanhGrad: (a: number, b: number) => f(b * f(1 - a * a)), // the values' squares are exact
} as const;
const kernels = Object.keys(binary) as (keyof typeof binary)[];

type Strides = { aRow: number; aCol: number; bRow: number; bCol: number };
type Call = Strides & { rows: number; cols: number };

/** The layouts of broadcasting: both whole; b one value, one row, one column; a so; rows that lie apart; both one row. */
function layouts(cols: number): Strides[] {
  return [
    { aRow: cols, aCol: 1, bRow: cols, bCol: 1 },
    { aRow: cols, aCol: 1, bRow: 0, bCol: 0 },
    { aRow: cols, aCol: 1, bRow: 0, bCol: 1 },
    { aRow: cols, aCol: 1, bRow: 1, bCol: 0 },
    { aRow: 0, aCol: 0, bRow: cols, bCol: 1 },
    { aRow: 1, aCol: 0, bRow: 0, bCol: 1 },
    { aRow: cols + 3, aCol: 1, bRow: 2, bCol: 0 },
    { aRow: 0, aCol: 1, bRow: 0, bCol: 0 },
  ];
}

/** Elements an operand needs. */
function reach(rows: number, cols: number, row: number, col: number): number {
  return rows * cols === 0 ? 0 : (rows - 1) * row + (cols - 1) * col + 1;
}

function expected(
  { rows, cols, aRow, aCol, bRow, bCol }: Call,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  exact: (a: number, b: number) => number,
) {
  return Array.from({ length: rows * cols }, (_, i) => {
    const r = Math.floor(i / cols);
    const c = i % cols;
    return exact(a[r * aRow + c * aCol]!, b[r * bRow + c * bCol]!) + 0;
  });
}

const shapes = [
  [0, 5],
  [1, 1],
  [1, 9],
  [3, 1],
  [2, 3],
  [3, 4],
  [5, 8],
  [4, 13],
  [3, 31],
  [69, 12], // more rows than go together
  [2, 130],
] as const;

describe.each(maths)("%s", (math) => {
  describe.each(kernels)("%s", (kernel) => {
    test.each(shapes)("%i × %i in every layout, whole and cut", (rows, cols) => {
      for (const strides of layouts(cols)) {
        const call = { rows, cols, ...strides };
        const a = values(reach(rows, cols, strides.aRow, strides.aCol), 1);
        const b = values(reach(rows, cols, strides.bRow, strides.bCol), 4);
        const items = rows * cols;
        const whole = new Float32Array(items);
        runKernel(math, kernel, { a, b, y: whole, ...call }, items);
        expect(
          Array.from(whole, (v) => v + 0),
          JSON.stringify(call),
        ).toEqual(expected(call, a, b, binary[kernel]));
        const cut = new Float32Array(items);
        runKernel(
          math,
          kernel,
          { a, b, y: cut, ...call },
          items,
          [1, 2, 7, 12, 14, 37].filter((at) => at < items),
        );
        expect(new Uint32Array(cut.buffer)).toEqual(new Uint32Array(whole.buffer));
      }
    });
  });

  test("y may be either operand that is not broadcast", () => {
    const flat = { rows: 1, cols: 21, aRow: 21, aCol: 1, bRow: 21, bCol: 1 };
    const a = values(21, 2);
    const b = values(21, 3);
    const sum = new Float32Array(expected(flat, a, b, binary.add));
    const [a2, b2] = [a.slice(), b.slice()];
    runKernel(math, "add", { a: a2, b, y: a2, ...flat }, 21, [5]);
    runKernel(math, "add", { a, b: b2, y: b2, ...flat }, 21, [5]);
    expect(a2).toEqual(sum);
    expect(b2).toEqual(sum);
  });

  test("leakyReluGrad", () => {
    const call = { rows: 3, cols: 7, aRow: 7, aCol: 1, bRow: 0, bCol: 1 };
    const a = values(21, 1);
    const b = values(7, 2);
    const y = new Float32Array(21);
    runKernel(math, "leakyReluGrad", { a, b, y, ...call, slope: 0.25 }, 21, [4, 9]);
    expect(Array.from(y, (v) => v + 0)).toEqual(expected(call, a, b, (x, dy) => (x > 0 ? dy : dy * 0.25)));
  });

  test("whole numbers compare without going through f32", () => {
    const a = Int32Array.of(1, 2, 2147483647, -5, 16777217, 0, 7, 9, -1);
    const b = Int32Array.of(1, 3, 2147483646, -4, 16777216, 0, 6, 9, 1);
    const call = { rows: 3, cols: 3, aRow: 3, aCol: 1, bRow: 3, bCol: 1 };
    const y = new Float32Array(9);
    runKernel(math, "equalI32", { a, b, y, ...call }, 9, [5]);
    expect([...y]).toEqual(expected(call, a, b, binary.equal));
    runKernel(math, "lessI32", { a, b, y, ...call, bRow: 0, bCol: 0 }, 9, [5]);
    expect([...y]).toEqual(expected({ ...call, bRow: 0, bCol: 0 }, a, b, binary.less));
  });

  test("pow to 1 ulp, exact for small whole numbers", () => {
    const call = { rows: 4, cols: 8, aRow: 8, aCol: 1, bRow: 1, bCol: 0 };
    const a = Float32Array.from({ length: 32 }, (_, i) => i - 12);
    const b = Float32Array.of(2, 3, 0, -1);
    const y = new Float32Array(32);
    runKernel(math, "pow", { a, b, y, ...call }, 32, [3, 11]);
    expect(Array.from(y, (v) => v + 0)).toEqual(expected(call, a, b, (x, e) => f(x ** e)));
    const c = Float32Array.from({ length: 31 }, (_, i) => 0.1 + i * 0.7);
    const e = Float32Array.from({ length: 31 }, (_, i) => Math.sin(i) * 20);
    const z = new Float32Array(31);
    runKernel(math, "pow", { a: c, b: e, y: z, rows: 1, cols: 31, aRow: 0, aCol: 1, bRow: 0, bCol: 1 }, 31);
    z.forEach((value, i) => {
      const truth = c[i]! ** e[i]!;
      expect(Math.abs(value - truth)).toBeLessThanOrEqual(2 ** -23 * truth);
    });
  });

  test("where, with every combination of steps", () => {
    const n = 19;
    for (let steps = 0; steps < 8; ++steps) {
      const [maskStep, aStep, bStep] = [steps & 1, (steps >> 1) & 1, steps >> 2];
      const mask = Float32Array.from({ length: n }, (_, i) => [1, 0, nan, -0][i % 4]!);
      const a = values(n, 1);
      const b = values(n, 2);
      const y = new Float32Array(n);
      runKernel(math, "where", { mask, a, b, y, maskStep, aStep, bStep }, n, [1, 6, 18]);
      expect([...y]).toEqual(Array.from(y, (_, i) => (mask[i * maskStep] !== 0 ? a[i * aStep]! : b[i * bStep]!)));
    }
  });
});
