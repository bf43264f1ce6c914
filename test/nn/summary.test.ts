import { expect, test } from "vitest";
import { Dropout, Flatten, Linear, Rescale, relu, Sequential, summary, type Tensor } from "../../src/index.ts";

test("a Sequential prints as a table; with the shape of a batch, with output shapes", () => {
  const model = new Sequential(
    new Rescale(1 / 255),
    new Flatten(),
    new Linear(784, 50),
    relu,
    new Dropout(0.2),
    new Linear(50, 10),
  );
  expect(`\n${model}`).toMatchInlineSnapshot(`
    "
    path      kind        output  parameters
    ────────────────────────────────────────
    (model)   Sequential                   0
    layers.0  Rescale                      0
    layers.1  Flatten                      0
    layers.2  Linear                  39,250
    layers.4  Dropout                      0
    layers.5  Linear                     510
    39,760 parameters, 159,040 bytes"
  `);
  expect(`\n${summary(model, [1, 28, 28, 1], "u8")}`).toMatchInlineSnapshot(`
    "
    path      kind        output          parameters
    ────────────────────────────────────────────────
    (model)   Sequential  [1, 10]                  0
    layers.0  Rescale     [1, 28, 28, 1]           0
    layers.1  Flatten     [1, 784]                 0
    layers.2  Linear      [1, 50]             39,250
    layers.4  Dropout     [1, 50]                  0
    layers.5  Linear      [1, 10]                510
    39,760 parameters, 159,040 bytes"
  `);
});

test("a model of one's own, with parts in an array; shared parts count once", () => {
  class Net {
    first = new Linear(4, 4);
    blocks = [new Linear(4, 3, { bias: false }), this.first];
    forward(x: Tensor): Tensor {
      return this.blocks[0]!.forward(this.first.forward(x));
    }
  }
  const { rows, parameters } = summary(new Net(), [2, 4]);
  expect(parameters).toBe(32);
  expect(rows.map(({ path, output, parameters: own }) => [path, output, own])).toEqual([
    ["", [2, 3], 0],
    ["first", [2, 4], 20],
    ["blocks.0", [2, 3], 12],
  ]);
});
