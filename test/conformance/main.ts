/**
 * `npm run conformance -- DIR [--json FILE] [--math strict|auto] [--threads N]`: runs every case of the fixture format in DIR, eager and
 * compiled, and says what differs. What is not offered fails. Without --math and --threads: strict with 1 and 2 threads, whose bits must be
 * the same, then relaxed.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { configure, engine } from "../../src/index.ts";
import { adapters } from "./adapter/index.ts";
import { readFamilies } from "./cases.ts";
import { type Report, reportOf, show } from "./report.ts";
import { type Mode, runCase } from "./run.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" }, math: { type: "string" }, threads: { type: "string" }, quiet: { type: "boolean" } },
});
const folder = positionals[0];
if (!folder) throw new Error("conformance: needs a folder of fixtures — try npm run conformance -- test/fixtures");

async function runHere(math: "strict" | "auto", threads: number): Promise<Report> {
  configure({ math, threads });
  const families = [];
  for (const { name, cases } of readFamilies(folder!)) {
    const results = [];
    for (const one of cases) {
      const modes: Record<Mode, Awaited<ReturnType<typeof runCase>>> = {
        eager: await runCase(adapters[one.op], one, "eager"),
        compiled: await runCase(adapters[one.op], one, "compiled"),
      };
      results.push(reportOf(one, modes));
    }
    families.push({ name, cases: results });
  }
  const { simd } = engine();
  return { simd, threads, node: process.version, families };
}

/** A configuration is chosen once a process: each has one of its own. */
function runApart(math: string, threads: number): Report {
  const file = join(tmpdir(), `nabla-conformance-${process.pid}-${math}-${threads}.json`);
  const args = [
    ...process.execArgv,
    process.argv[1]!,
    folder!,
    "--quiet",
    "--math",
    math,
    "--threads",
    String(threads),
    "--json",
    file,
  ];
  const { status } = spawnSync(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0 && status !== 1) throw new Error(`conformance: the run with ${math}, ${threads} threads broke off`);
  const [report] = JSON.parse(readFileSync(file, "utf8")) as Report[];
  rmSync(file);
  return report!;
}

const one = values.math !== undefined || values.threads !== undefined;
const reports = one
  ? [await runHere(values.math === "strict" ? "strict" : "auto", Number(values.threads ?? 1))]
  : [runApart("strict", 1), runApart("strict", 2), runApart("auto", 1)];
if (values.json) writeFileSync(values.json, `${JSON.stringify(reports, null, 1)}\n`);
const failed = show(reports, values.quiet ? () => undefined : (line) => console.log(line));
process.exitCode = failed > 0 ? 1 : 0;
