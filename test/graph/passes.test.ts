/** Passes change no bit: many programs, with all passes, each left out, other tiles, and eager. */
import { describe, expect, test } from "vitest";
import { listing } from "../../src/graph/listing.ts";
import type { Passes } from "../../src/graph/passes/index.ts";
import { stateTensor } from "../../src/graph/state.ts";
import {
  assign,
  compile,
  crossEntropy,
  exp,
  init,
  Linear,
  mean,
  ones,
  relu,
  sum,
  type Tensor,
  tanh,
  tensor,
  zeros,
} from "../../src/index.ts";
import { expectSame } from "../support/match.ts";
import { labels, noise, type Program, programs } from "../support/programs.ts";

const variants: Readonly<Record<string, Passes>> = {
  "all passes": {},
  "tiles of one unit": { tile: 1 },
  "tiles of three": { tile: 3 },
  "without dead code's": { deadCode: false },
  "without rewriting": { rewrite: false },
  "without hoisting": { hoist: false },
  "without groups": { groups: false },
  "without places": { inPlace: false },
  "without local memory": { local: false },
  "without stages": { stages: false },
  "tiles of two, without local memory": { tile: 2, local: false },
  "tiles of two, without places": { tile: 2, inPlace: false },
  "without any": { deadCode: false, rewrite: false, hoist: false, groups: false, inPlace: false, local: false, stages: false },
};

const RUNS = 3;

/** What each of a few runs returns, and the state after them. */
function resultsOf(make: () => Program, passes: Passes | null): Tensor[] {
  const { f, args, state = [] } = make();
  const step = passes ? compile(f, { passes }) : f;
  const returned = Array.from({ length: RUNS }, () => [...(step as typeof f)(...args)]).flat();
  return [...returned, ...state.map((one) => tensor(one.data()))];
}

describe.each(Object.entries(programs))("%s", (_, make) => {
  const eager = resultsOf(make, null);
  test.each(Object.entries(variants))("%s", (variant, passes) => {
    const found = resultsOf(make, passes);
    expect(found).toHaveLength(eager.length);
    for (const [i, value] of found.entries()) expectSame(`${variant}, value ${i}`, value, eager[i]!);
  });
});

describe("groups", () => {
  const steps = (text: string): string[] =>
    text.split("\n").map((line) => /(once )?\S+ \S+/.exec(line.trim().replace(/ +/g, " "))![0]);

  test("a layer and its activation go through their rows together", () => {
    const layer = init(new Linear(96, 96), { seed: 1 });
    const f = compile((x: Tensor) => relu(layer.forward(x)));
    f(noise(1, 400, 96));
    expect(steps(listing(f))).toEqual(["once 0 packB", "1 group", "gemm ×100", "add ×38400", "relu ×38400", "4 instructions"]);
    expect(listing(f)).toMatch(/ relu .* y=v\d+:f32\[400,96\] in v\d+ /);
  });

  test("what fits one tile, and is too short to be shared, is left as it is", () => {
    const f = compile((x: Tensor) => relu(x.add(1)));
    f(noise(1, 100));
    expect(steps(listing(f))).toEqual(["0 add", "1 relu", "2 instructions"]);
  });

  test("a sum over rows is not of those rows", () => {
    const f = compile((x: Tensor) => tanh(x).sub(mean(exp(x), 0)));
    f(noise(1, 1000, 120));
    expect(steps(listing(f))).toEqual(["0 group", "tanh ×120000", "exp ×120000", "1 sum", "2 sub", "4 instructions"]);
  });

  test("a bad index is reported as eager mode does, and changes nothing", () => {
    const state = stateTensor(new Float32Array(4000));
    const table = noise(5, 30, 2000);
    const run = (index: Tensor, label: Tensor): Tensor => {
      const rows = table.gather(index);
      const loss = crossEntropy(rows.add(1), label);
      assign(state, state.add(sum(loss)));
      return loss;
    };
    const compiled = compile(run);
    const right = labels(1, 300, 30);
    compiled(right, labels(2, 300, 2000));
    expect(listing(compiled)).toContain("group");
    const before = tensor(state.data());
    const wrong = (at: number, value: number): Tensor => tensor(right.data().map((label, i) => (i === at ? value : label)));
    for (const [index, label] of [
      [wrong(200, 30), right],
      [right, wrong(299, -1)],
      [right, wrong(3, 2000)],
      [wrong(250, 99), wrong(7, 2001)],
    ] as const) {
      const text = (f: typeof run): string => {
        try {
          f(index, label);
          return "nothing";
        } catch (error) {
          return String(error);
        }
      };
      expect(text(run)).toContain("ValueError");
      expect(text(compiled as typeof run)).toBe(text(run));
      expectSame("state", state, before);
    }
    compiled(right, labels(2, 300, 2000));
  });
});

test("instructions whose results nobody reads are left out, but not those that may stop the program", () => {
  const f = compile((x: Tensor, index: Tensor) => {
    exp(x).mul(3);
    x.gather(index);
    return x.add(1);
  });
  f([1, 2], Int32Array.of(0));
  expect(listing(f)).toMatch(/gatherRows.*\n.* add /);
  expect(listing(f)).not.toMatch(/exp|mul/);
  expect(() => f([1, 2], Int32Array.of(5))).toThrow("an index must be from 0 to 1");
});

test("a step of thousands of instructions is compiled in good time", () => {
  const f = compile((x: Tensor) => {
    let y = x;
    for (let i = 0; i < 1500; ++i) y = tanh(y.add(sum(y, 0).mul(1e-3)));
    return y;
  });
  const start = performance.now();
  f(ones([20, 4]));
  expect(performance.now() - start).toBeLessThan(5000);
  expectSame("zeros stay", compile((x: Tensor) => x)(zeros([2])), zeros([2]));
});
