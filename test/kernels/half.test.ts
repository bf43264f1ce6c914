import { describe, expect, test } from "vitest";
import { type Math as Arithmetic, maths, runKernel } from "../support/kernel.ts";
import { expectSame, oddCuts, uniform } from "../support/values.ts";

const lengths = [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 100];

/** What 16 bits say, by IEEE 754. */
function numberOf(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
}

/** The bits of the f16 nearest to x, ties to even, found among all that are not negative: in f64, whatever x's size. */
const ascending = Float64Array.from({ length: 0x7c00 }, (_, bits) => numberOf(bits));
function bitsOf(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(x);
  let [low, high] = [0, 0x7c00]; // ∞ counts as 65536, the number that would follow
  const at = (bits: number): number => (bits === 0x7c00 ? 65536 : ascending[bits]!);
  if (magnitude >= 65536) return sign | 0x7c00;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (at(middle) <= magnitude) low = middle;
    else high = middle;
  }
  const [below, above] = [magnitude - at(low), at(high) - magnitude];
  return sign | (below < above || (below === above && low % 2 === 0) ? low : high);
}

const word = new Float32Array(1);
const wordBits = new Int32Array(word.buffer);
/** The f32 so many steps of its bits from x. */
function neighbour(x: number, steps: number): number {
  word[0] = x;
  wordBits[0]! += steps;
  return word[0]!;
}

function narrowed(math: Arithmetic, x: Float32Array): Uint16Array {
  const y = new Uint16Array(x.length);
  runKernel(math, "f32ToF16", { x, y }, x.length, oddCuts(x.length));
  return y;
}

function widened(math: Arithmetic, x: Uint16Array): Float32Array {
  const y = new Float32Array(x.length);
  runKernel(math, "f16ToF32", { x, y }, x.length, oddCuts(x.length));
  return y;
}

const every = Uint16Array.from({ length: 65536 }, (_, i) => i);
/** A NaN by its sign alone; everything else by its bits. */
const canonical = (bits: number): number => ((bits & 0x7fff) > 0x7c00 ? (bits & 0x8000) | 0x7e00 : bits);

describe.each(maths)("%s", (math: Arithmetic) => {
  test("all f16 become f32 exactly, NaN with sign and payload", () => {
    const y = widened(math, every);
    expectSame(y, Array.from(every, numberOf));
    const bits = new Uint32Array(y.buffer);
    for (const h of [0x7c01, 0x7e00, 0x7fff, 0xfc01, 0xffff])
      expect(bits[h]).toBe((((h & 0x8000) << 16) | 0x7f800000 | ((h & 0x3ff) << 13)) >>> 0);
  });

  test("all f16 come back from f32", () => {
    expectSame(narrowed(math, widened(math, every)), Array.from(every, canonical));
  });

  test("f32 rounds to nearest, ties to even, at and around every f16 and every border between two", () => {
    const numbers: number[] = [];
    for (let bits = 0; bits < 0x7c00; ++bits) {
      const [low, high] = [numberOf(bits), bits + 1 === 0x7c00 ? 65536 : numberOf(bits + 1)];
      for (const point of [low, (low + high) / 2]) {
        const steps = point === 0 ? [0, 1, 2, 1000] : [-2, -1, 0, 1, 2];
        for (const step of steps) numbers.push(neighbour(point, step), -neighbour(point, step));
      }
    }
    const x = Float32Array.from(numbers);
    expectSame(narrowed(math, x), Array.from(x, bitsOf));
  });

  test("f32 of every exponent", () => {
    const x = Float32Array.from({ length: 4096 }, (_, i) => neighbour(0, Math.imul(i, 0x9e3779b1) ^ (i << 20)));
    const special = [
      0,
      -0,
      Infinity,
      -Infinity,
      NaN,
      65519,
      65519.996,
      65520,
      -65520,
      3e38,
      2 ** -25,
      2 ** -24,
      2 ** -149,
      -(2 ** -149),
    ];
    x.set(special);
    expectSame(
      Array.from(narrowed(math, x), (bits) => ((bits & 0x7fff) > 0x7c00 ? NaN : bits)),
      Array.from(x, (v) => (Number.isNaN(v) ? NaN : bitsOf(v))),
    );
  });

  test("NaN stays NaN, whatever its bits, and keeps its sign", () => {
    const x = new Float32Array(Uint32Array.of(0x7f800001, 0x7fc00000, 0x7fffffff, 0xff800001, 0xffc00000, 0xffffffff).buffer);
    expectSame(narrowed(math, x), [0x7e00, 0x7e00, 0x7e00, 0xfe00, 0xfe00, 0xfe00]);
  });

  test.each(lengths)("%i elements, cut anywhere", (n) => {
    const x = uniform(n, 1).map((v, i) => v * 2 ** ((i % 40) - 28));
    if (n > 2) x[n - 2] = NaN;
    const y = narrowed(math, x);
    expectSame(Array.from(y, canonical), Array.from(x, bitsOf));
    expectSame(widened(math, y), Array.from(y, numberOf));
  });
});
