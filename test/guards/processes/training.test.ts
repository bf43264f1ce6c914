import { describe, expect, test } from "vitest";
import { GOLDEN } from "../job.ts";
import { runProgram } from "./programs.ts";

type Trained = { hash: string; loss: number[]; threads: number; simd: string; chunks: number[] };

async function train(seed: number, threads: number, math = "strict"): Promise<Trained> {
  const { result } = await runProgram<Trained>("train", { NABLA_MATH: math, NABLA_THREADS: String(threads) }, String(seed));
  expect(result.threads).toBe(threads);
  return result;
}

describe("strict training", () => {
  test.each([1, 2, 3])("gives the golden weights with %d threads", async (threads) => {
    const { hash, simd, loss } = await train(7, threads);
    expect(simd).toBe("strict");
    expect(loss[1]).toBeLessThan(loss[0]!);
    expect(hash).toBe(GOLDEN);
  });

  test("gives other weights for another seed", async () => {
    expect((await train(8, 1)).hash).not.toBe(GOLDEN);
  });
});

describe("families of kernels that come when threads are at work", () => {
  type Linked = { linked: string[]; times: number[]; all: boolean[]; hash: string };
  const runs = [1, 2, 3].map((threads) => ({
    threads,
    outcome: () => runProgram<Linked>("families", { NABLA_MATH: "strict", NABLA_THREADS: String(threads) }),
  }));
  let alone = "";
  test.each(runs)("reach each of $threads, and give the same bits", async ({ outcome }) => {
    const { linked, times, all, hash } = (await outcome()).result;
    expect(linked.length).toBeGreaterThanOrEqual(5);
    expect(times[0]).toBe(0); // workers are at work before the first comes
    expect(times.at(-1)).toBe(linked.length);
    expect(all).not.toContain(false);
    alone ||= hash;
    expect(hash).toBe(alone);
  });
});

test("a process ends by itself when its work is done, with threads on", async () => {
  const { code, signal } = await runProgram("exit", { NABLA_THREADS: "2" });
  expect({ code, signal }).toEqual({ code: 0, signal: null });
});
