import { expect, test } from "vitest";
import { maths, runKernel } from "../support/kernel.ts";

test.each(maths)("reluGrad, %s", (math) => {
  const x = Float32Array.of(-1, 0, 2, Number.NaN, 1);
  const dx = new Float32Array(5);
  runKernel(math, "reluGrad", { x, dy: Float32Array.of(1, 2, 3, 4, 5), dx }, 5, [2]);
  expect([...dx]).toEqual([0, 0, 3, 0, 5]);
});
