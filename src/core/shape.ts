import { ShapeError, ValueError } from "./errors.ts";

/** Extents, outermost first; [] is a single number. Data are row-major: the last axis is the fastest. */
export type Shape = readonly number[];

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; ++i) if (a[i] !== b[i]) return false;
  return true;
}

/** Distances in elements between neighbours along each axis. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; --axis) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** The shape that two operands stretch to: equal extents, or 1 against any, aligned at the last axis. */
export function broadcast(where: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let axis = 0; axis < rank; ++axis) {
    const m = a[a.length - rank + axis] ?? 1;
    const n = b[b.length - rank + axis] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(where, `not broadcastable, ${m} against ${n}`, { a, b }, "reshape, so that extents are equal or 1");
    }
    shape[axis] = m === 1 ? n : m;
  }
  return shape;
}

/** `axis` counted from the front; negative ones count from the end. */
export function axisOf(where: string, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || positive < 0 || positive >= rank) {
    throw new ValueError(where, `axis must be a whole number from ${-rank} to ${rank - 1}`, String(axis));
  }
  return positive;
}

/** Throws unless `shape` is a list of whole numbers ≥ 0. */
export function checkShape(where: string, shape: Shape): Shape {
  for (const extent of shape) {
    if (!Number.isInteger(extent) || extent < 0)
      throw new ValueError(where, "extents are whole numbers ≥ 0", `[${shape.join(", ")}]`);
  }
  return shape;
}
