/** 03: normalisations. */
import {
  batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  localResponseNorm,
  normalize,
  rmsNorm,
  type Tensor,
} from "../../../src/index.ts";
import type { Adapter, Adapters } from "./adapter.ts";
import { channelsFirst, channelsLast } from "./layout.ts";

/** Norms over several last axes see them as one. */
function overLast(x: Tensor, axes: number, f: (rows: Tensor) => Tensor): Tensor {
  const kept = x.shape.slice(0, x.rank - axes);
  return f(x.reshape([...kept, x.shape.slice(x.rank - axes).reduce((a, b) => a * b, 1)])).reshape(x.shape);
}

const affineOf = ({ weight, bias }: Readonly<Record<string, Tensor>>, eps: unknown) => ({
  ...(weight && { weight }),
  ...(bias && { bias }),
  eps: Number(eps),
});

const batch: Adapter = ({ x, weight, bias, running_mean, running_var }, { training, momentum, eps, num_batches_tracked }) => {
  const rows = channelsLast(x!);
  const options = { eps: Number(eps) };
  if (training !== true) {
    return { y: channelsFirst(batchNorm(rows, weight, bias, { ...options, mean: running_mean!, variance: running_var! })) };
  }
  const [y, mean, variance] = batchNorm(rows, weight, bias, options);
  const share = momentum === null ? 1 / (Number(num_batches_tracked) + 1) : Number(momentum);
  const n = rows.size / rows.shape.at(-1)!;
  const towards = (old: Tensor, fresh: Tensor): Tensor => old.mul(1 - share).add(fresh.mul(share));
  return {
    y: channelsFirst(y),
    running_mean: towards(running_mean!, mean),
    running_var: towards(running_var!, variance.mul(n / (n - 1))),
  };
};

export const norms: Adapters = {
  batch_norm: batch,
  group_norm: (of, { num_groups, eps }) => ({
    y: channelsFirst(groupNorm(channelsLast(of.x!), Number(num_groups), affineOf(of, eps))),
  }),
  instance_norm: (of, { eps }) => ({ y: channelsFirst(instanceNorm(channelsLast(of.x!), affineOf(of, eps))) }),
  normalize: ({ x }, { p, dim, eps }) => ({ y: normalize(x!, { p: Number(p), axis: Number(dim), eps: Number(eps) }) }),
  local_response_norm: ({ x }, { size, alpha, beta, k }) => ({
    y: channelsFirst(localResponseNorm(channelsLast(x!), Number(size), { alpha: Number(alpha), beta: Number(beta), k: Number(k) })),
  }),
  layer_norm: ({ x, weight, bias }, { normalized_shape, eps }) => ({
    y: overLast(x!, (normalized_shape as number[]).length, (rows) =>
      layerNorm(rows, weight?.flatten(0), bias?.flatten(0), { eps: Number(eps) }),
    ),
  }),
  rms_norm: ({ x, weight }, { normalized_shape, eps }) => ({
    y: overLast(x!, (normalized_shape as number[]).length, (rows) => rmsNorm(rows, weight?.flatten(0), { eps: Number(eps) })),
  }),
};
