/** Squared Euclidean distances between rows, as one matrix product. */
import type { Tensor } from "../graph/tensor.ts";
import { matmul } from "../ops/matmul.ts";
import { add, maximum, mul, square, sub } from "../ops/pointwise.ts";
import { mean, sum } from "../ops/reduce.ts";
import { transpose } from "../ops/shape.ts";

/**
 * |a − b|² of every row of a [n, d] with every row of b [m, d]: [n, m].
 *
 * Both are moved by b's mean first, which keeps |a|² + |b|² − 2·a·b from losing digits where all rows lie far from 0.
 */
export function squaredDistances(a: Tensor, b: Tensor): Tensor {
  const centre = mean(b, 0);
  const [p, q] = [sub(a, centre), sub(b, centre)];
  const lengths = sub(sum(square(p), 1, { keepDims: true }), mul(matmul(p, q, { transB: true }), 2));
  return maximum(add(lengths, transpose(sum(square(q), 1, { keepDims: true }))), 0);
}
