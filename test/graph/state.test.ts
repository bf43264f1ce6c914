/** State: `assign` changes buffers like any other op, eager and compiled; what was computed before is told apart. */
import { expect, test } from "vitest";
import { grad } from "../../src/graph/backward.ts";
import { compile } from "../../src/graph/compile.ts";
import { tensor } from "../../src/graph/from.ts";
import { assign, stateTensor, writeState } from "../../src/graph/state.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { add, mul, reshape, sum } from "../../src/ops/index.ts";

const buffer = (...numbers: number[]) => stateTensor(Float32Array.from(numbers));

test("assign changes the buffer, not what was computed of it", () => {
  const state = buffer(1, 2);
  const before = mul(state, 10);
  const view = reshape(state, [2, 1]);
  assign(state, tensor([3, 4]));
  expect(state.toArray()).toEqual([3, 4]);
  expect(before.toArray()).toEqual([10, 20]);
  expect(view.toArray()).toEqual([[1], [2]]);
});

test("a compiled function reads and writes it at each call", () => {
  const state = buffer(0);
  const count = compile((by: Tensor) => {
    assign(state, add(state, by));
    return mul(state, 2);
  });
  expect([1, 2, 3].map((by) => count([by]).item())).toEqual([2, 6, 12]);
  writeState(state, Float32Array.of(100));
  expect(count([1]).item()).toBe(202);
  expect(state.item()).toBe(101);
});

test("a run that fails writes nothing", () => {
  const state = buffer(5);
  const step = compile((index: Tensor) => {
    const row = tensor([[1], [2]]).gather(index);
    assign(state, reshape(row, [1]));
  });
  expect(() => step(Int32Array.of(2))).toThrow("from 0 to 1");
  expect(state.item()).toBe(5);
  step(Int32Array.of(1));
  expect(state.item()).toBe(2);
});

test("values of another shape or type are refused", () => {
  expect(() => assign(buffer(1, 2), tensor([1]))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: assign: values must have the buffer's shape; got state: [2], x: [1]]`,
  );
  expect(() => assign(buffer(1), tensor([1], { dtype: "i32" }))).toThrowErrorMatchingInlineSnapshot(
    `[DTypeError: assign: x must be f32, as the buffer is; got i32 — try cast("f32")]`,
  );
  expect(() => compile(() => writeState(buffer(1), Float32Array.of(2)))()).toThrowErrorMatchingInlineSnapshot(
    `[CompileError: assign: numbers from outside cannot be written while compiling — try assign(buffer, tensor)]`,
  );
});

test("numbers from outside must fill it, in its own type", () => {
  expect(() => writeState(buffer(1, 2), Float32Array.of(1, 2, 3))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: assign: 3 numbers do not fill the buffer; got state: [2]]`,
  );
  expect(() => writeState(buffer(1), Int32Array.of(1))).toThrowErrorMatchingInlineSnapshot(
    `[DTypeError: assign: a f32 buffer takes numbers of its own type; got i32]`,
  );
});

test("differentiating through a value computed before a change is an error", () => {
  const state = buffer(2);
  const through = (x: Tensor) => {
    const y = sum(mul(x, state));
    assign(state, tensor([3]));
    return y;
  };
  expect(() => grad(through)(tensor([1]))).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: mul: was computed before a parameter or buffer it reads was changed, so its gradient would be wrong — try computing the loss again after the update]`,
  );
  expect(() => compile(grad(through))([1])).toThrow("was computed before");
});
