/** The search for a learning rate, and statistics computed anew. */
import { describe, expect, test } from "vitest";
import {
  adam,
  BatchNorm,
  buffers,
  crossEntropy,
  Dropout,
  findLearningRate,
  fit,
  init,
  Linear,
  mse,
  parameters,
  relu,
  Sequential,
  sgd,
  swa,
  type Tensor,
  tensor,
  updateBn,
  weightsHash,
} from "../../src/index.ts";
import { drawLearningRates, learningRateChart } from "../../src/report/index.ts";
import { blobs, plane } from "../support/problems.ts";

const net = (): Sequential => new Sequential(new Linear(2, 8), new BatchNorm(8), relu, new Dropout(0.2), new Linear(8, 3));
const quiet = { epochs: 2, batchSize: 8, verbose: false };

/** All that a step changes, in numbers. */
const stateOf = (model: object): number[][] =>
  [...parameters(model).values(), ...buffers(model).values()].map((state) => [...state.data()]);

describe("findLearningRate", () => {
  test("grows geometrically, stops where the loss diverges, suggests a rate that trains", async () => {
    const model = init(new Sequential(new Linear(2, 1)), { seed: 1 });
    const found = await findLearningRate(model, plane(64), { loss: mse, optimizer: sgd(), from: 1e-4, to: 100, batchSize: 64 });
    const { rates, losses, smoothed, suggestion, diverged } = found;
    expect(diverged).toBe(true);
    expect(rates.length).toBeLessThan(100);
    expect([losses.length, smoothed.length]).toEqual([rates.length, rates.length]);
    expect(rates[0]).toBe(1e-4);
    expect(rates[10]! / rates[9]!).toBeCloseTo(10 ** (6 / 99), 10);
    expect(smoothed[0]).toBeCloseTo(losses[0]!, 12);
    expect(suggestion).toBeGreaterThan(1e-3);
    expect(suggestion).toBeLessThan(2);
    const history = await fit(model, plane(64), { ...quiet, loss: mse, optimizer: sgd({ lr: suggestion! }), epochs: 30 });
    expect(history.loss.at(-1)).toBeLessThan(history.loss[0]! / 20);
    expect(String(found)).toMatch(
      /^the loss falls most steeply at 0\.\d+; \d+ steps at rates from 0\.00010 to \S+, where it diverged$/,
    );
  });

  test("the last rate where nothing diverges, and no suggestion where nothing falls", async () => {
    const flat = { x: tensor([[0, 0], [0, 0]]), y: tensor([[0], [0]]) }; // biome-ignore format: rows
    const model = init(new Sequential(new Linear(2, 1, { bias: false })));
    const found = await findLearningRate(model, flat, { loss: mse, optimizer: sgd(), steps: 5, to: 1 });
    expect(found.rates.at(-1)).toBeCloseTo(1, 12);
    expect(found.suggestion).toBeNull();
    expect(String(found)).toBe("the loss does not fall; 5 steps at rates from 0.0000010 to 1.0");
  });

  test("losses below 0 do not count as diverging", async () => {
    const model = init(new Sequential(new Linear(2, 1)), { seed: 1 });
    const below = (x: Tensor, y: Tensor): Tensor => mse(x, y).sub(100);
    const found = await findLearningRate(model, plane(64), { loss: below, optimizer: sgd(), from: 1e-4, to: 1e-2, steps: 20 });
    expect(found.diverged).toBe(false);
    expect(found.rates).toHaveLength(20);
  });

  test("leaves the model as it was, also for the seed of a later fit", async () => {
    const [model, other] = [init(net(), { seed: 3 }), init(net(), { seed: 3 })];
    const before = stateOf(model);
    await findLearningRate(model, blobs(60), { loss: crossEntropy, optimizer: adam(), steps: 20, seed: 5 });
    expect(stateOf(model)).toEqual(before);
    const options = { ...quiet, loss: crossEntropy, optimizer: adam(), seed: 3 };
    await fit(model, blobs(60), options);
    await fit(other, blobs(60), options);
    expect(await weightsHash(model)).toBe(await weightsHash(other));
    const [drawn, plain] = [net(), net()];
    await findLearningRate(drawn, blobs(60), { loss: crossEntropy, optimizer: adam(), steps: 5 });
    await fit(drawn, blobs(60), { ...options, seed: 8 });
    await fit(plain, blobs(60), { ...options, seed: 8 });
    expect(await weightsHash(drawn)).toBe(await weightsHash(plain));
  });

  test.each([
    [{ steps: 2 }, "ValueError: findLearningRate: steps is a whole number ≥ 3; got 2"],
    [{ from: 0 }, "ValueError: findLearningRate: rates go from above 0 to above that; got 0 to 10"],
    [{ smoothing: 1 }, "ValueError: findLearningRate: smoothing is from 0 to below 1; got 1"],
    [{ divergence: 1 }, "ValueError: findLearningRate: divergence is a number > 1; got 1"],
  ])("refuses %o", async (options, text) => {
    const error = await findLearningRate(init(net()), blobs(9), { loss: crossEntropy, optimizer: sgd(), ...options }).catch(String);
    expect(error).toBe(text);
  });

  test("as pictures", async () => {
    const model = init(new Sequential(new Linear(2, 1)), { seed: 1 });
    const found = await findLearningRate(model, plane(64), { loss: mse, optimizer: sgd(), from: 1e-4, to: 100 });
    const text = drawLearningRates(found);
    expect(text.split("\n")[0]).toBe("Loss while the learning rate grows");
    expect(text).toMatch(/1e-4 .*1e-2 .*learning rate/);
    expect(text).toContain("│ steepest at");
    const svg = learningRateChart(found);
    expect(svg).toMatch(/^<svg xmlns=".*<\/svg>\n$/);
    expect(svg.match(/<polyline/g)).toHaveLength(2);
    expect(svg).not.toContain("NaN");
  });
});

/** Means of 50 numbers below 4, rounded in another order. */
function expectNear(actual: Tensor, expected: Tensor): void {
  for (const [i, value] of expected.data().entries()) expect(Math.abs(actual.data()[i]! - value)).toBeLessThan(1e-6);
}

describe("updateBn", () => {
  const { x } = blobs(50);

  test("statistics are those of the data, momentum and weights stay", async () => {
    const norm = new BatchNorm(2, { momentum: 0.3 });
    const model = init(new Sequential(norm, new Linear(2, 2)));
    model.forward(tensor([[100, 200], [300, 500]]), "train"); // biome-ignore format: rows
    const weights = await weightsHash(model);
    await updateBn(model, { x });
    expectNear(norm.runningMean, x.mean(0));
    expect(norm.runningVar.data()[0]).toBeCloseTo(x.variance(0).data()[0]!, 5);
    expect(norm.options.momentum).toBe(0.3);
    expect(await weightsHash(model)).toBe(weights);
  });

  test("of several batches the mean, a last row joins the batch before", async () => {
    const norm = new BatchNorm(2);
    await updateBn(new Sequential(norm, new Linear(2, 2)), { x: x.slice(0, 41) }, { batchSize: 20 });
    const parts: Tensor[] = [x.slice(0, 20), x.slice(20, 41)];
    expect(norm.batches.item()).toBe(2);
    for (const c of [0, 1]) {
      const means = parts.map((part) => part.mean(0).data()[c]!);
      expect(norm.runningMean.data()[c]).toBeCloseTo((means[0]! + means[1]!) / 2, 6);
    }
  });

  test("an average of weights gets its own statistics", async () => {
    const model = init(net(), { seed: 1 });
    const optimizer = sgd({ lr: 0.1 }).for(model);
    const average = swa().for(optimizer);
    average.update();
    const norm = model.layers[1] as BatchNorm;
    await average.use(async () => updateBn(model, { x }));
    const first = model.layers[0] as Linear;
    expectNear(norm.runningMean, first.forward(x).mean(0));
  });

  test("errors change nothing; without batch norm there is nothing to do", async () => {
    const model = init(new Sequential(new BatchNorm(2), new Linear(2, 2)));
    const before = stateOf(model);
    await expect(updateBn(model, { x: tensor([[1, 2, 3], [4, 5, 6]]) })).rejects.toThrow(/BatchNorm\(2\)/); // biome-ignore format: rows
    expect(stateOf(model)).toEqual(before);
    await expect(updateBn(model, { x: x.slice(0, 0) })).rejects.toThrow("updateBn: there are no rows; got x: [0, 2]");
    await expect(updateBn(model, { x }, { batchSize: 0 })).rejects.toThrow("updateBn: batchSize is a whole number ≥ 1; got 0");
    await updateBn(new Sequential(new Linear(2, 2)), { x });
  });
});
