import { describe, expect, test } from "vitest";
import { slope, someOf } from "../support/gradcheck.ts";
import { type Math as Mathematics, maths, runKernel } from "../support/kernel.ts";
import { GATES, type Kind, recurrent64 } from "../support/recurrent.ts";
import { type Array64, array64, build } from "../support/reference.ts";
import { uniform } from "../support/values.ts";

const KINDS = ["rnn", "rnnRelu", "lstm", "gru"] as const;
/**
 * Rows: one, a tile of 4 and its neighbours, 8, 12, those of a block and one more. Units: one, part of a vector, vectors, a panel of 8 and
 * its neighbours, wide rows of 32 and what is beside them; products of more than a block of 256. Nothing at all.
 */
// biome-ignore format: a table
const SIZES = [
  [1, 1, 1], [1, 3, 33], [2, 2, 4], [3, 3, 5], [4, 2, 7], [5, 3, 8], [7, 1, 9], [8, 2, 12], [12, 2, 16], [13, 2, 3], [25, 1, 31],
  [73, 2, 2], [3, 2, 65], [2, 1, 260], [3, 0, 4], [0, 2, 3],
] as const;
const STRIP = 8;
const UNIT = 2 ** -24;

type Setting = { lengths?: Int32Array; reverse?: boolean; batchFirst?: boolean };
const randoms = (n: number, seed: number, scale = 1) => Float32Array.from(uniform(n, seed), (u) => u * scale);
const f32 = (n: number) => new Float32Array(n);

/** Operands of a kind of cell by the kernels' names, forwards and backwards. */
function operandsOf(kind: Kind, n: number, steps: number, hidden: number, { lengths, reverse, batchFirst }: Setting = {}) {
  const width = GATES[kind] * hidden;
  const [states, all, wide] = [n * hidden, steps * n * hidden, steps * n * width];
  const seed = n * 100 + steps * 10 + hidden;
  const weight = randoms(hidden * width, seed, 1 / Math.sqrt(hidden));
  return {
    weight,
    given: {
      p: randoms(wide, seed + 1),
      bias: randoms(width, seed + 2, 0.5),
      hiddenBias: randoms(width, seed + 3, 0.5),
      h0: randoms(states, seed + 4),
      c0: randoms(states, seed + 5),
      lengths: lengths ?? new Int32Array(n).fill(steps),
      ...{ dy: randoms(all, seed + 6), dLast: randoms(states, seed + 7), dLastCell: randoms(states, seed + 8) },
    },
    found: {
      ...{
        work: f32(n * width),
        y: f32(all),
        last: f32(states),
        lastCell: f32(states),
        before: f32(all),
        cells: f32(all),
        inner: f32(all),
      },
      ...{ dp: f32(wide), dr: f32(wide), dh0: f32(states), dc0: f32(states) },
    },
    numbers: {
      ...{ n, hidden, steps, reverse: reverse ? 1 : 0, relu: kind === "rnnRelu" ? 1 : 0, strip: STRIP },
      ...(batchFirst ? { yRow: steps * hidden, yStep: hidden } : { yRow: hidden, yStep: n * hidden }),
    },
  };
}
type Operands = ReturnType<typeof operandsOf>;

function panelsOf(math: Mathematics, weight: Float32Array, hidden: number, transposed: boolean): Float32Array {
  const width = weight.length / hidden;
  const [k, n] = transposed ? [width, hidden] : [hidden, width];
  const count = Math.ceil(n / 8);
  const panels = f32(count * (k + 1) * 8);
  runKernel(math, "packB", { b: weight, panels, k, n, transB: transposed ? 1 : 0, strideB: 0 }, count);
  return panels;
}

type Running = { cuts?: readonly number[]; wide?: 0 | 1; inPlace?: boolean };

/** Forwards, then backwards; what is found stands in `found`, gates in place of what is given as p. */
function run(
  math: Mathematics,
  kind: Kind,
  { weight, given, found, numbers }: Operands,
  { cuts = [], wide = 0, inPlace }: Running = {},
) {
  const items = Math.ceil(numbers.n / STRIP);
  const gates = given.p.slice();
  const panels = panelsOf(math, weight, numbers.hidden, false);
  const all = { ...given, ...found, ...numbers, panels, gates };
  const name = kind === "rnnRelu" ? "rnn" : kind;
  const { fault } = runKernel(math, name, all, items, cuts, wide);
  const back = { ...all, dp: inPlace ? gates : found.dp, panels: panelsOf(math, weight, numbers.hidden, true) };
  runKernel(math, `${name}Grad`, back, items, cuts, wide);
  if (inPlace) found.dp.set(gates);
  return fault;
}

/** What the formulas make of the inputs' products and the first states. */
function exactly(kind: Kind, { weight, given, numbers }: Operands, p: Array64, h0: Array64, c0: Array64) {
  const { n, hidden, steps, reverse } = numbers;
  const width = GATES[kind] * hidden;
  const x = build([n, steps, width], ([i, t, j]) => p.data[(t! * n + i!) * width + j!]!);
  const biasHh = kind === "gru" ? array64([width], given.hiddenBias) : undefined;
  const weights = { hh: array64([hidden, width], weight), biasIh: array64([width], given.bias), biasHh };
  return recurrent64(kind, x, weights, { hidden: h0, cell: c0 }, { lengths: [...given.lengths], reverse: reverse === 1 });
}

const startOf = ({ given, numbers: { n, hidden } }: Operands) =>
  [array64([given.p.length], given.p), array64([n, hidden], given.h0), array64([n, hidden], given.c0)] as const;

function expectNear(
  what: string,
  actual: Float32Array,
  exact: (i: number) => number,
  tolerance: number,
  places = [...actual.keys()],
) {
  expect(tolerance).toBeLessThan(1e-3);
  for (const i of places) {
    const truth = exact(i);
    if (!(Math.abs(actual[i]! - truth) <= tolerance * Math.max(1, Math.abs(truth))))
      expect.fail(`${what} ${i}: ${actual[i]}, exactly ${truth}`);
  }
}

/** Where an element of y stands in [n, steps, hidden]. */
function batchPlace({ n, hidden, steps, yRow }: Operands["numbers"]) {
  return (i: number): number => {
    if (yRow !== hidden || steps === 1) return i;
    const [t, row, unit] = [Math.floor(i / (n * hidden)), Math.floor(i / hidden) % n, i % hidden];
    return (row * steps + t) * hidden + unit;
  };
}

function checkForward(kind: Kind, operands: Operands): void {
  const { found, numbers } = operands;
  const exact = exactly(kind, operands, ...startOf(operands));
  // A sum of `hidden` products, then functions of 3 ulp, in each step on top of the one before.
  const tolerance = (numbers.hidden + 16) * Math.max(1, numbers.steps) * UNIT;
  const place = batchPlace(numbers);
  expectNear("y", found.y, (i) => exact.output.data[place(i)]!, tolerance);
  expectNear("last", found.last, (i) => exact.hidden.data[i]!, tolerance);
  if (kind === "lstm") expectNear("lastCell", found.lastCell, (i) => exact.cell.data[i]!, tolerance);
}

function checkBackward(kind: Kind, operands: Operands): void {
  const { given, found, numbers } = operands;
  const place = batchPlace(numbers);
  const dot = (x: Array64, d: Float32Array, at: (i: number) => number = (i) => i) =>
    d.reduce((sum, value, i) => sum + value * x.data[at(i)]!, 0);
  const loss = (...xs: Array64[]): number => {
    const { output, hidden, cell } = exactly(kind, operands, ...(xs as [Array64, Array64, Array64]));
    return dot(output, given.dy, place) + dot(hidden, given.dLast) + (kind === "lstm" ? dot(cell, given.dLastCell) : 0);
  };
  const tolerance = (GATES[kind] * numbers.hidden + 64) * Math.max(1, numbers.steps) * UNIT;
  const results = kind === "lstm" ? [found.dp, found.dh0, found.dc0] : [found.dp, found.dh0];
  for (const [input, gradient] of results.entries())
    expectNear(
      ["dp", "dh0", "dc0"][input]!,
      gradient,
      (i) => slope(loss, startOf(operands), input, i),
      tolerance,
      someOf(gradient.length, 9),
    );
}

const bitsOf = ({ found }: Operands) =>
  Object.entries(found)
    .filter(([name]) => name !== "work")
    .map(([name, array]) => [name, ...new Uint32Array(array.buffer)]);

/** Lengths of every kind: whole, none, one, … */
const ragged = (n: number, steps: number) =>
  Int32Array.from({ length: n }, (_, i) => (i % 4 === 1 ? 0 : i % 4 === 2 ? 1 : steps - (i % 4 === 3 ? 1 : 0)));

describe.each(maths)("%s", (math) => {
  describe.each(KINDS)("%s", (kind) => {
    test.each(SIZES)("%i rows, %i steps, %i units", (n, steps, hidden) => {
      const operands = operandsOf(kind, n, steps, hidden);
      expect(run(math, kind, operands)).toBe(0);
      checkForward(kind, operands);
      checkBackward(kind, operands);
    });

    test.each([
      { reverse: true },
      { batchFirst: true },
      { lengths: ragged(10, 3) },
      { lengths: ragged(10, 3), reverse: true, batchFirst: true },
    ])("%o", (setting) => {
      const operands = operandsOf(kind, 10, 3, 6, setting);
      expect(run(math, kind, operands)).toBe(0);
      checkForward(kind, operands);
      checkBackward(kind, operands);
    });

    test("the same bits however rows are shared, with either tile, and in place", () => {
      const of = (running: Running) => {
        const operands = operandsOf(kind, 45, 3, 34, { lengths: ragged(45, 3) });
        run(math, kind, operands, running);
        return bitsOf(operands);
      };
      const alone = of({});
      expect(of({ cuts: [1, 2, 5] })).toEqual(alone);
      expect(of({ wide: 1 })).toEqual(alone);
      if (kind === "lstm" || kind === "gru") expect(of({ inPlace: true })).toEqual(alone);
    });

    test("a row's bits do not depend on the rows beside it", () => {
      const [many, one] = [operandsOf(kind, 13, 2, 11), operandsOf(kind, 1, 2, 11)];
      one.weight.set(many.weight);
      for (const [name, array] of Object.entries(one.given)) {
        const from = many.given[name as keyof Operands["given"]];
        const steps = name === "p" || name === "dy" ? 2 : 1;
        const rows = name === "bias" || name === "hiddenBias" ? 1 : 13;
        const size = array.length / steps;
        // Row 9 of each step, or what all rows share.
        for (let t = 0; t < steps; ++t)
          array.set(from.subarray(rows === 1 ? 0 : (t * 13 + 9) * size, rows === 1 ? size : (t * 13 + 10) * size), t * size);
      }
      run(math, kind, many);
      run(math, kind, one);
      expect(one.found.y).toEqual(
        Float32Array.from([0, 1].flatMap((t) => [...many.found.y.subarray((t * 13 + 9) * 11, (t * 13 + 10) * 11)])),
      );
      expect(one.found.dh0).toEqual(many.found.dh0.slice(9 * 11, 10 * 11));
    });

    test("NaN and ±∞ stay in their row, and go on in time", () => {
      const clean = operandsOf(kind, 5, 3, 6);
      const dirty = operandsOf(kind, 5, 3, 6);
      const width = GATES[kind] * 6;
      dirty.given.p.fill(Number.NaN, (1 * 5 + 2) * width, (1 * 5 + 3) * width); // row 2, step 1
      run(math, kind, clean);
      run(math, kind, dirty);
      const at = (operands: Operands, t: number, row: number) => [
        ...operands.found.y.subarray((t * 5 + row) * 6, (t * 5 + row + 1) * 6),
      ];
      for (const t of [0, 1, 2])
        for (const row of [0, 1, 2, 3, 4]) {
          if (row === 2 && t > 0) expect(at(dirty, t, row)).toEqual(new Array(6).fill(Number.NaN));
          else expect(at(dirty, t, row)).toEqual(at(clean, t, row));
        }
      const endless = operandsOf(kind, 1, 1, 4);
      endless.given.p.fill(Number.POSITIVE_INFINITY);
      run(math, kind, endless);
      const expected = { rnn: 1, rnnRelu: Number.POSITIVE_INFINITY, lstm: null, gru: null }[kind];
      if (expected !== null) expect([...endless.found.y]).toEqual(new Array(4).fill(expected));
      else expect(endless.found.y.every(Number.isFinite)).toBe(true);
    });

    test("a length out of range is reported, the lowest row first", () => {
      const lengths = Int32Array.from({ length: 20 }, (_, i) => (i === 6 ? 3 : i === 15 ? -1 : 2));
      expect(run(math, kind, operandsOf(kind, 20, 2, 3, { lengths }))).toBe(7);
    });
  });

  test("whole numbers come out exactly", () => {
    const operands = operandsOf("rnnRelu", 6, 3, 9);
    const whole = (array: Float32Array, most: number) => array.forEach((value, i) => { array[i] = Math.round(value * most); }); // biome-ignore format: short
    whole(operands.weight, 2);
    for (const array of Object.values(operands.given)) if (array instanceof Float32Array) whole(array, 3);
    run(math, "rnnRelu", operands);
    const exact = exactly("rnnRelu", operands, ...startOf(operands));
    const place = batchPlace(operands.numbers);
    expect([...operands.found.y]).toEqual([...operands.found.y.keys()].map((i) => exact.output.data[place(i)]));
  });
});
