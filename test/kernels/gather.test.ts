import { describe, expect, test } from "vitest";
import { type Math as Arithmetic, maths, runKernel } from "../support/kernel.ts";
import { expectSame, integers, oddCuts, uniform } from "../support/values.ts";

const sizes = [0, 1, 2, 3, 4, 5, 15, 16, 17, 100, 784];
const rows = 6;
const index = Int32Array.of(3, 0, 5, 3, 3, 1, 4);
const n = index.length;

const repeated = (size: number, value: (row: number, column: number) => number) =>
  [...index].flatMap((row) => Array.from({ length: size }, (_, column) => value(row, column)));

describe.each(maths)("%s", (math: Arithmetic) => {
  test.each(sizes)("gatherRows, %i", (size) => {
    const table = uniform(rows * size, 1);
    const y = new Float32Array(n * size);
    const { fault } = runKernel(math, "gatherRows", { table, index, y, rows, size }, n, oddCuts(n));
    expectSame(
      y,
      repeated(size, (r, c) => table[r * size + c]!),
    );
    expect(fault).toBe(0);
  });

  test.each(sizes)("gatherRows8, %i", (size) => {
    const table = Uint8Array.from({ length: rows * size }, (_, i) => i * 37);
    const y = new Uint8Array(n * size);
    const { fault } = runKernel(math, "gatherRows8", { table, index, y, rows, size }, n, oddCuts(n));
    expectSame(
      y,
      repeated(size, (r, c) => table[r * size + c]!),
    );
    expect(fault).toBe(0);
  });

  test.each(sizes)("gatherRowsU8, %i", (size) => {
    const table = Uint8Array.from({ length: rows * size }, (_, i) => 255 - i * 37);
    const factor = Math.fround(1 / 255);
    const y = new Float32Array(n * size);
    const { fault } = runKernel(math, "gatherRowsU8", { table, index, y, rows, size, factor }, n, oddCuts(n));
    expectSame(
      y,
      repeated(size, (r, c) => Math.fround(table[r * size + c]! * factor)),
    );
    expect(fault).toBe(0);
  });

  test.each(sizes)("scatterAddRows adds in the order of the index, %i", (size) => {
    const dy = uniform(n * size, 2);
    const dx = uniform(rows * size, 3);
    const expected = dx.slice();
    index.forEach((row, i) => {
      for (let c = 0; c < size; ++c) expected[row * size + c]! += dy[i * size + c]!;
    });
    const { fault } = runKernel(math, "scatterAddRows", { dy, index, dx, n, size, rows, skip: -1 }, size, oddCuts(size));
    expectSame(dx, expected);
    expect(fault).toBe(0);
  });

  test("pick and oneHot", () => {
    const x = integers(n * rows, 4, 100);
    const y = new Float32Array(n);
    const hot = new Float32Array(n * rows).fill(-1);
    expect(runKernel(math, "pick", { x, index, y, n: rows }, n, oddCuts(n)).fault).toBe(0);
    expect(runKernel(math, "oneHot", { index, y: hot, n: rows }, n, oddCuts(n)).fault).toBe(0);
    expectSame(
      y,
      [...index].map((j, r) => x[r * rows + j]!),
    );
    expectSame(
      hot,
      [...index].flatMap((j) => Array.from({ length: rows }, (_, c) => (c === j ? 1 : 0))),
    );
  });

  test("a bad index is clamped, and its lowest row reported whatever the order of chunks", () => {
    const bad = Int32Array.of(0, 2, 6, -1, 2 ** 31 - 1, -(2 ** 31));
    const clamped = [0, 2, 5, 0, 5, 0];
    const table = integers(rows * 3, 5, 100);
    const bytes = Uint8Array.from({ length: rows * 3 }, (_, i) => i);
    const operands = { index: bad, rows, size: 3 };
    const y = new Float32Array(18);
    const y8 = new Uint8Array(18);
    expect(runKernel(math, "gatherRows", { ...operands, table, y }, 6, [3, 5]).fault).toBe(3);
    expectSame(
      y,
      clamped.flatMap((r) => [...table.slice(r * 3, r * 3 + 3)]),
    );
    expect(runKernel(math, "gatherRows8", { ...operands, table: bytes, y: y8 }, 6, [3, 5]).fault).toBe(3);
    expectSame(
      y8,
      clamped.flatMap((r) => [...bytes.slice(r * 3, r * 3 + 3)]),
    );
    expect(runKernel(math, "gatherRowsU8", { ...operands, table: bytes, y, factor: 2 }, 6, [3, 5]).fault).toBe(3);
    expectSame(
      y,
      clamped.flatMap((r) => [...bytes.slice(r * 3, r * 3 + 3)].map((v) => v * 2)),
    );
    const dx = new Float32Array(rows * 3);
    expect(
      runKernel(math, "scatterAddRows", { dy: new Float32Array(18).fill(1), index: bad, dx, n: 6, size: 3, rows, skip: -1 }, 3, [1])
        .fault,
    ).toBe(3);
    expectSame(
      dx,
      [3, 0, 1, 0, 0, 2].flatMap((v) => [v, v, v]),
    );
    const x = integers(36, 6, 100);
    const picked = new Float32Array(6);
    const hot = new Float32Array(36);
    expect(runKernel(math, "pick", { x, index: bad, y: picked, n: 6 }, 6, [4]).fault).toBe(3);
    expectSame(
      picked,
      clamped.map((j, r) => x[r * 6 + j]!),
    );
    expect(runKernel(math, "oneHot", { index: bad, y: hot, n: 6 }, 6, [4]).fault).toBe(3);
    expectSame(
      hot,
      clamped.flatMap((j) => Array.from({ length: 6 }, (_, c) => (c === j ? 1 : 0))),
    );
  });
});
