/** Ops that choose along one axis: by index, or by size. */

import { BYTES } from "../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../core/errors.ts";
import { ln } from "../core/math.ts";
import { axisOf, type Shape, sizeOf } from "../core/shape.ts";
import { defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { alongKernels } from "../wasm/kernels.gen.ts";
import { emitCopy } from "./copy.ts";
import { fillWith } from "./fill.ts";
import { gather, outOfRange } from "./gather.ts";
import { slice, transpose } from "./shape.ts";

const MOVE_NS = 1;
const COMPARE_NS = 5;

type Along = { readonly axis: number };

/** A shape seen as [outer, extent, inner] around an axis. */
function around(shape: Shape, axis: number): { outer: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), inner: sizeOf(shape.slice(axis + 1)) };
}

function checkIndex(where: string, x: Tensor, index: Tensor, axis: number): void {
  const fits = x.rank === index.rank && index.shape.every((extent, i) => i === axis || extent === x.shape[i]);
  if (!fits) throw new ShapeError(where, `index must agree with x in all extents but axis ${axis}`, { x, index });
}

const takeAlongOp: Op<[x: Tensor, index: Tensor], Along> = defineOp({
  name: "takeAlong",
  dtypes: ["any", "i32"],
  names: ["x", "index"],
  shape([x, index], { axis }) {
    if (BYTES[x.dtype] < 4) throw new DTypeError("takeAlong", "x must be f32 or i32", x.dtype, 'cast("f32")');
    checkIndex("takeAlong", x, index, axis);
    return [{ shape: index.shape, dtype: x.dtype }];
  },
  lower(program, [x, index], [y], { axis }) {
    const [n, k] = [x.shape[axis]!, index.shape[axis]!];
    const fault = { index: index.ref, explain: outOfRange("takeAlong", "an index", n) };
    const operands = { x: x.ref, index: index.ref, y: y!.ref, n, k, inner: around(x.shape, axis).inner };
    program.emit(alongKernels.takeAlong, operands, y!.size, y!.size * MOVE_NS, fault);
  },
  grad: ([dy], [x, index], _, { axis }) => [() => intoAlongOp([dy!, index], { axis, extent: x.shape[axis]! })[0], () => null],
});

/** The inverse of takeAlong: rows added up in zeros. */
const intoAlongOp: Op<[x: Tensor, index: Tensor], Along & { extent: number }> = defineOp({
  name: "intoAlong",
  dtypes: ["f32", "i32"],
  names: ["x", "index"],
  shape: ([x], { axis, extent }) => [x.shape.with(axis, extent)],
  lower(program, [x, index], [y], { axis, extent: n }) {
    fillWith(program, y!.ref, 0);
    const { outer, inner } = around(x.shape, axis);
    const fault = { index: index.ref, explain: outOfRange("intoAlong", "an index", n) };
    const operands = { x: x.ref, index: index.ref, y: y!.ref, n, k: x.shape[axis]!, inner, add: 1 };
    program.emit(alongKernels.putAlong, operands, outer * inner, x.size * MOVE_NS, fault);
  },
  grad: ([g], [_, index], __, { axis }) => [() => takeAlongOp([g!, index], { axis })[0], () => null],
});

/**
 * Elements chosen along an axis: y[…, j, …] = x[…, index[…, j, …], …]. NumPy's take_along_axis, PyTorch's gather.
 *
 * @param index i32, of x's shape but for the axis  @param axis default −1
 * @throws ValueError on an index out of range
 * @example takeAlong(x, argsort(x))
 */
export const takeAlong: (x: Tensor, index: Tensor, axis?: number) => Tensor = (x, index, axis = -1) =>
  takeAlongOp([x, index], { axis: axisOf("takeAlong", axis, x.rank) })[0];

const putAlongOp: Op<[x: Tensor, index: Tensor, values: Tensor], Along> = defineOp({
  name: "putAlong",
  dtypes: ["f32", "i32", "f32"],
  names: ["x", "index", "values"],
  shape([x, index, values], { axis }) {
    checkIndex("putAlong", x, index, axis);
    if (values.shape.join() !== index.shape.join())
      throw new ShapeError("putAlong", "needs one value for each index", { index, values });
    return [x.shape];
  },
  lower(program, [x, index, values], [y], { axis }) {
    emitCopy(program, x.ref, y!.ref);
    const { outer, inner } = around(x.shape, axis);
    const n = x.shape[axis]!;
    const fault = { index: index.ref, explain: outOfRange("putAlong", "an index", n) };
    const operands = { x: values.ref, index: index.ref, y: y!.ref, n, k: index.shape[axis]!, inner, add: 0 };
    program.emit(alongKernels.putAlong, operands, outer * inner, values.size * MOVE_NS, fault);
  },
  grad: ([dy], [_, index, values], __, { axis }) => [
    () => putAlongOp([dy!, index, values.mul(0).detach()], { axis })[0],
    () => null,
    () => takeAlongOp([dy!, index], { axis })[0],
  ],
});

/**
 * x with elements replaced along an axis: y[…, index[…, j, …], …] = values[…, j, …]; of equal indices the last one wins. PyTorch's scatter.
 *
 * @param index i32, of x's shape but for the axis  @param values f32, of the index' shape  @param axis default −1
 */
export const putAlong: (x: Tensor, index: Tensor, values: Tensor, axis?: number) => Tensor = (x, index, values, axis = -1) =>
  putAlongOp([x, index, values], { axis: axisOf("putAlong", axis, x.rank) })[0];

/** x with values added along an axis where an index says, in order. PyTorch's scatter_add. @param axis default −1 */
export const addAlong: (x: Tensor, index: Tensor, values: Tensor, axis?: number) => Tensor = (x, index, values, axis = -1) => {
  const at = axisOf("addAlong", axis, x.rank);
  checkIndex("addAlong", x, index, at);
  return x.add(intoAlongOp([values, index], { axis: at, extent: x.shape[at]! })[0]);
};

/**
 * Slices chosen along an axis: NumPy's take, PyTorch's index_select. `gather` is the same along axis 0.
 *
 * @param index i32 [k]  @param axis default 0
 */
export const indexSelect: (x: Tensor, index: Tensor, axis?: number) => Tensor = (x, index, axis = 0) => {
  const at = axisOf("indexSelect", axis, x.rank);
  if (index.rank !== 1) throw new ShapeError("indexSelect", "index has one axis", { index });
  return at === 0 ? gather(x, index) : transpose(gather(transpose(x, at, 0), index), at, 0);
};

const argsortOp = defineOp<[x: Tensor], Along & { descending: boolean }>({
  name: "argsort",
  names: ["x"],
  shape: ([x]) => [{ shape: x.shape, dtype: "i32" }],
  lower(program, [x], [index], { axis, descending }) {
    const { outer, inner } = around(x.shape, axis);
    const n = x.shape[axis]!;
    const time = x.size * COMPARE_NS * (n > 1 ? ln(n) : 1);
    const operands = { x: x.ref, index: index!.ref, work: program.temp(2 * x.size), n, inner, descending: descending ? 1 : 0 };
    program.emit(alongKernels.argsort, operands, outer * inner, time);
  },
});

export type SortOptions = {
  /** Default −1. */
  axis?: number;
  /** Largest first. Default false. */
  descending?: boolean;
};

/** Where the elements stand in ascending order along an axis, i32; equal ones keep their order, NaN counts as the largest. */
export const argsort: (x: Tensor, options?: SortOptions) => Tensor = (x, { axis = -1, descending = false } = {}) =>
  argsortOp([x], { axis: axisOf("argsort", axis, x.rank), descending })[0];

/** Elements in ascending order along an axis, and where they stood, i32. Gradients flow back to where they came from. */
export const sort = (x: Tensor, options: SortOptions = {}): { values: Tensor; indices: Tensor } => {
  const indices = argsort(x, options);
  return { values: takeAlong(x, indices, options.axis), indices };
};

/**
 * The k largest along an axis, largest first, and where they stand, i32.
 *
 * @param options axis, default −1; largest: false for the k smallest, smallest first
 * @throws ValueError unless 0 ≤ k ≤ the axis' extent
 */
export const topk = (
  x: Tensor,
  k: number,
  { axis = -1, largest = true }: { axis?: number; largest?: boolean } = {},
): { values: Tensor; indices: Tensor } => {
  const at = axisOf("topk", axis, x.rank);
  const extent = x.shape[at]!;
  if (!(Number.isInteger(k) && k >= 0 && k <= extent)) throw new ValueError("topk", `k is from 0 to ${extent}`, String(k));
  const indices = slice(argsort(x, { axis: at, descending: largest }), 0, k, at);
  return { values: takeAlong(x, indices, at), indices };
};
