/** Attention in other ops, with all scores in memory: reference for tests, source of higher derivatives, and attention's weights. */
import type { Shape } from "../core/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { arange } from "./create.ts";
import { matmul } from "./matmul.ts";
import { add, less, mul, sub, where } from "./pointwise.ts";
import { logSumExp, sum } from "./reduce.ts";
import { concat, permute, reshape, slice } from "./shape.ts";
import { softmax } from "./softmax.ts";

/** Where q, k or v stands: columns of one of the op's inputs, from `at` on. */
export type Part = { readonly of: number; readonly at: number };

export type Heads = {
  /** q, k and v, in this order. */
  readonly parts: readonly [q: Part, k: Part, v: Part];
  readonly heads: number;
  /** Extent of a query and a key, and of a value. */
  readonly size: number;
  readonly valueSize: number;
  /** How many of the op's inputs hold q, k and v; a mask comes behind them. */
  readonly matrices: number;
  readonly mask: "none" | "mayAttend" | "added";
  readonly causal: boolean;
  readonly scale: number;
};

/** Whether heads lie side by side in rows of [batch, length, columns], rather than in [batch, heads, length, size]. */
export function isInner(matrix: Tensor): boolean {
  return matrix.rank === 3;
}

/** [batch, heads, length, size] of a part. */
export function partOf(inputs: readonly Tensor[], { of, at }: Part, heads: number, size: number): Tensor {
  const matrix = inputs[of]!;
  if (!isInner(matrix)) return matrix;
  const [batch, length] = matrix.shape as [number, number];
  return permute(reshape(slice(matrix, at, at + heads * size, 2), [batch, length, heads, size]), [0, 2, 1, 3]);
}

/** The inverse of partOf. */
function sideBySide(x: Tensor): Tensor {
  const [batch, heads, length, size] = x.shape as [number, number, number, number];
  return reshape(permute(x, [0, 2, 1, 3]), [batch, length, heads * size]);
}

/** [rows, keys]: 1 where the key is not behind the query. */
function past(rows: number, keys: number): Tensor {
  return less(reshape(arange(keys), [1, keys]), reshape(arange(1, rows + 1), [rows, 1]));
}

/** scale·Q·Kᵀ behind its masks, [batch, heads, rows, keys]. */
function scoresOf(q: Tensor, k: Tensor, mask: Tensor | undefined, heads: Heads): Tensor {
  let scores = mul(matmul(q, k, { transB: true }), heads.scale);
  if (heads.mask === "added") scores = add(scores, mask!);
  if (heads.mask === "mayAttend") scores = where(mask!, scores, -Infinity);
  if (!heads.causal) return scores;
  const [rows, keys] = scores.shape.slice(-2) as [number, number];
  return where(past(rows, keys), scores, -Infinity);
}

type Given = { q: Tensor; k: Tensor; v: Tensor; mask: Tensor | undefined };

function given(inputs: readonly Tensor[], { parts, heads, size, valueSize, matrices, mask }: Heads): Given {
  return {
    q: partOf(inputs, parts[0], heads, size),
    k: partOf(inputs, parts[1], heads, size),
    v: partOf(inputs, parts[2], heads, valueSize),
    mask: mask === "none" ? undefined : inputs[matrices],
  };
}

/** What the values are weighted by, [batch, heads, rows, keys]. */
export function plainWeights(inputs: readonly Tensor[], heads: Heads): Tensor {
  const { q, k, mask } = given(inputs, heads);
  return softmax(scoresOf(q, k, mask, heads));
}

/** y, and log Σ exp of the scores. @param drop what becomes of the weights; default nothing */
export function plainAttention(
  inputs: readonly Tensor[],
  heads: Heads,
  drop: (weights: Tensor) => Tensor = (weights) => weights,
): readonly [y: Tensor, logZ: Tensor] {
  const { q, k, v, mask } = given(inputs, heads);
  const scores = scoresOf(q, k, mask, heads);
  const y = matmul(drop(softmax(scores)), v);
  return [isInner(inputs[0]!) ? sideBySide(y) : y, logSumExp(scores, -1)];
}

/** Gradients of Σ y·dy by the scores, before they are scaled, and the probabilities. */
export function scoreGradients(inputs: readonly Tensor[], dy: Tensor, heads: Heads): { p: Tensor; ds: Tensor; dyOf: Tensor } {
  const { v } = given(inputs, heads);
  const dyOf = partOf([dy], { of: 0, at: 0 }, heads.heads, heads.valueSize);
  const p = plainWeights(inputs, heads);
  const dp = matmul(dyOf, v, { transB: true });
  return { p, ds: mul(p, sub(dp, sum(mul(dp, p), -1, { keepDims: true }))), dyOf };
}

/** Gradients by the matrices that hold q, k and v. */
export function plainGradients(inputs: readonly Tensor[], dy: Tensor, heads: Heads): Tensor[] {
  const { q, k } = given(inputs, heads);
  const { p, ds, dyOf } = scoreGradients(inputs, dy, heads);
  const scaled = mul(ds, heads.scale);
  const found = [matmul(scaled, k), matmul(scaled, q, { transA: true }), matmul(p, dyOf, { transA: true })];
  return inputs.slice(0, heads.matrices).map((matrix, i) => {
    const own = heads.parts.flatMap(({ of, at }, part) => (of === i ? [{ at, d: found[part]! }] : []));
    if (!isInner(matrix)) return own[0]!.d;
    own.sort((a, b) => a.at - b.at);
    return concat(
      own.map(({ d }) => sideBySide(d)),
      2,
    );
  });
}

/** Strides of a mask [batch, heads, rows, keys] or less: 0 along what it does not vary in. */
export function maskStrides(shape: Shape): { maskBatch: number; maskHead: number; maskRow: number } {
  const [batch, heads, rows, keys] = shape as [number, number, number, number];
  return {
    maskBatch: batch === 1 ? 0 : heads * rows * keys,
    maskHead: heads === 1 ? 0 : rows * keys,
    maskRow: rows === 1 ? 0 : keys,
  };
}
