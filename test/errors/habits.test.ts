/** What users of other libraries try out of habit, and what they are told. */
import { expect, test } from "vitest";
import { Conv2d, ema, fit, Linear, lbfgs, mse, Sequential, Upsample, zeros } from "../../src/index.ts";

const model = (): Sequential => new Sequential(new Linear(2, 1));

test("lbfgs in fit", async () => {
  const data = { x: zeros([4, 2]), y: zeros([4, 1]) };
  await expect(fit(model(), data, { loss: mse, optimizer: lbfgs() as never, verbose: false })).rejects.toThrow(
    /^fit: needs an optimizer; got .* — try optimizer: adam\(\)$/,
  );
});

test("the average of a model", () => {
  expect(() => ema().for(model() as never)).toThrow(
    "ema: averages what an optimizer changes; got none — try ema(…).for(adam().for(model))",
  );
});

test("a convolution's numbers by name", () => {
  expect(() => new Conv2d({ inputs: 1, outputs: 2, kernel: 3 } as never, undefined as never, undefined as never)).toThrow(
    "convolution: channels and kernel are whole numbers > 0, and groups divide both channels; got [object Object] → undefined, kernel , groups 1 — try new Conv2d(1, 32, 3, { padding: 1 })",
  );
});

test("an enlargement by a bare number", () => {
  expect(() => new Upsample(2 as never).forward(zeros([1, 4, 4, 1]))).toThrow(
    "interpolate: needs size or scale, for 2 axes; got 2 — try { scale: 2 }",
  );
});
