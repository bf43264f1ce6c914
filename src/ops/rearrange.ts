/** Functions that move, repeat or hide elements, made of the ops in shape.ts. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { axisOf, type Shape, sizeOf } from "../core/shape.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { full } from "./create.ts";
import { gather } from "./gather.ts";
import { where } from "./pointwise.ts";
import { concat, expand, flip, reshape, slice, unsqueeze } from "./shape.ts";

/** Elements shifted along axes; what leaves at one end comes back at the other. @param axes default 0 */
export const roll: (x: Tensor, shifts: number | readonly number[], axes?: number | readonly number[]) => Tensor = (
  x,
  shifts,
  axes = 0,
) => {
  const [by, along] = [[shifts].flat(), [axes].flat()];
  if (by.length !== along.length) throw new ValueError("roll", "needs a shift for each axis", `${by.length} for ${along.length}`);
  return along.reduce<Tensor>((y, given, i) => {
    const axis = axisOf("roll", given, y.rank);
    const extent = y.shape[axis]!;
    if (extent === 0) return y;
    const split = (((-by[i]! % extent) + extent) % extent) + 0;
    return split === 0 ? y : concat([slice(y, split, extent, axis), slice(y, 0, split, axis)], axis);
  }, x);
};

/** What stands outside: a number, the mirror image without the edge, the edge, or the other end. */
export type PadMode = "constant" | "reflect" | "replicate" | "circular";

/** `count` elements that continue x beyond one end of an axis. */
function beyond(x: Tensor, axis: number, count: number, end: "before" | "after", mode: PadMode, value: number): Tensor {
  const extent = x.shape[axis]!;
  const shape = x.shape.with(axis, count);
  if (mode === "constant") return full(shape, value);
  const most = mode === "reflect" ? extent - 1 : mode === "circular" ? extent : extent === 0 ? 0 : Infinity;
  if (count > most) throw new ShapeError("pad", `"${mode}" gives at most ${most} elements along axis ${axis}, not ${count}`, { x });
  const before = end === "before";
  if (mode === "replicate") return expand(before ? slice(x, 0, 1, axis) : slice(x, extent - 1, extent, axis), shape);
  if (mode === "circular") return before ? slice(x, extent - count, extent, axis) : slice(x, 0, count, axis);
  return flip(before ? slice(x, 1, count + 1, axis) : slice(x, extent - 1 - count, extent - 1, axis), axis);
}

/**
 * x with more around it; negative widths take away.
 *
 * @param widths [before, after] for each axis, the last ones if there are fewer than axes
 * @param options mode, default "constant"; value, default 0
 * @throws ShapeError where x is too small to be mirrored or repeated so far
 * @example pad(image, [[1, 1], [1, 1], [0, 0]]) // one pixel around [height, width, channels]
 */
export const pad = (
  x: Tensor,
  widths: readonly (readonly [before: number, after: number])[],
  { mode = "constant", value = 0 }: { mode?: PadMode; value?: number } = {},
): Tensor => {
  if (widths.length > x.rank) throw new ValueError("pad", `has ${x.rank} axes to pad`, `${widths.length} pairs of widths`);
  return widths.reduce<Tensor>((y, [before, after], i) => {
    const axis = x.rank - widths.length + i;
    const extent = y.shape[axis]!;
    if (before + after + extent < 0 || -before > extent || -after > extent)
      throw new ShapeError("pad", `axis ${axis} has not ${-Math.min(before, after)} elements to take away`, { x });
    const kept = before < 0 || after < 0 ? slice(y, Math.max(-before, 0), extent - Math.max(-after, 0), axis) : y;
    const parts = [kept];
    if (before > 0) parts.unshift(beyond(y, axis, before, "before", mode, value));
    if (after > 0) parts.push(beyond(y, axis, after, "after", mode, value));
    return parts.length === 1 ? kept : concat(parts, axis);
  }, x);
};

/** x repeated as a whole along each axis. @param repeats one number an axis @example tile(tensor([1, 2]), [2]) // [1, 2, 1, 2] */
export const tile: (x: Tensor, repeats: readonly number[]) => Tensor = (x, repeats) => {
  if (repeats.length < x.rank) throw new ValueError("tile", `needs a number for each of ${x.rank} axes`, `[${repeats.join(", ")}]`);
  const own: Shape = [...Array<number>(repeats.length - x.rank).fill(1), ...x.shape];
  const apart = own.flatMap((extent) => [1, extent]);
  const whole = own.flatMap((extent, axis) => [repeats[axis]!, extent]);
  const shape = own.map((extent, axis) => extent * repeats[axis]!);
  return reshape(expand(reshape(x, apart), whole), shape);
};

/** Each element repeated along an axis. @example repeatInterleave(tensor([1, 2]), 2) // [1, 1, 2, 2] */
export const repeatInterleave: (x: Tensor, repeats: number, axis?: number) => Tensor = (x, repeats, axis = 0) => {
  const at = axisOf("repeatInterleave", axis, x.rank);
  const extent = x.shape[at]!;
  const apart = expand(unsqueeze(x, at + 1), x.shape.toSpliced(at + 1, 0, repeats));
  return reshape(apart, x.shape.with(at, extent * repeats));
};

/** A constant mask [rows, columns] of 0 and 1. */
function mask(rows: number, columns: number, inside: (row: number, column: number) => boolean): Tensor {
  const data = Float32Array.from({ length: rows * columns }, (_, at) => (inside(Math.floor(at / columns), at % columns) ? 1 : 0));
  return tensor(data, { shape: [rows, columns] });
}

/** x where the mask is 0, a number elsewhere. */
export const maskedFill: (x: Tensor, mask: Tensor, value: number) => Tensor = (x, hidden, value) => where(hidden, value, x);

function triangle(where_: string, x: Tensor, inside: (row: number, column: number) => boolean): Tensor {
  if (x.rank < 2) throw new ShapeError(where_, "needs matrices: at least two axes", { x });
  return where(mask(x.shape[x.rank - 2]!, x.shape[x.rank - 1]!, inside), x, 0);
}
/** The lower triangle of the last two axes, 0 above. @param diagonal the last that is kept: 0 the main one (default), above it > 0 */
export const tril: (x: Tensor, diagonal?: number) => Tensor = (x, diagonal = 0) =>
  triangle("tril", x, (row, column) => column - row <= diagonal);
/** The upper triangle of the last two axes, 0 below. @param diagonal the first that is kept: 0 the main one (default), above it > 0 */
export const triu: (x: Tensor, diagonal?: number) => Tensor = (x, diagonal = 0) =>
  triangle("triu", x, (row, column) => column - row >= diagonal);

/** A vector as the diagonal of a matrix of zeros, or the diagonal of a matrix. @param diagonal 0 the main one (default), above it > 0 */
export const diag: (x: Tensor, diagonal?: number) => Tensor = (x, diagonal = 0) => {
  const [down, right] = [Math.max(-diagonal, 0), Math.max(diagonal, 0)];
  if (x.rank === 1) {
    const square = where(
      mask(x.size, x.size, (row, column) => row === column),
      unsqueeze(x, 1),
      0,
    );
    return pad(
      square,
      [
        [down, right],
        [right, down],
      ].map(([before, after]) => [before!, after!] as const),
    );
  }
  if (x.rank !== 2) throw new ShapeError("diag", "needs a vector or a matrix", { x });
  const [rows, columns] = x.shape as [number, number];
  const length = Math.max(0, Math.min(rows - down, columns - right));
  const places = Int32Array.from({ length }, (_, i) => (i + down) * columns + i + right);
  return gather(reshape(x, [sizeOf(x.shape)]), tensor(places));
};
