/** Matrix products read their operands where they lie: stretched along a batch, transposed, or both. */
import { describe, expect, test } from "vitest";
import { grad } from "../../src/graph/backward.ts";
import { compile } from "../../src/graph/compile.ts";
import { listing } from "../../src/graph/listing.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { concat, expand, matmul, random, reshape, square, sum } from "../../src/ops/index.ts";
import { expectSame } from "../support/match.ts";

/** Kernels of all that compiling f makes of these arguments. */
function kernelsOf(f: (a: Tensor, b: Tensor) => unknown, a: Tensor, b: Tensor): string[] {
  const compiled = compile(f as (a: Tensor, b: Tensor) => Tensor);
  compiled(a, b);
  return listing(compiled)
    .split("\n")
    .flatMap((line) => /(\w+) +×/.exec(line)?.[1] ?? []);
}

const stream = random(3);

describe("batches that stretch", () => {
  const cases: readonly (readonly [a: readonly number[], b: readonly number[]])[] = [
    [[2, 1], [3]],
    [
      [2, 3],
      [2, 1],
    ],
    [
      [1, 3],
      [2, 1],
    ],
    [[3], [4, 2, 3]],
  ];
  for (const [transA, transB] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    test.each(cases)(
      `[%s] times [%s] is not copied, and is what copies give${transA ? ", aᵀ" : ""}${transB ? ", bᵀ" : ""}`,
      (batchA, batchB) => {
        const a = stream.normal([...batchA, ...(transA ? [33, 70] : [70, 33])]);
        const b = stream.normal([...batchB, ...(transB ? [21, 33] : [33, 21])]);
        const c = matmul(a, b, { transA, transB });
        const batch = c.shape.slice(0, -2);
        const [wholeA, wholeB] = [a, b].map((x) =>
          reshape(expand(x, [...batch, ...x.shape.slice(-2)]), [-1, ...x.shape.slice(-2)]),
        ) as [Tensor, Tensor];
        const each = Array.from({ length: wholeA.shape[0]! }, (_, i) => {
          const [left, right] = [wholeA, wholeB].map((x) => reshape(x.slice(i, i + 1), x.shape.slice(1))) as [Tensor, Tensor];
          return matmul(left, right, { transA, transB });
        });
        expectSame("product", reshape(c, [-1, 21]), concat(each));
        const kernels = kernelsOf((x, y) => matmul(x, y, { transA, transB }), a, b);
        expect(kernels.filter((name) => !["gemm", "packB", "group"].includes(name))).toEqual([]);
        expect(kernels).toContain("gemm");
      },
    );
  }

  test("along axes that alternate more than twice are made whole", () => {
    const [a, b] = [stream.normal([2, 1, 3, 4, 5]), stream.normal([4, 1, 5, 6])];
    const c = matmul(a, b);
    expect(c.shape).toEqual([2, 4, 3, 4, 6]);
    expectSame(
      "one",
      reshape(c.slice(1, 2).slice(2, 3, 1).slice(1, 2, 2), [4, 6]),
      matmul(reshape(a.slice(1, 2).slice(1, 2, 2), [4, 5]), reshape(b.slice(2, 3), [5, 6])),
    );
  });
});

test("a weight's gradient over sequences is one product over the rows of all", () => {
  const [x, w] = [stream.normal([4, 16, 24]), stream.normal([24, 40])];
  const kernels = kernelsOf((a, b) => grad((weight: Tensor) => sum(square(matmul(a, weight))))(b), x, w);
  expect(kernels.filter((name) => name === "gemm")).toHaveLength(2);
  expect(kernels).not.toContain("strided");
});
