/** 02a: convolutions. */
import {
  add,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type Padding,
  type Tensor,
  type Triple,
} from "../../../src/index.ts";
import type { Plain } from "../cases.ts";
import type { Adapters, Config } from "./adapter.ts";
import { channelsFirst, channelsLast, extents, filters, numbers } from "./layout.ts";

function padding(value: Plain | undefined): Padding {
  return typeof value === "string" ? (value as Padding) : (extents(value) as Padding);
}

function options({ stride, padding: pad, dilation, groups }: Config) {
  return { stride: extents(stride), padding: padding(pad), dilation: extents(dilation), groups: Number(groups) };
}

function three(value: Plain | undefined): Triple {
  const [depth, height, width] = numbers(value);
  return [depth!, height!, width!];
}

function biased(y: Tensor, bias: Tensor | undefined): Tensor {
  return channelsFirst(bias ? add(y, bias) : y);
}

export const convolutions: Adapters = {
  conv1d: ({ x, weight, bias }, { stride, padding: pad, dilation, groups }) => ({
    y: biased(
      conv1d(channelsLast(x!), filters(weight!), {
        stride: numbers(stride)[0]!,
        padding: typeof pad === "string" ? (pad as "same") : numbers(pad)[0]!,
        dilation: numbers(dilation)[0]!,
        groups: Number(groups),
      }),
      bias,
    ),
  }),
  conv2d: ({ x, weight, bias }, config) => ({
    y: biased(conv2d(channelsLast(x!), filters(weight!), options(config)), bias),
  }),
  conv3d: ({ x, weight, bias }, { stride, padding: pad, dilation, groups }) => ({
    y: biased(
      conv3d(channelsLast(x!), filters(weight!), {
        ...{ stride: three(stride), padding: three(pad), dilation: three(dilation), groups: Number(groups) },
      }),
      bias,
    ),
  }),
  // Weights [in, out / groups, …] there.
  conv_transpose1d: ({ x, weight, bias }, { stride, padding: pad, output_padding, dilation, groups }) => ({
    y: biased(
      convTranspose1d(channelsLast(x!), filters(weight!), {
        ...{ stride: numbers(stride)[0]!, padding: numbers(pad)[0]!, outputPadding: numbers(output_padding)[0]! },
        ...{ dilation: numbers(dilation)[0]!, groups: Number(groups) },
      }),
      bias,
    ),
  }),
  conv_transpose2d: ({ x, weight, bias }, { stride, padding: pad, output_padding, dilation, groups }) => ({
    y: biased(
      convTranspose2d(channelsLast(x!), filters(weight!), {
        ...{ stride: extents(stride), padding: extents(pad), outputPadding: extents(output_padding) },
        ...{ dilation: extents(dilation), groups: Number(groups) },
      }),
      bias,
    ),
  }),
  conv_transpose3d: ({ x, weight, bias }, { stride, padding: pad, output_padding, dilation, groups }) => ({
    y: biased(
      convTranspose3d(channelsLast(x!), filters(weight!), {
        ...{ stride: three(stride), padding: three(pad), outputPadding: three(output_padding) },
        ...{ dilation: three(dilation), groups: Number(groups) },
      }),
      bias,
    ),
  }),
};
