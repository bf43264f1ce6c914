/** `fit` on streams of batches; validation by tables, streams and weighted rows. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  accuracy,
  adam,
  type BatchOptions,
  batches,
  type Callback,
  crossEntropy,
  Dropout,
  evaluate,
  type FitOptions,
  fit,
  Linear,
  mse,
  oneCycleLR,
  type RowSource,
  relu,
  Sequential,
  type StreamRow,
  sgd,
  Table,
  TablePreparation,
  tensor,
  weightsHash,
} from "../../src/index.ts";
import { blobs, plane } from "../support/problems.ts";

const folder = mkdtempSync(join(tmpdir(), "nabla-streams-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const network = (): Sequential => new Sequential(new Linear(2, 8), relu, new Dropout(0.2), new Linear(8, 3));
const options = (): FitOptions => ({ loss: crossEntropy, optimizer: adam({ lr: 0.02 }), epochs: 3, seed: 2, verbose: false });

const data = blobs(50);
const rows: StreamRow[] = Array.from({ length: 50 }, (_, i) => ({ x: data.x.slice(i, i + 1).reshape([2]), y: data.y.data()[i]! }));
function* generated(): Generator<StreamRow> {
  yield* rows;
}
async function* slow(): AsyncGenerator<StreamRow> {
  for (const row of rows) {
    await Promise.resolve();
    yield row;
  }
}
function* whole(): Generator<StreamRow> {
  for (let at = 0; at < 50; at += 16)
    yield { x: data.x.slice(at, Math.min(50, at + 16)), y: data.y.slice(at, Math.min(50, at + 16)) };
}
const cut: BatchOptions = { batchSize: 16, seed: 4, buffer: 20 };
const streams: Readonly<Record<string, [RowSource | typeof data, BatchOptions]>> = {
  "a data set": [data, cut],
  "an array of rows": [rows, cut],
  "a generator function": [generated, cut],
  "an asynchronous generator function": [slow, cut],
  "batches as they come": [whole, { batchSize: null }],
};

describe.each(Object.entries(streams))("%s", (name, [source, how]) => {
  const path = join(folder, `${name}.safetensors`);

  test("is learnt from", async () => {
    const model = network();
    const history = await fit(model, batches(source, how), { ...options(), epochs: 25, validation: data, metrics: { accuracy } });
    expect(history.loss).toHaveLength(25);
    expect(history.metrics.accuracy!.at(-1)).toBeGreaterThan(0.9);
  });

  test.each([1, 4, 6, 9])("goes on bit for bit after it was killed at step %d", async (steps) => {
    const run = async (kill: boolean, resume: boolean): Promise<string> => {
      const model = network();
      const killer: Callback = {
        name: "killer",
        step: ({ step }) => {
          if (kill && step + 1 === steps) throw new Error("killed");
        },
      };
      const checkpoint = { checkpoint: { path, every: 1, resume } };
      await fit(model, batches(source, how), { ...options(), callbacks: [killer], ...((kill || resume) && checkpoint) });
      return weightsHash(model);
    };
    await expect(run(true, false)).rejects.toThrow("killed");
    expect(await run(false, true)).toBe(await run(false, false));
  });
});

test("a data set in batches in its own order gives the weights of the data set itself", async () => {
  const [a, b] = [network(), network()];
  await fit(a, data, { ...options(), batchSize: 16, shuffle: false });
  await fit(b, batches(data, { batchSize: 16, shuffle: false }), options());
  expect(await weightsHash(b)).toBe(await weightsHash(a));
});

test("an endless source is cut into epochs, and a schedule may know how many steps there are", async () => {
  const endless = function* (): Generator<StreamRow> {
    for (let i = 0; ; ++i) yield rows[i % rows.length]!;
  };
  const stream = batches(endless, { batchSize: 8, perEpoch: 5 });
  const seen: number[] = [];
  const on = { step: ({ steps }: { steps: number }) => void seen.push(steps) };
  await fit(network(), stream, { ...options(), optimizer: sgd({ lr: oneCycleLR({ maxLr: 0.1 }) }), on });
  expect(seen).toEqual(new Array(15).fill(15));
  const unknown = fit(network(), batches(generated), { ...options(), optimizer: sgd({ lr: oneCycleLR({ maxLr: 0.1 }) }) });
  await expect(unknown).rejects.toThrowErrorMatchingInlineSnapshot(
    `[ValueError: oneCycleLR: needs to know how many steps there are; got a stream that does not say — try totalSteps]`,
  );
});

test("validation takes a stream, and evaluate what it gathers", async () => {
  const model = network();
  const stream = batches(generated, { batchSize: 7 });
  const history = await fit(model, data, { ...options(), validation: stream });
  const values = await evaluate(model, await stream.gathered(), { accuracy }, { loss: crossEntropy });
  const same = await evaluate(model, data, { accuracy }, { loss: crossEntropy });
  expect(values.accuracy).toBe(same.accuracy);
  expect(values.loss).toBeCloseTo(same.loss, 5);
  expect(history.validationLoss.at(-1)).toBe(values.loss);
});

test("a generator can be gone through once, and no more is asked of it", async () => {
  await fit(network(), batches(generated()), { ...options(), epochs: 1 });
  const told = async (given: Partial<FitOptions>): Promise<string> =>
    fit(network(), batches(generated()), { ...options(), epochs: 1, ...given }).then(
      () => "",
      (error) => error.message,
    );
  expect([
    await told({ epochs: 2 }),
    await told({ checkpoint: { path: join(folder, "never") } }),
    await told({ metrics: { accuracy } }),
    await told({ batchSize: 3 }),
    await told({ classWeight: "balanced" }),
    await told({ validation: 0.2 }),
  ]).toMatchInlineSnapshot(`
    [
      "fit: a generator can be gone through once; got 2 epochs — try batches(() => rows()), a function that begins anew each time",
      "fit: a generator cannot be taken to where a checkpoint was written; got checkpoint — try batches(() => rows()), a function that begins anew each time",
      "fit: metrics of a stream need data to be measured on; got metrics — try validation: a data set, a table, or another stream",
      "fit: a stream has its own batchSize and shuffle; got others — try batches(source, { batchSize, shuffle })",
      "fit: a stream does not know its classes beforehand; got classWeight — try a weight in each of its rows, { x, y, weight }",
      "fit: no share of a stream can be set aside; got validation: 0.2 — try validation: a data set, a table, or another stream",
    ]
  `);
  const empty = fit(network(), batches([]), options());
  await expect(empty).rejects.toThrow("fit: every epoch needs a batch; got none in epoch 1");
  const broken = batches([{ x: [1, 2], y: 0 }, { x: [1, Number.NaN], y: 0 }], { batchSize: 1, shuffle: false }); // biome-ignore format: one line
  await expect(fit(network(), broken, options())).rejects.toThrow(
    "batch 2 of epoch 1: x must hold finite numbers; got NaN in row 0, column 1",
  );
  const wrong = batches([{ x: [1, 2], y: 0 }, { x: [1, 2], y: 7 }], { batchSize: 2, shuffle: false }); // biome-ignore format: one line
  await expect(fit(network(), wrong, options())).rejects.toThrow("in row 1 of batch 1 of epoch 1");
});

test("what a source has opened is closed when training ends before its end", async () => {
  let closed = 0;
  const source = function* (): Generator<StreamRow> {
    try {
      yield* rows;
    } finally {
      closed += 1;
    }
  };
  const stopper: Callback = { name: "stopper", step: (_, training) => training.stop("enough") };
  await fit(network(), batches(source, { batchSize: 4, shuffle: false }), { ...options(), callbacks: [stopper] });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(closed).toBe(1);
});

describe("validation", () => {
  test("takes a table, prepared as the training data were", async () => {
    const table = new Table({
      size: rows.map((_, i) => i % 10),
      kind: rows.map((_, i) => (i % 10 < 5 ? "small" : "large")),
    });
    const prepared = new TablePreparation({ target: "kind" }).fitTransform(table);
    const model = new Sequential(new Linear(1, 2));
    const given = { ...options(), validation: table, metrics: { accuracy } };
    const history = await fit(model, prepared, given);
    expect(history.validationLoss.at(-1)).toBe((await evaluate(model, prepared, {}, { loss: crossEntropy })).loss);
    await expect(fit(network(), data, { ...options(), validation: table })).rejects.toThrow(
      "the model takes numbers; got raw rows",
    );
  });

  test("rows count by their weight: Σ weight · loss / Σ weight", async () => {
    const model = new Sequential(new Linear(2, 1));
    const { x, y } = plane(3);
    await fit(model, { x, y }, { ...options(), loss: mse, epochs: 1 });
    const weighted = await evaluate(model, { x, y, weight: tensor([1, 0, 3]) }, {}, { loss: mse, batchSize: 2 });
    const losses = await Promise.all(
      [0, 2].map((i) => evaluate(model, { x: x.slice(i, i + 1), y: y.slice(i, i + 1) }, {}, { loss: mse })),
    );
    const [first, last] = losses.map(({ loss }) => loss);
    expect(weighted.loss).toBeCloseTo((first! + 3 * last!) / 4, 5);
  });
});
