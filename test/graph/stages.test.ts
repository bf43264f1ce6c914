/** Steps that do not depend on each other share a barrier, and only those. */
import { describe, expect, test } from "vitest";
import { inStages, stagesOf } from "../../src/graph/passes/stages.ts";
import { Step } from "../../src/graph/passes/step.ts";
import { stateTensor } from "../../src/graph/state.ts";
import { infoOf, type Ref, Value } from "../../src/wasm/program.ts";

const state = stateTensor(new Float32Array(4)).cell("test");
const explain = (): Error => new Error("bad");

type Copy = readonly [x: Ref, y: Ref, nanoseconds?: number, stops?: boolean];

/** Numbers of copies from x to y, stage by stage. */
function stages(copies: readonly Copy[], threads = 2): number[][] {
  const info = infoOf("copy");
  const steps = copies.map(([x, y, nanoseconds = 1000, stops = false]) => {
    const fault = stops ? { index: x, explain } : undefined;
    return new Step({ op: "", info, operands: { x, y }, items: 4, nanoseconds, fault });
  });
  return stagesOf(inStages(steps, threads)).map((stage) => stage.map((step) => steps.indexOf(step)));
}

describe("stages", () => {
  const [a, b, c, d, e] = Array.from({ length: 5 }, () => new Value("f32", [4])) as [Value, Value, Value, Value, Value];

  test("what reads the same goes together, what reads a result comes later", () =>
    expect(
      stages([
        [a, b],
        [a, c],
        [b, d],
        [c, e],
      ]),
    ).toEqual([
      [0, 1],
      [2, 3],
    ]));
  test("small steps join earlier ones", () =>
    expect(
      stages([
        [a, b],
        [b, c],
        [a, d],
        [d, e],
      ]),
    ).toEqual([
      [0, 2],
      [1, 3],
    ]));
  test("but do not overtake much", () =>
    expect(
      stages([
        [a, b],
        [b, c, 20_000],
        [a, d],
      ]),
    ).toEqual([[0], [1, 2]]));
  test("who writes where another reads waits for that", () =>
    expect(
      stages([
        [a, b],
        [c, a],
        [d, a],
      ]),
    ).toEqual([[0], [1], [2]]));
  test("parts of one memory are told apart", () => {
    const whole = new Value("f32", [8]);
    const [low, high] = [new Value("f32", [4]), new Value("f32", [4])];
    Object.assign(low, { whole });
    Object.assign(high, { whole, offset: 16 });
    expect(
      stages([
        [a, low],
        [b, high],
        [low, c],
        [whole, d],
      ]),
    ).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });
  test("of what may stop the program there is one in a stage, and state changes after it", () =>
    expect(
      stages([
        [a, b, 1, true],
        [a, c, 1, true],
        [a, state],
        [a, d],
      ]),
    ).toEqual([[0, 3], [1], [2]]));
  test("on one thread each step is a stage, in the same order", () =>
    expect(
      stages(
        [
          [a, b],
          [b, c],
          [a, d],
        ],
        1,
      ),
    ).toEqual([[0], [2], [1]]));
});
