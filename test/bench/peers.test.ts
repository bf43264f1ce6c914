import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Case, measure } from "../../src/cli/bench/harness.ts";
import { findAdapters, handOver, Peer, startFirst, startPeers } from "../../src/cli/bench/peers.ts";
import type { Job } from "../../src/cli/bench/workload.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "nabla-peers-"));
});
afterEach(() => {
  rmSync(home, { recursive: true });
  vi.unstubAllEnvs();
});

function adapter(name: string, source: string): void {
  writeFileSync(join(home, name), source);
}

const FALLING = `
let last = 1;
console.log(JSON.stringify({ name: "Falling 1.0" }));
process.stdin.on("data", (calls) => console.log(JSON.stringify({ seconds: 0.5, calls: Number(calls), last: (last /= 2) })));
`;

/** nabla's own case of the job that peers are given here. */
const own: Case = {
  name: "steps",
  unit: "steps/s",
  work: 1,
  items: 4,
  setup: () => ({ sample: (calls) => ({ seconds: calls, calls }), poison: () => undefined, check: () => undefined }),
};

function jobFor(check: Job["check"] = () => undefined): Job {
  return { name: "steps", of: own, settings: { rate: 0.5 }, given: () => ({}), check };
}

test("those that run become cases, the others say why not", async () => {
  adapter("falling.mjs", FALLING);
  adapter("absent.mjs", 'console.log(JSON.stringify({ missing: "absent is not installed" }));');
  adapter("elsewhere.mjs", 'console.log(JSON.stringify({ missing: "has no such job" }));');
  adapter("silent.mjs", "");
  adapter("notes.txt", "");
  const notes: string[] = [];
  const checked: unknown[] = [];
  const job = jobFor((answer) => {
    checked.push(answer.last);
    if (answer.last !== 0.125) throw new Error(`loss is ${answer.last}`);
  });
  const { cases, close } = await startPeers(findAdapters(home), [job], (line) => notes.push(line));
  try {
    expect(notes.map((note) => note.replaceAll(`${home}/`, ""))).toEqual([
      "steps: absent.mjs: absent is not installed",
      "steps: silent.mjs: silent.mjs has ended without a word",
    ]);
    expect(cases).toMatchObject([
      { name: "steps: Falling 1.0", by: "Falling 1.0", unit: "steps/s", items: 4, reference: "steps", optional: true },
    ]);
    const prepared = await cases[0]!.setup();
    expect(await prepared.sample(1000)).toMatchObject({ seconds: 0.5, calls: 1000 });
    prepared.poison();
    expect(() => prepared.check()).toThrow("has not answered");
    await prepared.sample(1);
    expect(() => prepared.check()).toThrow("loss is 0.25");
    await prepared.sample(1);
    expect(() => prepared.check()).not.toThrow();
    expect(checked).toEqual([0.25, 0.125]);
  } finally {
    close();
  }
});

test("one that fails on the way is noted, and the others go on", async () => {
  adapter("dying.mjs", `${FALLING} process.stdin.on("data", (calls) => Number(calls) > 1 && process.exit());`);
  adapter(
    "failing.mjs",
    'console.log(JSON.stringify({ name: "Failing 2.0" })); process.stdin.on("data", () => console.log(JSON.stringify({ error: "no kernel" })));',
  );
  const notes: string[] = [];
  const { cases, close } = await startPeers(findAdapters(home), [jobFor()], () => undefined);
  const results = await measure([own, ...cases], { rounds: 2, sample: 2, warmUp: 0 }, { note: (line) => notes.push(line) });
  close();
  expect(results.map(({ name }) => name)).toEqual(["steps"]);
  expect(notes).toEqual(["steps: Failing 2.0: no kernel", expect.stringMatching(/^steps: Falling 1\.0: .*dying\.mjs has ended/)]);
});

test("settings and numbers are handed over as a file each", () => {
  const given = {
    x: { shape: [3], data: Uint8Array.of(1, 2, 255) },
    w: { shape: [1, 2], data: Float32Array.of(0.5, -1) },
    y: { shape: [1], data: Int32Array.of(-7) },
  };
  const folder = handOver({ name: "steps", settings: { rate: 0.5, quick: true }, given: () => given });
  expect(JSON.parse(readFileSync(join(folder, "job.json"), "utf8"))).toEqual({
    job: "steps",
    rate: 0.5,
    quick: true,
    tensors: {
      x: { dtype: "u8", shape: [3], offset: 0 },
      w: { dtype: "f32", shape: [1, 2], offset: 4 },
      y: { dtype: "i32", shape: [1], offset: 12 },
    },
  });
  const bytes = readFileSync(join(folder, "given.bin"));
  expect([...bytes.subarray(0, 4)]).toEqual([1, 2, 255, 0]);
  expect([bytes.readFloatLE(4), bytes.readFloatLE(8), bytes.readInt32LE(12)]).toEqual([0.5, -1, -7]);
});

test("without adapters it says where they are", () => {
  const missing = join(home, "none");
  expect(() => findAdapters(missing)).toThrow(
    `bench: the peers' adapters are not in ${missing}: run it in a clone of the repository`,
  );
});

describe("what adapters in JavaScript share", () => {
  const SERVE = pathToFileURL("bench/peers/support/serve.mjs").href;

  /** Starts an adapter of a library `fake` whose jobs are the given source. */
  async function startFake(jobs: string, job: string, differs = "{}"): Promise<Peer | string> {
    const library = join(home, "node_modules/fake");
    mkdirSync(library, { recursive: true });
    writeFileSync(join(library, "package.json"), '{ "name": "fake", "version": "1.2.3", "main": "index.js" }');
    writeFileSync(join(library, "index.js"), "module.exports = 42;");
    vi.stubEnv("NABLA_PEERS", home);
    const helpers = "channelsFirst, filtersFirst, load, oneHot, predictions, serve, training, unit";
    adapter("fake.mjs", `import { ${helpers} } from "${SERVE}";\nawait serve("Fake", "fake", ${jobs}, ${differs});`);
    const given = { x: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }, y: { shape: [2], data: Uint8Array.of(1, 0) } };
    const folder = handOver({ name: job, settings: { rate: 0.5 }, given: () => given });
    return startFirst(findAdapters(home).get("fake.mjs")!, job, folder);
  }

  test("a training tells its first eight losses and the latest", async () => {
    const peer = await startFake("{ steps: ({ rate }) => training((number) => Promise.resolve(rate * number)) }", "steps");
    expect(peer).toBeInstanceOf(Peer);
    const { name, differs } = peer as Peer;
    expect([name, differs]).toEqual(["Fake 1.2.3", undefined]);
    expect(await (peer as Peer).round(2)).toMatchObject({ calls: 2, losses: [0, 0.5], last: 0.5, rss: expect.any(Number) });
    expect(await (peer as Peer).round(10)).toMatchObject({ losses: [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5], last: 5.5 });
    (peer as Peer).close();
  });

  test("predictions tell the latest output; where the work differs, the name says so", async () => {
    const jobs = "{ predict: ({ given }) => predictions(() => given.x.data.map((x) => 2 * x)) }";
    const peer = (await startFake(jobs, "predict", '{ predict: "twice" }')) as Peer;
    expect(peer.name).toBe("Fake 1.2.3, twice");
    expect(await peer.round(3)).toMatchObject({ calls: 3, output: [2, 4, 6, 8] });
    peer.close();
  });

  test("errors are told, before and between rounds", async () => {
    const thrower =
      '{ steps: () => { throw new Error("no backend\\nat …"); }, later: () => () => { throw new Error("no kernel"); } }';
    expect(await startFake(thrower, "steps")).toBe("no backend");
    expect(await startFake(thrower, "other")).toBe("has no such job");
    const peer = (await startFake(thrower, "later")) as Peer;
    await expect(peer.round(1)).rejects.toThrow("no kernel");
    peer.close();
  });

  test("layouts", async () => {
    const jobs = `{ predict: ({ given: { x, y } }) => predictions(() => [
      ...oneHot(y.data, 2), ...unit(Uint8Array.of(51)), ...channelsFirst(Float32Array.of(1, 2, 3, 4), 2, 2, 1),
      ...filtersFirst(Float32Array.of(1, 2, 3, 4), [1, 2, 1, 2]),
    ]) }`;
    const peer = (await startFake(jobs, "predict")) as Peer;
    const { output } = await peer.round(1);
    expect(output).toEqual([0, 1, 1, 0, expect.closeTo(0.2, 6), 1, 3, 2, 4, 1, 3, 2, 4]);
    peer.close();
  });
});
