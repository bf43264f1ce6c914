/** What convolutions take over of what follows them: where they may, where they may not, and always the bits of eager mode. */
import { describe, expect, test } from "vitest";
import type { Passes } from "../../src/graph/passes/index.ts";
import { eagerly } from "../../src/graph/record.ts";
import { stateTensor } from "../../src/graph/state.ts";
import { assign, compile, conv1d, conv2d, grad, listing, maxPool2d, relu, sum, type Tensor, tanh } from "../../src/index.ts";
import { expectSame } from "../support/match.ts";
import { noise } from "../support/programs.ts";

const variants: readonly Passes[] = [{}, { rewrite: false }, { tile: 1 }, { groups: false }, { local: false, inPlace: false }];

type Case = { f: (x: Tensor, y: Tensor) => readonly Tensor[]; x: Tensor; y?: Tensor; kernels: string };

const w = (outputs: number, inputs: number, seed = 1): Tensor => eagerly(() => noise(seed, 3, 3, inputs, outputs));
const bias = (n: number, seed = 9): Tensor => eagerly(() => noise(seed, n));
const same = { padding: "same" } as const;

const cases: Readonly<Record<string, Case>> = {
  "bias and relu": { f: (x) => [relu(conv2d(x, w(8, 3)).add(bias(8)))], x: noise(2, 3, 9, 8, 3), kernels: "convolve" },
  "by Winograd": { f: (x) => [relu(conv2d(x, w(20, 16)).add(bias(20)))], x: noise(2, 2, 9, 8, 16), kernels: "winograd" },
  "relu, then pooling": {
    f: (x) => [maxPool2d(relu(conv2d(x, w(16, 1)).add(bias(16))), 2)],
    x: noise(2, 2, 12, 12, 1),
    kernels: "convolve maxPool",
  },
  "a residual": {
    f: (x) => [
      relu(
        conv2d(relu(conv2d(x, w(16, 16), same).add(bias(16))), w(16, 16, 4), same)
          .add(bias(16))
          .add(x),
      ),
    ],
    x: noise(2, 2, 9, 8, 16),
    kernels: "winograd winograd",
  },
  "a residual on the left": {
    f: (x) => [tanh(x.add(conv2d(x, w(8, 8), same)))],
    x: noise(2, 2, 5, 5, 8),
    kernels: "convolve tanh",
  },
  "a residual that is another convolution": {
    f: (x) => [
      relu(
        conv2d(x, w(8, 3))
          .add(conv2d(x, w(8, 3, 4)))
          .add(bias(8)),
      ),
    ],
    x: noise(2, 2, 5, 6, 3),
    kernels: "convolve convolve add relu",
  },
  "twice a bias": {
    f: (x) => [conv2d(x, w(8, 3)).add(bias(8)).add(bias(8, 8))],
    x: noise(2, 2, 5, 6, 3),
    kernels: "convolve add",
  },
  itself: {
    f: (x) => {
      const y = conv2d(x, w(8, 3));
      return [y.add(y)];
    },
    x: noise(2, 2, 5, 6, 3),
    kernels: "convolve add",
  },
  "sums that are asked for": {
    f: (x) => {
      const y = conv2d(x, w(8, 3)).add(bias(8));
      return [y, relu(y)];
    },
    x: noise(2, 2, 5, 6, 3),
    kernels: "convolve relu",
  },
  "sums that are read twice": {
    f: (x) => {
      const y = conv2d(x, w(8, 3));
      return [relu(y).add(tanh(y))];
    },
    x: noise(2, 2, 5, 6, 3),
    kernels: "convolve relu tanh add",
  },
  "no whole eights": { f: (x) => [relu(conv2d(x, w(6, 1)).add(bias(6)))], x: noise(2, 3, 8, 8, 1), kernels: "convolve add relu" },
  "a bias along another axis": {
    f: (x) => [conv2d(x, w(8, 3)).add(eagerly(() => noise(8, 6, 1)))],
    x: noise(2, 2, 8, 8, 3),
    kernels: "convolve", // stretched to an image while compiling
  },
  "groups, in sequences": {
    f: (x) => [
      relu(
        conv1d(
          x,
          eagerly(() => noise(1, 3, 2, 16)),
          { groups: 2, stride: 2 },
        ).add(bias(16)),
      ),
    ],
    x: noise(2, 3, 11, 4),
    kernels: "convolve",
  },
  "no images": { f: (x) => [relu(conv2d(x, w(8, 3)).add(bias(8)))], x: noise(2, 0, 9, 8, 3), kernels: "" },
  "relu twice": { f: (x) => [relu(relu(conv2d(x, w(8, 3))))], x: noise(2, 1, 4, 4, 3), kernels: "convolve relu" },
};

const kernelsIn = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => !line.trim().startsWith("once"))
    .flatMap((line) => /^ *(?:\d+ )?(\w+) +×/.exec(line)?.[1] ?? [])
    .filter((kernel) => kernel !== "group");

describe.each(Object.entries(cases))("%s", (_, { f, x, y = x, kernels }) => {
  test("the bits of eager mode", () => {
    const eager = f(x, y);
    for (const passes of variants) {
      for (const [i, value] of compile(f, { passes })(x, y).entries()) expectSame(`value ${i}`, value, eager[i]!);
    }
  });

  test("instructions", () => {
    const compiled = compile(f);
    compiled(x, y);
    expect(kernelsIn(listing(compiled)).join(" ")).toBe(kernels);
  });
});

test("gradients that are added up by strides are no residual", () => {
  const f = (x: Tensor): Tensor =>
    grad((z: Tensor) =>
      sum(
        conv2d(z, w(8, 8), { stride: 2, padding: 1 })
          .add(0)
          .mul(z.slice(0, 4, 1).slice(0, 4, 2)),
      ),
    )(x);
  const x = noise(2, 2, 8, 8, 8);
  expectSame("gradient", compile(f)(x), f(x));
});

test("a bias that changes between is read where it was", () => {
  const run = (state: Tensor) => (x: Tensor) => {
    const y = conv2d(x, w(8, 3));
    assign(state, state.mul(2));
    return relu(y.add(state));
  };
  const x = noise(2, 2, 5, 6, 3);
  const [a, b] = [0, 1].map(() => stateTensor(Float32Array.from(bias(8).data()), [8]));
  const [eager, compiled] = [run(a!), compile(run(b!))];
  for (let i = 0; i < 3; ++i) expectSame(`run ${i}`, compiled(x), eager(x));
});
