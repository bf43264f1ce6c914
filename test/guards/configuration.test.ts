import { expect, test } from "vitest";
import { engine } from "../../src/index.ts";

/** What scripts/test.ts asks for in this configuration; nothing where a test is run by hand. */
const { NABLA_THREADS, NABLA_EXPECT_SIMD } = process.env;

test("this configuration runs what it is there for", () => {
  const { threads, simd } = engine();
  if (NABLA_THREADS) expect(threads).toBe(Number(NABLA_THREADS));
  if (NABLA_EXPECT_SIMD) expect(simd).toBe(NABLA_EXPECT_SIMD);
});
