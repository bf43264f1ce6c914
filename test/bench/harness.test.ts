import { describe, expect, test } from "vitest";
import { type Case, loop, measure } from "../../src/cli/bench/harness.ts";

/** A case whose calls take the given seconds each, on a clock of its own; `log` receives its name at every sample. */
function timed(name: string, perCall: number, log: string[], more: Partial<Case> = {}): Case {
  return {
    name,
    unit: "GFLOP/s",
    work: 1e9,
    setup: () => ({
      sample(calls) {
        if (calls > 1) log.push(name);
        return { seconds: calls * perCall, calls };
      },
      poison: () => undefined,
      check: () => undefined,
    }),
    ...more,
  };
}

test("loop divides by nothing: it returns the seconds of all calls", () => {
  let now = 0;
  let calls = 0;
  const sample = loop(
    () => {
      now += 2;
      calls += 1;
    },
    () => now,
  );
  expect(sample(5)).toEqual({ seconds: 0.01, calls: 5 });
  expect(calls).toBe(5);
});

describe("measure", () => {
  test("turns seconds into rates and times, and compares with the peak of the same unit", async () => {
    const cases = [
      timed("peak", 0.00001, [], { peak: true }),
      timed("half", 0.00002, []),
      timed("slow", 0.00002, [], { unit: "µs/call", work: 1 }),
      timed("peer", 0.00008, [], { unit: "µs/call", work: 1, reference: "slow" }),
    ];
    const [peak, half, slow, peer] = await measure(cases, { rounds: 10 });
    expect(peak).toMatchObject({ median: expect.closeTo(1e5, 3), best: expect.closeTo(1e5, 3), shareOfPeak: 1, samples: 10 });
    expect(half).toMatchObject({ shareOfPeak: expect.closeTo(0.5, 9), timesSlower: null });
    expect(slow).toMatchObject({ best: expect.closeTo(20, 9), shareOfPeak: null });
    expect(peer).toMatchObject({ best: expect.closeTo(80, 9), timesSlower: expect.closeTo(4, 9) });
  });

  test("best is the highest rate and the shortest time", async () => {
    const varying = (name: string, unit: Case["unit"]): Case => {
      let sample = 0;
      return {
        ...timed(name, 0, []),
        unit,
        work: 1,
        setup: () => ({
          sample: () => ({ seconds: 0.1 * (1 + (sample++ % 3)), calls: 1 }),
          poison: () => undefined,
          check: () => undefined,
        }),
      };
    };
    const [rate, time] = await measure([varying("rate", "steps/s"), varying("time", "s/epoch")], { rounds: 9 });
    expect(rate).toMatchObject({ best: expect.closeTo(10, 9), median: expect.closeTo(5, 9) });
    expect(time).toMatchObject({ best: expect.closeTo(0.1, 9), median: expect.closeTo(0.2, 9) });
  });

  test("cases take turns", async () => {
    const log: string[] = [];
    await measure([timed("a", 0.00001, log), timed("b", 0.00001, log)], { rounds: 4, warmUp: 0 });
    expect(log.join("")).toBe("abababab");
  });

  test("long samples sit rounds out, but keep 5", async () => {
    const [short, long, longest] = await measure([timed("short", 0.0005, []), timed("long", 0.004, []), timed("longest", 1, [])], {
      rounds: 40,
    });
    expect([short!.samples, long!.samples, longest!.samples]).toEqual([40, 20, 5]);
  });

  test("a sample that does more than it was asked for counts what it did", async () => {
    const many: Case = {
      ...timed("many", 0, []),
      unit: "steps/s",
      work: 1,
      setup: () => ({ sample: () => ({ seconds: 0.5, calls: 1000 }), poison: () => undefined, check: () => undefined }),
    };
    const [result] = await measure([many], { rounds: 3 });
    expect(result!.best).toBe(2000);
  });

  test("checks after timing, on poisoned output: results left over do not pass", async () => {
    let calls = 0;
    let output = 0;
    let closed = false;
    const lazy: Case = {
      ...timed("lazy", 0, []),
      setup: () => ({
        // Writes its result at the first call only, as a benchmark whose work was optimised away would.
        sample(n) {
          if (calls++ === 0) output = 1;
          return { seconds: 0.0005 * n, calls: n };
        },
        poison: () => {
          output = Number.NaN;
        },
        check() {
          if (output !== 1) throw new Error(`${output}`);
        },
        close: () => {
          closed = true;
        },
      }),
    };
    await expect(measure([lazy], { rounds: 2 })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[Error: lazy: wrong result after timing: NaN]`,
    );
    expect(closed).toBe(true);
  });
});

test("floating-point operations are held to the peak of arithmetic, rows are counted, quantiles kept", async () => {
  const cases = [
    timed("peak", 0.00001, [], { peak: true }),
    timed("step", 0.002, [], { unit: "ms/step", work: 1, flop: 1e11, items: 10 }),
    timed("its peer", 0.004, [], { unit: "ms/step", work: 1, reference: "step", by: "Other 1.0" }),
  ];
  const [, step, peer] = await measure(cases, { rounds: 10 });
  expect(step).toMatchObject({
    shareOfPeak: expect.closeTo(0.5, 9),
    throughput: expect.closeTo(5000, 6),
    by: "nabla",
    workload: "step",
  });
  expect(peer).toMatchObject({ shareOfPeak: null, throughput: null, by: "Other 1.0", workload: "step" });
  expect([peer!.timesSlower, peer!.timesSlowerMedian]).toEqual([expect.closeTo(2, 9), expect.closeTo(2, 9)]);
  for (const value of Object.values(step!.quantiles)) expect(value).toBeCloseTo(2, 9);
});

test("those who watch are told the rounds and who fails", async () => {
  const seen: string[] = [];
  const failing = timed("b", 0.001, [], {
    optional: true,
    setup: () => {
      throw new Error("not here");
    },
  });
  const wrong = timed("c", 0.001, [], {
    optional: true,
    setup: () => ({
      sample: (calls) => ({ seconds: calls, calls }),
      poison: () => undefined,
      check: () => {
        throw new Error("7");
      },
    }),
  });
  const watch = {
    progress: (share: number, name: string) => seen.push(`${name} ${share}`),
    note: (line: string) => seen.push(line),
  };
  const results = await measure([timed("a", 0.001, []), failing, wrong], { rounds: 2, warmUp: 0 }, watch);
  expect(results.map(({ name }) => name)).toEqual(["a"]);
  expect(seen).toEqual(["a 0", "b 0", "b: not here", "c 0", "a 0", "c 0", "a 0.5", "c 0.5", "c: wrong result after timing: 7"]);
});

test("who takes seconds for a sample gives two", async () => {
  const [slow] = await measure([timed("slow", 15, [])], { rounds: 9 });
  expect(slow!.samples).toBe(2);
});
