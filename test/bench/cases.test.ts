import "../../src/index.ts";
import { describe, expect, test } from "vitest";
import { bandwidth } from "../../src/cli/bench/bandwidth.ts";
import { convolutions } from "../../src/cli/bench/convolution.ts";
import { eagerCase } from "../../src/cli/bench/eager.ts";
import type { Case } from "../../src/cli/bench/harness.ts";
import { inferenceGroups, requireLogits } from "../../src/cli/bench/inference.ts";
import { kernels, productJobs } from "../../src/cli/bench/kernels.ts";
import { layers } from "../../src/cli/bench/layers.ts";
import { recurrent } from "../../src/cli/bench/recurrent.ts";
import { trainGroups } from "../../src/cli/bench/train/index.ts";
import { checkEpochs, epochCase, FIRST_LOSS } from "../../src/cli/bench/train/mlp.ts";
import type { Answer, Given } from "../../src/cli/bench/workload.ts";
import { type Dataset, tensor } from "../../src/index.ts";

/** Pictures that show their class, as a bar whose place is its number. */
function bars(n: number): Dataset {
  const x = new Uint8Array(n * 784);
  for (let row = 0; row < n; ++row) x.fill(255, row * 784 + (row % 10) * 56, row * 784 + (row % 10) * 56 + 56);
  return { x: tensor(x, { shape: [n, 28, 28, 1] }), y: tensor(Int32Array.from({ length: n }, (_, row) => row % 10)) };
}

const groups = [...trainGroups(bars(1024), { rounds: 1, sample: 0 }), ...inferenceGroups({ rounds: 1 })];
/** The main job's losses are those of real digits. */
const cases = [
  ...kernels,
  ...recurrent,
  ...convolutions,
  ...bandwidth,
  eagerCase,
  ...layers,
  ...groups.flatMap((group) => group.cases),
];
const ofDigits = (one: Case): boolean => one.name.startsWith("MNIST");

describe.each(cases.filter((one) => !ofDigits(one)))("$name", (one) => {
  test("passes its check after some calls, and not on poisoned output", async () => {
    const prepared = await one.setup();
    await prepared.sample(one.unit === "ms/step" ? 8 : 1);
    prepared.poison();
    expect(() => prepared.check()).toThrow();
    prepared.poison();
    await prepared.sample(1);
    expect(() => prepared.check()).not.toThrow();
    prepared.close?.();
  });
});

test("names are unique, and those compared with are there", () => {
  const names = new Set(cases.map(({ name }) => name));
  expect(names.size).toBe(cases.length);
  expect(cases.filter(({ reference }) => reference && !names.has(reference))).toEqual([]);
});

test.each(cases.filter(ofDigits))("$name takes each row once and holds its loss to other libraries'", async (one) => {
  const n = 400;
  const x = tensor(new Uint8Array(n * 784), { shape: [n, 28, 28, 1] });
  const data = { x, y: tensor(Int32Array.from({ length: n }, (_, i) => i % 10)) };
  const blank = trainGroups(data, { rounds: 1, sample: 0 }).flatMap((group) => group.cases);
  const prepared = await blank.find(({ name }) => name === one.name)!.setup();
  await prepared.sample(1);
  // Blank pictures: the network can only guess.
  expect(() => prepared.check()).toThrow(/loss of epoch 1 is 2\.\d+, not 0\.3275 ± 0\.03/);
});

test("an epoch counts its rows and their arithmetic", () => {
  expect(epochCase(bars(1000))).toMatchObject({ items: 1000, flop: 1000 * 2 * (784 * 50 * 2 + 50 * 10 * 3) });
});

test("losses of epochs are checked for their first value and their fall", () => {
  expect(() => checkEpochs(FIRST_LOSS, 0.1)).not.toThrow();
  expect(() => checkEpochs(FIRST_LOSS + 0.031, 0.1)).toThrow("loss of epoch 1");
  expect(() => checkEpochs(undefined, 0.1)).toThrow("loss of epoch 1");
  expect(() => checkEpochs(FIRST_LOSS, Number.NaN)).toThrow("loss went from");
  expect(() => checkEpochs(FIRST_LOSS, FIRST_LOSS)).toThrow("loss went from");
});

test("logits and logarithms of their probabilities are the same prediction", () => {
  const logits = Float64Array.from({ length: 10 }, (_, i) => i / 3);
  const sum = logits.reduce((total, x) => total + Math.exp(x), 0);
  const logarithms = logits.map((x) => x - Math.log(sum));
  expect(() => requireLogits(logarithms, logits)).not.toThrow();
  logarithms[3]! += 0.001;
  expect(() => requireLogits(logarithms, logits)).toThrow(/^log-probability -\d\.\d+ at 3, not -\d\.\d+$/);
  expect(() =>
    requireLogits(
      logits.map(() => Number.NaN),
      logits,
    ),
  ).toThrow("log-probability NaN at 0");
  expect(() => requireLogits([1], logits)).toThrow("1 numbers instead of 10");
});

describe("jobs for other libraries", () => {
  const jobs = groups.flatMap((group) => group.jobs);

  test.each([...productJobs, ...jobs])("$name, $of.name: hands over what fits, and refuses an answer of nothing", (job) => {
    const given: Given = job.given();
    for (const { shape, data } of Object.values(given))
      expect(data).toHaveLength(shape.reduce((product, size) => product * size, 1));
    expect(() => job.check({ seconds: 1, calls: 1 }, true)).toThrow();
  });

  test("products are checked by the sums of their rows", () => {
    const { check, given } = productJobs.find(({ of }) => of.name === "matmul 1×784×128 NN")!;
    const { a, b } = given();
    let sum = 0;
    for (let k = 0; k < 784; ++k) for (let n = 0; n < 128; ++n) sum += a!.data[k]! * b!.data[k * 128 + n]!;
    const answer: Answer = { seconds: 1, calls: 1, output: [sum] };
    expect(() => check(answer, true)).not.toThrow();
    expect(() => check({ ...answer, output: [sum + 1] }, true)).toThrow(`${sum + 1} at 0`);
  });

  test("a training that does the same must have the same losses", async () => {
    const { cases: own, jobs: xor } = groups.find(({ title }) => title.startsWith("XOR"))!;
    const prepared = await own[0]!.setup();
    await prepared.sample(20);
    const { check } = xor[0]!;
    const losses = [0.26, 0.25];
    expect(() => check({ seconds: 1, calls: 2, losses, last: 0.25 }, true)).toThrow(
      /^loss of step 1 is 0\.26, nabla's 0\.\d+, which is more than 0\.01 % apart$/,
    );
    expect(() => check({ seconds: 1, calls: 2, losses, last: 0.25 }, false)).not.toThrow();
    expect(() => check({ seconds: 1, calls: 2, losses, last: 0.27 }, false)).toThrow("loss went from 0.26 to 0.27");
  });
});
