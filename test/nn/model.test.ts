/** Models: what a walk finds, and what layers compute. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/graph/compile.ts";
import { tensor } from "../../src/graph/from.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { Bilinear } from "../../src/nn/combine.ts";
import { constant, uniform } from "../../src/nn/initialisers.ts";
import { Dropout, Flatten, Linear, Rescale } from "../../src/nn/layers.ts";
import { countParameters, init, type Mode, parameters, streams } from "../../src/nn/model.ts";
import { Parameter } from "../../src/nn/parameter.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { concat, matmul, mul, ones, relu, zeros } from "../../src/ops/index.ts";
import { expectSame } from "../support/match.ts";

class Block {
  readonly norm = { weight: new Parameter([2], constant(1)) };
  readonly drop = new Dropout(0.5);
  forward(x: Tensor, mode: Mode): Tensor {
    return this.drop.forward(mul(x, this.norm.weight), mode);
  }
}

class Net {
  readonly blocks = [new Block(), new Block()];
  readonly head = new Linear(2, 3);
  readonly tied = this.head.weight;
  readonly self = this;
  forward(x: Tensor, mode: Mode): Tensor {
    return this.head.forward(this.blocks.reduce((y, block) => block.forward(y, mode), x));
  }
}

describe("walking", () => {
  test("names are paths, in the order of fields; what is shared or circular stands once", () => {
    const net = new Net();
    expect([...parameters(net).keys()]).toEqual(["blocks.0.norm.weight", "blocks.1.norm.weight", "head.weight", "head.bias"]);
    expect([...streams(net).keys()]).toEqual(["blocks.0.drop.stream", "blocks.1.drop.stream"]);
    expect(countParameters(net)).toBe(2 + 2 + 6 + 3);
  });

  test("dropout follows the model's seed", () => {
    const [one, two] = [init(new Net(), { seed: 4 }), init(new Net(), { seed: 4 })];
    const x = ones([50, 2]);
    const step = compile((given: Tensor) => one.forward(given, "train"));
    const [first, second] = [step(x), step(x)];
    expectSame("step 1", two.forward(x, "train"), first);
    expectSame("step 2", two.forward(x, "train"), second);
    expect(first.data()).not.toEqual(second.data());
    expectSame("eval", one.forward(x, "eval"), two.forward(x, "eval"));
  });

  test("nothing to find is an error", () =>
    expect(() => init({})).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: init: found no parameters in the model's fields — try keeping layers in public fields: #private ones cannot be seen]`,
    ));
});

describe("layers", () => {
  test("Linear is x·weight + bias, of batches of any rank", () => {
    const layer = new Linear(2, 2);
    layer.weight.set(Float32Array.of(1, 2, 3, 4));
    layer.bias!.set(Float32Array.of(10, 20));
    expect(
      layer
        .forward(
          tensor([
            [1, 1],
            [2, 0],
          ]),
        )
        .toArray(),
    ).toEqual([
      [14, 26],
      [12, 24],
    ]);
    expect(layer.forward(ones([2, 3, 2])).shape).toEqual([2, 3, 2]);
    expect(new Linear(2, 2, { bias: false }).bias).toBeUndefined();
  });

  test("a row's result does not depend on the rows beside it", () => {
    const layer = init(new Linear(37, 11));
    const x = ones([9, 37]).mul(tensor(Float32Array.from({ length: 37 }, (_, i) => 1 / (i + 3))));
    const one = layer.forward(x.slice(0, 1));
    for (const rows of [2, 7, 9]) expectSame(`${rows} rows`, layer.forward(x.slice(0, rows)).slice(0, 1), one);
  });

  test("Flatten and Rescale take images of bytes", () => {
    const images = tensor(Uint8Array.of(0, 51, 102, 255), { shape: [1, 2, 2, 1] });
    const model = new Sequential(new Rescale(1 / 255), new Flatten());
    expect(model.forward(images).shape).toEqual([1, 4]);
    expect(Array.from(model.forward(images).data(), (x) => Math.round(x * 1e6) / 1e6)).toEqual([0, 0.2, 0.4, 1]);
    expect(new Rescale(2).forward(tensor([3])).item()).toBe(6);
  });

  test("Sequential hands the mode on", () => {
    const model = new Sequential(relu, new Dropout(0.5));
    expect(model.forward(tensor([[-1, 2]]), "eval").toArray()).toEqual([[0, 2]]);
    expect(model.forward(zeros([2, 2]), "train").shape).toEqual([2, 2]);
  });
});

describe("parameters", () => {
  test("hold what is set, of their own shape", () => {
    const parameter = new Parameter([2], constant(3));
    expect(parameter.data()).toEqual(Float32Array.of(3, 3));
    parameter.set(tensor([1, 2]));
    expect(parameter.data()).toEqual(Float32Array.of(1, 2));
    expect(() => parameter.set(tensor([1]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: Parameter: values have another shape; got parameter: [2], values: [1]]`,
    );
    expect(() => parameter.set(Float32Array.of(1, 2, 3))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: Parameter: 3 numbers do not fill it; got parameter: [2]]`,
    );
    expect(() => parameter.set(Int32Array.of(1, 2))).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: Parameter: values must be f32; got i32 — try cast("f32")]`,
    );
  });

  test("draw their first values before the op that needs them begins", () => {
    const [one, two] = [new Parameter([2], constant(1)), new Parameter([2], constant(2))];
    expect(concat([one, two]).toArray()).toEqual([1, 1, 2, 2]);
    const drawn = new Parameter([64, 80], uniform());
    const packed = ones([80, 600]);
    expectSame("product", matmul(drawn, packed), matmul(drawn, packed));
  });

  test("what is set is copied", () => {
    const [parameter, values] = [new Parameter([2], constant(0)), Float32Array.of(1, 2)];
    parameter.set(values);
    values[0] = 9;
    expect(parameter.data()).toEqual(Float32Array.of(1, 2));
    parameter.data()[1] = 9;
    expect(parameter.data()).toEqual(Float32Array.of(1, 2));
  });
});

test("Bilinear joins two vectors", () => {
  const layer = init(new Bilinear(2, 3, 1, { bias: false }), { seed: 1 });
  const [a, b] = [tensor([[1, 2]]), tensor([[1, 0, -1]])];
  const w = layer.weight.data();
  const expected = w[0]! - w[2]! + 2 * (w[3]! - w[5]!);
  expect(Math.abs(layer.forward(a, b).item() - expected)).toBeLessThan(8 * 2 ** -24 * 6);
});
