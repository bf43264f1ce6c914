/** Recurrent layers and cells: states, lengths, ways, what they return. */
import { describe, expect, test } from "vitest";
import {
  compile,
  concat,
  decodeModel,
  encodeModel,
  GRU,
  GRUCell,
  gru,
  init,
  LSTM,
  LSTMCell,
  listing,
  lstm,
  ones,
  parameters,
  RNN,
  RNNCell,
  rnn,
  Sequential,
  slice,
  squeeze,
  type Tensor,
  unsqueeze,
  zeros,
} from "../../src/index.ts";
import { toTensor } from "../ops/laws.ts";
import { expectSame } from "../support/match.ts";
import { numbers } from "../support/random.ts";

const sequence = (n: number, steps: number, inputs: number): Tensor => toTensor(numbers([n, steps, inputs], n * 10 + steps));
const step = (x: Tensor, t: number): Tensor => squeeze(slice(x, t, t + 1, 1), 1);
/** Calls with what the types forbid, as JavaScript would. */
const untyped = <T>(value: unknown): T => value as T;

describe("cells, called step by step, give a layer's bits", () => {
  const x = sequence(3, 4, 2);

  test.each(["tanh", "relu"] as const)("RNNCell of %s", (nonlinearity) => {
    const cell = init(new RNNCell(2, 5, { nonlinearity }), { seed: 3 });
    let hidden: Tensor | undefined;
    for (let t = 0; t < 4; ++t) hidden = cell.forward(step(x, t), hidden);
    expectSame("hidden", unsqueeze(hidden!, 0), rnn(x, cell, { nonlinearity }).hidden);
  });

  test("LSTMCell", () => {
    const cell = init(new LSTMCell(2, 5), { seed: 3 });
    let state: { hidden?: Tensor; cell?: Tensor } = {};
    for (let t = 0; t < 4; ++t) state = cell.forward(step(x, t), state);
    const expected = lstm(x, cell);
    expectSame("hidden", unsqueeze(state.hidden!, 0), expected.hidden);
    expectSame("cell", unsqueeze(state.cell!, 0), expected.cell);
  });

  test("GRUCell", () => {
    const cell = init(new GRUCell(2, 5, { bias: false }), { seed: 3 });
    let hidden: Tensor | undefined;
    for (let t = 0; t < 4; ++t) hidden = cell.forward(step(x, t), hidden);
    expectSame("hidden", unsqueeze(hidden!, 0), gru(x, cell).hidden);
  });

  test("files hold them", () => {
    const before = init(new RNNCell(2, 3, { nonlinearity: "relu", bias: false }), { seed: 1 });
    const after = untyped<RNNCell>(decodeModel(encodeModel(before)));
    expectSame("RNNCell", after.forward(step(x, 0)), before.forward(step(x, 0)));
    const names = ["weightIh", "weightHh", "biasIh", "biasHh"];
    for (const cell of [new LSTMCell(2, 3), new GRUCell(2, 3)])
      expect([...parameters(decodeModel(encodeModel(init(cell, { seed: 1 })))).keys()]).toEqual(names);
  });
});

describe("layers", () => {
  test("run gives every step's output and the last states, lowest layer first, forwards before backwards", () => {
    const layer = init(new LSTM(2, 3, { layers: 2, bidirectional: true }), { seed: 5 });
    const { output, hidden, cell } = layer.run(sequence(4, 6, 2));
    expect([output.shape, hidden.shape, cell.shape]).toEqual([[4, 6, 6], [4, 4, 3], [4, 4, 3]]); // biome-ignore format: short
    expectSame("the last step forwards", slice(step(output, 5), 0, 3, 1), squeeze(slice(hidden, 2, 3), 0));
    expectSame("the first step backwards", slice(step(output, 0), 3, 6, 1), squeeze(slice(hidden, 3, 4), 0));
  });

  test("a sequence in two parts, the second from the first one's states, is the whole", () => {
    const layer = init(new LSTM(2, 5, { layers: 2 }), { seed: 6 });
    const x = sequence(3, 7, 2);
    const whole = layer.run(x);
    const { output, ...states } = layer.run(slice(x, 0, 4, 1));
    const rest = layer.run(slice(x, 4, 7, 1), states);
    expectSame("output", concat([output, rest.output], 1), whole.output);
    expectSame("cell", rest.cell, whole.cell);
  });

  test("a row with a length is what it would be alone and so long, and 0 past its end", () => {
    const layer = init(new GRU(2, 3, { layers: 2, bidirectional: true }), { seed: 7 });
    const x = sequence(3, 5, 2);
    const lengths = [5, 2, 0];
    const { output, hidden } = layer.run(x, { lengths });
    for (const [i, length] of lengths.entries()) {
      const alone = layer.run(slice(slice(x, i, i + 1), 0, length, 1));
      const row = slice(output, i, i + 1);
      expectSame(`row ${i}`, slice(row, 0, length, 1), alone.output);
      expectSame(`row ${i}, past its end`, slice(row, length, 5, 1), zeros([1, 5 - length, 6]));
      expectSame(`states of row ${i}`, slice(hidden, i, i + 1, 1), alone.hidden);
    }
  });

  test("lengths may be an input of a compiled function, and are checked there", () => {
    const layer = init(new LSTM(2, 3), { seed: 8 });
    const x = sequence(2, 4, 2);
    const run = compile((at: Tensor, lengths: Tensor) => layer.run(at, { lengths }).output);
    expectSame("output", run(x, Int32Array.of(1, 4)), layer.run(x, { lengths: [1, 4] }).output);
    expect(() => run(x, Int32Array.of(4, 5))).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: lstm: a length is from 0 to the 4 steps there are; got 5 in row 1]`,
    );
  });

  test('returns: "last" is the highest layer\'s last states, side by side', () => {
    const options = { layers: 2, bidirectional: true };
    const [every, last] = [new GRU(2, 3, options), new GRU(2, 3, { ...options, returns: "last" })];
    for (const one of [every, last]) init(one, { seed: 9 });
    const x = sequence(2, 4, 2);
    const { output, hidden } = every.run(x);
    expectSame("sequence", every.forward(x), output);
    expectSame("last", last.forward(x), concat([2, 3].map((at) => squeeze(slice(hidden, at, at + 1), 0)), 1)); // biome-ignore format: short
  });

  test("drops out between layers while training, and only there", () => {
    const layer = init(new LSTM(2, 8, { layers: 2, dropout: 0.5 }), { seed: 10 });
    const x = sequence(2, 3, 2);
    expect(layer.forward(x, "train").data()).not.toEqual(layer.forward(x, "train").data());
    expectSame("eval", layer.forward(x, "eval"), lstm(x, layer.layers).output);
    const single = init(new LSTM(2, 8, { dropout: 0.5 }), { seed: 10 });
    expectSame("one layer", single.forward(x), lstm(x, single.layers).output);
    expect(() => layer.forward(x)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: LSTM(2 → 8): needs to know whether it trains: mode is "train" or "eval"; got undefined — try forward(x, "train")]`,
    );
  });

  test("a compiled step is as long for 64 steps as for 2", () => {
    const layer = init(new LSTM(2, 3, { layers: 2 }), { seed: 11 });
    const lines = (steps: number): number => {
      const run = compile((x: Tensor) => layer.forward(x));
      run(sequence(2, steps, 2));
      return listing(run).split("\n").length;
    };
    expect(lines(64)).toBe(lines(2));
  });
});

describe("errors", () => {
  const layer = init(new LSTM(3, 4), { seed: 1 });
  const weights = { weightIh: ones([3, 16]), weightHh: ones([4, 16]) };
  const x = zeros([2, 5, 3]);
  test.each<[string, () => unknown]>([
    ["other inputs", () => layer.forward(zeros([2, 5, 2]))],
    ["one sequence", () => layer.forward(zeros([5, 3]))],
    ["states of another batch", () => layer.run(x, { hidden: zeros([1, 3, 4]) })],
    ["too few lengths", () => layer.run(x, { lengths: [5] })],
    ["a length beyond the steps", () => layer.run(x, { lengths: [5, 6] })],
    ["recurrent weights of another cell", () => lstm(x, { ...weights, weightHh: ones([4, 12]) })],
    ["input weights of other inputs", () => lstm(x, { ...weights, weightIh: ones([2, 16]) })],
    ["a bias of another size", () => lstm(x, { ...weights, biasIh: ones([4]) })],
    ["no axis for steps", () => gru(zeros([2, 3]), weights)],
    ["no units", () => new GRU(3, 0)],
    ["half a layer", () => new GRU(3, 4, { layers: 1.5 })],
    ["dropout of everything", () => new GRU(3, 4, { dropout: 1 })],
    ["something else returned", () => new GRU(3, 4, { returns: untyped("all") })],
    ["another nonlinearity", () => new RNN(3, 4, { nonlinearity: untyped("sigmoid") })],
    ["a cell of a sequence", () => new LSTMCell(3, 4).forward(x)],
    ["a cell among layers", () => new Sequential(new GRUCell(3, 4)).forward(zeros([2, 3]), "eval")],
  ])("%s", (_, f) => expect(f).toThrowErrorMatchingSnapshot());
});
