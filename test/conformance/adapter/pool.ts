/** 02b: pooling and resampling. */

import type { Tensor, Triple } from "../../../src/index.ts";
import * as nabla from "../../../src/index.ts";
import type { Plain } from "../cases.ts";
import type { Adapter, Adapters, Config } from "./adapter.ts";
import { channelsFirst, channelsLast, extents, numbers } from "./layout.ts";

const one = (value: Plain | undefined): number => numbers(value)[0]!;
function three(value: Plain | undefined): Triple {
  const [depth, height, width] = numbers(value);
  return [depth!, height!, width!];
}

const pooled =
  (f: (x: Tensor, config: Config) => Tensor): Adapter =>
  ({ x }, config) => ({ y: channelsFirst(f(channelsLast(x!), config)) });

/** Options that a configuration names. */
function means({ count_include_pad, divisor_override, ceil_mode }: Config) {
  return {
    ceilMode: ceil_mode === true,
    countIncludePad: count_include_pad === true,
    ...(typeof divisor_override === "number" && { divisorOverride: divisor_override }),
  };
}

const adaptive = (f: (x: Tensor, sizes: readonly number[]) => Tensor): Adapter =>
  pooled((x, { output_size }) => f(x, numbers(output_size)));

export const pools: Adapters = {
  max_pool1d: pooled((x, { kernel_size, stride, padding, dilation, ceil_mode }) =>
    nabla.maxPool1d(x, one(kernel_size), {
      ...{ stride: one(stride), padding: [one(padding), one(padding)], dilation: one(dilation), ceilMode: ceil_mode === true },
    }),
  ),
  max_pool2d: pooled((x, { kernel_size, stride, padding, dilation, ceil_mode }) =>
    nabla.maxPool2d(x, extents(kernel_size), {
      ...{ stride: extents(stride), padding: extents(padding), dilation: extents(dilation), ceilMode: ceil_mode === true },
    }),
  ),
  max_pool3d: pooled((x, { kernel_size, stride, padding, dilation, ceil_mode }) =>
    nabla.maxPool3d(x, three(kernel_size), {
      ...{ stride: three(stride), padding: three(padding), dilation: three(dilation), ceilMode: ceil_mode === true },
    }),
  ),
  avg_pool1d: pooled((x, config) =>
    nabla.avgPool1d(x, one(config.kernel_size), {
      ...{ stride: one(config.stride), padding: [one(config.padding), one(config.padding)] as const, ...means(config) },
    }),
  ),
  avg_pool2d: pooled((x, config) =>
    nabla.avgPool2d(x, extents(config.kernel_size), {
      ...{ stride: extents(config.stride), padding: extents(config.padding), ...means(config) },
    }),
  ),
  avg_pool3d: pooled((x, config) =>
    nabla.avgPool3d(x, three(config.kernel_size), {
      ...{ stride: three(config.stride), padding: three(config.padding), ...means(config) },
    }),
  ),
  adaptive_avg_pool1d: adaptive(nabla.adaptiveAvgPool),
  adaptive_avg_pool2d: adaptive(nabla.adaptiveAvgPool),
  adaptive_avg_pool3d: adaptive(nabla.adaptiveAvgPool),
  adaptive_max_pool1d: adaptive(nabla.adaptiveMaxPool),
  adaptive_max_pool2d: adaptive(nabla.adaptiveMaxPool),
  interpolate: pooled((x, { mode, size, scale_factor, align_corners }) =>
    nabla.interpolate(x, {
      mode: mode === "nearest" ? "nearest" : mode === "bicubic" ? "cubic" : "linear",
      ...(size ? { size: numbers(size) } : { scale: numbers(scale_factor) }),
      alignCorners: align_corners === true,
    }),
  ),
  pixel_shuffle: pooled((x, { upscale_factor }) => nabla.pixelShuffle(x, Number(upscale_factor))),
};
