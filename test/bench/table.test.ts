import { expect, test } from "vitest";
import { type Extent, insert, tableFrom } from "../../scripts/bench-table.ts";
import { summarise } from "../../src/cli/bench/figures.ts";
import type { Case } from "../../src/cli/bench/harness.ts";
import type { Machine } from "../../src/cli/bench/machine.ts";
import { type Measurement, merge, type Report } from "../../src/cli/bench/report.ts";
import type { Section } from "../../src/cli/bench/workload.ts";

const machine: Machine = {
  ...{ cpu: "CPU", family: null, cores: 2, governor: null, platform: "linux x64", node: "26.0.0", v8: "14", nabla: "1.0.0" },
  ...{ commit: "abc", simd: "relaxed", math: "auto", threads: 1 },
};

function report(rest: Partial<Report>): Report {
  return { format: "nabla bench", version: 2, date: "2026-01-02T00:00:00Z", machine, quick: false, measurements: [], ...rest };
}

function measurement(section: Section, day: string, cases: (Partial<Case> & Pick<Case, "name">)[], seconds: number): Measurement {
  const setup = () => {
    throw new Error("is not run");
  };
  const results = summarise(
    cases.map((one, i) => ({ of: { unit: "ms/step", work: 1, ...one, setup }, seconds: [seconds * (i + 1), seconds * (i + 2)] })),
  );
  return {
    section,
    title: cases[0]!.name,
    commit: null,
    started: `${day}T00:00:00Z`,
    load: { before: 1, after: 2.34 },
    results,
    notes: [],
  };
}

const all: Extent = { sections: ["kernels", "train"], best: true };
const step = { name: "step" };
const other = { name: "step: Other 1.0", reference: "step", by: "Other 1.0" };
const unlike = { name: "step: Third 2.0, slowly", reference: "step", by: "Third 2.0, slowly" };

test("one table for work, one for kernels; later files have the say", () => {
  const early = report({ measurements: [measurement("train", "2026-01-02", [step, other], 1)] });
  const late = report({
    measurements: [
      measurement("train", "2026-01-03", [step, other, unlike], 0.001),
      measurement(
        "kernels",
        "2026-01-03",
        [
          { name: "peak", unit: "GFLOP/s", work: 1e9, peak: true },
          { name: "product", unit: "GFLOP/s", work: 1e9 },
        ],
        0.01,
      ),
    ],
  });
  expect(`\n${tableFrom(merge([early, late]), all)}\n`).toMatchInlineSnapshot(`
    "
    Measured on 2026-01-03: CPU, 2 cores, load 1.0 to 2.3; Node 26.0.0, relaxed SIMD, one thread.
    Medians, and in small the best samples; what stands in a row took turns in one run.

    | work |  | nabla | Other 1.0 | Third 2.0 |
    | --- | --- | --- | --- | --- |
    | step | ms/step | **1.50 <sub>1.00</sub>** | 2.50 <sub>2.00</sub> | 3.50 <sub>3.00</sub>\\* |

    \\* Third 2.0, slowly

    | kernel |  | nabla | of the peak | beside it |
    | --- | --- | --- | --- | --- |
    | peak | GFLOP/s | 75.0 <sub>100</sub> | 100 % |  |
    | product | GFLOP/s | 41.7 <sub>50.0</sub> | 50 % |  |
    "
  `);
});

test("a paper shows the sections it is for, and medians alone if that is its extent", () => {
  const both = report({
    measurements: [measurement("train", "2026-01-03", [step, other], 0.001), measurement("memory", "2026-01-04", [step], 0.01)],
  });
  expect(`\n${tableFrom(both, { sections: ["train"], best: false })}\n`).toMatchInlineSnapshot(`
    "
    Measured on 2026-01-03: CPU, 2 cores, load 1.0 to 2.3; Node 26.0.0, relaxed SIMD, one thread.
    Medians; what stands in a row took turns in one run.

    | work |  | nabla | Other 1.0 |
    | --- | --- | --- | --- |
    | step | ms/step | **1.50** | 2.50 |
    "
  `);
});

test("figures of two machines, and of quick runs, are refused", () => {
  const slow = report({ machine: { ...machine, cpu: "another" } });
  expect(() => merge([report({}), slow])).toThrow("reports differ in cpu: CPU and another");
  expect(() => merge([report({}), report({ quick: true })])).toThrow("quick runs and others do not go together");
  expect(() => tableFrom(report({ quick: true }), all)).toThrow("a quick run is for a look, not for a table");
});

test("the text around the table stays", () => {
  expect(insert("a\n<!-- bench:table -->\nold\n<!-- /bench:table -->\nb", "new", "a.md")).toBe(
    "a\n<!-- bench:table -->\nnew\n<!-- /bench:table -->\nb",
  );
  expect(() => insert("a", "new", "a.md")).toThrow("a.md needs <!-- bench:table --> and <!-- /bench:table -->, in this order");
});
