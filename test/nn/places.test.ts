/** Errors inside a model name the innermost layer; and the outputs of layers by path. */
import { describe, expect, test } from "vitest";
import {
  activations,
  BatchNorm,
  compile,
  Dropout,
  fit,
  grad,
  hidden,
  init,
  Linear,
  LSTM,
  type Mode,
  type Model,
  matmul,
  mse,
  predict,
  Residual,
  relu,
  Sequential,
  sgd,
  summary,
  type Tensor,
  tensor,
  zeros,
} from "../../src/index.ts";
import { expectSame } from "../support/match.ts";

class Block {
  readonly linear: Linear;
  constructor(size: number) {
    this.linear = new Linear(size, size);
  }
  forward(x: Tensor): Tensor {
    return relu(this.linear.forward(x));
  }
}

class Net {
  readonly encoder = [new Block(4), new Block(3)];
  readonly own = new Sequential(new Linear(4, 2), (x: Tensor) => matmul(x, zeros([3, 3])));
  readonly twice = new Linear(4, 4);
  forward(x: Tensor, mode: Mode): Tensor {
    if (mode === "train") return this.own.forward(x);
    return this.encoder.reduce((y, block) => block.forward(y), x);
  }
}

/** A layer of one's own around a recurrent one. */
class LSTMOver {
  readonly lstm: LSTM;
  constructor(size: number) {
    this.lstm = new LSTM(size, 2, { returns: "last" });
  }
  forward(x: Tensor): Tensor {
    return this.lstm.forward(x.unsqueeze(1));
  }
}

function fields() {
  return { twice: new Linear(2, 2) };
}

const LINEAR = "Linear(3 → 3): expects [..., 3]; got x: [2, 4]";

describe("errors name the innermost layer", () => {
  const x = zeros([2, 4]);

  test("of a plain class", () => {
    const net = init(new Net());
    expect(() => net.forward(x, "eval")).toThrow(`model.encoder.1.linear: ${LINEAR}`);
    expect(() => net.forward(x, "eval")).toThrow(/^model\.encoder/); // once, however often
  });

  test("an op in a function among layers belongs to their Sequential", () => {
    expect(() => init(new Net()).forward(x, "train")).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: model.own: matmul: inner sizes differ, 2 and 3; got a: [2, 2], b: [3, 3]]`,
    );
  });

  test("compiled, predicting, training, in a summary", async () => {
    const text = `model.encoder.1.linear: ${LINEAR}`;
    const net: Model = init(new Net());
    expect(() => compile(net)(x)).toThrow(text);
    expect(() => compile((z: Tensor) => net.forward(z, "eval"))(x)).toThrow(text);
    expect(() => predict(new Net(), x)).toThrow(text);
    expect(() => summary(net, [2, 4])).toThrow(text);
    const wrong = new Sequential(new Linear(4, 2), new Residual(new Linear(3, 2)));
    const data = { x, y: zeros([2, 2]) };
    await expect(fit(wrong, data, { loss: mse, optimizer: sgd(), epochs: 1, verbose: false })).rejects.toThrow(
      "model.layers.1.layer: Linear(3 → 2): expects [..., 3]; got x: [2, 2]",
    );
  });

  test("a mode that is missing", () => {
    const model = init(new Sequential(new Linear(4, 4), new Sequential(new Dropout(0.5))));
    expect(() => model.forward(x)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: model.layers.1.layers.0: Dropout: needs to know whether it trains: mode is "train" or "eval"; got undefined — try forward(x, "train")]`,
    );
  });

  test("the stack says so too, which is what hosts print", () => {
    try {
      init(new Net()).forward(x, "eval");
    } catch (error) {
      expect((error as Error).stack).toContain(`ShapeError: model.encoder.1.linear: ${LINEAR}`);
    }
  });

  test("the model itself has no path, and a part of two models that of the last", () => {
    const layer = init(new Linear(3, 3));
    expect(() => layer.forward(x)).toThrow(/^Linear\(3 → 3\)/);
    init(new Sequential(layer));
    expect(() => layer.forward(x)).toThrow(/^model\.layers\.0: Linear\(3 → 3\)/);
  });

  test("frozen parts are left alone", () => {
    const model = init(new Sequential(Object.freeze(new Linear(3, 3))));
    expect(() => model.forward(x)).toThrow(/^Linear\(3 → 3\)/);
  });
});

describe("activations", () => {
  const model = init(new Sequential(new Linear(2, 3), relu, new BatchNorm(3), new LSTMOver(3)), { seed: 2 });
  const x = tensor([
    [1, -2],
    [0.5, 3],
  ]);

  test("of layers and functions by path, eager and compiled to the same bits", () => {
    const found = activations(model, x);
    expect(Object.keys(found)).toEqual(["layers.0", "layers.1", "layers.2", "layers.3.lstm", "layers.3", ""]);
    const linear = model.layers[0] as Linear;
    expectSame("linear", found["layers.0"]!, linear.forward(x));
    expectSame("relu", found["layers.1"]!, relu(linear.forward(x)));
    expectSame("all", found[""]!, model.forward(x, "eval"));
    const compiled = compile((z: Tensor) => activations(model, z, ["layers.1", "layers.3.lstm"]))(x);
    expect(Object.keys(compiled)).toEqual(["layers.1", "layers.3.lstm"]);
    for (const [path, value] of Object.entries(compiled)) expectSame(path, value, found[path]!);
    expectSame("hidden", hidden(model, [[1, -2], [0.5, 3]], "layers.1"), found["layers.1"]!); // biome-ignore format: rows
  });

  test("leave the model as it was", () => {
    const before = model.layers.map((layer) => Object.getOwnPropertyNames(layer).join());
    const [, second] = model.layers;
    activations(model, x, ["layers.0"]);
    expect(model.layers.map((layer) => Object.getOwnPropertyNames(layer).join())).toEqual(before);
    expect(model.layers[1]).toBe(second);
  });

  test("gradients flow through them", () => {
    const gradient = grad((z: Tensor) => hidden(model, z, "layers.0").sum())(x);
    const { weight } = model.layers[0] as Linear;
    expect(gradient.data()[0]).toBeCloseTo(weight.sum(1).data()[0]!, 5);
  });

  test("in training mode", () => {
    const fresh = init(new Sequential(new BatchNorm(2)));
    const y = hidden(fresh, x, "layers.0", "train");
    expect(y.sum().item()).toBeCloseTo(0, 5);
  });

  test.each([
    [
      "nowhere",
      "ValueError: activations: the model has no such part; got 'nowhere' — try one of layers.0, layers.1, layers.2, layers.3, layers.3.lstm",
    ],
    ["twice", "ValueError: activations: the model's forward does not call that part; got 'twice'"],
  ])("refuse %s", (path, text) => {
    const subject: Model = path === "twice" ? { ...fields(), forward: (y: Tensor) => y } : model;
    expect(() => hidden(subject, x, path)).toThrow(text.slice("ValueError: ".length));
  });
});
