/** Tensors from nothing. */
import type { PlainType } from "../core/dtype.ts";
import { ValueError } from "../core/errors.ts";
import { checkShape, type Shape, sizeOf } from "../core/shape.ts";
import { tensor } from "../graph/from.ts";
import { defineOp } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { fillWith } from "./fill.ts";

type Fill = { shape: Shape; value: number; dtype: "f32" | "i32" };

const fullOp = defineOp<[], Fill>({
  name: "full",
  shape: (_, { shape, dtype }) => [{ shape: checkShape("full", shape), dtype }],
  lower: (program, _, [y], { value }) => fillWith(program, y!.ref, value),
});

/** A tensor filled with one number. @param dtype `f32` (default) or `i32` */
export const full: (shape: Shape, value: number, dtype?: "f32" | "i32") => Tensor = (shape, value, dtype = "f32") =>
  fullOp([], { shape, value, dtype })[0];

/** A tensor of zeros. */
export const zeros: (shape: Shape, dtype?: "f32" | "i32") => Tensor = (shape, dtype) => full(shape, 0, dtype);

/** A tensor of ones. */
export const ones: (shape: Shape, dtype?: "f32" | "i32") => Tensor = (shape, dtype) => full(shape, 1, dtype);

/** Whole numbers 0, 1, … n − 1, or from `start` below `end`. @param dtype default i32, to index with */
export const arange: (start: number, end?: number, dtype?: PlainType) => Tensor = (start, end, dtype = "i32") => {
  const [from, to] = end === undefined ? [0, start] : [start, end];
  if (!Number.isInteger(from) || !Number.isInteger(to) || to < from)
    throw new ValueError("arange", "needs whole numbers, start ≤ end", `${from}, ${to}`);
  return tensor(
    Int32Array.from({ length: to - from }, (_, i) => from + i),
    { dtype },
  );
};

/** `count` numbers from `start` to `end`, both included, equally far apart. */
export const linspace: (start: number, end: number, count: number) => Tensor = (start, end, count) => {
  if (!Number.isInteger(count) || count < 0) throw new ValueError("linspace", "count is a whole number ≥ 0", String(count));
  const step = count > 1 ? (end - start) / (count - 1) : 0;
  return tensor(Float32Array.from({ length: count }, (_, i) => (i === count - 1 && count > 1 ? end : start + i * step)));
};

/** The identity matrix [n, n]. */
export const eye: (n: number) => Tensor = (n) => {
  const data = new Float32Array(sizeOf(checkShape("eye", [n, n])));
  for (let i = 0; i < n; ++i) data[i * n + i] = 1;
  return tensor(data, { shape: [n, n] });
};
