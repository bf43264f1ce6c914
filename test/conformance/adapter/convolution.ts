/** 02a: convolutions. */
import { add, conv1d, conv2d, type Padding, type Tensor } from "../../../src/index.ts";
import type { Plain } from "../cases.ts";
import type { Adapters, Config } from "./adapter.ts";
import { channelsFirst, channelsLast, extents, filters, numbers } from "./layout.ts";

function padding(value: Plain | undefined): Padding {
  return typeof value === "string" ? (value as Padding) : (extents(value) as Padding);
}

function options({ stride, padding: pad, dilation, groups }: Config) {
  return { stride: extents(stride), padding: padding(pad), dilation: extents(dilation), groups: Number(groups) };
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
};
