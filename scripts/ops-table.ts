/**
 * Writes docs/ops.md: every op with what it is and where its gradient comes from, read from the definitions themselves. `--check`
 * writes nothing and fails when the page is out of date.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { type AnyOp, ops } from "../src/graph/op.ts";
import "../src/graph/state.ts";
import "../src/index.ts";
import "../src/ops/check.ts";

const PAGE = "docs/ops.md";

/** Ops whose kernels are not written in vectors: they follow an index, compare, or eliminate in f64. */
const SCALAR: Readonly<Record<string, string>> = {
  argsort: "scalar, threads",
  det: "scalar, threads",
  intoAlong: "scalar, threads",
  maxPoolPick: "scalar, threads",
  permutation: "scalar, one thread",
  pick: "scalar, threads",
  putAlong: "scalar, threads",
  solve: "scalar, threads",
  takeAlong: "scalar, threads",
  ticket: "a counter, one thread",
};

function gradientOf({ grad, plain, dtypes }: AnyOp): string {
  if (grad) return "own";
  if (plain) return "of its plain form";
  return dtypes?.every((dtype) => dtype !== "f32" && dtype !== "any") ? "—" : "none";
}

function rowOf(op: AnyOp): string {
  const types = op.dtypes ? [...new Set(op.dtypes)].join(", ") : "f32";
  const forward = op.view ? "a view where it can be" : (SCALAR[op.name] ?? "SIMD, threads");
  return `| \`${op.name}\` | ${types} | ${forward} | ${gradientOf(op)} | ${op.plain ? "its plain form" : "f64"} |`;
}

function page(): string {
  const rows = [...ops.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(rowOf);
  return `# Every op

What all is made of: functions that are not listed (\`softplus\`, \`einsum\`, \`conv3d\`, \`flip\`, losses, layers, …) are compositions of
these, and get gradients, compilation and threads from them. Each has one definition in \`src/ops\`, and kernels in \`assembly/kernels\`.

All of them run eagerly and compiled, to the same bits; with \`math: "strict"\` each gives the same bits on every machine and for any number
of threads. A test holds each row to that: value against f64 or its plain form, gradients and second derivatives against central
differences, compiled against eager, cut anywhere for threads.

*types*: of the inputs, "any" for whatever comes. *forward*: "SIMD, threads" where the kernel is written in 128-bit vectors and its items
are shared; rows too few or too small to gain stay on one thread. *gradient*: "own", written in other ops, so that it has gradients
itself; "of its plain form", derived from the same function in simpler ops; "none" where it is 0 or there is none; "—" for whole numbers.
*held to*: what the tests compare its value with.

| op | types | forward | gradient | held to |
|---|---|---|---|---|
${rows.join("\n")}

${rows.length} ops. \`node scripts/ops-table.ts\` makes this page.
`;
}

if (!process.argv.includes("--check")) writeFileSync(PAGE, page());
else if (readFileSync(PAGE, "utf8") !== page()) {
  console.error(`${PAGE} is out of date: run 'node scripts/ops-table.ts'`);
  process.exitCode = 1;
}
