import { describe, expect, test } from "vitest";
import { type Measured, summarise } from "../../src/cli/bench/figures.ts";
import type { Case } from "../../src/cli/bench/harness.ts";
import { inWords, machine } from "../../src/cli/bench/machine.ts";
import { pageOf } from "../../src/cli/bench/page.ts";
import { progressOn } from "../../src/cli/bench/progress.ts";
import { digits, type Measurement, type Report, tableOf } from "../../src/cli/bench/report.ts";

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
  ...{ section: "train", title: "step", commit: null, started: "2026-01-01T00:00:00Z", load: { before: 0.5, after: 1 }, results },
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

describe("the page", () => {
  const report: Report = {
    ...{ format: "nabla bench", version: 2, date: "2026-01-02T03:04:05.678Z", quick: false },
    machine: { ...machine(), cpu: "A <fast> & cheap CPU" },
    measurements: [measurement],
  };
  const page = pageOf(report);

  test("holds every result, whoever's it is, and who is missing", () => {
    for (const { by, median, quantiles } of results) {
      for (const text of [by, digits(median), digits(quantiles.min), digits(quantiles.max)]) expect(page).toContain(text);
    }
    expect(page.match(/<td>/g)).toHaveLength(13 * results.length);
    expect(page).toContain("<li>step: absent.mjs: is not installed</li>");
    expect(page).toContain("A &lt;fast&gt; &amp; cheap CPU");
    expect(page).toContain("2026-01-02 03:04 UTC · load 0.50 to 1.00");
  });

  test("draws the fastest first, nabla's bar apart, whiskers over all samples", () => {
    const rows = [...page.matchAll(/<div class="row( own)?"><span class="label">([^<]*)<\/span>/g)].map(([, own, label]) => [
      label,
      !!own,
    ]);
    expect(rows).toEqual([
      ["step", true], // its share of the peak
      ["nabla", true],
      ["Other 1.0", false],
    ]);
    // From 2 to 4 ms, on an axis from 1 to 4.2 of a logarithmic scale.
    const at = (ms: number): string => `${((Math.log10(ms) / Math.log10(4.2)) * 100).toFixed(2)}%`;
    expect(page).toContain(`<line x1="${at(2)}" x2="${at(4)}" y1="50%" y2="50%"/>`);
  });

  test("fetches nothing", () => {
    expect(page).not.toMatch(/https?:|src=|href=|@import|url\(/);
  });

  test("says that a quick run is one", () => {
    expect(pageOf({ ...report, quick: true })).toContain("for a look, not for a claim");
  });
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
