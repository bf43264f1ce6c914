/** The texts of errors: where, which rule, what was given, what to try. Each stands here as users see it. */
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/core/errors.ts";
import { grad } from "../../src/graph/backward.ts";
import { compile } from "../../src/graph/compile.ts";
import { tensor } from "../../src/graph/from.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { Dropout, Linear } from "../../src/nn/layers.ts";
import { bceWithLogits, crossEntropy, mse } from "../../src/nn/losses/index.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { requireFinite } from "../../src/ops/check.ts";
import {
  add,
  concat,
  dropout,
  expand,
  gather,
  matmul,
  max,
  oneHot,
  permute,
  random,
  relu,
  reshape,
  slice,
  softmax,
  squeeze,
  sum,
  zeros,
} from "../../src/ops/index.ts";

/** Calls with what the types forbid, as JavaScript would. */
const untyped = <T>(value: unknown): T => value as T;

describe("shapes", () => {
  test("inner sizes differ", () =>
    expect(() => matmul(zeros([2, 3]), zeros([4, 5]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: matmul: inner sizes differ, 3 and 4; got a: [2, 3], b: [4, 5]]`,
    ));
  test("not a matrix", () =>
    expect(() => matmul(zeros([]), zeros([3, 5]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: matmul: needs vectors or matrices: at least one axis each; got a: [], b: [3, 5]]`,
    ));
  test("not broadcastable", () =>
    expect(() => add(zeros([2, 3]), zeros([2]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: add: not broadcastable, 3 against 2; got a: [2, 3], b: [2] — try reshape, so that extents are equal or 1]`,
    ));
  test("does not stretch", () =>
    expect(() => expand(zeros([2, 3]), [2, 1])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: expand: does not stretch to the shape; got x: [2, 3], shape: [2, 1]]`,
    ));
  test("elements do not fill", () =>
    expect(() => reshape(zeros([2, 3]), [4])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: reshape: 6 elements do not fill the new shape; got x: [2, 3], shape: [4]]`,
    ));
  test("elements do not divide", () =>
    expect(() => reshape(zeros([2, 3]), [4, -1])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: reshape: 6 elements do not divide by the other extents; got x: [2, 3], shape: [4, -1]]`,
    ));
  test("no such axis", () =>
    expect(() => sum(zeros([2, 3]), 2)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: sum: axis must be a whole number from -2 to 1; got 2]`,
    ));
  test("an axis left out", () =>
    expect(() => permute(zeros([2, 3]), [0, 0])).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: permute: needs each of the 2 axes once; got [0, 0]]`,
    ));
  test("an axis longer than 1", () =>
    expect(() => squeeze(zeros([2, 3]), 0)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: squeeze: axis 0 has not extent 1; got x: [2, 3]]`,
    ));
  test("beyond the end", () =>
    expect(() => slice(zeros([4]), 1, 5)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: slice: needs 0 ≤ start ≤ end ≤ 4 along axis 0; got 1 to 5]`,
    ));
  test("parts that differ", () =>
    expect(() => concat([zeros([2, 3]), zeros([2, 4])])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: concat: parts must agree in type and in all extents but axis 0; part 1 does not; got first: [2, 3], part: [2, 4]]`,
    ));
  test("nothing to choose from", () =>
    expect(() => max(zeros([0]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: max: nothing to choose from along an empty axis; got x: [0]]`,
    ));
  test("nothing along the last axis", () =>
    expect(() => softmax(zeros([2, 0]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: softmax: needs at least one number along the last axis; got x: [2, 0]]`,
    ));
  test("not a whole extent", () =>
    expect(() => zeros([2.5])).toThrowErrorMatchingInlineSnapshot(`[ValueError: full: extents are whole numbers ≥ 0; got [2.5]]`));
  test("a loss of several numbers", () =>
    expect(() => grad((x: Tensor) => x)(zeros([2]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: grad: the function must return a single number; got returned: [2] — try sum() or mean()]`,
    ));
});

describe("types", () => {
  test("wrong type", () =>
    expect(() => matmul(zeros([2, 3], "i32"), zeros([3, 2]))).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: matmul: a must be f32; got i32 — try cast("f32")]`,
    ));
  test("wrong type of a named operand", () =>
    expect(() => gather(zeros([2, 3]), zeros([2]))).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: gather: index must be i32; got f32 — try cast("i32")]`,
    ));
  test("text among numbers", () =>
    expect(() =>
      tensor(
        untyped([
          [1, 2],
          [3, "4"],
        ]),
      ),
    ).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: tensor: takes numbers only; got "4" at [1][1] — try turning text and missing values into numbers first]`,
    ));
  test("a missing value", () =>
    expect(() => tensor(untyped([1, null]))).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: tensor: takes numbers only; got null at [1] — try turning text and missing values into numbers first]`,
    ));
  test("no number at all", () =>
    expect(() => tensor(untyped("seven"))).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: tensor: takes numbers only; got "seven" — try a number, nested arrays or a typed array]`,
    ));
  test("rows of different lengths", () =>
    expect(() => tensor([[1, 2], [3]])).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: tensor: arrays beside each other must have the same length; got 1 instead of 2 at [1]]`,
    ));
  test("nested unequally deep", () =>
    expect(() => tensor([[1, 2], 3])).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: tensor: arrays must be nested equally deep everywhere; got 3 at [1]]`,
    ));
  test("an array where a number belongs", () =>
    expect(() => tensor([1, [2]])).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: tensor: arrays must be nested equally deep everywhere; got an array of 1 at [1]]`,
    ));
  test("64-bit integers", () =>
    expect(() => tensor(new BigInt64Array(2))).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: tensor: takes typed arrays of numbers; got [object BigInt64Array] — try Float32Array, Int32Array, Uint8Array or Int8Array]`,
    ));
  test("too few numbers", () =>
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: tensor: 3 numbers do not fill the shape; got shape: [2, 2]]`,
    ));
  test("more than one number", () =>
    expect(() => tensor([1, 2]).item()).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: item: needs a tensor of one element; got shape [2] — try data() or toArray()]`,
    ));
});

describe("indices", () => {
  const logits = zeros([3, 4]);
  test("a label out of range names its row", () =>
    expect(() => crossEntropy(logits, tensor([0, 3, 7]))).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: crossEntropy: a label among 4 classes must be from 0 to 3; got 7 in row 2 — try numbering the classes from 0]`,
    ));
  test("labels from 1", () =>
    expect(() => crossEntropy(logits, tensor([1, 4, 2]))).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: crossEntropy: a label among 4 classes must be from 0 to 3; got 4 in row 1 — try numbering the classes from 0]`,
    ));
  test("a negative label", () =>
    expect(() => crossEntropy(logits, tensor([0, -1, 2]))).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: crossEntropy: a label among 4 classes must be from 0 to 3; got -1 in row 1 — try numbering the classes from 0]`,
    ));
  test("in a compiled function too", () => {
    const loss = compile((x: Tensor, y: Tensor) => crossEntropy(x, y));
    expect(() => loss(logits, tensor([0, 3, 7]))).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: crossEntropy: a label among 4 classes must be from 0 to 3; got 7 in row 2 — try numbering the classes from 0]`,
    );
    expect(loss(logits, tensor([0, 3, 1])).item()).toBeCloseTo(Math.log(4), 6);
  });
  test("a row that a table does not have", () =>
    expect(() => gather(zeros([5, 2]), tensor(Int32Array.of(1, 5)))).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: gather: an index must be from 0 to 4; got 5 in row 1]`,
    ));
  test("a class beyond the last", () =>
    expect(() => oneHot(tensor(Int32Array.of(3)), 3)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: oneHot: a class must be from 0 to 2; got 3 in row 0]`,
    ));
  test("requireFinite says what its caller makes of the place", () => {
    const explain = (row: number, value: number) => new ValueError("x", "must be finite", `${value} at ${row}`);
    expect(() => requireFinite(tensor([1, 2]), explain)).not.toThrow();
    expect(() => requireFinite(tensor([1, Infinity, NaN]), explain)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: x: must be finite; got Infinity at 1]`,
    );
  });
});

describe("layers and losses", () => {
  test("Dropout without a mode", () =>
    expect(() => new Sequential(new Dropout(0.5)).forward(zeros([2, 2]))).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Dropout: needs to know whether it trains: mode is "train" or "eval"; got undefined — try forward(x, "train")]`,
    ));
  test("Dropout of everything", () =>
    expect(() => new Dropout(1)).toThrowErrorMatchingInlineSnapshot(`[ValueError: Dropout: p is from 0 to below 1; got 1]`));
  test("dropout beyond 1", () =>
    expect(() => dropout(zeros([2]), 1.5, random(1))).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: dropout: p is from 0 to 1; got 1.5]`,
    ));
  test("Linear of other rows", () =>
    expect(() => new Linear(784, 50).forward(zeros([2, 783]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: Linear(784 → 50): expects [..., 784]; got x: [2, 783]]`,
    ));
  test("Linear of images", () =>
    expect(() => new Linear(784, 50).forward(zeros([2, 28, 28]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: Linear(784 → 50): expects [..., 784]; got x: [2, 28, 28] — try a Flatten before it]`,
    ));
  test("Linear of one row", () =>
    expect(() => new Linear(4, 2).forward(zeros([4]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: Linear(4 → 2): expects [..., 4]; got x: [4] — try unsqueeze(0): a batch of one row]`,
    ));
  test("Linear of no outputs", () =>
    expect(() => new Linear(4, 0)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Linear: inputs and outputs are whole numbers > 0; got 4, 0]`,
    ));
  test("a class among layers", () =>
    expect(() => new Sequential(relu, untyped(Dropout))).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Sequential: layer 1 must have a forward method or be a function; got a class — try new Dropout(…)]`,
    ));
  test("[n] against [n, 1] match, [n, n] never comes of them", () => {
    const [flat, column] = [tensor([1, 2, 3]), tensor([[1], [2], [5]])];
    expect(mse(column, flat, { reduction: "none" }).shape).toEqual([3, 1]);
    expect(mse(flat, column).item()).toBe(Math.fround(4 / 3));
    expect(bceWithLogits(column, flat, { reduction: "none" }).shape).toEqual([3, 1]);
  });
  test("shapes that do not match", () =>
    expect(() => mse(zeros([3, 2]), zeros([3]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: mse: prediction and target must have the same shape; got prediction: [3, 2], target: [3]]`,
    ));
  test("a row against a column", () =>
    expect(() => mse(zeros([3, 1]), zeros([1, 3]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: mse: prediction and target must have the same shape; got prediction: [3, 1], target: [1, 3]]`,
    ));
  test("one class number too few", () =>
    expect(() => crossEntropy(zeros([3, 4]), tensor([0, 1]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: crossEntropy: needs one class number for each row of logits, or probabilities of their shape; got logits: [3, 4], target: [2]]`,
    ));
  test("logits without classes", () =>
    expect(() => crossEntropy(zeros([3]), tensor([0, 1, 2]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: crossEntropy: expects logits [n, classes]; got logits: [3], target: [3]]`,
    ));
});
