/** Threads are left out where they are not worth while, and come back where they are; times here are made up. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/graph/compile.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { matmul, random } from "../../src/ops/index.ts";
import { engine, engineOf } from "../../src/wasm/engine.ts";
import { Pace } from "../../src/wasm/pace.ts";
import { expectSame } from "../support/match.ts";

/** Time of one run, by what the pace chose and how much there is of it. */
type Machine = (together: boolean) => number;

/** Runs until so many ms have passed; returns runs a ms. */
function rate(pace: Pace, milliseconds: number, machine: Machine, work = 1): number {
  let time = 0;
  let runs = 0;
  for (; time < milliseconds; ++runs) {
    const took = machine(pace.together) * work;
    pace.note(took, work);
    time += took;
  }
  return runs / time;
}

const idle = (alone: number): Machine => {
  return (together) => (together ? alone / 1.7 : alone);
};
/** Every third run of threads waits for one that has been put aside. */
function crowded(alone: number): Machine {
  let runs = 0;
  return (together) => (together ? alone / 1.7 + (++runs % 3 === 0 ? 2 * alone : 0) : alone);
}

describe.each([0.05, 1, 40])("runs of %d ms", (alone) => {
  const [threads, one] = [1.7 / alone, 1 / alone];
  test("take all threads on an idle machine", () => expect(rate(new Pace(), 10_000, idle(alone))).toBeGreaterThan(0.96 * threads));
  test("take one on a crowded machine", () => expect(rate(new Pace(), 10_000, crowded(alone))).toBeGreaterThan(0.95 * one));
  test("take one where threads do not help", () =>
    expect(rate(new Pace(), 10_000, (together) => (together ? alone * 1.5 : alone))).toBeGreaterThan(0.97 * one));
  test("find out when the machine becomes crowded, and idle again", () => {
    const pace = new Pace();
    rate(pace, 20_000, idle(alone));
    expect(rate(pace, 5000, crowded(alone))).toBeGreaterThan(0.93 * one);
    rate(pace, 5000, idle(alone));
    expect(rate(pace, 5000, idle(alone))).toBeGreaterThan(0.96 * threads);
  });
});

test("runs of different work are compared by time for work", () => {
  const pace = new Pace();
  let i = 0;
  for (let time = 0; time < 5000; ) {
    const work = [1, 10, 3][i++ % 3]!;
    const took = (pace.together ? 0.6 : 1) * work * 0.1;
    pace.note(took, work);
    time += took;
  }
  expect(rate(pace, 5000, idle(1))).toBeGreaterThan(1.6);
});

test.runIf(engine().threads > 1)("one thread or all: the bits are the same, and workers rest meanwhile", async () => {
  const x = random(1).normal([300, 300]);
  const f = compile((x: Tensor) => matmul(x, x));
  const running = engineOf();
  for (let i = 0; i < 500 && running.ready < running.threads - 1; ++i) {
    f(x);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const all = f(x);
  const pace = new Pace();
  pace.together = false;
  const before = running.chunks;
  const { execute } = running;
  running.execute = (program, first, last, shared) => execute.call(running, program, first, last, shared, pace);
  try {
    expectSame("product", f(x), all);
  } finally {
    running.execute = execute;
  }
  expect(running.chunks).toEqual(before);
});
