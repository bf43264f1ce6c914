/** What `fit` says to bad input, and that nothing is changed by it. */
import { beforeEach, describe, expect, test } from "vitest";
import {
  crossEntropy,
  type Dataset,
  evaluate,
  type FitOptions,
  fit,
  init,
  Linear,
  type Model,
  mse,
  relu,
  Sequential,
  sgd,
  split,
  type Tensor,
  tensor,
  weightsHash,
} from "../../src/index.ts";
import { blobs, plane } from "../support/problems.ts";

const options: FitOptions = { loss: crossEntropy, optimizer: sgd({ lr: 0.1 }), epochs: 1, batchSize: 8, verbose: false };
let model: Sequential;
let before: string;

beforeEach(async () => {
  model = init(new Sequential(new Linear(2, 8), relu, new Linear(8, 3)), { seed: 1 });
  before = await weightsHash(model);
});

/** The error's text; fails unless there is one and the weights are as they were. */
async function refused(data: Dataset, extra: Partial<FitOptions> = {}, subject: Model = model): Promise<string> {
  const error = await fit(subject, data, { ...options, ...extra }).then(
    () => new Error("no error"),
    (reason: Error) => reason,
  );
  expect(await weightsHash(model)).toBe(before);
  return `${error.name}: ${error.message}`;
}

const rows = (n: number): Tensor => blobs(n).x;

describe("data", () => {
  test("none", async () => {
    expect(await refused({ x: tensor([], { shape: [0, 2] }), y: tensor([], { shape: [0] }) })).toMatchInlineSnapshot(
      `"ShapeError: fit: there are no rows; got x: [0, 2], y: [0]"`,
    );
  });
  test("x and y of different length", async () => {
    expect(await refused({ x: rows(4), y: tensor([0, 1, 2]) })).toMatchInlineSnapshot(
      `"ShapeError: fit: x and y must have the same number of rows; got x: [4, 2], y: [3]"`,
    );
  });
  test("a label out of range names the row of the data set", async () => {
    const y = tensor(Int32Array.of(0, 1, 2, 0, 1, 7, 0, 1));
    expect(await refused({ x: rows(8), y })).toMatchInlineSnapshot(
      `"ValueError: crossEntropy: a label among 3 classes must be from 0 to 2; got 7 in row 5 of the training data — try numbering the classes from 0"`,
    );
  });
  test("labels that start at 1", async () => {
    const y = tensor(Int32Array.of(1, 2, 3, 1, 2, 3, 1, 2));
    expect(await refused({ x: rows(8), y }, { shuffle: false })).toMatchInlineSnapshot(
      `"ValueError: crossEntropy: a label among 3 classes must be from 0 to 2; got 3 in row 2 of the training data — try numbering the classes from 0"`,
    );
  });
  test("NaN in x names row and column", async () => {
    const x = tensor([
      [0, 1],
      [2, Number.NaN],
      [1, 1],
    ]);
    expect(await refused({ x, y: tensor([0, 1, 2]) })).toMatchInlineSnapshot(
      `"NumericError: fit: x must hold finite numbers; got NaN in row 1, column 1 — try removing such rows, or filling in missing values"`,
    );
  });
  test("infinity in y", async () => {
    const y = tensor([0, Number.POSITIVE_INFINITY, 1]);
    expect(await refused({ x: rows(3), y }, { loss: mse })).toMatchInlineSnapshot(
      `"NumericError: fit: y must hold finite numbers; got Infinity in row 1 — try removing such rows, or filling in missing values"`,
    );
  });
  test("not a data set", async () => {
    expect(await refused([[1, 2]] as never)).toMatchInlineSnapshot(
      `"ValueError: fit: data are { x, y }, two tensors; got { 0 } — try { x: tensor(rows), y: tensor(targets) }"`,
    );
  });
  test("rows of another width", async () => {
    expect(await refused({ x: tensor([[1, 2, 3]]), y: tensor([0]) })).toMatchInlineSnapshot(
      `"ShapeError: model.layers.0: Linear(2 → 8): expects [..., 2]; got x: [1, 3]"`,
    );
  });
  test("split into parts without rows", () => {
    expect(() => split(plane(3), { train: 0.01, test: 0.99 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: split: part 'train' gets no rows; got 3 rows, share 0.01]`,
    );
  });
  test("split into more than there is", () => {
    expect(() => split(plane(3), { train: 0.9, test: 0.2 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: split: shares are above 0 and add up to at most 1; got {"train":0.9,"test":0.2}]`,
    );
  });
  test("evaluate without rows", async () => {
    await expect(
      evaluate(model, { x: tensor([], { shape: [0, 2] }), y: tensor([], { shape: [0] }) }, {}),
    ).rejects.toThrowErrorMatchingInlineSnapshot(`[ShapeError: evaluate: there are no rows; got x: [0, 2], y: [0]]`);
  });
});

describe("a loss that is not finite", () => {
  test("names epoch, step, layer and op; parameters stay", async () => {
    const log = (x: Tensor): Tensor => x.mul(-1).abs().mul(-1).log();
    const bad = new Sequential(model, { forward: log });
    const text = await refused(blobs(8), {}, bad);
    expect(text).toMatchInlineSnapshot(
      `"NumericError: fit: the loss is not finite at epoch 1, step 0; parameters are as before that step; got in layer 'layers.1', op log — try a smaller learning rate, or clean data"`,
    );
  });
  test("comes after some steps when the learning rate is far too high", async () => {
    const wild = init(new Sequential(new Linear(2, 1)), { seed: 1 });
    await expect(fit(wild, plane(64), { ...options, loss: mse, optimizer: sgd({ lr: 1e20 }), epochs: 5 })).rejects.toThrow(
      /NumericError|not finite at epoch 1, step [1-9]/,
    );
    expect(wild.layers.every((layer) => !("weight" in layer) || (layer as Linear).weight.data().every(Number.isFinite))).toBe(true);
  });
});

describe("models and options", () => {
  test("a parameter that the walk does not find", async () => {
    class Hidden {
      readonly open = new Linear(2, 3);
      readonly #closed = new Linear(2, 3);
      forward(x: Tensor): Tensor {
        return this.open.forward(x).add(this.#closed.forward(x));
      }
    }
    expect(await refused(blobs(8), {}, new Hidden())).toMatchInlineSnapshot(
      `"ValueError: fit: the loss depends on a parameter that the model's fields do not show; got shape [3] — try keeping layers in public fields: #private ones cannot be seen"`,
    );
  });
  test("a model without parameters", async () => {
    expect(await refused(blobs(8), {}, new Sequential(relu))).toMatchInlineSnapshot(
      `"ValueError: sgd: found no parameters in the model's fields — try keeping layers in public fields: #private ones cannot be seen"`,
    );
  });
  test("a loss that does not depend on the model", async () => {
    expect(await refused(blobs(8), { loss: (_, y) => y.cast("f32").mean() })).toMatchInlineSnapshot(
      `"ValueError: minimize: the loss depends on no parameter of this optimizer's model — try computing it with that model, outside noGrad"`,
    );
  });
  test("a class instead of a layer", () => {
    expect(() => new Sequential(Linear as never)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Sequential: layer 0 must have a forward method or be a function; got a class — try new Linear(…)]`,
    );
  });
  test.each([{ epochs: 0 }, { batchSize: 1.5 }, { validation: 1 }, { loss: "mse" as never }, { optimizer: "adam" as never }])(
    "%o",
    async (extra) => {
      expect(await refused(blobs(8), extra)).toMatchSnapshot();
    },
  );
});
