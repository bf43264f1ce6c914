/** Losses of pairs and triplets: what is alike should lie near. */
import { scalar } from "../../graph/from.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { abs, add, div, equal, minimum, mul, neg, pow, relu, sqrt, square, sub, where } from "../../ops/pointwise.ts";
import { sum } from "../../ops/reduce.ts";
import { type LossOptions, matched, reduced } from "./reduction.ts";

/**
 * max(0, margin − target·(first − second)): the first should rank higher where the target is 1, lower where it is −1.
 *
 * @param options margin, default 0
 */
export const marginRanking = (
  first: Tensor,
  second: Tensor,
  target: Tensor,
  { margin = 0, ...options }: LossOptions & { margin?: number } = {},
): Tensor => {
  const d = sub(first, matched("marginRanking", first, second));
  return reduced("marginRanking", relu(sub(scalar(margin), mul(matched("marginRanking", first, target), d))), options);
};

/**
 * The distance itself where the target is 1, max(0, margin − distance) where it is −1.
 *
 * @param options margin, default 1
 * @source Hadsell et al. 2006, CVPR
 */
export const hingeEmbedding: (distance: Tensor, target: Tensor, options?: LossOptions & { margin?: number }) => Tensor = (
  distance,
  target,
  { margin = 1, ...options } = {},
) => {
  const alike = equal(matched("hingeEmbedding", distance, target), 1);
  return reduced("hingeEmbedding", where(alike, distance, relu(sub(scalar(margin), distance))), options);
};

/** ‖a − b + eps‖ₚ along the last axis. */
function distance(a: Tensor, b: Tensor, p: number, eps: number): Tensor {
  const d = add(sub(a, b), eps);
  if (p === 1) return sum(abs(d), -1);
  if (p === 2) return sqrt(sum(square(d), -1));
  return pow(sum(pow(abs(d), p), -1), 1 / p);
}

/**
 * max(0, d(anchor, positive) − d(anchor, negative) + margin).
 *
 * @param anchor, positive, negative [n, features]
 * @param options margin, default 1; p of the distance ‖a − b + eps‖ₚ, default 2; eps, default 1e-6; swap: the nearer of anchor and
 *   positive to the negative counts, default false
 * @source Balntas et al. 2016, BMVC
 */
export const tripletMargin = (
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: LossOptions & { margin?: number; p?: number; eps?: number; swap?: boolean } = {},
): Tensor => {
  const { margin = 1, p = 2, eps = 1e-6, swap = false, ...rest } = options;
  const far = distance(anchor, negative, p, eps);
  const nearest = swap ? minimum(far, distance(positive, negative, p, eps)) : far;
  return reduced("tripletMargin", relu(add(sub(distance(anchor, positive, p, eps), nearest), margin)), rest);
};

/** Added to squared lengths, so that a zero vector has an angle. */
const LEAST_SQUARE = 1e-12;

/**
 * 1 − cos(first, second) where the target is 1, max(0, cos − margin) where it is −1.
 *
 * @param first, second [n, features]  @param target [n]  @param options margin, default 0
 */
export const cosineEmbedding = (
  first: Tensor,
  second: Tensor,
  target: Tensor,
  { margin = 0, ...options }: LossOptions & { margin?: number } = {},
): Tensor => {
  const lengths = mul(add(sum(square(first), -1), LEAST_SQUARE), add(sum(square(second), -1), LEAST_SQUARE));
  const cosine = div(sum(mul(first, second), -1), sqrt(lengths));
  const alike = equal(matched("cosineEmbedding", cosine, target), 1);
  return reduced("cosineEmbedding", where(alike, add(neg(cosine), 1), relu(sub(cosine, margin))), options);
};
