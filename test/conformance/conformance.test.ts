/** The cases of test/fixtures, computed elsewhere in f64, eager and compiled, to the same bits: what `npm run conformance` reports on. */
import { describe, expect, test } from "vitest";
import { adapters } from "./adapter/index.ts";
import { readFamilies } from "./cases.ts";
import { reportOf } from "./report.ts";
import { runCase } from "./run.ts";

for (const { name, cases } of readFamilies(new URL("../fixtures", import.meta.url).pathname)) {
  const offered = cases.filter(({ op }) => adapters[op]);
  if (offered.length === 0) continue;
  describe(name, () => {
    test.each(offered)("$name", async (one) => {
      const { op } = one;
      const report = reportOf(one, {
        eager: await runCase(adapters[op], one, "eager"),
        compiled: await runCase(adapters[op], one, "compiled"),
      });
      expect(report.failures).toEqual([]);
      expect(report.hashes.compiled, "bits of the compiled run").toBe(report.hashes.eager);
    });
  });
}
