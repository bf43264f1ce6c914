import { expect, test } from "vitest";
import { type Measured, summarise } from "../../src/cli/bench/figures.ts";
import type { Case } from "../../src/cli/bench/harness.ts";
import { inWords, machine } from "../../src/cli/bench/machine.ts";
import { progressOn } from "../../src/cli/bench/progress.ts";
import { digits, type Measurement, tableOf } from "../../src/cli/bench/report.ts";

function measured(rest: Partial<Case> & Pick<Case, "name">, seconds: number[]): Measured {
  const of: Case = {
    ...{ unit: "ms/step", work: 1, ...rest },
    setup: () => {
      throw new Error("is not run");
    },
  };
  return { of, seconds };
}

const results = summarise([
  measured({ name: "peak", unit: "GFLOP/s", work: 1e9, peak: true }, [0.01]),
  measured({ name: "step", items: 32, flop: 1e8 }, [0.002, 0.004, 0.002]),
  measured({ name: "step: Other 1.0", reference: "step", by: "Other 1.0" }, [0.004]),
]).slice(1);
const measurement: Measurement = {
  ...{ section: "train", title: "step", started: "2026-01-01T00:00:00Z", load: { before: 0.5, after: 1 }, results },
  notes: ["step: absent.mjs: is not installed"],
};

test("a section is a table, others' work below nabla's, in columns that something fills", () => {
  expect(`\n${tableOf("train", [measurement])}\n`).toMatchInlineSnapshot(`
    "
    Training     median  best           spread  of peak  slower  (best)  rows/s
    ───────────────────────────────────────────────────────────────────────────
    step           2.00  2.00  ms/step   ±25 %     50 %                  16,000
      Other 1.0    4.00  4.00  ms/step    ±0 %           2.00 ×  2.00 ×

    without step: absent.mjs: is not installed
    "
  `);
});

test("figures have three digits and no exponent", () => {
  expect([0.0012345, 1.5, 99.96, 123.4, 1_234_567.8].map(digits)).toEqual(["0.00123", "1.50", "100", "123", "1,234,568"]);
});

test("the machine is told with versions", () => {
  const ran = machine();
  expect(ran).toMatchObject({
    node: process.versions.node,
    v8: process.versions.v8,
    nabla: expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
  expect(
    inWords({ ...ran, cpu: "CPU", family: "family 1, model 2", cores: 1, node: "26.0.0", nabla: "1.0.0", commit: "abc" }),
  ).toMatch(
    /^nabla 1\.0\.0 \(abc\) · CPU \(family 1, model 2\), 1 core · Node 26\.0\.0 · (strict|relaxed) SIMD, math \w+, \d+ threads?$/,
  );
});

test("progress is a line drawn over on a terminal, and plain lines elsewhere", () => {
  const written: string[] = [];
  const write = (text: string) => written.push(text);
  const plain = progressOn({ write });
  plain.begin("steps");
  plain.update(0.5, "steps");
  plain.clear();
  expect(written.splice(0)).toEqual(["steps …\n"]);
  const line = progressOn({ write, isTTY: true, columns: 40 });
  line.begin("steps");
  line.update(0.5, "steps: Other 1.0");
  line.clear();
  expect(written.join("|")).toBe(`\r████████░░░░░░░░ steps · Other 1.0|\r${" ".repeat(34)}|\r`);
});
