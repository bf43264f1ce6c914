import { expect, test } from "vitest";
import { ones } from "../../src/index.ts";
import { engineOf } from "../../src/wasm/engine.ts";

/** What scripts/test.ts asks for in this configuration; nothing where a test is run by hand. */
const { NABLA_THREADS, NABLA_EXPECT_SIMD } = process.env;

test("this configuration runs what it is there for", () => {
  const { threads, simd } = engineOf();
  if (NABLA_THREADS) expect(threads).toBe(Number(NABLA_THREADS));
  if (NABLA_EXPECT_SIMD) expect(simd).toBe(NABLA_EXPECT_SIMD);
});

test("every thread runs chunks", async () => {
  const square = ones([512, 512]);
  while (engineOf().chunks.some((count) => count === 0)) {
    square.matmul(square);
    await new Promise(setImmediate);
  }
  expect(engineOf().ready).toBe(engineOf().threads - 1);
});
