import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { measure } from "../../src/cli/bench/harness.ts";
import { measureMemory } from "../../src/cli/bench/memory.ts";
import { findAdapters } from "../../src/cli/bench/peers.ts";
import { startCases } from "../../src/cli/bench/start.ts";
import { trainGroups } from "../../src/cli/bench/train/index.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "nabla-peers-"));
});
afterEach(() => rmSync(home, { recursive: true }));

/** An adapter that gives a number of bytes and does nothing. */
function adapter(name: string, source: string): void {
  writeFileSync(join(home, name), source);
}

const IDLE = `console.log(JSON.stringify({ name: "Idle 1.0" }));
process.stdin.on("data", () => console.log(JSON.stringify({ seconds: 1, calls: 1, rss: ${3 * 2 ** 20} })));`;

test("a cold start is a fresh process that predicts from a file; an empty one stands beside it", async () => {
  adapter("wrong.mjs", `process.stdout.write('{"name":"Wrong 1.0"}\\n{"seconds":0,"calls":1,"output":[1,2]}\\n');`);
  adapter("absent.mjs", 'console.log(JSON.stringify({ missing: "is not installed" }));');
  adapter("elsewhere.mjs", 'console.log(JSON.stringify({ missing: "has no such job" }));');
  const notes: string[] = [];
  const note = (line: string) => notes.push(line);
  const cases = await startCases(findAdapters(home), note);
  const results = await measure(cases, { rounds: 1, sample: 0, warmUp: 0 }, { note });
  const [own, empty, over, ...others] = results;
  expect(own).toMatchObject({ by: "nabla", unit: "ms/start", timesSlower: null });
  expect(empty).toMatchObject({ by: "an empty Node process", workload: own!.name });
  expect(over).toMatchObject({ by: "nabla", name: `${own!.name}, over an empty process` });
  expect(others).toEqual([]);
  expect(notes).toEqual([
    `${own!.name}: absent.mjs: is not installed`,
    `${own!.name}: Wrong 1.0: wrong result after timing: 2 numbers instead of 10`,
  ]);
});

test("memory is that of processes that do one job: nabla's own, and the adapters'", async () => {
  adapter("idle.mjs", IDLE);
  adapter("failing.mjs", 'console.log(JSON.stringify({ missing: "no memory" }));');
  const self = { command: process.execPath, args: ["dist/cli.js", "bench-job"] };
  const xor = trainGroups(null, { rounds: 1, sample: 0 })[0]!;
  const notes: string[] = [];
  const watch = { note: (line: string) => notes.push(line) };
  const [own, idle] = await measureMemory(xor, "memory", self, findAdapters(home), 2, watch);
  expect(own).toMatchObject({ by: "nabla", unit: "MB", samples: 2 });
  expect(own!.best).toBeGreaterThan(20);
  expect(idle).toMatchObject({ by: "Idle 1.0", best: 3, samples: 1, workload: own!.name });
  expect(notes).toEqual(["memory: failing.mjs: no memory"]);
});
