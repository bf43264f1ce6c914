import { describe, expect, test } from "vitest";
import { maths, runKernel } from "../support/kernel.ts";

type Words = readonly [number, number];

/** Threefry-2x32, 20 rounds, written plainly from Salmon et al. 2011. */
function threefry(key: Words, counter: Words): Words {
  const keys = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd11bda];
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
  let x = (counter[0] + key[0]) | 0;
  let y = (counter[1] + key[1]) | 0;
  for (let round = 0; round < 20; ++round) {
    const by = rotations[round % 8]!;
    x = (x + y) | 0;
    y = ((y << by) | (y >>> (32 - by))) ^ x;
    if (round % 4 !== 3) continue;
    const turn = (round + 1) / 4;
    x = (x + keys[turn % 3]!) | 0;
    y = (y + keys[(turn + 1) % 3]! + turn) | 0;
  }
  return [x >>> 0, y >>> 0];
}

/** Word of element i under a ticket. */
function wordOf([key0, key1, draw]: Uint32Array, i: number): number {
  return threefry([key0!, key1!], [i >> 1, draw!])[i & 1]!;
}

const unitOf = (ticket: Uint32Array, i: number) => (wordOf(ticket, i) >>> 8) * 2 ** -24;
const TICKET = Uint32Array.of(0x13198a2e, 0x03707344, 0x85a308d3, 0);
const sizes = [0, 1, 2, 7, 8, 9, 16, 43];

test("the reference gives Random123's known answers", () => {
  expect(threefry([0, 0], [0, 0])).toEqual([0x6b200159, 0x99ba4efe]);
  expect(threefry([0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff])).toEqual([0x1cb996fc, 0xbb002be7]);
  expect(threefry([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3])).toEqual([0xc4923a9c, 0x483df7a0]);
});

describe.each(maths)("%s", (math) => {
  test("uniform begins with the known answer of key 0", () => {
    const y = new Float32Array(2);
    runKernel(math, "uniform", { ticket: new Uint32Array(4), y, low: 0, high: 1 }, 2);
    expect([...y]).toEqual([0x6b2001 * 2 ** -24, 0x99ba4e * 2 ** -24]);
  });

  test.each(sizes)("uniform, %i elements", (n) => {
    for (const ticket of [TICKET, Uint32Array.of(0xffffffff, 0xffffffff, 0xffffffff, 0)]) {
      const y = new Float32Array(n);
      runKernel(math, "uniform", { ticket, y, low: 0, high: 1 }, n);
      expect([...y]).toEqual(Array.from(y, (_, i) => unitOf(ticket, i)));
      runKernel(
        math,
        "uniform",
        { ticket, y, low: -2, high: 2 },
        n,
        [1, 9, 12].filter((at) => at < n),
      );
      expect([...y]).toEqual(Array.from(y, (_, i) => Math.fround(-2 + 4 * unitOf(ticket, i))));
    }
  });

  test.each(sizes)("normal, %i elements", (n) => {
    const pairs = Math.ceil(n / 2);
    const y = new Float32Array(n);
    runKernel(math, "normal", { ticket: TICKET, y, mean: 0.5, deviation: 2, n }, pairs);
    y.forEach((value, i) => {
      const r = 2 * Math.sqrt(-2 * Math.log(unitOf(TICKET, i & ~1) + 2 ** -24));
      const angle = 2 * Math.PI * unitOf(TICKET, i | 1);
      // The angle, below 2π, is rounded to within 2⁻²² by two factors; r, cosine and sine are good to a few 2⁻²⁴.
      expect(Math.abs(value - (0.5 + r * (i & 1 ? Math.sin(angle) : Math.cos(angle))))).toBeLessThanOrEqual((r + 0.5) * 2 ** -20);
    });
    const cut = new Float32Array(n);
    runKernel(
      math,
      "normal",
      { ticket: TICKET, y: cut, mean: 0.5, deviation: 2, n },
      pairs,
      [1, 3, 4, 10].filter((at) => at < pairs),
    );
    expect(cut).toEqual(y);
  });

  test("uniform and normal have the moments of their distributions", () => {
    const n = 200_000;
    const y = new Float32Array(n);
    const moment = (k: number, about: number) => y.reduce((sum, v) => sum + (v - about) ** k, 0) / n;
    // Five standard errors of each mean.
    runKernel(math, "uniform", { ticket: TICKET, y, low: 0, high: 1 }, n);
    expect(Math.abs(moment(1, 0.5))).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(moment(2, 0.5) - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
    expect(y.every((v) => v >= 0 && v < 1)).toBe(true);
    runKernel(math, "normal", { ticket: TICKET, y, mean: 3, deviation: 1, n }, n / 2);
    expect(Math.abs(moment(1, 3))).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(Math.abs(moment(2, 3) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3, 3))).toBeLessThan(5 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4, 3) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
  });

  test.each(sizes)("dropout, %i elements", (n) => {
    const x = Float32Array.from({ length: n }, (_, i) => i + 1);
    for (const p of [0, 0.25, 0.5, 1]) {
      const y = x.slice();
      runKernel(
        math,
        "dropout",
        { x: y, ticket: TICKET, y, p },
        n,
        [1, 9, 12].filter((at) => at < n),
      );
      const gain = Math.fround(1 / (1 - p));
      expect([...y]).toEqual(Array.from(x, (v, i) => (unitOf(TICKET, i) >= p ? Math.fround(v * gain) : 0)));
    }
  });

  test("dropout drops NaN and ∞ like anything else, and keeps them", () => {
    const x = Float32Array.from({ length: 32 }, (_, i) => (i & 1 ? Number.NaN : Number.POSITIVE_INFINITY));
    const y = new Float32Array(32);
    runKernel(math, "dropout", { x, ticket: TICKET, y, p: 0.5 }, 32);
    expect([...y]).toEqual(Array.from(x, (v, i) => (unitOf(TICKET, i) >= 0.5 ? v : 0)));
  });

  test.each([0, 1, 2, 7, 8, 9, 100])("permutation of %i", (n) => {
    const y = new Int32Array(n);
    runKernel(math, "permutation", { ticket: TICKET, y, n }, 1);
    const order = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; --i) {
      const j = Number((BigInt(wordOf(TICKET, i)) * BigInt(i + 1)) >> 32n);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    expect([...y]).toEqual(order);
  });

  test("permutations of three occur equally often", () => {
    const counts = new Map<string, number>();
    const y = new Int32Array(3);
    for (let draw = 0; draw < 1200; ++draw) {
      runKernel(math, "permutation", { ticket: Uint32Array.of(1, 2, draw, 0), y, n: 3 }, 1);
      counts.set(y.join(), (counts.get(y.join()) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Five standard deviations of a count of 200.
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(5 * Math.sqrt(1200 * (1 / 6) * (5 / 6)));
  });

  test("tickets number the draws of a stream, modulo 2³²", () => {
    const state = Uint32Array.of(1, 2, 0xfffffffe, 0);
    const out = new Uint32Array(4);
    runKernel(math, "ticket", { state, out, offset: 1 }, 1);
    expect([...out]).toEqual([1, 2, 0xffffffff, 0]);
    runKernel(math, "advanceStream", { state, by: 5 }, 1);
    expect([...state]).toEqual([1, 2, 3, 0]);
  });
});
