/** The configuration under test is what runs, every thread works, and threads change no bit. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/graph/compile.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { add, concat, exp, matmul, mul, random, sum, tanh } from "../../src/ops/index.ts";
import { engine, engineOf } from "../../src/wasm/engine.ts";
import { expectSame } from "../support/match.ts";

const { NABLA_THREADS: threads, NABLA_MATH: math = "auto" } = process.env;
/** Smallest i32x4.relaxed_trunc: whether this Node compiles relaxed SIMD. */
const hasRelaxed = WebAssembly.validate(
  Uint8Array.of(
    0,
    97,
    115,
    109,
    1,
    0,
    0,
    0,
    1,
    5,
    1,
    96,
    0,
    1,
    123,
    3,
    2,
    1,
    0,
    10,
    15,
    1,
    13,
    0,
    65,
    1,
    253,
    15,
    65,
    2,
    253,
    15,
    253,
    128,
    2,
    11,
  ),
);

describe("the configuration", () => {
  test.runIf(threads)("threads are those the environment asks for", () => expect(engine().threads).toBe(Number(threads)));
  test("mathematics is what the environment asks for", () => {
    expect(engine().math).toBe(math);
    expect(engine().simd).toBe(math === "strict" || !hasRelaxed ? "strict" : "relaxed");
    expect(engine().reason === "").toBe(math === "strict" || hasRelaxed);
  });
});

/** Sleeps, so that workers can start; the spin of the main thread is not what is tested. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

describe("large programs", () => {
  const stream = random(1);
  const [a, b, x] = [stream.normal([301, 257]), stream.normal([257, 203]), stream.normal([300, 1001])];
  const work: Readonly<Record<string, () => Tensor>> = {
    "matrix product": () => matmul(a, b),
    "matrix product of a transpose": () => matmul(b, a, { transA: true, transB: true }),
    functions: () => tanh(exp(x)),
    "stretched operands": () => add(mul(x, x.slice(0, 1)), x.slice(0, 1, 1)),
    sums: () => sum(x, 0),
    "a sum of all": () => sum(x),
    softmax: () => x.softmax(),
  };

  /** The same rows one after the other, each too small to be shared. */
  const alone: typeof work = {
    "matrix product": () => rowwise(a, (row) => matmul(row, b)),
    functions: () => rowwise(x, (row) => tanh(exp(row))),
    softmax: () => rowwise(x, (row) => row.softmax()),
  };

  function rowwise(of: Tensor, f: (row: Tensor) => Tensor): Tensor {
    return concat(Array.from({ length: of.shape[0]! }, (_, i) => f(of.slice(i, i + 1))));
  }

  test.runIf(engine().threads > 1)("every thread works, and the bits stay what they are while they join", async () => {
    engineOf().paced = false;
    const first = Object.entries(work).map(([name, f]) => [name, f, f()] as const);
    for (let round = 0; round < 400 && engineOf().chunks.some((count) => count === 0); ++round) {
      await pause();
      for (const [name, f, value] of first) expectSame(name, f(), value);
    }
    expect(Math.min(...engineOf().chunks)).toBeGreaterThan(0);
    expect(engineOf().ready).toBe(engine().threads - 1);
  });

  test.each(Object.entries(alone))("%s is the same shared and row by row", (name, f) => expectSame(name, work[name]!(), f()));
  test("random numbers are the same in few pieces and in many", () => {
    const [long, short] = [random(5).normal([100000]), random(5).normal([1000])];
    expectSame("normal", long.slice(0, 1000), short);
  });

  test.each(Object.entries(work))("%s is the same compiled", (name, f) => expectSame(name, compile(f)(), f()));
});
