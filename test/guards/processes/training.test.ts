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

test("a process ends by itself when its work is done, with threads on", async () => {
  const { code, signal } = await runProgram("exit", { NABLA_THREADS: "2" });
  expect({ code, signal }).toEqual({ code: 0, signal: null });
});
