/**
 * `npm test`: builds, lints, checks types, then runs the suite on every configuration, one after the other, each telling the tests
 * what it must find running (test/guards/configuration.test.ts). The last line counts all of it.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { node20 } from "./node20.ts";

const RESULTS = "build/tests";

type Count = { passed: number; failed: number; skipped: number };
type Configuration = { name: string; node: string; projects: string[]; environment: Record<string, string> };
/** The part of vitest's JSON that is read. */
type Report = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
};

function configurations(): Configuration[] {
  const current = process.execPath;
  const old = resolve(node20());
  const on = (node: string, projects: string[], math: "strict" | "auto", threads: number): Configuration => {
    const name = `Node ${node === old ? "20" : process.versions.node}`;
    const environment = {
      NABLA_MATH: math,
      NABLA_THREADS: String(threads),
      NABLA_EXPECT_SIMD: math === "strict" || node === old ? "strict" : "relaxed",
    };
    return { name: `${name}, ${math}, ${threads === 1 ? "1 thread" : `${threads} threads`}`, node, projects, environment };
  };
  const once = (node: string, name: string, projects: string[]): Configuration => ({
    name,
    node,
    projects,
    environment: { NABLA_NODE20: old },
  });
  return [
    once(current, "sources, package, browser", ["source", "package"]),
    once(current, `Node ${process.versions.node}, kernels and processes`, ["kernels", "processes"]),
    on(current, ["library"], "strict", 1),
    on(current, ["library"], "strict", 2),
    on(current, ["library"], "auto", 1),
    on(current, ["library"], "auto", 2),
    once(old, "Node 20, kernels and processes", ["kernels", "processes"]),
    on(old, ["library"], "auto", 1),
    on(old, ["library"], "auto", 2),
  ];
}

/** Runs a command to its end; what it says is kept, and shown if it fails. */
async function run(name: string, command: string, args: string[], environment: Record<string, string> = {}): Promise<boolean> {
  const start = performance.now();
  const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (said += text));
  const code = await new Promise<number | null>((done) => child.on("close", done).on("error", () => done(null)));
  if (code !== 0) process.stdout.write(said);
  process.stdout.write(`${code === 0 ? "✓" : "✗"} ${name}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return code === 0;
}

function countOf(file: string, passed: boolean): Count {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }; // the run broke off
  }
  // A file that fails in none of its tests: it did not load, or could not prepare them.
  const fine = (tests: { status: string }[]): boolean => tests.every(({ status }) => status !== "failed");
  const broken = report.testResults.filter(({ status, assertionResults }) => status === "failed" && fine(assertionResults)).length;
  const failed = report.numFailedTests + broken;
  // An error outside any test fails the run as well.
  return {
    passed: report.numPassedTests,
    failed: passed ? failed : Math.max(failed, 1),
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

async function check(name: string, command: string, ...args: string[]): Promise<Count> {
  const passed = await run(name, command, args);
  process.stdout.write("\n");
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

async function suite({ name, node, projects, environment }: Configuration, number: number): Promise<Count> {
  const file = `${RESULTS}/${number}.json`;
  const chosen = projects.flatMap((project) => ["--project", project]);
  const args = [
    "node_modules/vitest/vitest.mjs",
    "run",
    ...chosen,
    "--reporter=default",
    "--reporter=json",
    `--outputFile=${file}`,
  ];
  const passed = await run(name, node, args, environment);
  const count = countOf(file, passed);
  process.stdout.write(`: ${inWords(count)}\n`);
  return count;
}

function inWords({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function sum(counts: Count[]): Count {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of counts) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

rmSync(RESULTS, { recursive: true, force: true });
mkdirSync(RESULTS, { recursive: true });
const counts = [await check("build", process.execPath, "scripts/build.ts")];
if (counts[0]!.failed === 0) {
  counts.push(await check("lint", "biome", "check", "."));
  counts.push(await check("types", "tsc", "--noEmit"));
  for (const [number, configuration] of configurations().entries()) counts.push(await suite(configuration, number));
}
const total = sum(counts);
process.exitCode = total.failed > 0 ? 1 : 0;
console.log(`\n${inWords(total)}`);
