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

/** How an op runs: whether its kernels are written in vectors, and what threads share. */
type Ways = { readonly simd: string; readonly threads: string };
const USUAL: Ways = { simd: "yes", threads: "yes" };
const SCALAR: Ways = { simd: "no", threads: "yes" };
/** A view of memory computes nothing; `lower` copies where it may not be one. */
const VIEW: Ways = { simd: "no need", threads: "no need" };

/** Ops whose kernels follow an index, compare, or eliminate in f64: there is nothing to do in vectors. */
const UNUSUAL: Readonly<Record<string, Ways>> = {
  argsort: SCALAR,
  det: SCALAR,
  intoAlong: SCALAR,
  maxPoolPick: SCALAR,
  permutation: { simd: "no", threads: "one" },
  pick: SCALAR,
  putAlong: SCALAR,
  solve: SCALAR,
  takeAlong: SCALAR,
  ticket: { simd: "no", threads: "one" },
};
const unknown = Object.keys(UNUSUAL).filter((name) => !ops.has(name));
if (unknown.length > 0) throw new Error(`no ops: ${unknown.join(", ")}`);

function gradientOf({ grad, plain, dtypes }: AnyOp): string {
  if (grad) return "own";
  if (plain) return "of its plain form";
  return dtypes?.every((dtype) => dtype !== "f32" && dtype !== "any") ? "—" : "none";
}

function rowOf(op: AnyOp): string {
  const types = op.dtypes ? [...new Set(op.dtypes)].join(", ") : "f32";
  const { simd, threads } = op.view ? VIEW : (UNUSUAL[op.name] ?? USUAL);
  const forward = op.view ? "view" : op.plain ? "as its plain form" : "as in f64";
  return `| \`${op.name}\` | ${types} | ${forward} | ${gradientOf(op)} | ${simd} | ${threads} | same |`;
}

function page(): string {
  const rows = [...ops.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(rowOf);
  return `# Every op

What all is made of: functions that are not listed (\`softplus\`, \`einsum\`, \`conv3d\`, \`flip\`, losses, layers, …) are compositions of
these, and get gradients, compilation and threads from them. Each has one definition in \`src/ops\`, and kernels in \`assembly/kernels\`.

All of them run eagerly and compiled, to the same bits; with \`math: "strict"\` each gives the same bits on every machine and for any number
of threads. A test holds each row to that: value against f64 or its plain form, gradients and second derivatives against central
differences, compiled against eager, cut anywhere for threads.

*types*: of the inputs, "any" for whatever comes. *forward*: what the tests compare the value with, f64 or the op's plain form; "view": the
operand's own memory, or a copy where that may change. *gradient*: "own", written in other ops, so that it has gradients itself; "of its
plain form", derived from the same function in simpler ops; "none" where it is 0 or there is none; "—" for whole numbers. *SIMD*: whether
kernels are written in 128-bit vectors; those that are not follow an index, compare, or eliminate in f64. *threads*: whether a kernel's items
are shared; rows too few or too small to gain stay on one thread. *strict*: with \`math: "strict"\` the same bits for any number of threads, on
every machine, eager and compiled.

| op | types | forward | gradient | SIMD | threads | strict |
|---|---|---|---|---|---|---|
${rows.join("\n")}

${rows.length} ops. \`node scripts/ops-table.ts\` makes this page.
`;
}

if (!process.argv.includes("--check")) writeFileSync(PAGE, page());
else if (readFileSync(PAGE, "utf8") !== page()) {
  console.error(`${PAGE} is out of date: run 'node scripts/ops-table.ts'`);
  process.exitCode = 1;
}
