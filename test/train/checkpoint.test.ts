import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  accuracy,
  adam,
  BatchNorm,
  type Callback,
  crossEntropy,
  Dropout,
  type FitOptions,
  fit,
  type History,
  Linear,
  mse,
  oneCycleLR,
  precision,
  reduceLROnPlateau,
  relu,
  Sequential,
  sgd,
  weightsHash,
} from "../../src/index.ts";
import { blobs, plane } from "../support/problems.ts";

const folder = mkdtempSync(join(tmpdir(), "nabla-checkpoint-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let path = "";
let number = 0;
beforeEach(() => {
  number += 1;
  path = join(folder, `run-${number}`, "checkpoint.safetensors");
});

const network = (): Sequential => new Sequential(new Linear(2, 8), new BatchNorm(8), relu, new Dropout(0.3), new Linear(8, 3));

/** Everything that remembers: dropout, running statistics, Adam, a schedule, a metric that can be NaN. */
const options = (): FitOptions => ({
  loss: crossEntropy,
  optimizer: adam({ lr: 0.02 }),
  epochs: 4,
  batchSize: 16,
  seed: 5,
  validation: 0.2,
  metrics: { accuracy, precision },
  verbose: false,
});

/** Trains until `steps` steps are done, as if the process ended there: the next fit has another model and other objects. */
async function until(steps: number, given: FitOptions, every?: number): Promise<void> {
  class Killed extends Error {}
  const killer: Callback = {
    name: "killer",
    step: ({ step }) => {
      if (step + 1 === steps) throw new Killed();
    },
  };
  const callbacks = [...(given.callbacks ?? []), killer];
  await fit(network(), blobs(100), { ...given, callbacks, checkpoint: { path, resume: true, ...(every && { every }) } }).catch(
    (error) => {
      if (!(error instanceof Killed)) throw error;
    },
  );
}

type Outcome = { hash: string; history: Omit<History, "seconds"> };
async function outcome(given: FitOptions, resume: boolean): Promise<Outcome> {
  const model = network();
  const callbacks: Callback[] = [...(given.callbacks ?? []), { name: "killer" }];
  const { seconds: _, ...history } = await fit(model, blobs(100), {
    ...given,
    callbacks,
    ...(resume && { checkpoint: { path, resume } }),
  });
  return { hash: await weightsHash(model), history };
}

describe("a training that was killed goes on bit for bit", () => {
  test.each([1, 3, 5, 7, 12, 20])("after %d of 20 steps, written every 2", async (steps) => {
    await until(steps, options(), 2);
    expect(await outcome(options(), true)).toEqual(await outcome(options(), false));
  });

  test("again and again, written after each epoch", async () => {
    for (const steps of [2, 6, 8, 13, 16]) await until(steps, options());
    expect(await outcome(options(), true)).toEqual(await outcome(options(), false));
  });

  test.each([
    ["oneCycleLR", () => sgd({ lr: oneCycleLR({ maxLr: 0.2 }), momentum: 0.9 })],
    ["reduceLROnPlateau", () => sgd({ lr: reduceLROnPlateau(0.5, { patience: 0, threshold: 0.5 }), momentum: 0.9 })],
    ["gathered gradients", () => adam({ lr: 0.05, accumulate: 3, clipNorm: 1 })],
  ])("with %s", async (_, optimizer) => {
    const given = (): FitOptions => ({ ...options(), optimizer: optimizer() });
    await until(11, given(), 3);
    expect(await outcome(given(), true)).toEqual(await outcome(given(), false));
  });

  test("and one that had ended gives what it gave, and goes on where there are more epochs", async () => {
    await outcome(options(), true);
    expect(await outcome(options(), true)).toEqual(await outcome(options(), false));
    const longer = { ...options(), epochs: 6 };
    expect(await outcome(longer, true)).toEqual(await outcome(longer, false));
  });

  test("an abort signal leaves a checkpoint of the last step", async () => {
    const controller = new AbortController();
    const killer: Callback = { name: "killer", step: ({ step }) => void (step === 6 && controller.abort()) };
    await fit(network(), blobs(100), { ...options(), callbacks: [killer], signal: controller.signal, checkpoint: { path } });
    let first = -1;
    const watch = { step: ({ step }: { step: number }) => void (first = first < 0 ? step : first) };
    const resumed = await outcome({ ...options(), on: watch }, true);
    expect(first).toBe(7);
    expect(resumed).toEqual(await outcome(options(), false));
  });
});

test("what is printed says where it goes on", async () => {
  await until(7, options(), 2);
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  await outcome({ ...options(), verbose: true }, true);
  log.mockRestore();
  expect(lines[1]).toBe("goes on after step 6");
  expect(lines[2]).toMatch(/^epoch 2\/4 /);
});

test("there is one file, and what killed processes left is cleared away", async () => {
  await until(7, options(), 2);
  writeFileSync(`${path}.0123abcd.tmp`, "half");
  await outcome(options(), true);
  expect(readdirSync(join(path, ".."))).toEqual(["checkpoint.safetensors"]);
});

test("a callback's arrays and numbers are kept, NaN and infinities too", async () => {
  const seen: unknown[] = [];
  const rememberer = (): Callback => {
    let state: Record<string, unknown> = { array: new Float32Array(2), low: Number.NaN };
    return {
      name: "rememberer",
      step: ({ step }) => {
        state = { array: Float32Array.of(step, 0.5), high: Infinity, low: Number.NaN, words: ["a", { b: null }] };
      },
      state: () => state,
      restore: (saved) => seen.push(saved),
    };
  };
  const given = (): FitOptions => ({ ...options(), callbacks: [rememberer()] });
  await until(5, given(), 2);
  await outcome(given(), true);
  expect(seen).toEqual([{ array: Float32Array.of(3, 0.5), high: Infinity, low: Number.NaN, words: ["a", { b: null }] }]);
});

describe("what cannot be resumed is told", () => {
  const resumed = async (change: Partial<FitOptions>): Promise<string> => {
    const given = { ...options(), callbacks: [{ name: "killer" }], ...change, checkpoint: { path, resume: true } };
    return fit(network(), blobs(100), given).then(() => "resumed", String);
  };
  const rule = (text: string): string => text.replace(/^\w+: fit: checkpoint .*?: /, "");

  test("other settings", async () => {
    await until(7, options(), 2);
    const changes = [
      { batchSize: 10 },
      { seed: 6 },
      { shuffle: false },
      { validation: 0.3 },
      { optimizer: sgd() },
      { callbacks: [] },
    ];
    const told = await Promise.all(changes.map(async (change) => rule(await resumed(change))));
    expect(told).toMatchInlineSnapshot(`
      [
        "was written with batchSize 16; got 10 — try the same settings, or resume: false",
        "was written with seed 5; got 6 — try the same settings, or resume: false",
        "was written with shuffle true; got false — try the same settings, or resume: false",
        "was written with rows 80; got 70 — try the same settings, or resume: false",
        "was written with optimizer adam; got sgd — try the same settings, or resume: false",
        "was written with callbacks killer; got none — try the same settings, or resume: false",
      ]
    `);
  });

  test("another model, which stays as it was", async () => {
    await until(7, options(), 2);
    const model = new Sequential(new Linear(2, 3));
    const training = fit(model, blobs(100), { ...options(), callbacks: [{ name: "killer" }], checkpoint: { path, resume: true } });
    expect(rule(await training.then(() => "", String))).toMatchInlineSnapshot(
      `"'layers.0.weight' must be f32 [2, 3]; got f32 [2, 8]"`,
    );
  });

  test("damaged files: cut off at any place, or with any note changed", async () => {
    await until(7, options(), 2);
    const bytes = readFileSync(path);
    for (const length of [0, 7, 8, 100, bytes.length >> 1, bytes.length - 1]) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(await resumed({})).toMatch(/^FormatError: fit: checkpoint /);
    }
    const text = bytes.toString("latin1");
    for (const [was, is] of [
      ['"version":"1"', '"version":"2"'],
      ['"format":"nabla-checkpoint"', '"format":"nabla-checkpoin_"'],
      ['\\"epoch\\":1', '\\"epoch\\":x'],
      ['\\"epoch\\":1', '\\"epoch\\":3'],
      ['\\"batch\\":', '\\"hatch\\":'],
      ["order", "0rder"],
      ["model/layers.0.weight", "model/layers.0.weighs"],
      ["optimizer/optimizer/settings", "optimizer/optimizer/settingz"],
    ] as const) {
      expect(text).toContain(was);
      writeFileSync(path, Buffer.from(text.replace(was, is), "latin1"));
      expect(await resumed({}), was).toMatch(/^FormatError: /);
    }
  });

  test("a path that cannot be written, before training", async () => {
    writeFileSync(join(folder, "file"), "");
    let steps = 0;
    const training = fit(new Sequential(new Linear(2, 1)), plane(10), {
      loss: mse,
      optimizer: sgd(),
      verbose: false,
      on: { step: () => void ++steps },
      checkpoint: { path: join(folder, "file", "checkpoint.safetensors") },
    });
    await expect(training).rejects.toThrow(/^fit: checkpoint .*: cannot make the folder; got /);
    expect(steps).toBe(0);
  });
});
