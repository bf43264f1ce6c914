import { expect, test } from "vitest";
import { targets } from "../support/fuzz-targets.ts";
import { fuzz } from "../support/mutate.ts";

/** bench/fuzz.ts does the same with ten million bytes. */
test.each(await targets())("changed files are read, or refused by an error of the library: $name", async (target) => {
  const { accepted, refused, slowest } = await fuzz(target, 50_000, 7);
  expect(accepted + refused).toBeGreaterThan(10);
  expect(refused).toBeGreaterThan(0);
  expect(slowest).toBeLessThan(5000);
});
