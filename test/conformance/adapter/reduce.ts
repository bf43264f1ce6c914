/** 05b: reductions. */
import {
  all,
  any,
  argmax,
  argmin,
  cumprod,
  cumsum,
  logSumExp,
  max,
  mean,
  min,
  norm,
  prod,
  type ReduceOptions,
  std,
  sum,
  type Tensor,
  variance,
} from "../../../src/index.ts";
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
  (f: typeof variance): Adapter =>
  ({ x }, { dim, keepdim, correction }) => ({
    y: f(x!, axesOf(dim), { keepDims: keepdim === true, correction: Number(correction) }),
  });

const place =
  (f: typeof argmax): Adapter =>
  ({ x }, { dim, keepdim }) => ({ y: f(x!, dim === null ? null : Number(dim), { keepDims: keepdim === true }) });

const running =
  (f: typeof cumsum): Adapter =>
  ({ x }, { dim }) => ({ y: f(x!, Number(dim)) });

export const reductions: Adapters = {
  sum: reduction(sum),
  mean: reduction(mean),
  max: reduction(max),
  min: reduction(min),
  prod: reduction(prod),
  logsumexp: reduction(logSumExp),
  var: spread(variance),
  std: spread(std),
  argmax: place(argmax),
  argmin: place(argmin),
  cumsum: running(cumsum),
  cumprod: running(cumprod),
  any: reduction(any),
  vector_norm: ({ x }, { ord, dim, keepdim }) => ({
    y: norm(x!, axesOf(dim), { p: ord === "inf" ? Infinity : Number(ord), keepDims: keepdim === true }),
  }),
  all: reduction(all),
};
