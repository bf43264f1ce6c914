/** Windows that move over images [batch, height, width, channels]: what convolution and pooling have in common. */
import { ShapeError, ValueError } from "../core/errors.ts";

/** One number for both directions, or [vertical, horizontal]. */
export type Pair = number | readonly [vertical: number, horizontal: number];

/**
 * Pixels around the image: one number for all sides, [vertical, horizontal], or [top, bottom, left, right]. "valid" is none, "same"
 * gives ⌈size / stride⌉ windows, what is odd at the bottom and on the right.
 */
export type Padding =
  | "same"
  | "valid"
  | number
  | readonly [vertical: number, horizontal: number]
  | readonly [top: number, bottom: number, left: number, right: number];

type Two = readonly [vertical: number, horizontal: number];

/** A window over images of one size, everything in numbers. */
export type Window = {
  readonly kernel: Two;
  readonly stride: Two;
  readonly dilation: Two;
  /** Padding at the top and on the left, at the bottom and on the right. */
  readonly before: Two;
  readonly after: Two;
  readonly input: Two;
  readonly output: Two;
};

/** Both directions of an option, each a whole number from `least` on. */
export function pairOf(where: string, what: string, value: Pair, least = 1): Two {
  const pair: Two = typeof value === "number" ? [value, value] : value;
  if (pair.length !== 2 || !pair.every((n) => Number.isInteger(n) && n >= least))
    throw new ValueError(where, `${what} must be a whole number from ${least} on, or two: [vertical, horizontal]`, `${value}`);
  return pair;
}

/** Pixels before and after the image along one axis. */
function sidesOf(where: string, padding: Padding, axis: 0 | 1, size: number, reach: number, stride: number): Two {
  if (padding === "valid") return [0, 0];
  if (padding === "same") {
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  const list: readonly number[] = typeof padding === "number" ? [padding, padding] : padding;
  const four = list.length === 2 ? [list[0]!, list[0]!, list[1]!, list[1]!] : list;
  if (four.length !== 4 || !four.every((n) => Number.isInteger(n) && n >= 0)) {
    const rule = 'padding must be "same", "valid", a whole number, [vertical, horizontal] or [top, bottom, left, right]';
    throw new ValueError(where, rule, `${padding}`);
  }
  return [four[2 * axis]!, four[2 * axis + 1]!];
}

/**
 * The window as numbers.
 * @throws ValueError on an option that is none, ShapeError when the window exceeds the padded image
 */
export function windowOver(
  where: string,
  input: Two,
  kernel: Two,
  options: { readonly stride: Pair; readonly dilation: Pair; readonly padding: Padding; readonly ceilMode?: boolean },
): Window {
  const stride = pairOf(where, "stride", options.stride);
  const dilation = pairOf(where, "dilation", options.dilation);
  const along = (axis: 0 | 1): { before: number; after: number; size: number } => {
    const reach = (kernel[axis] - 1) * dilation[axis] + 1;
    const [before, after] = sidesOf(where, options.padding, axis, input[axis], reach, stride[axis]);
    const padded = before + input[axis] + after;
    if (reach < 1 || padded < reach || input[axis] === 0) {
      const rule = `the window reaches over ${reach} of ${padded} pixels ${axis ? "across" : "down"}`;
      throw new ShapeError(where, rule, { image: input, window: kernel });
    }
    const steps = (padded - reach) / stride[axis];
    const most = Math.ceil((before + input[axis]) / stride[axis]); // the last window begins inside the image, or before it
    return { before, after, size: options.ceilMode ? Math.min(Math.ceil(steps) + 1, most) : Math.floor(steps) + 1 };
  };
  const [y, x] = [along(0), along(1)];
  const sides = { before: [y.before, x.before], after: [y.after, x.after] } as const;
  return { kernel, stride, dilation, ...sides, input, output: [y.size, x.size] };
}
