/** What norms refuse, and the statistics that batch norm gives; their values are held to PyTorch's by test/conformance. */
import { expect, test } from "vitest";
import { valueAndGrad } from "../../src/graph/backward.ts";
import { tensor } from "../../src/graph/from.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { batchNorm, layerNorm, ones, rmsNorm, sum, zeros } from "../../src/ops/index.ts";

test("no gradient flows through batch norm's mean and variance", () => {
  const { value, gradient } = valueAndGrad((x: Tensor) => sum(batchNorm(x)[2]))(tensor([[1], [3]]));
  expect(value.item()).toBe(1);
  expect([...gradient.data()]).toEqual([0, 0]);
});

test("of a single row, batch norm gives the bias", () => {
  expect([...batchNorm(tensor([[5, -7]]), undefined, tensor([1, 2]))[0].data()]).toEqual([1, 2]);
});

test("errors name the rule and the shapes", () => {
  const x = zeros([2, 3]);
  expect(() => layerNorm(x, ones([2]))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: layerNorm: weight must have one number for each of the last axis' 3; got x: [2, 3], weight: [2]]`,
  );
  expect(() => layerNorm(zeros([2, 0]))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: layerNorm: needs at least one number along the last axis; got x: [2, 0]]`,
  );
  expect(() => layerNorm(x, undefined, undefined, { eps: -1 })).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: layerNorm: eps is a number ≥ 0; got -1]`,
  );
  expect(() => rmsNorm(x, ones([3, 1]))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: rmsNorm: weight must have one number for each of the last axis' 3; got x: [2, 3], weight: [3, 1]]`,
  );
  expect(() => batchNorm(x, ones([3]), ones([2]))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: batchNorm: bias must have one number for each of the last axis' 3; got x: [2, 3], bias: [2]]`,
  );
  expect(() => batchNorm(zeros([0, 3]))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: batchNorm: needs a batch of at least one row; got x: [0, 3]]`,
  );
  expect(() => batchNorm(ones([3]))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: batchNorm: needs a batch of at least one row; got x: [3]]`,
  );
  expect(() => batchNorm(x, undefined, undefined, { mean: ones([3]), variance: ones([1]) })).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: batchNorm: variance must have one number for each of the last axis' 3; got x: [2, 3], variance: [1]]`,
  );
});
