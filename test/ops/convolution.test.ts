/** Convolution and pooling against PyTorch 1.13.1 in f64, whose layouts are turned to channels last and back; and their errors. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { grad } from "../../src/graph/backward.ts";
import { tensor } from "../../src/graph/from.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import {
  add,
  avgPool1d,
  avgPool2d,
  conv1d,
  conv2d,
  maxPool1d,
  maxPool2d,
  mul,
  type Padding,
  permute,
  sum,
  zeros,
} from "../../src/ops/index.ts";

type Value = { shape: number[]; data: number[] };
type Config = {
  stride: number[];
  padding: number[] | "same" | "valid";
  kernel_size: number[];
  dilation?: number[];
  groups?: number;
  count_include_pad?: boolean;
};
type Case = {
  name: string;
  op: "conv1d" | "conv2d" | "max_pool1d" | "max_pool2d" | "avg_pool1d" | "avg_pool2d";
  config: Config;
  inputs: { x: Value };
  params: { weight?: Value; bias?: Value };
  outputs: { y: Value };
  grad_output: { y: Value };
  grads: Record<string, Value>;
};

function read(name: string): Case[] {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8")) as Case[];
}

const given = ({ shape, data }: Value): Tensor => tensor(Float32Array.from(data), { shape });
/** [n, c, …] → [n, …, c], and [out, in, …] → [k…, in, out]. */
const channelsLast = (x: Tensor) => permute(x, x.rank === 3 ? [0, 2, 1] : [0, 2, 3, 1]);
const channelsFirst = (x: Tensor) => permute(x, x.rank === 3 ? [0, 2, 1] : [0, 3, 1, 2]);
const filters = (w: Tensor) => permute(w, w.rank === 3 ? [2, 1, 0] : [2, 3, 1, 0]);

type Two = readonly [number, number];
const two = (list: readonly number[]): Two => [list[0]!, list[1]!];

function compute({ op, config }: Case, x: Tensor, weight: Tensor | undefined, bias: Tensor | undefined): Tensor {
  const { kernel_size: kernel, dilation = [1, 1], groups = 1, count_include_pad: countIncludePad = true } = config;
  const image = channelsLast(x);
  const flat = { stride: config.stride[0]!, dilation: dilation[0]!, padding: config.padding };
  const along = { ...flat, padding: typeof flat.padding === "string" ? flat.padding : flat.padding[0]! };
  const over = {
    stride: two(config.stride),
    dilation: two(dilation),
    padding: (typeof config.padding === "string" ? config.padding : two(config.padding)) as Padding,
  };
  const biased = (y: Tensor) => (bias ? add(y, bias) : y);
  const y = {
    conv1d: () => biased(conv1d(image, filters(weight!), { ...along, groups })),
    conv2d: () => biased(conv2d(image, filters(weight!), { ...over, groups })),
    max_pool1d: () => maxPool1d(image, kernel[0]!, along),
    max_pool2d: () => maxPool2d(image, two(kernel), over),
    avg_pool1d: () => avgPool1d(image, kernel[0]!, { stride: along.stride, padding: along.padding, countIncludePad }),
    avg_pool2d: () => avgPool2d(image, two(kernel), { stride: over.stride, padding: over.padding, countIncludePad }),
  }[op]();
  return channelsFirst(y);
}

/** The fixtures' own tolerance, 1e-5 + 1e-4 of the value, ten times as strict. */
function expectValues(what: string, got: Tensor, { shape, data }: Value): void {
  expect(got.shape, what).toEqual(shape);
  got.data().forEach((value, i) => {
    expect(Math.abs(value - data[i]!), `${what}, element ${i}`).toBeLessThanOrEqual(1e-6 + 1e-5 * Math.abs(data[i]!));
  });
}

test.each([...read("02_conv_subset"), ...read("02_pool_subset")])("$name", (one) => {
  const x = given(one.inputs.x);
  const weight = one.params.weight && given(one.params.weight);
  const bias = one.params.bias && given(one.params.bias);
  const dy = given(one.grad_output.y);
  expectValues("y", compute(one, x, weight, bias), one.outputs.y);
  const loss = (y: Tensor) => sum(mul(y, dy));
  expectValues("dx", grad((own: Tensor) => loss(compute(one, own, weight, bias)))(x), one.grads.x!);
  if (weight) expectValues("dw", grad((own: Tensor) => loss(compute(one, x, own, bias)))(weight), one.grads.weight!);
  if (bias) expectValues("db", grad((own: Tensor) => loss(compute(one, x, weight, own)))(bias), one.grads.bias!);
});

const thrown: [string, () => unknown][] = [
  [
    "ShapeError: conv2d: expects x: [batch, height, width, 1], channels last; got x: [128, 1, 28, 28], weight: [3, 3, 1, 32] — try permute([0, 2, 3, 1])",
    () => conv2d(zeros([128, 1, 28, 28]), zeros([3, 3, 1, 32])),
  ],
  [
    "ShapeError: conv2d: expects x: [batch, height, width, 1]; got x: [128, 28, 28, 3], weight: [3, 3, 1, 32]",
    () => conv2d(zeros([128, 28, 28, 3]), zeros([3, 3, 1, 32])),
  ],
  [
    "ShapeError: conv2d: expects x: [batch, height, width, 1]; got x: [28, 28, 1], weight: [3, 3, 1, 32]",
    () => conv2d(zeros([28, 28, 1]), zeros([3, 3, 1, 32])),
  ],
  [
    "ShapeError: conv2d: expects weight: [kh, kw, in / groups, out]; got x: [1, 28, 28, 1], weight: [3, 3, 32]",
    () => conv2d(zeros([1, 28, 28, 1]), zeros([3, 3, 32])),
  ],
  [
    "ShapeError: conv2d: the window reaches over 5 of 4 pixels down; got image: [4, 4], window: [5, 3]",
    () => conv2d(zeros([1, 4, 4, 1]), zeros([5, 3, 1, 2])),
  ],
  [
    "ShapeError: conv2d: the window reaches over 0 of 4 pixels down; got image: [4, 4], window: [0, 3]",
    () => conv2d(zeros([1, 4, 4, 1]), zeros([0, 3, 1, 2])),
  ],
  [
    "ValueError: conv2d: stride must be a whole number from 1 on, or two: [vertical, horizontal]; got 0",
    () => conv2d(zeros([1, 4, 4, 1]), zeros([3, 3, 1, 2]), { stride: 0 }),
  ],
  [
    'ValueError: conv2d: padding must be "same", "valid", a whole number, [vertical, horizontal] or [top, bottom, left, right]; got -1',
    () => conv2d(zeros([1, 4, 4, 1]), zeros([3, 3, 1, 2]), { padding: -1 }),
  ],
  [
    "ValueError: conv2d: groups must divide the 3 outputs; got 2",
    () => conv2d(zeros([1, 4, 4, 4]), zeros([3, 3, 2, 3]), { groups: 2 }),
  ],
  [
    "ShapeError: conv1d: expects x: [batch, length, 2], channels last; got x: [8, 2, 100], weight: [3, 2, 4] — try permute([0, 2, 1])",
    () => conv1d(zeros([8, 2, 100]), zeros([3, 2, 4])),
  ],
  [
    "ShapeError: maxPool2d: expects x: [batch, height, width, channels]; got x: [8, 100, 2]",
    () => maxPool2d(zeros([8, 100, 2]), 2),
  ],
  [
    "ValueError: maxPool2d: padding must be smaller than the window, which reaches over 2; got 2",
    () => maxPool2d(zeros([1, 4, 4, 1]), 2, { padding: 2 }),
  ],
  [
    "ShapeError: avgPool1d: the window reaches over 5 of 4 pixels across; got image: [1, 4], window: [1, 5]",
    () => avgPool1d(zeros([1, 4, 1]), 5),
  ],
  [
    "ValueError: avgPool2d: kernel must be a whole number from 1 on, or two: [vertical, horizontal]; got 1.5",
    () => avgPool2d(zeros([1, 4, 4, 1]), 1.5),
  ],
];

test.each(thrown)("%s", (text, f) => {
  let caught: unknown;
  try {
    f();
  } catch (error) {
    caught = error;
  }
  expect(String(caught)).toBe(text);
});
