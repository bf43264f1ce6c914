/** compile: when it traces, what it reads anew, and that a step is one call into WASM without an allocation. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { compile } from "../../src/graph/compile.ts";
import { tensor } from "../../src/graph/from.ts";
import { listing } from "../../src/graph/listing.ts";
import { isCompiling } from "../../src/graph/record.ts";
import { stateTensor, writeState } from "../../src/graph/state.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { Linear } from "../../src/nn/layers.ts";
import { mse } from "../../src/nn/losses/index.ts";
import { init } from "../../src/nn/model.ts";
import { Parameter } from "../../src/nn/parameter.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { add, full, mul, ones, relu, sum, tanh, zeros } from "../../src/ops/index.ts";
import { adam } from "../../src/optim/rules.ts";
import { engineOf } from "../../src/wasm/engine.ts";

/** A function, and how often it has been traced. */
function counted<Args extends unknown[], Out>(f: (...args: Args) => Out) {
  let traces = 0;
  const compiled = compile((...args: Args) => {
    traces += 1;
    return f(...args);
  });
  return Object.assign(compiled, { traces: () => traces });
}

afterEach(() => vi.restoreAllMocks());

describe("programs", () => {
  test("one for each set of shapes and types", () => {
    const double = counted((x: Tensor) => add(x, x));
    for (const shape of [[2], [2], [3], [2, 1], [2]]) expect(double(ones(shape)).shape).toEqual(shape);
    expect(double.traces()).toBe(3);
    const pick = counted((index: Tensor) => tensor([5, 6]).gather(index));
    expect(pick(Int32Array.of(1)).toArray()).toEqual([6]);
    expect(() => pick(Float32Array.of(1))).toThrow("index must be i32");
  });

  test("numbers are inputs", () => {
    const scale = counted((x: Tensor, by: number | Tensor) => mul(x, by));
    expect([2, 3, -1].map((by) => scale([1, 2], by).toArray())).toEqual([
      [2, 4],
      [3, 6],
      [-1, -2],
    ]);
    expect(scale.traces()).toBe(1);
  });

  test("booleans and strings choose a program", () => {
    const layer = counted((x: Tensor, bent: boolean, sign: "plus" | "minus") => mul(bent ? relu(x) : x, sign === "plus" ? 1 : -1));
    const x = tensor([-1, 2]);
    expect(layer(x, true, "plus").toArray()).toEqual([0, 2]);
    expect(layer(x, false, "plus").toArray()).toEqual([-1, 2]);
    expect(layer(x, false, "minus").toArray()).toEqual([1, -2]);
    expect(layer(x, true, "plus").toArray()).toEqual([0, 2]);
    expect(layer.traces()).toBe(3);
  });

  test("arrays stand for tensors", () => {
    const total = counted((x: Tensor) => sum(x));
    expect(
      [
        total([
          [1, 2],
          [3, 4],
        ]),
        total(
          tensor([
            [5, 6],
            [7, 8],
          ]),
        ),
        total(Float32Array.of(1, 2)),
      ].map((y) => y.item()),
    ).toEqual([10, 26, 3]);
    expect(total.traces()).toBe(2);
  });

  test("rows may be typed arrays", () => {
    const total = counted((x: Tensor) => sum(x, 0));
    expect(total([Float32Array.of(1, 2), Int32Array.of(3, 4)]).toArray()).toEqual([4, 6]);
    expect(() => total([Float32Array.of(1, 2), [3]])).toThrow("1 instead of 2 at [1]");
    expect(() => total([Float32Array.of(1, 2), 3])).toThrow("got 3 at [1]");
  });

  test("16 are kept; what is dropped frees its memory; one line says so at the eighth", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const double = counted((x: Tensor) => tanh(add(x, x)));
    const call = (rank: number) => double(ones(new Array<number>(rank).fill(1))); // all of one size
    for (let rank = 1; rank <= 16; ++rank) call(rank);
    expect(double.traces()).toBe(16);
    call(1);
    expect(double.traces()).toBe(16);
    const used = engineOf().heap.usedBytes;
    for (let rank = 17; rank <= 31; ++rank) call(rank);
    expect(engineOf().heap.usedBytes).toBe(used);
    call(1);
    expect(double.traces()).toBe(31);
    call(2);
    expect(double.traces()).toBe(32);
    expect(warn.mock.calls.map(([text]) => text)).toMatchInlineSnapshot(`
      [
        "nabla: a compiled function has been called with 8 sets of shapes, and compiles for each; pad the inputs to few shapes",
      ]
    `);
  });

  test("one inside another is just its ops", () => {
    const inner = compile((x: Tensor, by: number | Tensor) => mul(x, by));
    const outer = compile((x: Tensor) => add(inner(x, 3), inner([1, 1], 2)));
    expect(outer([1, 2]).toArray()).toEqual([5, 8]);
  });

  test("an error while compiling leaves nothing behind", () => {
    const used = engineOf().heap.usedBytes;
    const broken = compile((x: Tensor) => add(x, zeros([7])));
    expect(() => broken([1, 2])).toThrow("not broadcastable");
    expect(isCompiling()).toBe(false);
    expect(add(tensor([1]), 1).item()).toBe(2);
    expect(engineOf().heap.usedBytes).toBe(used);
  });

  test("its listing names kernels and operands", () => {
    const f = compile((x: Tensor) => relu(add(x, 1)));
    f([1, 2, 3]);
    expect(listing(f)).toMatch(/^ {2}0 add +×3 .*\n {2}1 relu +×3 .*\n2 instructions in 2 steps; \d+ bytes for values of \d+$/);
  });
});

describe("what is read and returned", () => {
  test.each([3, 5000])("what is returned does not change later, %i numbers", (n) => {
    const shift = compile((x: Tensor) => ({ y: add(x, 1), same: x }));
    const first = shift(full([n], 1));
    const second = shift(full([n], 10));
    expect([first.y, first.same, second.y, second.same].map((x) => [x.data()[0], x.data()[n - 1]])).toEqual([
      [2, 2],
      [1, 1],
      [11, 11],
      [10, 10],
    ]);
  });

  test("results keep their structure", () => {
    const f = compile((x: Tensor) => ({ list: [x, { x }], name: "one", none: null, nothing: undefined, two: 2, twice: [x, x] }));
    const { list, twice, ...rest } = f([4]);
    expect(rest).toEqual({ name: "one", none: null, nothing: undefined, two: 2 });
    expect([(list[0] as Tensor).item(), twice[1]!.item()]).toEqual([4, 4]);
    expect(compile(() => {})()).toBeUndefined();
  });

  test("captured tensors are constants, also when they are all there is", () => {
    let captured = tensor([1, 2]);
    const f = compile((x: Tensor) => add(x, captured));
    expect(f([0, 0]).toArray()).toEqual([1, 2]);
    captured = tensor([5, 5]);
    expect(f([0, 0]).toArray()).toEqual([1, 2]);
    expect(compile(() => captured)().toArray()).toEqual([5, 5]);
  });

  test.each([3, 5000])("an argument passed again is what it was, state what it is now, %i numbers", (n) => {
    const add1 = compile((x: Tensor, y: Tensor) => add(x, y));
    const [x, y] = [full([n], 1), full([n], 2)];
    const state = stateTensor(new Float32Array(n));
    const first = (a: Tensor, b: Tensor) => add1(a, b).data()[n - 1];
    expect([first(x, y), first(x, y), first(y, y), first(x, state)]).toEqual([3, 3, 4, 1]);
    writeState(state, new Float32Array(n).fill(5));
    expect([first(x, state), first(state, x), first(x, y)]).toEqual([6, 6, 3]);
    expect(first(x.reshape([n]), y.add(0))).toBe(3);
  });

  test("parameters are read anew", () => {
    const model = new Linear(1, 1, { bias: false });
    model.weight.set(Float32Array.of(2));
    const predict = compile((x: Tensor) => model.forward(x));
    expect(predict([[3]]).item()).toBe(6);
    model.weight.set(Float32Array.of(5));
    expect(predict([[3]]).item()).toBe(15);
  });

  test("no elements at all", () => {
    const f = compile((x: Tensor) => [mul(x, 2), sum(x)]);
    const [y, total] = f(zeros([0, 3])) as [Tensor, Tensor];
    expect([y.shape, total.item()]).toEqual([[0, 3], 0]);
  });
});

describe("a compiled step", () => {
  const model = init(new Sequential(new Linear(6, 16), tanh, new Linear(16, 2)), { seed: 3 });
  const optimizer = adam({ lr: 0.01 }).for(model);
  const step = compile((x: Tensor, y: Tensor) => {
    const loss = mse(model.forward(x), y);
    optimizer.minimize(loss);
    return loss;
  });
  const [x, y] = [ones([8, 6]), zeros([8, 2])];

  test("is one call into WASM, and allocates nothing", () => {
    step(x, y);
    const engine = engineOf();
    const [calls, used, bytes] = [engine.calls, engine.heap.usedBytes, engine.bytes];
    for (let i = 0; i < 100; ++i) step(x, y);
    expect(engine.calls - calls).toBe(100);
    expect(engine.heap.usedBytes).toBe(used);
    expect(engine.bytes).toBe(bytes);
    expect(optimizer.step).toBe(101);
  });

  test("learns", () => {
    const before = step(x, y).item();
    for (let i = 0; i < 50; ++i) step(x, y);
    expect(step(x, y).item()).toBeLessThan(before / 10);
  });
});

test("what depends on constants alone is computed while compiling, state is not", () => {
  const constant = tensor([1, 2]);
  const weight = new Parameter([2], (_, shape) => ones(shape));
  const f = compile((x: Tensor) => x.add(constant.mul(3).sum()).add(weight.sum()));
  expect([...f(tensor([1, 1])).data()]).toEqual([12, 12]);
  expect(listing(f).split("\n")).toHaveLength(4); // x + 9, the parameter's sum, their sum, and the count
  weight.set(Float32Array.of(5, 6));
  expect([...f(tensor([1, 1])).data()]).toEqual([21, 21]);
});
