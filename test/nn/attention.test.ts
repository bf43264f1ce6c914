/** Attention's layers beyond the battery: what they are given beside a sequence, dropout, files, errors. */
import { describe, expect, test } from "vitest";
import {
  adam,
  compile,
  crossEntropy,
  decodeModel,
  Embedding,
  encodeModel,
  gradients,
  init,
  LayerNorm,
  Linear,
  type Mode,
  MultiHeadAttention,
  mse,
  parameters,
  random,
  rotaryEncoding,
  SinusoidalEncoding,
  scaledDotProductAttention,
  summary,
  type Tensor,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  tensor,
} from "../../src/index.ts";
import { expectSame } from "../support/match.ts";

const noise = random(5);
const normal = (...shape: number[]): Tensor => tensor(noise.normal(shape).data(), { shape });

const sequences = normal(2, 5, 8);
const others = normal(2, 3, 8);

function near(a: Tensor, b: Tensor, tolerance = 1e-6): void {
  expect(a.shape).toEqual(b.shape);
  expect(a.sub(b).abs().max().item()).toBeLessThan(tolerance);
}

describe("MultiHeadAttention", () => {
  const layer = init(new MultiHeadAttention(8, 2), { seed: 1 });
  const copies = (): Tensor => tensor(sequences.data(), { shape: sequences.shape });

  test("one product for all is three products", () => {
    near(layer.forward(sequences, "eval"), layer.forward(sequences, "eval", { key: copies(), value: copies() }));
    near(
      layer.forward(sequences, "eval", { key: others }),
      layer.forward(sequences, "eval", { key: others, value: others.add(0) }),
    );
  });

  test("weights add up to 1, and average over heads", () => {
    const all = layer.weights(sequences, { key: others }, false);
    expect(all.shape).toEqual([2, 2, 5, 3]);
    near(all.sum(-1), tensor(new Float32Array(20).fill(1), { shape: [2, 2, 5] }));
    near(layer.weights(sequences, { key: others }), all.mean(1));
  });

  test("masks of every shape, of bytes and of numbers", () => {
    const causal = Float32Array.from({ length: 25 }, (_, i) => (i % 5 <= Math.floor(i / 5) ? 1 : 0));
    const expected = init(new MultiHeadAttention(8, 2, { causal: true }), { seed: 1 }).forward(sequences, "eval");
    const mask = tensor(causal, { shape: [5, 5] });
    const masks = [mask, mask.cast("u8"), mask.reshape([1, 5, 5]), mask.expand([2, 5, 5]), mask.expand([2, 2, 5, 5])];
    for (const one of masks) expectSame("masked", layer.forward(sequences, "eval", { mask: one }), expected);
    expectSame("added", layer.forward(sequences, "eval", { bias: mask.log() }), expected);
  });

  test("padding keys might as well not be there", () => {
    const keyMask = tensor([
      [1, 1, 0],
      [1, 1, 0],
    ]);
    near(
      layer.forward(sequences, "eval", { key: others, keyMask }),
      layer.forward(sequences, "eval", { key: others.slice(0, 2, 1) }),
    );
    const both = layer.forward(sequences, "eval", { key: others, keyMask, mask: tensor([[1, 0, 1]]) });
    near(both, layer.forward(sequences, "eval", { key: others.slice(0, 1, 1) }));
  });

  test("dropout draws the same, eager and compiled, and only while training", () => {
    const make = () => init(new MultiHeadAttention(8, 2, { dropout: 0.5 }), { seed: 1 });
    const [eager, compiled] = [make(), make()];
    const step = compile((x: Tensor) => compiled.forward(x, "train"));
    const first = eager.forward(sequences, "train");
    expectSame("first", step(sequences), first);
    const second = eager.forward(sequences, "train");
    expectSame("second", step(sequences), second);
    expect(second.sub(first).abs().max().item()).toBeGreaterThan(0.01);
    expectSame("eval", eager.forward(sequences, "eval"), layer.forward(sequences, "eval"));
  });

  test("rotary: scores depend on distance alone", () => {
    const [q, k] = [normal(1, 4, 6), normal(1, 4, 6)];
    const scores = (start: number) => rotaryEncoding(q, { start }).matmul(rotaryEncoding(k, { start }), { transB: true });
    near(scores(0), scores(37), 1e-5);
  });

  test("errors", () => {
    expect(() => new MultiHeadAttention(8, 3)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: MultiHeadAttention: numHeads must divide embedDim; got 8, 3]`,
    );
    expect(() => new MultiHeadAttention(6, 2, { rotary: true })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: MultiHeadAttention: rotary heads have an even extent; got 3]`,
    );
    expect(() => layer.forward(normal(2, 5, 7), "eval")).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: MultiHeadAttention(8, 2): expects queries [batch, rows, 8]; got query: [2, 5, 7]]`,
    );
    expect(() => layer.forward(sequences, "eval", { key: normal(3, 3, 8) })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: MultiHeadAttention(8, 2): expects keys [batch, keys, 8]; got query: [2, 5, 8], key: [3, 3, 8]]`,
    );
    expect(() => layer.forward(sequences, "eval", { key: others, value: sequences })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: MultiHeadAttention(8, 2): expects as many values [batch, keys, 8] as keys; got key: [2, 3, 8], value: [2, 5, 8]]`,
    );
    expect(() => layer.forward(sequences, "eval", { mask: normal(4, 5) })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: MultiHeadAttention: the mask must stretch to [2, 2, 5, 5]; got mask: [4, 5]]`,
    );
    const dropping = init(new MultiHeadAttention(8, 2, { dropout: 0.5 }), { seed: 1 });
    expect(() => dropping.forward(sequences, undefined as never as Mode)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: MultiHeadAttention: needs to know whether it trains: mode is "train" or "eval"; got undefined — try forward(x, "train")]`,
    );
    const [q, k, v] = [normal(2, 5, 8), normal(2, 3, 6), normal(2, 3, 8)];
    expect(() => scaledDotProductAttention(q, k, v)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: scaledDotProductAttention: queries and keys must have one size, above 0; got q: [2, 5, 8], k: [2, 3, 6], v: [2, 3, 8]]`,
    );
    expect(() => scaledDotProductAttention(q, v, normal(2, 4, 8))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: scaledDotProductAttention: there must be as many values as keys; got q: [2, 5, 8], k: [2, 3, 8], v: [2, 4, 8]]`,
    );
    expect(() => scaledDotProductAttention(q, v, v, { bias: normal(3, 5, 3) })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: scaledDotProductAttention: the mask must stretch to [2, 5, 3]; got bias: [3, 5, 3]]`,
    );
  });
});

describe("TransformerDecoderLayer", () => {
  const make = (options = {}) => init(new TransformerDecoderLayer(8, 2, { dropout: 0, causal: true, ...options }), { seed: 2 });

  test.each([false, true])("reads the memory; norms first %s", (normFirst) => {
    const layer = make({ normFirst });
    const y = layer.forward(sequences, "eval", { memory: others });
    expect(y.shape).toEqual([2, 5, 8]);
    expect(
      y
        .sub(layer.forward(sequences, "eval", { memory: others.mul(2) }))
        .abs()
        .max()
        .item(),
    ).toBeGreaterThan(1e-3);
    const memoryKeyMask = tensor([
      [1, 1, 0],
      [1, 1, 0],
    ]);
    near(
      layer.forward(sequences, "eval", { memory: others, memoryKeyMask }),
      layer.forward(sequences, "eval", { memory: others.slice(0, 2, 1) }),
      1e-5,
    );
  });

  test("files hold it", () => {
    const layer = make();
    const loaded = decodeModel(encodeModel(layer)) as object as TransformerDecoderLayer;
    expect([...parameters(loaded).keys()]).toEqual([...parameters(layer).keys()]);
    expectSame(
      "loaded",
      loaded.forward(sequences, "eval", { memory: others }),
      layer.forward(sequences, "eval", { memory: others }),
    );
  });

  test("learns to copy its memory, compiled", () => {
    const layer = make({ normFirst: true });
    const optimizer = adam({ lr: 0.01 }).for(layer);
    const step = compile((x: Tensor, memory: Tensor) => {
      const loss = mse(layer.forward(x, "train", { memory }), memory);
      optimizer.minimize(loss);
      return loss;
    });
    const memory = normal(2, 5, 8);
    const first = step(sequences, memory).item();
    let last = first;
    for (let i = 0; i < 60; ++i) last = step(sequences, memory).item();
    expect(last).toBeLessThan(first / 4);
  });
});

class GPT {
  token = new Embedding(7, 8);
  positions = new SinusoidalEncoding(8);
  blocks = [0, 1].map(() => new TransformerEncoderLayer(8, 2, { dropout: 0.1, normFirst: true, causal: true }));
  norm = new LayerNorm(8);
  head = new Linear(8, 7, { bias: false });
  forward(ids: Tensor, mode: Mode): Tensor {
    let x = this.positions.forward(this.token.forward(ids));
    for (const block of this.blocks) x = block.forward(x, mode);
    return this.head.forward(this.norm.forward(x));
  }
}

test("a small GPT learns a sequence; what comes later changes nothing before", () => {
  const model = init(new GPT(), { seed: 3 });
  const optimizer = adam({ lr: 0.01 }).for(model);
  const ids = tensor(
    Int32Array.from({ length: 24 }, (_, i) => (i * i + (i >> 3)) % 7),
    { shape: [4, 6] },
  );
  const step = compile((x: Tensor) => {
    const loss = crossEntropy(model.forward(x.slice(0, 5, 1), "train").reshape([20, 7]), x.slice(1, 6, 1).reshape([20]));
    optimizer.minimize(loss);
    return loss;
  });
  const first = step(ids).item();
  let last = first;
  for (let i = 0; i < 100; ++i) last = step(ids).item();
  expect(last).toBeLessThan(first / 3);
  const [whole, part] = [model.forward(ids, "eval"), model.forward(ids.slice(0, 3, 1), "eval")];
  near(whole.slice(0, 3, 1), part, 1e-5);
  expect(parameters(model).has("blocks.1.selfAttn.inProjWeight")).toBe(true);
  expect(summary(new TransformerEncoderLayer(8, 2), [2, 3, 8]).toString()).toContain("selfAttn");
});

describe("Embedding", () => {
  test("padding begins at 0 and stays there", () => {
    const layer = init(new Embedding(4, 3, { paddingIndex: 1 }), { seed: 1 });
    expect(layer.weight.slice(1, 2).toArray()).toEqual([[0, 0, 0]]);
    const ids = tensor([0, 1, 1, 3], { dtype: "i32" });
    const gradient = gradients(layer.forward(ids).sum(), layer).weight!;
    expect(gradient.toArray()).toEqual([
      [1, 1, 1],
      [0, 0, 0],
      [0, 0, 0],
      [1, 1, 1],
    ]);
  });

  test("errors", () => {
    expect(() => new Embedding(0, 3)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Embedding: needs at least one row and one column; got 0, 3]`,
    );
    expect(() => new Embedding(4, 3, { paddingIndex: 4 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Embedding: paddingIndex is from 0 to 3; got 4]`,
    );
    expect(() => init(new Embedding(4, 3)).forward(tensor([4], { dtype: "i32" }))).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: gather: an index must be from 0 to 3; got 4 in row 0]`,
    );
  });
});
