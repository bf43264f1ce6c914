import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import {
  accuracy,
  adam,
  averageWeights,
  type Callback,
  confusionMatrix,
  crossEntropy,
  csvLog,
  earlyStopping,
  ema,
  evaluate,
  type FitOptions,
  fit,
  type GradientReport,
  gradientMonitor,
  init,
  jsonLog,
  Linear,
  load,
  modelCheckpoint,
  mse,
  relu,
  Sequential,
  sgd,
  sigmoid,
  swa,
  type Training,
  tensor,
  tensorBoard,
  weightsHash,
} from "../../src/index.ts";
import { blobs, plane } from "../support/problems.ts";
import { crc32c, eventsOf } from "../support/tensor-board.ts";

const folder = mkdtempSync(join(tmpdir(), "nabla-callbacks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const network = (): Sequential => new Sequential(new Linear(2, 8), relu, new Linear(8, 3));
const options = (): FitOptions => ({
  loss: crossEntropy,
  optimizer: adam({ lr: 0.02 }),
  epochs: 4,
  batchSize: 16,
  seed: 5,
  validation: 0.2,
  metrics: { accuracy },
  verbose: false,
});

test("callbacks are told of start, steps, epochs and end, in order, and see the training", async () => {
  const told: string[] = [];
  const watch: Callback = {
    name: "watch",
    start: ({ steps, batches, epochs }) => void told.push(`start ${epochs}×${batches}=${steps}`),
    step: async ({ step, epoch }, training) => void told.push(`step ${step} ${epoch} ${training.step}`),
    epoch: ({ epoch, metrics }, { history }) => void told.push(`epoch ${epoch} ${Object.keys(metrics)} ${history.loss.length}`),
    end: ({ step }) => void told.push(`end ${step}`),
  };
  await fit(network(), blobs(40), { ...options(), epochs: 2, callbacks: [watch] });
  expect(told).toEqual([
    "start 2×2=4",
    "step 0 0 1",
    "step 1 0 2",
    "epoch 0 accuracy,loss 1",
    "step 2 1 3",
    "step 3 1 4",
    "epoch 1 accuracy,loss 2",
    "end 4",
  ]);
});

describe("earlyStopping", () => {
  /** Rates that make the loss fall, then rise. */
  const worse: FitOptions["optimizer"] = sgd({ lr: ({ epoch }) => (epoch < 3 ? 0.1 : -0.1) });

  test("ends training, says why, and gives the best weights back", async () => {
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
    const model = network();
    const data = blobs(100);
    const given = { ...options(), optimizer: worse, epochs: 50, validation: data, verbose: true };
    const history = await fit(model, data, { ...given, callbacks: [earlyStopping({ patience: 2 })] });
    log.mockRestore();
    const best = Math.min(...history.validationLoss);
    const epoch = history.validationLoss.indexOf(best);
    expect(history.loss).toHaveLength(epoch + 4);
    const { loss } = await evaluate(model, data, {}, { loss: crossEntropy }).then((values) => values as { loss?: number });
    expect(loss).toBe(best);
    expect(lines.at(-1)).toMatch(/^no better validation loss for 3 epochs; back to epoch \d+: /);
  });

  test("goes by a metric upwards, and leaves the last weights where it is told to", async () => {
    const model = network();
    const callbacks = [earlyStopping({ monitor: "accuracy", patience: 1, restoreBest: false })];
    const history = await fit(model, blobs(100), { ...options(), epochs: 60, callbacks });
    expect(history.loss.length).toBeLessThan(60);
    expect(history.metrics.accuracy!.at(-1)).toBe(Math.max(...(history.metrics.accuracy as number[])));
  });

  test("what it cannot go by is told", async () => {
    const wrong = fit(network(), blobs(40), { ...options(), callbacks: [earlyStopping({ monitor: "auc" })] });
    await expect(wrong).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ValueError: earlyStopping: there is no number 'auc' to go by; got loss, accuracy, validationLoss — try metrics, or validation data]`,
    );
    expect(() => earlyStopping({ patience: -1 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: earlyStopping: patience is a whole number ≥ 0; got -1]`,
    );
    expect(() => earlyStopping({ minDelta: -1 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: earlyStopping: minDelta is a number ≥ 0; got -1]`,
    );
  });
});

test("modelCheckpoint saves the best model, or the last", async () => {
  const hashes: string[] = [];
  const watch: Callback = { name: "watch", epoch: async (_, { model }) => void hashes.push(await weightsHash(model)) };
  const callbacks = [modelCheckpoint({ path: at("best") }), modelCheckpoint({ path: at("last"), keep: "last" }), watch];
  const history = await fit(network(), blobs(60), { ...options(), optimizer: sgd({ lr: 4 }), epochs: 6, callbacks });
  const best = history.validationLoss.indexOf(Math.min(...history.validationLoss));
  expect(await weightsHash(await load(at("best")))).toBe(hashes[best]);
  expect(await weightsHash(await load(at("last")))).toBe(hashes.at(-1));
});

describe("averageWeights", () => {
  test("ema: the model ends with the average of its weights", async () => {
    const model = new Sequential(new Linear(1, 1, { bias: false, init: (_, shape) => tensor([[1]]).reshape(shape) }));
    const seen: number[] = [];
    const watch: Callback = { name: "watch", step: () => void seen.push((model.layers[0] as Linear).weight.item()) };
    const data = { x: tensor([[1], [1], [1], [1]]), y: tensor([[0], [0], [0], [0]]) };
    const given = { loss: mse, optimizer: sgd({ lr: 0.1 }), epochs: 2, batchSize: 1, verbose: false };
    await fit(model, data, { ...given, callbacks: [watch, averageWeights(ema({ decay: 0.5 }))] });
    const expected = seen.slice(1).reduce((mean, value) => 0.5 * mean + 0.5 * value, seen[0]!);
    expect(Math.abs((model.layers[0] as Linear).weight.item() - expected)).toBeLessThan(2 ** -20);
  });

  test("swa: the mean over epochs", async () => {
    const model = new Sequential(new Linear(2, 1));
    const weight = (): number[] => [...(model.layers[0] as Linear).weight.data()];
    const seen: number[][] = [];
    const watch: Callback = { name: "watch", epoch: () => void seen.push(weight()) };
    const given = { loss: mse, optimizer: sgd({ lr: 0.3 }), epochs: 5, verbose: false };
    await fit(model, plane(40), { ...given, callbacks: [watch, averageWeights(swa(), { from: 2 })] });
    for (const [i, value] of weight().entries()) {
      const mean = (seen[2]![i]! + seen[3]![i]! + seen[4]![i]!) / 3;
      expect(Math.abs(value - mean)).toBeLessThan(2 ** -20);
    }
  });
});

describe("gradientMonitor", () => {
  const reportsOf = async (model: Sequential, given: Partial<FitOptions> = {}) => {
    const reports: GradientReport[] = [];
    const said: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void said.push(line));
    const callbacks = [gradientMonitor({ every: 5, on: (report) => reports.push(report) })];
    await fit(model, blobs(100), { ...options(), epochs: 2, verbose: true, ...given, callbacks });
    log.mockRestore();
    return { reports, said: said.filter((line) => line.startsWith("step ")) };
  };

  test("says nothing of a healthy network, and changes no bit", async () => {
    const [watched, plain] = [network(), network()];
    const { reports, said } = await reportsOf(watched);
    await fit(plain, blobs(100), { ...options(), epochs: 2 });
    expect(await weightsHash(watched)).toBe(await weightsHash(plain));
    expect(said).toEqual([]);
    expect(reports.map(({ step }) => step)).toEqual([5, 10]);
    expect(Object.keys(reports[0]!.gradients)).toEqual(["layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias"]);
    expect(reports[0]!.norm).toBeGreaterThan(0);
  });

  test("gradients that vanish through sigmoids, once", async () => {
    const deep = Array.from({ length: 8 }, () => [new Linear(8, 8), sigmoid]).flat();
    const { said } = await reportsOf(new Sequential(new Linear(2, 8), sigmoid, ...deep, new Linear(8, 3)));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(
      /^step 5: gradients vanish: 'layers\.\d\.weight' gets \S+ of what 'layers\.18\.weight' gets — try relu/,
    );
  });

  test("gradients that explode", async () => {
    const big = (inputs: number, outputs: number) =>
      new Linear(inputs, outputs, { init: (draw, shape) => draw.normal(shape, 0, 30) });
    const { said } = await reportsOf(new Sequential(big(2, 8), relu, big(8, 8), relu, big(8, 3)), { optimizer: sgd({ lr: 0 }) });
    expect(said[0]).toMatch(/^step 5: gradients explode: their norm is \S+ — try clipNorm/);
  });

  test("units that are dead", async () => {
    const off = new Linear(2, 8, { biasInit: (draw, shape) => draw.uniform(shape, -9, -8) });
    const { said, reports } = await reportsOf(new Sequential(off, relu, new Linear(8, 3)));
    expect(said[0]).toBe(
      "step 5: 8 of 8 units (100 %) of relu 1 are dead: no row wakes them — try leakyRelu, or a smaller learning rate",
    );
    expect(reports[0]!.dead).toEqual([{ op: "relu", dead: 8, units: 8 }]);
  });
});

describe("logs", () => {
  test("as CSV", async () => {
    const history = await fit(network(), blobs(100), { ...options(), epochs: 2, callbacks: [csvLog(at("deep/log.csv"))] });
    const [head, ...rows] = readFileSync(at("deep/log.csv"), "utf8").trimEnd().split("\n");
    expect(head).toBe("epoch,step,seconds,loss,accuracy,validationLoss,lr");
    expect(rows.map((row) => row.split(",").map(Number))).toEqual(
      [0, 1].map((i) => [
        i + 1,
        (i + 1) * 5,
        history.seconds[i],
        history.loss[i],
        history.metrics.accuracy![i],
        history.validationLoss[i],
        0.02,
      ]),
    );
  });

  test("as lines of JSON, with metrics of every kind", async () => {
    const callbacks = [jsonLog(at("log.jsonl"))];
    await fit(network(), blobs(100), { ...options(), metrics: { accuracy, confusionMatrix }, epochs: 2, callbacks });
    const rows = readFileSync(at("log.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map(({ epoch, step, lr }) => [epoch, step, lr])).toEqual([
      [1, 5, 0.02],
      [2, 10, 0.02],
    ]);
    expect(rows[1].metrics.confusionMatrix.counts.flat().reduce((sum: number, count: number) => sum + count)).toBe(20);
  });

  /** RFC 3720, B.4, and the check value of the catalogue of parametrised CRC algorithms. */
  test.each([
    ["32 bytes of 0", new Uint8Array(32), 0x8a9136aa],
    ["32 bytes of 255", new Uint8Array(32).fill(255), 0x62a8ab43],
    ["32 bytes that ascend", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ["32 bytes that descend", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ["the digits 1 to 9", new TextEncoder().encode("123456789"), 0xe3069283],
  ])("CRC-32C of %s", (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });

  test("as TensorBoard's events", async () => {
    const history = await fit(network(), blobs(100), { ...options(), epochs: 3, callbacks: [tensorBoard(at("board"))] });
    const events = eventsOf(readFileSync(at("board/events.out.tfevents.0000000000.nabla")));
    expect(events[0]).toMatchObject({ step: 0, version: "brain.Event:2", scalars: {} });
    expect(events.slice(1).map(({ step }) => step)).toEqual([5, 10, 15]);
    for (const [i, { scalars, time }] of events.slice(1).entries()) {
      expect(scalars.loss).toBe(Math.fround(history.loss[i]!));
      expect(scalars.validationLoss).toBe(Math.fround(history.validationLoss[i]!));
      expect(scalars.lr).toBe(Math.fround(0.02));
      expect(Math.abs(time - Date.now() / 1000)).toBeLessThan(60);
    }
  });
});

test("everything goes on after a kill as if there had been none: averages, best weights, logs", async () => {
  class Killed extends Error {}
  const run = async (name: string, killAt: number): Promise<string> => {
    const killer: Callback = {
      name: "killer",
      step: ({ step }) => {
        if (step === killAt) throw new Killed();
      },
    };
    const model = init(network(), { seed: 5 });
    const callbacks = [
      earlyStopping({ patience: 3 }),
      averageWeights(ema({ decay: 0.9 })),
      csvLog(at(`${name}.csv`)),
      tensorBoard(at(name)),
      modelCheckpoint({ path: at(`${name}.best`) }),
      killer,
    ];
    const checkpoint = { path: at(`${name}.checkpoint`), every: 3, resume: true };
    await fit(model, blobs(100), { ...options(), epochs: 8, callbacks, checkpoint });
    const rows = readFileSync(at(`${name}.csv`), "utf8").replace(/^(\d+,\d+),[^,]*/gm, "$1"); // without seconds
    const events = eventsOf(readFileSync(at(`${name}/events.out.tfevents.0000000000.nabla`)));
    const scalars = events.map(({ step, scalars: { seconds: _, ...rest } }) => ({ step, ...rest }));
    return JSON.stringify([await weightsHash(model), rows, scalars, await weightsHash(await load(at(`${name}.best`)))]);
  };
  for (const at of [4, 11, 17, 29, 35]) await expect(run("killed", at)).rejects.toThrow(Killed);
  expect(await run("killed", -1)).toBe(await run("whole", -1));
});

test("the handle says what it knows", async () => {
  let handle: Training | null = null;
  await fit(network(), blobs(40), { ...options(), callbacks: [{ name: "handle", end: (training) => void (handle = training) }] });
  expect(Object.keys(handle!.optimizers)).toEqual(["optimizer"]);
  expect(handle!.loss().item()).toBeGreaterThan(0);
});
