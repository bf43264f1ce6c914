/** What every update has in common, whatever its formula (test/graph/optimizer.test.ts has those), and what goes on beside updates. */
import { describe, expect, test } from "vitest";
import { SETTINGS } from "../../src/wasm/kernels.gen.ts";
import * as TUNE from "../../src/wasm/tune.gen.ts";
import { type Math as Arithmetic, maths, runKernel } from "../support/kernel.ts";
import { KERNELS } from "../support/kernels.ts";
import { expectSame, expectWithin, oddCuts, uniform } from "../support/values.ts";

type Update = "sgd" | "adagrad" | "rmsProp" | "adaDelta" | "lion" | "adam" | "adaMax" | "nAdam" | "rAdam";
/** All kernels that take a run of a slab. */
const updates = Object.values(KERNELS)
  .filter(({ operands }) => operands.some(([name]) => name === "ticks"))
  .map(({ name }) => name as Update);

const VECTOR = 4;
type Head = "STEP" | "DUE" | "GATHERED" | "EVERY" | "SECTIONS" | "SCALE" | "NORM" | "MAX_NORM";
type Place = "LR" | "DECAY" | "SHRINK" | "EPS" | "A" | "B" | "C" | "FLAG" | "START" | "PRODUCT_A" | "POWER_B" | "POWER_C";
type Block = { head(name: Head): number; bank(section: number, name: Place): number; bytes: Uint8Array };

/** Settings of an optimizer with the given banks, as the host writes them before the first step. */
function block(head: Partial<Record<Head, number>>, ...banks: Partial<Record<Place, number>>[]): Block {
  const values = new Float64Array((SETTINGS.BANK / 8) * (1 + banks.length));
  const first = { EVERY: 1, SECTIONS: banks.length, SCALE: 1, MAX_NORM: Infinity, ...head };
  for (const [name, value] of Object.entries(first)) values[SETTINGS[name as Head] / 8] = value;
  const at = (section: number, name: Place) => ((1 + section) * SETTINGS.BANK + SETTINGS[name]) / 8;
  for (const [section, bank] of banks.entries()) {
    for (const [name, value] of Object.entries({ PRODUCT_A: 1, POWER_B: 1, POWER_C: 1, ...bank }))
      values[at(section, name as Place)] = value;
  }
  return {
    head: (name) => values[SETTINGS[name] / 8]!,
    bank: (section, name) => values[at(section, name)]!,
    bytes: new Uint8Array(values.buffer),
  };
}

const usual = { LR: 0.1, DECAY: 0.01, SHRINK: 0.02, EPS: 1e-3, A: 0.9, B: 0.8, C: 0.99, FLAG: 1 };

/** A slab's weights, its gradients and three slots. */
const state = (vectors: number) => ({
  w: uniform(VECTOR * vectors, 1),
  g: uniform(VECTOR * vectors, 2),
  first: uniform(VECTOR * vectors, 3),
  second: uniform(VECTOR * vectors, 4).map(Math.abs),
  third: uniform(VECTOR * vectors, 5).map(Math.abs),
});
type State = ReturnType<typeof state>;
type How = { from?: number; section?: number; ticks?: number; cuts?: number[] };

function update(math: Arithmetic, kernel: Update, on: State, { bytes }: Block, vectors: number, how: How = {}): State {
  const { from = 0, section = 0, ticks = 0, cuts = [] } = how;
  runKernel(math, kernel, { ...on, settings: bytes, section, from, ticks }, vectors, cuts);
  return on;
}

function begun(math: Arithmetic, settings: Block): Block {
  runKernel(math, "beginStep", { settings: settings.bytes }, 1);
  return settings;
}

const changed = (now: Float32Array, before: Float32Array) =>
  [...now.keys()].filter((i) => !Object.is(now[i], before[i])).map((i) => Math.floor(i / VECTOR));

describe.each(maths)("%s", (math) => {
  test("there are nine updates", () => expect(updates).toHaveLength(9));

  describe.each(updates)("%s", (kernel) => {
    test.each([0, 1, 2, 7, 33])("cut anywhere, the same bits: %i vectors", (vectors) => {
      const whole = update(math, kernel, state(vectors), begun(math, block({}, usual)), vectors);
      const pieces = update(math, kernel, state(vectors), begun(math, block({}, usual)), vectors, { cuts: oddCuts(vectors) });
      for (const name of ["w", "first", "second", "third"] as const) expectSame(pieces[name], whole[name]);
      expectSame(whole.g, state(vectors).g);
    });

    test("counts the step itself if asked", () => {
      const [alone, apart] = [block({}, usual), begun(math, block({}, usual))];
      const found = update(math, kernel, state(5), alone, 5, { ticks: 1 });
      expectSame(found.w, update(math, kernel, state(5), apart, 5).w);
      expect(alone.bytes).toEqual(apart.bytes);
      expect(alone.head("STEP")).toBe(1);
    });

    test("changes its run alone, by its section's settings and slots", () => {
      const settings = begun(math, block({}, { ...usual, LR: 0.5 }, { ...usual, START: 2 }));
      const on = update(math, kernel, state(9), settings, 3, { from: 4, section: 1 });
      // The same numbers as a slab of their own: the slots begin two vectors before the run.
      const part = (x: Float32Array, at: number) => x.slice(VECTOR * at, VECTOR * (at + 3));
      const { w, g, first, second, third } = state(9);
      const own = { w: part(w, 4), g: part(g, 4), first: part(first, 2), second: part(second, 2), third: part(third, 2) };
      const same = update(math, kernel, own, begun(math, block({}, usual)), 3);
      expect([...new Set(changed(on.w, w))]).toEqual([4, 5, 6]);
      expectSame(part(on.w, 4), same.w);
      for (const name of ["first", "second", "third"] as const) expectSame(part(on[name], 2), same[name]);
    });

    test("does nothing before a step's last gradient", () => {
      const settings = begun(math, block({ EVERY: 2 }, usual));
      const on = update(math, kernel, state(3), settings, 3);
      for (const name of ["w", "first", "second", "third"] as const) expectSame(on[name], state(3)[name]);
      begun(math, settings);
      expect(changed(update(math, kernel, on, settings, 3).w, state(3).w)).toHaveLength(12);
    });

    test("scales gradients", () => {
      const half = state(3);
      half.g.forEach((value, i) => {
        half.g[i] = value / 2;
      });
      expectSame(
        update(math, kernel, state(3), begun(math, block({ SCALE: 0.5 }, usual)), 3).w,
        update(math, kernel, half, begun(math, block({}, usual)), 3).w,
      );
    });

    test("NaN and ∞ stay with their elements", () => {
      const on = state(4);
      on.g[3] = Number.NaN;
      on.g[9] = Number.POSITIVE_INFINITY;
      const plain = update(math, kernel, state(4), begun(math, block({}, usual)), 4);
      update(math, kernel, on, begun(math, block({}, usual)), 4);
      expect(on.w[3]).toBeNaN();
      expect(changed(on.w, plain.w).length).toBeLessThanOrEqual(2);
      for (const [i, value] of on.w.entries()) if (i !== 3 && i !== 9) expect(value).toBe(plain.w[i]);
    });
  });

  test("beginStep counts gradients and steps, and multiplies the products of each section", () => {
    const settings = block({ EVERY: 2 }, { A: 0.9, B: 0.999 }, { A: 0.5, B: 0.25, C: 0.75 });
    let [a, b, c, product] = [1, 1, 1, 1];
    for (let step = 1; step <= 3; ++step) {
      begun(math, settings);
      expect([settings.head("GATHERED"), settings.head("DUE"), settings.head("STEP")]).toEqual([1, 0, step - 1]);
      begun(math, settings);
      expect([settings.head("GATHERED"), settings.head("DUE"), settings.head("STEP")]).toEqual([2, 1, step]);
      a *= 0.9;
      b *= 0.999;
      expect([settings.bank(0, "PRODUCT_A"), settings.bank(0, "POWER_B")]).toEqual([a, b]);
      c *= 0.75;
      product *= 0.5 * (1 - 0.5 * c);
      expect([settings.bank(1, "PRODUCT_A"), settings.bank(1, "POWER_C")]).toEqual([product, c]);
    }
  });

  test("gatherGradient begins a sum and goes on with it", () => {
    const settings = block({ EVERY: 3 }, {});
    const sum = new Float32Array(20).fill(Number.NaN);
    for (let i = 1; i <= 3; ++i) {
      begun(math, settings);
      runKernel(math, "gatherGradient", { sum, g: new Float32Array(20).fill(i), settings: settings.bytes }, 5, [1, 3]);
      expectSame(sum, new Float32Array(20).fill((i * (i + 1)) / 2));
    }
  });

  test.each([4, 12, 4096, 4100, 20000])("the norm of %i numbers, and what brings it under a bound", (n) => {
    const g = uniform(n + 8, 6);
    const exact = Math.sqrt(g.subarray(8).reduce((sum, x) => sum + x * x, 0));
    const blocks = Math.ceil(n / TUNE.NORM_BLOCK);
    for (const bound of [exact / 2, exact * 2, Infinity]) {
      const settings = begun(math, block({ MAX_NORM: bound }, {}));
      const partial = new Float32Array(2 * (blocks + 1)); // f64
      runKernel(math, "squareSums", { g, partial, from: 2, n, at: 1 }, blocks, oddCuts(blocks));
      runKernel(math, "limitNorm", { partial, settings: settings.bytes, blocks: blocks + 1 }, 1);
      expectWithin([settings.head("NORM")], [exact], () => 2e-7 * exact);
      expectWithin([settings.head("SCALE")], [Math.min(1, bound / (exact + 1e-6))], () => 2e-7);
    }
  });

  test("a norm that is no number scales gradients to no numbers, as in PyTorch", () => {
    const settings = begun(math, block({ MAX_NORM: 1, EVERY: 1 }, {}));
    runKernel(
      math,
      "limitNorm",
      { partial: new Float32Array(new Float64Array([Number.NaN]).buffer), settings: settings.bytes, blocks: 1 },
      1,
    );
    expect(settings.head("SCALE")).toBeNaN();
  });

  test("averageWeights: exponential, and the mean of all", () => {
    const weights = [1, 2, 3, 4].map((seed) => uniform(20, seed));
    for (const flag of [0, 1]) {
      const settings = block({}, { A: 0.75, FLAG: flag });
      const mean = new Float32Array(20);
      const exact = new Float64Array(20);
      for (const [t, w] of weights.entries()) {
        begun(math, settings);
        runKernel(math, "averageWeights", { mean, w, settings: settings.bytes }, 5, [2]);
        const rate = t === 0 ? 1 : flag ? 1 / (t + 1) : 0.25;
        for (const i of exact.keys()) exact[i] = exact[i]! + rate * (w[i]! - exact[i]!);
        if (t === 0) expectSame(mean, w);
      }
      expectWithin(mean, exact, () => 4 * 2 * 2 ** -24);
    }
  });

  test("exchange", () => {
    const [a, b] = [uniform(20, 1), uniform(20, 2)];
    runKernel(math, "exchange", { a, b }, 5, [1]);
    expectSame(a, uniform(20, 2));
    expectSame(b, uniform(20, 1));
  });
});
