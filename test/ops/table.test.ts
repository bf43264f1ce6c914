/** One table with a row for every op: forward, first and second derivatives, compiled, kinks, NaN and ±∞. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import "../../src/graph/state.ts";
import "../../src/ops/check.ts";
import { ops } from "../../src/graph/op.ts";
import { KERNELS } from "../support/kernels.ts";
import { holdToLaws, type Row } from "./laws.ts";
import { activationRows } from "./rows/activations.ts";
import { alongRows } from "./rows/along.ts";
import { attentionRows } from "./rows/attention.ts";
import { binaryRows } from "./rows/binary.ts";
import { castRows, createRows } from "./rows/convert.ts";
import { convolutionRows } from "./rows/convolution.ts";
import { functionRows } from "./rows/functions.ts";
import { gatherRows } from "./rows/gather.ts";
import { geluRows } from "./rows/gelu.ts";
import { linalgRows } from "./rows/linalg.ts";
import { matmulRows } from "./rows/matmul.ts";
import { normRows } from "./rows/norm.ts";
import { poolRows } from "./rows/pool.ts";
import { powers } from "./rows/power.ts";
import { recurrentRows } from "./rows/recurrent.ts";
import { reduceRows } from "./rows/reduce.ts";
import { shapeRows } from "./rows/shape.ts";
import { softmaxRows } from "./rows/softmax.ts";
import { unary } from "./rows/unary.ts";

const families: Readonly<Record<string, readonly Row[]>> = {
  unary,
  functions: functionRows,
  activations: activationRows,
  powers,
  gelu: geluRows,
  attention: attentionRows,
  binary: binaryRows,
  recurrent: recurrentRows,
  reduce: reduceRows,
  shape: shapeRows,
  cast: castRows,
  create: createRows,
  along: alongRows,
  linalg: linalgRows,
  matmul: matmulRows,
  convolution: convolutionRows,
  pool: poolRows,
  norm: normRows,
  softmax: softmaxRows,
  gather: gatherRows,
};

/** Ops that are no functions of their inputs alone, and the tests that hold them to other laws. */
const elsewhere: Readonly<Record<string, string>> = {
  ticket: "../graph/random.test.ts",
  uniform: "../graph/random.test.ts",
  normal: "../graph/random.test.ts",
  permutation: "../graph/random.test.ts",
  dropout: "../graph/random.test.ts",
  assign: "../graph/state.test.ts",
  ctc: "../nn/ctc.test.ts",
  ctcGrad: "../nn/ctc.test.ts",
  requireFinite: "./errors.test.ts",
};

const seen = new Set<string>();
const held = new Set<string>();
for (const [family, rows] of Object.entries(families)) {
  describe(family, () => {
    for (const row of rows) holdToLaws(row, seen, held);
  });
}

test("every op has a row, and every row computes the ops that it names", () => {
  const covered = new Set(Object.values(families).flatMap((rows) => rows.flatMap(({ name, covers = [name] }) => covers)));
  expect([...covered].filter((name) => !seen.has(name))).toEqual([]);
  expect([...ops.keys()].filter((name) => !covered.has(name) && !(name in elsewhere))).toEqual([]);
});

/** Kernels that no row runs, though they state shares of what they write. */
const unheld: Readonly<Record<string, string>> = {
  copy: "assign's and reshape's, of state",
  copy8: "likewise",
  ...{ lstmGrad: "all of its items belong together: there is nothing to cut", gruGrad: "likewise" },
  ...{ notEqual: "no op has it", scale: "no op has it", sumSquares: "no op has it", logSumExp: "no op has it" },
};

test("kernels keep to the shares of their operands that they state", () => {
  const stating = Object.values(KERNELS).filter(
    ({ each, operands }) => each && operands.some(([name, kind]) => kind !== "in" && name in each),
  );
  const names = stating.map(({ name }) => name).filter((name) => !(name in elsewhere || name in unheld));
  expect(names.filter((name) => !held.has(name))).toEqual([]);
});

test.each(Object.entries(elsewhere))("%s is tested in %s", (name, file) => {
  expect(ops.has(name)).toBe(true);
  expect(readFileSync(new URL(file, import.meta.url), "utf8")).toContain(name);
});
