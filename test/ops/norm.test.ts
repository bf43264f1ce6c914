/** Norms against PyTorch's values, what they refuse, and the statistics that batch norm gives. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Shape } from "../../src/core/shape.ts";
import { grad, valueAndGrad } from "../../src/graph/backward.ts";
import { tensor } from "../../src/graph/from.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { batchNorm, flatten, layerNorm, mul, ones, permute, reshape, rmsNorm, sum, zeros } from "../../src/ops/index.ts";
import { expectClose } from "../support/match.ts";
import { array64 } from "../support/reference.ts";

type Numbers = { shape: number[]; data: number[] };
type Named = Readonly<Record<string, Numbers>>;
type Case = {
  name: string;
  op: string;
  config: { normalized_shape: number[]; eps: number; training: boolean; momentum: number | null; num_batches_tracked: number };
  inputs: Named;
  params: Named;
  outputs: Named;
  grad_output: Named;
  grads: Named;
};

const cases = JSON.parse(readFileSync(new URL("../fixtures/03_norms_subset.json", import.meta.url), "utf8")) as Case[];
const read = ({ shape, data }: Numbers) => tensor(Float64Array.from(data), { shape });

/** PyTorch's channels come second, ours last. */
const channelsLast = (x: Tensor) => permute(x, [0, ...x.shape.slice(2).map((_, i) => i + 2), 1]);
const channelsSecond = (y: Tensor) => permute(y, [0, y.rank - 1, ...y.shape.slice(1, -1).map((_, i) => i + 1)]);

function check(what: string, actual: Tensor, { shape, data }: Numbers): void {
  expectClose(what, actual, array64(shape, data), (i) => 1e-6 + 1e-5 * Math.abs(data[i]!));
}

/** A row or RMS norm over several axes is one over all of their elements. */
function overRows(x: Tensor, width: Shape, f: (x: Tensor) => Tensor): Tensor {
  const outer = x.shape.slice(0, x.rank - width.length);
  return reshape(f(reshape(x, [...outer, -1])), x.shape);
}

function run({ op, config, inputs }: Case, x: Tensor, weight?: Tensor, bias?: Tensor): Tensor {
  const { eps, normalized_shape: width, training } = config;
  const flat = (vector?: Tensor) => vector && flatten(vector, 0);
  if (op === "layer_norm") return overRows(x, width, (rows) => layerNorm(rows, flat(weight), flat(bias), { eps }));
  if (op === "rms_norm") return overRows(x, width, (rows) => rmsNorm(rows, flat(weight), { eps }));
  const [mean, variance] = [read(inputs.running_mean!), read(inputs.running_var!)];
  const rows = channelsLast(x);
  return channelsSecond(
    training ? batchNorm(rows, weight, bias, { eps })[0] : batchNorm(rows, weight, bias, { mean, variance, eps }),
  );
}

test.each(cases)("$name", (one) => {
  const operands: Record<string, Numbers | undefined> = { ...one.params, x: one.inputs.x };
  const given = (name: string) => operands[name] && read(operands[name]);
  const y = run(one, given("x")!, given("weight"), given("bias"));
  check("y", y, one.outputs.y!);
  for (const [name, expected] of Object.entries(one.grads)) {
    const of = (own: Tensor, other: string) => (other === name ? own : given(other));
    const loss = (own: Tensor) => sum(mul(run(one, of(own, "x")!, of(own, "weight"), of(own, "bias")), read(one.grad_output.y!)));
    check(`gradient by ${name}`, grad(loss)(given(name)!), expected);
  }
});

test.each(cases.filter(({ outputs }) => outputs.running_mean))("running statistics of $name", ({ config, inputs, outputs }) => {
  const x = channelsLast(read(inputs.x!));
  const [, mean, variance] = batchNorm(x, undefined, undefined, { eps: config.eps });
  const rows = x.size / mean.size;
  const momentum = config.momentum ?? 1 / (config.num_batches_tracked + 1);
  const moved = (before: Numbers, now: Tensor) => mul(read(before), 1 - momentum).add(mul(now, momentum));
  check("running mean", moved(inputs.running_mean!, mean), outputs.running_mean!);
  check("running variance", moved(inputs.running_var!, mul(variance, rows / (rows - 1))), outputs.running_var!);
});

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
