import "../../src/index.ts";
import { describe, expect, test } from "vitest";
import { bandwidth } from "../../src/cli/bench/bandwidth.ts";
import { kernels } from "../../src/cli/bench/kernels.ts";
import { checkLosses, eagerCase, epochCase, FIRST_LOSS, xorCase } from "../../src/cli/bench/steps.ts";
import { tensor } from "../../src/index.ts";

describe.each([...kernels, ...bandwidth, eagerCase, xorCase])("$name", (one) => {
  test("passes its check after a call, and not on poisoned output", async () => {
    const prepared = await one.setup();
    await prepared.sample(1);
    prepared.poison();
    expect(() => prepared.check()).toThrow();
    prepared.poison();
    await prepared.sample(1);
    expect(() => prepared.check()).not.toThrow();
    prepared.close?.();
  });
});

test("names are unique", () => {
  const names = [...kernels, ...bandwidth, eagerCase, xorCase].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test("an epoch takes each row once and holds its loss to other libraries'", async () => {
  const n = 400;
  const x = tensor(new Uint8Array(n * 784), { shape: [n, 28, 28, 1] });
  const prepared = await epochCase({ x, y: tensor(Int32Array.from({ length: n }, (_, i) => i % 10)) }).setup();
  await prepared.sample(1);
  // Blank pictures: the network can only guess.
  expect(() => prepared.check()).toThrow(/loss of epoch 1 is 2\.\d+, not 0\.3275 ± 0\.03/);
});

test("losses are checked for their first value and their fall", () => {
  expect(() => checkLosses([FIRST_LOSS, 0.1])).not.toThrow();
  expect(() => checkLosses([FIRST_LOSS + 0.031, 0.1])).toThrow("loss of epoch 1");
  expect(() => checkLosses([FIRST_LOSS, Number.NaN])).toThrow("loss went from");
  expect(() => checkLosses([FIRST_LOSS, FIRST_LOSS])).toThrow("loss went from");
});
