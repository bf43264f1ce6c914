/** Runs a program of `programs/` in a process of its own, on the Node that runs the tests. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll } from "vitest";

/** How long a program may take before it counts as hanging. */
const PATIENCE = 120_000;

const folder = mkdtempSync(join(tmpdir(), "nabla-programs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export type Outcome = { code: number | null; signal: string | null; stderr: string };

/** The program as one file that needs nothing beside it. */
export function bundle(name: string): string {
  const outfile = join(folder, `${name}.mjs`);
  buildSync({
    entryPoints: [join(import.meta.dirname, "programs", `${name}.ts`)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2022",
    logLevel: "warning",
  });
  return outfile;
}

/** Runs the program to its end; what it printed last, as JSON, is its result. */
export function runProgram<Result>(
  name: string,
  environment: Record<string, string> = {},
  ...args: string[]
): Promise<Outcome & { result: Result }> {
  const child = spawn(process.execPath, ["--expose-gc", bundle(name), ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: PATIENCE,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text: Buffer) => (stdout += text));
  child.stderr.on("data", (text: Buffer) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const last = stdout.trimEnd().split("\n").at(-1);
      if (code !== 0 || !last) reject(new Error(`${name} ended with ${signal ?? code}: ${stderr || stdout}`));
      else resolve({ code, signal, stderr, result: JSON.parse(last) as Result });
    });
  });
}
