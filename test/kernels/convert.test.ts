import { describe, test } from "vitest";
import { type Math as Arithmetic, type Memory, maths, runKernel } from "../support/kernel.ts";
import { expectSame, oddCuts, uniform } from "../support/values.ts";

type Kernel = "i32ToF32" | "f32ToI32" | "i8ToF32" | "u8ToI32" | "f32ToU8" | "f32ToI8" | "i32ToU8";

const lengths = [0, 1, 3, 4, 5, 15, 16, 17, 100];
const special = [
  0,
  -0,
  0.99,
  -0.99,
  127.9,
  128,
  -128.9,
  -129,
  255.9,
  256,
  32768,
  65536,
  2 ** 31,
  -(2 ** 31),
  2 ** 33,
  -1e30,
  NaN,
  Infinity,
  -Infinity,
];

const reals = (n: number) => Float32Array.from([...special, ...uniform(n, 1).map((v) => 400 * v)].slice(-n || special.length));
const words = (n: number) => Int32Array.from({ length: n }, (_, i) => (i % 3 ? i * 11 - 300 : Math.imul(i, 0x9e3779b9)));
const within = (v: number, low: number, high: number) => (Number.isNaN(v) ? 0 : Math.trunc(Math.min(high, Math.max(low, v))));

const cases: [Kernel, (n: number) => Memory, new (n: number) => Memory, (v: number) => number][] = [
  ["i32ToF32", words, Float32Array, Math.fround],
  ["i8ToF32", (n) => Int8Array.from(words(n)), Float32Array, (v) => v],
  ["u8ToI32", (n) => Uint8Array.from(words(n)), Int32Array, (v) => v],
  ["f32ToI32", reals, Int32Array, (v) => within(v, -(2 ** 31), 2 ** 31 - 1)],
  ["f32ToU8", reals, Uint8Array, (v) => within(v, 0, 255)],
  ["f32ToI8", reals, Int8Array, (v) => within(v, -128, 127)],
  ["i32ToU8", words, Uint8Array, (v) => within(v, 0, 255)],
];

/** Without the sign of zero, which integers lack. */
const unsignedZero = (v: number) => (v === 0 ? 0 : v);

describe.each(maths)("%s", (math: Arithmetic) => {
  test.each(cases)("%s", (kernel, input, Output, convert) => {
    for (const n of [...lengths, special.length]) {
      const x = input(n);
      const y = new Output(x.length);
      runKernel(math, kernel, { x, y }, x.length, oddCuts(x.length));
      expectSame(
        y,
        [...x].map((v) => unsignedZero(convert(v))),
      );
    }
  });

  test.each(lengths)("u8ToF32, %i", (n) => {
    const factor = Math.fround(1 / 255);
    const x = Uint8Array.from(words(n));
    const y = new Float32Array(n);
    runKernel(math, "u8ToF32", { x, y, factor }, n, oddCuts(n));
    expectSame(
      y,
      [...x].map((v) => Math.fround(v * factor)),
    );
  });

  test("in place", () => {
    const y = Float32Array.of(1.5, -2.5, NaN, 1e10, 7);
    runKernel(math, "f32ToI32", { x: y, y }, 5, [2]);
    expectSame(new Int32Array(y.buffer), [1, -2, 0, 2 ** 31 - 1, 7]);
  });
});
