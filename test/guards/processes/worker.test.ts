import { expect, test } from "vitest";
import { GOLDEN } from "../job.ts";
import { runProgram } from "./programs.ts";

test.each(["1", "2"])("a Worker trains as the process does, with %s threads", async (threads) => {
  const { result } = await runProgram<{ hash: string; threads: number }>("worker", {
    NABLA_MATH: "strict",
    NABLA_THREADS: threads,
  });
  expect({ hash: result.hash, threads: String(result.threads) }).toEqual({ hash: GOLDEN, threads });
});
