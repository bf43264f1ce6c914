/** Tensors of f16: what they show, how they move, what they refuse. */
import { describe, expect, test } from "vitest";
import { compile, concat, f16, flip, gather, grad, noGrad, random, scope, takeAlong, tensor } from "../../src/index.ts";

const numbers = [1, -0.5, 2.5, 65504, 2 ** -24, 0.1];
const x = tensor(numbers, { shape: [2, 3] });
const kept = x.cast(f16);
const tenth = 0.0999755859375; // 0.1 in f16

describe("shows numbers", () => {
  test("data, toArray, item", () => {
    expect(kept.dtype).toBe("f16");
    expect(kept.data()).toEqual(Float32Array.of(1, -0.5, 2.5, 65504, 2 ** -24, tenth));
    expect(kept.toArray()).toEqual([
      [1, -0.5, 2.5],
      [65504, 2 ** -24, tenth],
    ]);
    expect(tensor([0.1]).cast(f16).item()).toBe(tenth);
    expect(
      tensor([], { shape: [0, 3] })
        .cast(f16)
        .data(),
    ).toEqual(new Float32Array(0));
  });

  test("in print", () => {
    expect(String(tensor([1, 0.1]).cast(f16))).toBe("Tensor [2] f16\n[       1 0.099976]");
  });

  test("bits, both ways", () => {
    expect(f16.bits(kept)).toEqual(Uint16Array.of(0x3c00, 0xb800, 0x4100, 0x7bff, 1, 0x2e66));
    const again = f16.tensor(f16.bits(kept), [2, 3]);
    expect(again.toArray()).toEqual(kept.toArray());
    expect(f16.tensor([0x3c00, 0xfc00]).data()).toEqual(Float32Array.of(1, -Infinity));
  });
});

describe("casts", () => {
  test("from and to every type, by way of f32", () => {
    expect(kept.cast(f16)).toBe(kept);
    expect(tensor(Uint8Array.of(0, 255)).cast(f16).data()).toEqual(Float32Array.of(0, 255));
    expect(tensor([2.9, -300]).cast(f16).cast("i8").data()).toEqual(Int8Array.of(2, -128));
    expect(tensor(Int32Array.of(2049)).cast(f16).cast("i32").item()).toBe(2048);
  });

  test("of more than fits one chunk", () => {
    const many = random(1).uniform([300_001], -4, 4);
    const back = many.cast(f16).cast("f32");
    expect(back.sub(many).abs().max().item()).toBeLessThanOrEqual(2 ** -10);
    expect(back.cast(f16).cast("f32").equal(back).all().item()).toBe(1);
  });

  test("let gradients through, which are f32", () => {
    const through = (w: typeof x) =>
      w
        .cast(f16)
        .reshape([3, 2])
        .transpose()
        .cast("f32")
        .mul(
          tensor([
            [1, 2, 3],
            [4, 5, 0.1],
          ]),
        )
        .sum();
    expect(grad(through)(x).toArray()).toEqual([
      [1, 4, 2],
      [5, 3, Math.fround(0.1)],
    ]);
    expect(compile(grad(through))(x).toArray()).toEqual(grad(through)(x).toArray());
  });

  test("in compiled programs, as inputs, constants and results", () => {
    const f = compile((a: typeof x) => a.cast("f32").add(kept.cast("f32")).cast(f16));
    const y = f(kept);
    expect(y.dtype).toBe("f16");
    expect(y.toArray()).toEqual([
      [2, -1, 5],
      [Infinity, 2 ** -23, 2 * tenth],
    ]);
    expect(() => compile((a: typeof x) => a.cast(f16).data()[0])(x)).toThrow(/^data: reads a value while compiling/);
  });

  test("inside scopes and without gradients", () => {
    expect(scope(() => kept.data().length)).toBe(6);
    expect(noGrad(() => kept.cast("f32")).toArray()).toEqual(kept.toArray());
  });
});

describe("moves", () => {
  const whole = kept.cast("f32");
  const same = (a: typeof x, b: typeof x): void => {
    expect(a.dtype).toBe("f16");
    expect(a.toArray()).toEqual(b.toArray());
  };
  test("views and copies are those of f32", () => {
    same(kept.reshape([3, 2]), whole.reshape([3, 2]));
    same(kept.transpose(), whole.transpose());
    same(kept.slice(1, 3, 1), whole.slice(1, 3, 1));
    same(kept.slice(0, 1), whole.slice(0, 1));
    same(flip(kept, 1), flip(whole, 1));
    same(kept.unsqueeze(0).expand([4, 2, 3]), whole.unsqueeze(0).expand([4, 2, 3]));
    const index = tensor(Int32Array.of(1, 0, 1));
    same(gather(kept, index), gather(whole, index));
    const many = random(2).uniform([33, 65, 7]);
    const half = many.cast(f16);
    same(half.permute([2, 0, 1]), half.cast("f32").permute([2, 0, 1]));
    same(half.slice(3, 62, 1), half.cast("f32").slice(3, 62, 1));
  });
});

test("says what f16 is not for", () => {
  const index = tensor(Int32Array.of(0), { shape: [1, 1] });
  expect(() => kept.add(1)).toThrowErrorMatchingInlineSnapshot(`[DTypeError: add: a must be f32; got f16 — try cast("f32")]`);
  expect(() => x.matmul(kept.transpose())).toThrowErrorMatchingInlineSnapshot(
    `[DTypeError: matmul: b must be f32; got f16 — try cast("f32")]`,
  );
  expect(() => kept.sum()).toThrowErrorMatchingInlineSnapshot(`[DTypeError: sum: a must be f32; got f16 — try cast("f32")]`);
  expect(() => concat([kept, kept])).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: concat: joins f32 and i32; got f16 — try cast("f32")]`,
  );
  expect(() => takeAlong(kept.slice(0, 1), index, 1)).toThrowErrorMatchingInlineSnapshot(
    `[DTypeError: takeAlong: x must be f32 or i32; got f16 — try cast("f32")]`,
  );
  expect(() => x.cast("f16" as "f32")).toThrowErrorMatchingInlineSnapshot(
    `[DTypeError: cast: gives f32, i32, u8, i8, or f16, which is imported; got f16 — try cast(f16), of import { f16 } from "nabla"]`,
  );
  expect(() => tensor([1], { dtype: "f16" as "f32" })).toThrowErrorMatchingInlineSnapshot(
    `[DTypeError: tensor: makes f32, i32, u8 or i8 of numbers; got f16 — try cast(f16) of the tensor]`,
  );
  expect(() => f16.bits(x)).toThrowErrorMatchingInlineSnapshot(`[DTypeError: f16.bits: x must be f16; got f32 — try cast(f16)]`);
  expect(() => f16.tensor([1, 2], [3])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: f16.tensor: 2 numbers do not fill the shape; got shape: [3]]`,
  );
});
