import { describe, expect, test, vi } from "vitest";
import {
  accuracy,
  adam,
  classify,
  confusionMatrix,
  crossEntropy,
  Dropout,
  evaluate,
  fit,
  init,
  Linear,
  type Model,
  mse,
  predict,
  relu,
  Sequential,
  sgd,
  split,
  tensor,
  weightsHash,
} from "../../src/index.ts";
import { blobs, plane } from "../support/problems.ts";

const quiet = { verbose: false } as const;
const mlp = (): Sequential => new Sequential(new Linear(2, 8), relu, new Linear(8, 3));

test("linear regression finds the plane", async () => {
  const model = new Sequential(new Linear(2, 1));
  const history = await fit(model, plane(200), { ...quiet, loss: mse, optimizer: sgd({ lr: 0.3 }), epochs: 40, batchSize: 20 });
  const [weight, bias] = [...model.layers].flatMap((layer) =>
    "weight" in layer ? [(layer as Linear).weight.data(), (layer as Linear).bias!.data()] : [],
  );
  expect([...weight!, ...bias!].map((value) => Number(value.toFixed(3)))).toEqual([2, -3, 1]);
  expect(history.loss).toHaveLength(40);
  expect(history.loss.at(-1)).toBeLessThan(1e-6);
});

test("a classifier separates what can be separated, and metrics say so", async () => {
  const { train, test: rest } = split(blobs(300), { train: 0.8, test: 0.2 }, { seed: 3 });
  const model = mlp();
  await fit(model, train, { ...quiet, loss: crossEntropy, optimizer: adam({ lr: 0.02 }), epochs: 20, batchSize: 16, seed: 1 });
  const values = await evaluate(model, rest, { accuracy, confusionMatrix }, { loss: crossEntropy });
  expect(values.accuracy).toBe(1);
  expect(values.confusionMatrix.counts.flat().reduce((sum, count) => sum + count)).toBe(60);
  expect(values).toHaveProperty("loss");
});

describe("one seed governs first values, order and dropout", () => {
  const run = async (seed: number): Promise<string> => {
    const model = new Sequential(new Linear(2, 8), relu, new Dropout(0.3), new Linear(8, 3));
    await fit(model, blobs(90), {
      ...quiet,
      loss: crossEntropy,
      optimizer: sgd({ lr: 0.1, momentum: 0.9 }),
      epochs: 3,
      batchSize: 20,
      seed,
    });
    return weightsHash(model);
  };
  test("the same seed gives the same weights, another one others", async () => {
    const [first, again, other] = [await run(7), await run(7), await run(8)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});

test("compiled training equals a hand-written eager loop, bit for bit", async () => {
  const data = blobs(60);
  const options = { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 1e-3 };
  const compiled = init(mlp(), { seed: 5 });
  await fit(compiled, data, { ...quiet, loss: crossEntropy, optimizer: sgd(options), epochs: 2, batchSize: 20, shuffle: false });
  const eager = init(mlp(), { seed: 5 });
  const optimizer = sgd(options).for(eager);
  for (let step = 0; step < 6; ++step) {
    const from = (step % 3) * 20;
    optimizer.minimize(crossEntropy(eager.forward(data.x.slice(from, from + 20)), data.y.slice(from, from + 20)));
  }
  expect(await weightsHash(eager)).toBe(await weightsHash(compiled));
});

test("training goes on from where it stopped, and a seed given later does not undo init", async () => {
  const model = init(mlp(), { seed: 3 });
  const before = await weightsHash(model);
  await fit(model, blobs(30), { ...quiet, loss: crossEntropy, optimizer: sgd({ lr: 0 }), epochs: 1, seed: 9 });
  expect(await weightsHash(model)).toBe(before);
});

test("events, validation, metrics and history", async () => {
  const steps: number[] = [];
  const history = await fit(mlp(), blobs(100), {
    ...quiet,
    loss: crossEntropy,
    optimizer: adam({ lr: 0.01 }),
    epochs: 2,
    batchSize: 30,
    validation: 0.2,
    metrics: { accuracy },
    on: { step: ({ step, steps: all }) => steps.push(step, all) },
  });
  expect(steps).toEqual([0, 6, 1, 6, 2, 6, 3, 6, 4, 6, 5, 6]);
  expect(history.validationLoss).toHaveLength(2);
  expect(history.metrics.accuracy).toHaveLength(2);
  expect(history.seconds.every((seconds) => seconds > 0)).toBe(true);
});

test("a schedule sets the learning rate of each step", async () => {
  const seen: number[] = [];
  const schedule = ({ step }: { step: number }): number => {
    seen.push(step);
    return 0;
  };
  const model = init(mlp());
  const before = await weightsHash(model);
  await fit(model, blobs(40), { ...quiet, loss: crossEntropy, optimizer: sgd({ lr: schedule }), epochs: 2, batchSize: 20 });
  expect(seen).toEqual([0, 1, 2, 3]);
  expect(await weightsHash(model)).toBe(before);
});

test("an abort signal stops after the running step", async () => {
  const controller = new AbortController();
  let steps = 0;
  await fit(mlp(), blobs(100), {
    ...quiet,
    loss: crossEntropy,
    optimizer: sgd(),
    epochs: 5,
    batchSize: 10,
    signal: controller.signal,
    on: { step: () => void (++steps === 3 && controller.abort()) },
  });
  expect(steps).toBe(3);
});

test("targets [n] and [n, 1] give the same loss", async () => {
  const data = plane(20);
  const column = { x: data.x, y: data.y.reshape([20, 1]) };
  const run = async (set: typeof data): Promise<number> => {
    const model = init(new Sequential(new Linear(2, 1)));
    return (await fit(model, set, { ...quiet, loss: mse, optimizer: sgd({ lr: 0.1 }), epochs: 1 })).loss[0]!;
  };
  expect(await run(column)).toBe(await run(data));
});

test("a row's prediction is the same in a batch of 1, 7, 32, 200", () => {
  const model = init(new Sequential(new Linear(100, 50), relu, new Linear(50, 10)), { seed: 4 });
  const all = tensor(
    Float32Array.from({ length: 200 * 100 }, (_, i) => ((i * 7919) % 1000) / 1000 - 0.5),
    { shape: [200, 100] },
  );
  const whole = predict(model, all).data();
  for (const n of [1, 7, 32]) {
    const part = predict(model, all.slice(0, n)).data();
    expect([...part]).toEqual([...whole.slice(0, n * 10)]);
  }
});

test("a flat array of numbers is a single row", () => {
  const model = init(new Sequential(new Linear(3, 2)), { seed: 4 });
  const row = predict(model, [[1, 2, 3]]);
  for (const flat of [[1, 2, 3], Float32Array.of(1, 2, 3), Float64Array.of(1, 2, 3)]) {
    expect(predict(model, flat).shape).toEqual([1, 2]);
    expect(predict(model, flat).data()).toEqual(row.data());
    expect(classify(model, flat)).toHaveLength(1);
  }
  expect(() => predict(model, tensor([1, 2]))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: model.layers.0: Linear(3 → 2): expects [..., 3]; got x: [2] — try unsqueeze(0): a batch of one row]`,
  );
  expect(() => predict(model, Float32Array.of(1, 2, 3, 4))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: model.layers.0: Linear(3 → 2): expects [..., 3]; got x: [1, 4]]`,
  );
});

test("what is printed: what runs, each epoch, a verdict", async () => {
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  await fit(mlp(), blobs(90), { loss: crossEntropy, optimizer: adam({ lr: 0.05 }), epochs: 2, seed: 1 });
  log.mockRestore();
  expect(lines[0]).toMatch(/^2-8-3, 51 parameters · \d threads?, (strict|relaxed) SIMD, math (auto|strict|fast) · seed 1/);
  expect(lines[1]).toMatch(/^epoch 1\/2 {2}loss \d\.\d{4} {2}\d\.\d\d s$/);
  expect(lines[3]).toMatch(/^loss fell from/);
});

test("guessing is called guessing", async () => {
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  const model: Model = new Sequential(
    new Linear(2, 3, { init: (_, shape) => tensor(new Float32Array(6), { shape }), bias: false }),
  );
  await fit(model, blobs(90), { loss: crossEntropy, optimizer: sgd({ lr: 0 }), epochs: 2 });
  log.mockRestore();
  expect(lines.at(-1)).toBe("loss stays at 1.10 = guessing among 3 classes: try another learning rate, or look at the data");
});

describe("a seed reaches all that nobody has chosen, whatever came before", () => {
  const net = (): Sequential => new Sequential(new Linear(2, 8), relu, new Dropout(0.5), new Linear(8, 3));
  const train = async (model: Sequential, seed?: number): Promise<string> => {
    const options = { ...quiet, loss: crossEntropy, optimizer: sgd({ lr: 0.1 }), epochs: 2, batchSize: 20 };
    await fit(model, blobs(60), { ...options, ...(seed !== undefined && { seed }) });
    return weightsHash(model);
  };

  test("a prediction, or a pass in training, before fit", async () => {
    const expected = await train(net(), 7);
    const [predicted, passed] = [net(), net()];
    predict(predicted, [[1, 2]]);
    passed.forward(tensor([[1, 2]]), "train");
    expect(await train(predicted, 7)).toBe(expected);
    expect(await train(passed, 7)).toBe(expected);
    expect(await train(net(), 8)).not.toBe(expected);
  });

  test("a training before fit keeps its weights, and dropout follows the new seed", async () => {
    const [one, two] = [net(), net()];
    for (const model of [one, two]) await train(model, 1);
    expect([await train(one, 2), await train(one, 3)]).toEqual([await train(two, 2), await train(two, 3)]);
    const fresh = net();
    await train(fresh, 2);
    await train(fresh, 3);
    expect(await weightsHash(fresh)).not.toBe(await weightsHash(one));
  });

  test("init's seed stays", async () => {
    const [one, two] = [init(net(), { seed: 4 }), init(net(), { seed: 4 })];
    predict(one, [[1, 2]]);
    expect(await train(one, 5)).toBe(await train(two, 5));
  });
});
