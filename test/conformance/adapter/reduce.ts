/** 05b: reductions. */
import { logSumExp, max, mean, min, prod, type ReduceOptions, sqrt, sum, type Tensor, variance } from "../../../src/index.ts";
import type { Plain } from "../cases.ts";
import type { Adapter, Adapters } from "./adapter.ts";
import { numbers } from "./layout.ts";

export function axesOf(dim: Plain | undefined): number[] | undefined {
  return dim === null || dim === undefined ? undefined : numbers(dim);
}

type Reduce = (x: Tensor, axes?: readonly number[], options?: ReduceOptions) => Tensor;
const reduction =
  (f: Reduce): Adapter =>
  ({ x }, { dim, keepdim }) => ({ y: f(x!, axesOf(dim), { keepDims: keepdim === true }) });

const spread =
  (finish: (y: Tensor) => Tensor): Adapter =>
  ({ x }, { dim, keepdim, correction }) => ({
    y: finish(variance(x!, axesOf(dim), { keepDims: keepdim === true, correction: Number(correction) })),
  });

export const reductions: Adapters = {
  sum: reduction(sum),
  mean: reduction(mean),
  max: reduction(max),
  min: reduction(min),
  prod: reduction(prod),
  logsumexp: reduction(logSumExp),
  var: spread((y) => y),
  std: spread(sqrt),
};
