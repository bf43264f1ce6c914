import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import {
  accuracy,
  adam,
  bceWithLogits,
  type Callback,
  concat,
  crossEntropy,
  type Dataset,
  evaluate,
  type FitOptions,
  fit,
  init,
  Linear,
  mse,
  type OwnStep,
  ones,
  predict,
  random,
  relu,
  Sequential,
  sgd,
  type Tensor,
  tensor,
  weightsHash,
  zeros,
} from "../../src/index.ts";
import { blobs, plane } from "../support/problems.ts";

const quiet = { verbose: false, seed: 1 } as const;
const linear = (): Sequential => init(new Sequential(new Linear(2, 1)), { seed: 2 });
const folder = mkdtempSync(join(tmpdir(), "nabla-steps-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Rows of which some stand there several times. */
function repeated({ x, y }: Dataset, times: readonly number[]): Dataset {
  const index = tensor(Int32Array.from(times.flatMap((count, row) => new Array<number>(count).fill(row))));
  return { x: x.gather(index), y: y.gather(index) };
}

const distance = (a: Tensor, b: Tensor): number => a.sub(b).abs().max().item();

describe("weights of rows", () => {
  test("a row that counts k is k rows", async () => {
    const times = Array.from({ length: 24 }, (_, i) => 1 + (i % 3));
    const data = plane(24);
    const run = async (set: Dataset): Promise<Tensor> => {
      const model = linear();
      await fit(model, set, { ...quiet, loss: mse, optimizer: sgd({ lr: 0.1 }), epochs: 5, batchSize: 100, shuffle: false });
      return predict(model, data.x);
    };
    const [weighted, rows] = [await run({ ...data, weight: tensor(times) }), await run(repeated(data, times))];
    expect(distance(weighted, rows)).toBeLessThan(2 ** -20);
    expect(distance(weighted, await run(data))).toBeGreaterThan(2 ** -12);
  });

  test("what they are counted in does not matter, and a row that counts 0 is not there", async () => {
    const data = blobs(30);
    const run = async (set: Dataset): Promise<string> => {
      const model = init(new Sequential(new Linear(2, 3)), { seed: 3 });
      await fit(model, set, { ...quiet, loss: crossEntropy, optimizer: adam(), epochs: 2, batchSize: 10 });
      return weightsHash(model);
    };
    const weight = Array.from({ length: 30 }, (_, i) => i % 4);
    const spoilt = { ...data, y: tensor(Int32Array.from(data.y.data(), (label, i) => (i % 4 === 0 ? 2 - label : label))) };
    const first = await run({ ...data, weight: tensor(weight) });
    expect(await run({ ...data, weight: tensor(weight.map((value) => value * 8)) })).toBe(first);
    expect(await run({ ...spoilt, weight: tensor(weight) })).toBe(first);
  });

  test("classWeight: balanced is what its formula says, a list and a record the same", async () => {
    const labels = [0, 0, 0, 0, 0, 0, 1, 1, 2];
    const data = { x: random(4).normal([9, 2]), y: tensor(Int32Array.from(labels)) };
    const run = async (given: Partial<FitOptions>, weight?: Tensor): Promise<string> => {
      const model = init(new Sequential(new Linear(2, 3)), { seed: 3 });
      const set = weight ? { ...data, weight } : data;
      await fit(model, set, { ...quiet, loss: crossEntropy, optimizer: sgd({ lr: 0.1 }), epochs: 3, batchSize: 4, ...given });
      return weightsHash(model);
    };
    const balanced = await run({ classWeight: "balanced" });
    expect(await run({ classWeight: [0.5, 1.5, 3] })).toBe(balanced);
    expect(await run({ classWeight: { 0: 1, 1: 3, 2: 6 } })).toBe(balanced);
    expect(await run({}, tensor(labels.map((label) => [1, 3, 6][label]!)))).toBe(balanced);
    expect(await run({ classWeight: { 1: 3, 2: 6 } })).toBe(balanced);
    expect(await run({})).not.toBe(balanced);
  });

  test("what cannot be is told", async () => {
    const data = blobs(6);
    const told = async (set: Dataset, given: Partial<FitOptions> = {}): Promise<string> =>
      fit(new Sequential(new Linear(2, 3)), set, { ...quiet, loss: crossEntropy, optimizer: sgd(), ...given }).then(
        () => "",
        String,
      );
    expect([
      await told({ ...data, weight: tensor([1, 2]) }),
      await told({ ...data, weight: tensor([1, 1, 1, -1, 1, 1]) }),
      await told({ ...data, weight: zeros([6]) }),
      await told(data, { classWeight: [1, 2] }),
      await told({ ...data, y: tensor([0.5, 0, 1, 2, 0, 1]) }, { classWeight: "balanced" }),
      await told({ ...data, weight: ones([6]) }, { loss: (p, t) => crossEntropy(p, t) }),
    ]).toMatchInlineSnapshot(`
      [
        "ShapeError: fit: x and y must have the same number of rows; got x: [6, 2], y: [6], weight: [2]",
        "ValueError: fit: weights are numbers ≥ 0; got -1 in row 3",
        "ValueError: fit: some row must count: all weights are 0",
        "ValueError: fit: classWeight needs a number ≥ 0 for class 2; got undefined",
        "ValueError: classWeight: classes are whole numbers from 0; got 0.5 in row 0 — try numbering them by LabelEncoder",
        "ValueError: fit: weights need a loss that can tell rows apart: it takes (prediction, target, { reduction, sampleWeight }); got one that gives a single number — try crossEntropy, mse, or another of nabla's own",
      ]
    `);
  });
});

/** Two inputs, two outputs. */
class Two {
  left = new Linear(2, 4);
  right = new Linear(3, 4);
  label = new Linear(8, 3);
  size = new Linear(8, 1);
  forward({ a, b }: { a: Tensor; b: Tensor }): { label: Tensor; size: Tensor } {
    const both = concat([relu(this.left.forward(a)), relu(this.right.forward(b))], 1);
    return { label: this.label.forward(both), size: this.size.forward(both) };
  }
}

describe("several inputs and outputs", () => {
  const n = 90;
  const { x: a, y: label } = blobs(n);
  const b = random(5).normal([n, 3]);
  const data = { x: { a, b }, y: { label, size: b.sum(1) } };
  const loss = { label: crossEntropy, size: mse };

  test("are trained, watched and predicted by name", async () => {
    const model = new Two();
    const given = { ...quiet, loss, optimizer: adam({ lr: 0.02 }), epochs: 30, batchSize: 16, validation: 0.2 };
    const history = await fit(model, data, given);
    expect(history.validationLoss.at(-1)).toBeLessThan(0.1 * history.validationLoss[0]!);
    const { label: logits, size } = predict(model, { a, b });
    expect([logits.shape, size.shape]).toEqual([
      [n, 3],
      [n, 1],
    ]);
    expect(accuracy({ actual: label, predicted: logits })).toBeGreaterThan(0.95);
    const { loss: whole } = (await evaluate(model, data, {}, { loss })) as { loss?: number };
    expect(whole).toBeLessThan(0.2);
  });

  test("a model optimized field by field", async () => {
    const optimizer = { left: sgd({ lr: 0 }), right: sgd({ lr: 0.1 }), label: adam(), size: adam() };
    const model = init(new Two(), { seed: 1 });
    const before = [model.left.weight.data(), model.right.weight.data()];
    await fit(model, data, { ...quiet, loss, optimizer, epochs: 1 });
    expect(model.left.weight.data()).toEqual(before[0]);
    expect(model.right.weight.data()).not.toEqual(before[1]);
  });

  test("what cannot be is told", async () => {
    const told = (given: Partial<FitOptions>, set: typeof data | object = data): Promise<string> =>
      fit(new Two(), set as typeof data, { ...quiet, loss, optimizer: sgd(), ...given }).then(() => "", String);
    expect([
      await told({ loss: mse }),
      await told({ loss: { size: mse, label: crossEntropy, other: mse } }),
      await told({ metrics: { accuracy } }),
      await told({ optimizer: { middle: sgd() } }),
      await told({}, { x: { a, b: b.slice(0, 5) }, y: data.y }),
      await told({}, { x: data.x }),
    ]).toMatchInlineSnapshot(`
      [
        "ValueError: fit: several outputs or targets need a loss each; got one loss — try loss: { name: crossEntropy, … }",
        "ValueError: fit: there is a loss 'other', and no output of that name — try the same names for all",
        "ValueError: evaluate: metrics compare one output with one target; got several — try predict, and a metric of each",
        "ValueError: fit: optimizers are named by fields of the model; got 'middle' — try left, right, label, size",
        "ShapeError: fit: x and y must have the same number of rows; got x.a: [90, 2], x.b: [5, 3], y.label: [90], y.size: [90]",
        "ValueError: fit: data are { x, y }, two tensors; got { x } — try { x: tensor(rows), y: tensor(targets) }",
      ]
    `);
  });
});

describe("a step of one's own", () => {
  const networks = () => ({
    generator: new Sequential(new Linear(4, 16), relu, new Linear(16, 2)),
    discriminator: new Sequential(new Linear(2, 16), relu, new Linear(16, 1)),
  });
  const rule = adam({ lr: 5e-3, betas: [0.5, 0.999] });
  const step =
    ({ generator, discriminator }: ReturnType<typeof networks>): OwnStep =>
    ({ x }, { optimizers, random: noise }) => {
      const real = x as Tensor;
      const n = real.shape[0]!;
      const fake = generator.forward(noise.normal([n, 4]), "train");
      const caught = bceWithLogits(discriminator.forward(real, "train"), ones([n, 1])).add(
        bceWithLogits(discriminator.forward(fake, "train"), zeros([n, 1])),
      );
      optimizers.discriminator!.minimize(caught);
      const fooled = bceWithLogits(discriminator.forward(fake, "train"), ones([n, 1]));
      optimizers.generator!.minimize(fooled);
      return { discriminator: caught, generator: fooled };
    };
  const data = { x: random(8).normal([200, 2], 3, 0.5) };
  const options = (model: ReturnType<typeof networks>): FitOptions & { step: OwnStep } => ({
    ...quiet,
    step: step(model),
    optimizer: { generator: rule, discriminator: rule },
    epochs: 3,
    batchSize: 20,
  });

  test("trains two networks in turn, shows both losses, and learns", async () => {
    const model = networks();
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
    const history = await fit(model, data, { ...options(model), epochs: 40, verbose: true });
    log.mockRestore();
    expect(Object.keys(history.metrics)).toEqual(["discriminator", "generator"]);
    expect(history.metrics.generator).toHaveLength(40);
    expect(lines[1]).toMatch(/^epoch {2}1\/40 {2}loss \d\.\d{4} {2}\d\.\d\d s {2}discriminator \d\.\d{4} {2}generator \d\.\d{4}$/);
    expect(lines.at(-1)).toMatch(/^trained for 40 epochs: discriminator \d\.\d{4}, generator \d\.\d{4}$/);
    const made = model.generator
      .forward(random(9).normal([500, 4]))
      .mean(0)
      .data();
    for (const mean of made) expect(Math.abs(mean - 3)).toBeLessThan(1);
  });

  test("goes on after a kill, bit for bit", async () => {
    class Killed extends Error {}
    const path = join(folder, "gan.safetensors");
    const run = async (kill: number, checkpoint: boolean): Promise<string> => {
      const model = networks();
      const killer: Callback = {
        name: "killer",
        step: (event) => {
          if (event.step === kill) throw new Killed();
        },
      };
      const kept = checkpoint ? { checkpoint: { path, every: 4, resume: true } } : {};
      const history = await fit(model, data, { ...options(model), callbacks: [killer], ...kept });
      return JSON.stringify([await weightsHash(model), history.loss, history.metrics]);
    };
    for (const kill of [6, 13, 22]) await expect(run(kill, true)).rejects.toThrow(Killed);
    expect(await run(-1, true)).toBe(await run(-1, false));
  });

  test("a loss that is not finite changes nothing", async () => {
    const model = linear();
    const before = await weightsHash(model);
    const own: OwnStep = ({ x, y }, { optimizers }) => {
      const loss = mse(model.forward(x as Tensor), y as Tensor);
      optimizers.optimizer!.minimize(loss.div(zeros([])));
      return loss;
    };
    const training = fit(model, plane(20), { ...quiet, step: own, optimizer: sgd() });
    await expect(training).rejects.toThrowErrorMatchingInlineSnapshot(
      `[NumericError: fit: the loss is not finite at epoch 1, step 0; parameters are as before that step; got in a loss of the step — try a smaller learning rate, or clean data]`,
    );
    expect(await weightsHash(model)).toBe(before);
  });
});
