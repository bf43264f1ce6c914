import { expect, test } from "vitest";
import {
  compile,
  crossEntropy,
  init,
  Linear,
  parameters,
  profile,
  random,
  relu,
  Sequential,
  sgd,
  type Tensor,
} from "../../src/index.ts";

const x = random(1).normal([300, 64]);
const y = random(2).uniform([300], 0, 10).cast("i32");

function trained() {
  const model = init(new Sequential(new Linear(64, 96), relu, new Linear(96, 10)), { seed: 1 });
  const optimizer = sgd({ lr: 0.1 }).for(model);
  const step = compile((x: Tensor, y: Tensor) => {
    const loss = crossEntropy(model.forward(x), y);
    optimizer.minimize(loss);
    return loss;
  });
  return { model, optimizer, step };
}

test("every step and every member of a group has its time, its work and its bytes", () => {
  const { step } = trained();
  const found = profile(step, x, y);
  const own = found.rows.filter(({ member }) => !member);
  expect(own.map((row) => row.step)).toEqual(own.map((_, i) => i));
  expect(own.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  expect(own.reduce((sum, { microseconds }) => sum + microseconds, 0)).toBeCloseTo(found.sum);
  const group = found.rows.findIndex(({ kernel }) => kernel === "group");
  const members = found.rows.slice(group + 1).filter(({ member, step }) => member && step === found.rows[group]!.step);
  expect(members.length).toBeGreaterThan(1);
  expect(members.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  const product = found.rows.find(({ kernel }) => kernel === "gemm")!;
  expect(product).toMatchObject({ op: "matmul", shape: [300, 96], flop: 2 * 300 * 64 * 96 });
  expect(product.gflops).toBeCloseTo(product.flop / (product.microseconds * 1000));
  expect(product.ofPeak).toBeCloseTo(product.gflops / found.peak);
  for (const { bytes, gbytes, microseconds } of found.rows) {
    expect(bytes).toBeGreaterThan(0);
    if (microseconds > 0) expect(gbytes).toBeCloseTo(bytes / (microseconds * 1000));
  }
  expect(found.memory.bytes).toBeLessThanOrEqual(found.memory.sum);
});

test("prints as a table: one line a row, and what it means", () => {
  const { step } = trained();
  const text = String(profile(step, x, y));
  expect(text).toMatch(/^ +op +kernel +shape +µs +share +GFLOP\/s +of peak +GB\/s +bytes\n─+\n/);
  expect(text).toMatch(/\n {5,}matmul +gemm +300×96 +\S+ +\(\S+ %\) +\S+ +\d+ % +\S+ +\d+\n/);
  expect(text).toMatch(
    /µs a run, .* median of \d+\n\d threads, (strict|relaxed) SIMD; peak of one \S+ GFLOP\/s; \d+ bytes for values of \d+$/,
  );
});

test("a training step trains meanwhile, as so many calls would have", () => {
  const [one, other] = [trained(), trained()];
  const { runs } = profile(one.step, x, y);
  const steps = one.optimizer.step;
  expect(steps).toBe(1 + 3 * runs);
  for (let i = 0; i < steps; ++i) other.step(x, y);
  for (const [path, parameter] of parameters(one.model))
    expect(parameter.data(), path).toEqual(parameters(other.model).get(path)!.data());
});

test("throws what the function throws", () => {
  const { step } = trained();
  expect(() => profile(step, x.slice(0, 3), y)).toThrow("one class number for each row");
});
