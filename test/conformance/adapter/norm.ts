/** 03: normalisations. */
import { layerNorm, rmsNorm, type Tensor } from "../../../src/index.ts";
import type { Adapters } from "./adapter.ts";

/** Norms over several last axes see them as one. */
function overLast(x: Tensor, axes: number, f: (rows: Tensor) => Tensor): Tensor {
  const kept = x.shape.slice(0, x.rank - axes);
  return f(x.reshape([...kept, x.shape.slice(x.rank - axes).reduce((a, b) => a * b, 1)])).reshape(x.shape);
}

export const norms: Adapters = {
  layer_norm: ({ x, weight, bias }, { normalized_shape, eps }) => ({
    y: overLast(x!, (normalized_shape as number[]).length, (rows) =>
      layerNorm(rows, weight?.flatten(0), bias?.flatten(0), { eps: Number(eps) }),
    ),
  }),
  rms_norm: ({ x, weight }, { normalized_shape, eps }) => ({
    y: overLast(x!, (normalized_shape as number[]).length, (rows) => rmsNorm(rows, weight?.flatten(0), { eps: Number(eps) })),
  }),
};
