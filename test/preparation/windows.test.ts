import { describe, expect, test, vi } from "vitest";
import { checkLeaks, logMel, split, Table, tensor, windows } from "../../src/index.ts";

describe("windows", () => {
  const count = Array.from({ length: 6 }, (_, i) => i);

  test("show what was, and ask for what follows", () => {
    const { x, y } = windows(count, { length: 3 });
    expect([x.shape, y.toArray()]).toEqual([[3, 3, 1], [[3], [4], [5]]]); // biome-ignore format: one line
    expect([...x.data()]).toEqual([0, 1, 2, 1, 2, 3, 2, 3, 4]);
    expect(windows(count, { length: 2, horizon: 2, stride: 2 }).y.toArray()).toEqual([[2, 3], [4, 5]]); // biome-ignore format: one line
  });

  test("of several columns predict one", () => {
    const series = new Table({ a: [0, 1, 2], b: [10, 11, 12] });
    const { x, y } = windows(series, { length: 2, target: 1 });
    expect([x.toArray(), y.toArray()]).toEqual([[[[0, 10], [1, 11]]], [[12]]]); // biome-ignore format: one line
  });

  test("of a part of a series look back, and predict nothing of what was before", () => {
    const { train, test: later } = split(new Table({ n: count }), { train: 4 / 6, test: 2 / 6 }, { time: true });
    const { x, y } = windows(later, { length: 3, before: train });
    expect([x.toArray(), y.toArray()]).toEqual([[[[1], [2], [3]], [[2], [3], [4]]], [[4], [5]]]); // biome-ignore format: one line
    expect(Math.max(...windows(train, { length: 3 }).y.data())).toBe(3);
  });
});

/** In f64, straight from the definition. */
function reference(samples: readonly number[], rate: number, size: number, hop: number, bands: number): number[][] {
  const mel = (f: number): number => 2595 * Math.log10(1 + f / 700);
  const hz = (m: number): number => 700 * (10 ** (m / 2595) - 1);
  const points = Array.from({ length: bands + 2 }, (_, i) => hz((mel(rate / 2) * i) / (bands + 1)));
  const frames = Math.floor((samples.length - size) / hop) + 1;
  return Array.from({ length: frames }, (_, frame) => {
    const power = Array.from({ length: Math.floor(size / 2) + 1 }, (_, k) => {
      let [re, im] = [0, 0];
      for (let i = 0; i < size; ++i) {
        const value = samples[frame * hop + i]! * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
        re += value * Math.cos((2 * Math.PI * i * k) / size);
        im += value * Math.sin((2 * Math.PI * i * k) / size);
      }
      return re * re + im * im;
    });
    return Array.from({ length: bands }, (_, b) => {
      const [left, middle, right] = [points[b]!, points[b + 1]!, points[b + 2]!];
      const energy = power.reduce((sum, value, k) => {
        const f = (k * rate) / size;
        return sum + value * Math.max(0, Math.min((f - left) / (middle - left), (right - f) / (right - middle)));
      }, 0);
      return Math.log(energy + 1e-6);
    });
  });
}

describe("logMel", () => {
  const rate = 1000;
  const tone = Array.from({ length: 200 }, (_, i) => Math.fround(Math.sin(0.5 * i) + 0.3 * Math.sin(1.7 * i)));

  test("is the logarithm of energies in bands", () => {
    const found = logMel(tensor(tone), { rate, size: 32, hop: 10, bands: 8 });
    expect(found.shape).toEqual([17, 8]);
    // Energies are sums of 34 products of sums of 32, each with a relative error of 2⁻²⁴ of the largest: below 1e-4 where they are not tiny.
    for (const [i, value] of reference(tone, rate, 32, 10, 8).flat().entries())
      expect(Math.abs(found.data()[i]! - value)).toBeLessThan(2e-4);
  });

  test("hears a tone in its band, and silence everywhere", () => {
    const at = (frequency: number): number => {
      const pure = Float32Array.from({ length: 400 }, (_, i) => Math.sin((2 * Math.PI * frequency * i) / 8000));
      return logMel(tensor(pure), { rate: 8000, size: 400, hop: 400 }).argmax(-1).data()[0]!;
    };
    expect(at(300)).toBeLessThan(at(1000));
    expect(at(1000)).toBeLessThan(at(3000));
    const silence = logMel(tensor(new Float32Array(400)), { rate: 8000, size: 400, hop: 400 }).data();
    for (const value of silence) expect(Math.abs(value - Math.log(1e-6))).toBeLessThan(1e-4);
  });

  test("averages channels", () => {
    const both = tensor(tone.flatMap((value) => [value, value])).reshape([200, 2]);
    const options = { rate, size: 32, hop: 10, bands: 8 };
    expect(logMel(both, options).data()).toEqual(logMel(tensor(tone), options).data());
  });
});

describe("checkLeaks", () => {
  test("finds rows on both sides, of data sets and tables", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const train = { x: tensor([[1, 2], [3, 4]]), y: tensor([0, 1]) }; // biome-ignore format: one line
    const unseen = { x: tensor([[3, 4], [5, 6]]), y: tensor([1, 1]) }; // biome-ignore format: one line
    const report = checkLeaks(train, unseen);
    expect(report.shared).toEqual([[1, 0]]);
    expect(warn.mock.calls[0]![0]).toBe("checkLeaks: 1 of 2 test rows stand in the training set too: test row 0 = training row 1");
    warn.mockClear();
    expect(String(checkLeaks(new Table({ a: [1, 2] }), new Table({ a: [3, null] })))).toMatch(/no leak found/);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
