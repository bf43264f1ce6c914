/** What console.log shows of tensors. */
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { compile } from "../../src/graph/compile.ts";
import { tensor } from "../../src/graph/from.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { arange, mul, reshape, zeros } from "../../src/ops/index.ts";

test("a number", () => expect(String(tensor(0.1))).toMatchInlineSnapshot(`"Tensor [] f32 0.1"`));
test("a row", () =>
  expect(String(tensor([1, -2.5, 1e-9, 3e8, NaN, -Infinity]))).toMatchInlineSnapshot(`
  "Tensor [6] f32
  [        1      -2.5  1.000e-9  3.000e+8       NaN -Infinity]"
`));
test("a matrix", () =>
  expect(
    String(
      tensor([
        [1, 20],
        [-3.25, 4],
      ]),
    ),
  ).toMatchInlineSnapshot(`
  "Tensor [2, 2] f32
  [[    1    20]
   [-3.25     4]]"
`));
test("three axes", () =>
  expect(String(reshape(arange(8), [2, 2, 2]))).toMatchInlineSnapshot(`
  "Tensor [2, 2, 2] i32
  [[[0 1]
    [2 3]]
   [[4 5]
    [6 7]]]"
`));
test("long axes without their middle", () =>
  expect(String(reshape(arange(240), [12, 20]))).toMatchInlineSnapshot(`
  "Tensor [12, 20] i32
  [[  0   1   2 …  17  18  19]
   [ 20  21  22 …  37  38  39]
   [ 40  41  42 …  57  58  59]
   …
   [180 181 182 … 197 198 199]
   [200 201 202 … 217 218 219]
   [220 221 222 … 237 238 239]]"
`));
test("no elements", () => expect(String(zeros([0, 3]))).toMatchInlineSnapshot(`"Tensor [0, 3] f32"`));
test("bytes", () =>
  expect(String(tensor(Uint8Array.of(0, 255)))).toMatchInlineSnapshot(`
  "Tensor [2] u8
  [  0 255]"
`));
test("console.log shows the same", () => expect(inspect(tensor([1, 2]))).toBe(String(tensor([1, 2]))));
test("while compiling", () => {
  let text = "";
  compile((x: Tensor) => {
    text = String(mul(x, 2));
    return x;
  })([1, 2]);
  expect(text).toMatchInlineSnapshot(`"Tensor [2] f32 (compiling: no numbers yet)"`);
});
