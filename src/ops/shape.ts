/** Ops that move numbers and compute nothing. */
import { BYTES } from "../core/dtype.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { axisOf, broadcast, checkShape, type Shape, sameShape, sizeOf, stridesOf } from "../core/shape.ts";
import { defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Program, Ref } from "../wasm/program.ts";
import { emitCopy } from "./copy.ts";
import { fillWith } from "./fill.ts";
import { sumTo } from "./reduce.ts";

/** Axes of a walk over memory: extent and stride in elements, outermost first. */
type Walk = { extents: number[]; strides: number[] };

/** Most axes that the strided kernels take. */
const WALK_AXES = 6;
/** Nanoseconds an element takes to move. */
const MOVE_NS = 0.4;

/** The same walk in as few axes as possible: extents of 1 go, neighbours that follow each other in memory merge. */
function shorten(where: string, { extents, strides }: Walk): { d: number[]; s: number[] } {
  const d: number[] = [];
  const s: number[] = [];
  for (const [axis, extent] of extents.entries()) {
    if (extent === 1) continue;
    const stride = strides[axis]!;
    const last = d.length - 1;
    if (last >= 0 && s[last] === stride * extent) {
      d[last]! *= extent;
      s[last] = stride;
    } else {
      d.push(extent);
      s.push(stride);
    }
  }
  if (d.length > WALK_AXES)
    throw new ShapeError(where, `at most ${WALK_AXES} axes that do not lie side by side`, { shape: extents });
  while (d.length < WALK_AXES) {
    d.unshift(1);
    s.unshift(0);
  }
  return { d, s };
}

function walkOperands(where: string, offset: number, walk: Walk) {
  const { d, s } = shorten(where, walk);
  const [, d1, d2, d3, d4, d5] = d as [number, number, number, number, number, number];
  const [s0, s1, s2, s3, s4, s5] = s as [number, number, number, number, number, number];
  return { offset, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5 };
}

/** Reads x along a walk into a contiguous y: words, or bytes, of which an element may have several. */
function emitStrided(program: Program, where: string, x: Tensor, y: Tensor, offset: number, walk: Walk): void {
  const bytes = BYTES[x.dtype] % 4;
  const { extents, strides } = walk;
  const inBytes = { extents: [...extents, bytes], strides: [...strides.map((stride) => stride * bytes), 1] };
  const operands = { x: x.ref, y: y.ref, ...walkOperands(where, offset * (bytes || 1), bytes ? inBytes : walk) };
  const items = sizeOf(extents) * (bytes || 1);
  program.emit(bytes ? "strided8" : "strided", operands, items, items * MOVE_NS);
}

/** Writes a contiguous x along a walk into y. */
function emitPlace(program: Program, where: string, x: Tensor, y: Ref, offset: number, walk: Walk): void {
  const items = sizeOf(walk.extents);
  program.emit("place", { x: x.ref, y, ...walkOperands(where, offset, walk) }, items, items * MOVE_NS);
}

const reshapeOp = defineOp<[x: Tensor], { shape: Shape }>({
  name: "reshape",
  dtypes: ["any"],
  view: true,
  shape([x], { shape }) {
    if (sizeOf(shape) !== x.size) throw new ShapeError("reshape", `${x.size} elements do not fill the new shape`, { x, shape });
    return [{ shape, dtype: x.dtype }];
  },
  lower: (program, [x], [y]) => emitCopy(program, x.ref, y!.ref),
  grad: ([dy], [x]) => [() => reshape(dy!, x.shape)],
});

/**
 * The same numbers in another shape.
 *
 * @param shape extents; one of them may be −1: what remains
 * @throws ShapeError when the number of elements differs
 * @example tensor([1, 2, 3, 4]).reshape([2, -1])
 */
export const reshape: (x: Tensor, shape: Shape) => Tensor = (x, shape) => {
  const open = shape.indexOf(-1);
  if (open < 0) return reshapeOp([x], { shape: checkShape("reshape", shape) })[0];
  const rest = sizeOf(shape.filter((_, axis) => axis !== open));
  const extent = rest === 0 ? 0 : x.size / rest;
  if (!Number.isInteger(extent))
    throw new ShapeError("reshape", `${x.size} elements do not divide by the other extents`, { x, shape });
  const found = shape.map((old, axis) => (axis === open ? extent : old));
  return reshapeOp([x], { shape: checkShape("reshape", found) })[0];
};

/** The same tensor as a new node of the graph. */
export const alias: (x: Tensor) => Tensor = (x) => reshapeOp([x], { shape: x.shape })[0];

/**
 * All axes from `start` on as one: [n, a, b, c] → [n, a·b·c].
 *
 * @param start default 1: the batch axis stays
 */
export const flatten: (x: Tensor, start?: number) => Tensor = (x, start = 1) => {
  const from = x.rank === 0 ? 0 : axisOf("flatten", start, x.rank + 1);
  return reshape(x, [...x.shape.slice(0, from), sizeOf(x.shape.slice(from))]);
};

/** Without the axes of extent 1, or without the one given. */
export const squeeze: (x: Tensor, axis?: number) => Tensor = (x, axis) => {
  if (axis === undefined)
    return reshape(
      x,
      x.shape.filter((extent) => extent !== 1),
    );
  const at = axisOf("squeeze", axis, x.rank);
  if (x.shape[at] !== 1) throw new ShapeError("squeeze", `axis ${at} has not extent 1`, { x });
  return reshape(x, x.shape.toSpliced(at, 1));
};

/** With an axis of extent 1 more, in front of `axis`. */
export const unsqueeze: (x: Tensor, axis: number) => Tensor = (x, axis) => {
  const at = axisOf("unsqueeze", axis, x.rank + 1);
  return reshape(x, x.shape.toSpliced(at, 0, 1));
};

const permuteOp: Op<[x: Tensor], { axes: readonly number[] }> = defineOp({
  name: "permute",
  dtypes: ["any"],
  shape([x], { axes }) {
    const complete = axes.length === x.rank && new Set(axes).size === x.rank;
    if (!complete) throw new ValueError("permute", `needs each of the ${x.rank} axes once`, `[${axes.join(", ")}]`);
    return [{ shape: axes.map((axis) => x.shape[axis]!), dtype: x.dtype }];
  },
  lower(program, [x], [y], { axes }) {
    const strides = stridesOf(x.shape);
    emitStrided(program, "permute", x, y!, 0, { extents: [...y!.shape], strides: axes.map((axis) => strides[axis]!) });
  },
  grad: ([dy], _, __, { axes }) => [() => permuteOp([dy!], { axes: axes.map((_axis, i) => axes.indexOf(i)) })[0]],
});

/** Axes in another order: axis i of the result is axis `axes[i]` of x. */
export const permute: (x: Tensor, axes: readonly number[]) => Tensor = (x, axes) =>
  permuteOp([x], { axes: axes.map((axis) => axisOf("permute", axis, x.rank)) })[0];

/** Two axes exchanged; by default the last two. */
export const transpose: (x: Tensor, a?: number, b?: number) => Tensor = (x, a = -2, b = -1) => {
  const axes = x.shape.map((_, axis) => axis);
  const [i, j] = [axisOf("transpose", a, x.rank), axisOf("transpose", b, x.rank)];
  [axes[i], axes[j]] = [j, i];
  return permuteOp([x], { axes })[0];
};

const expandOp = defineOp<[x: Tensor], { shape: Shape }>({
  name: "expand",
  dtypes: ["any"],
  shape([x], { shape }) {
    if (!sameShape(broadcast("expand", x.shape, shape), shape))
      throw new ShapeError("expand", "does not stretch to the shape", { x, shape });
    return [{ shape, dtype: x.dtype }];
  },
  lower(program, [x], [y], { shape }) {
    const own = stridesOf(x.shape);
    const strides = shape.map((extent, axis) => {
      const at = axis - (shape.length - x.rank);
      return at < 0 || (x.shape[at] === 1 && extent !== 1) ? 0 : own[at]!;
    });
    emitStrided(program, "expand", x, y!, 0, { extents: [...shape], strides });
  },
  grad: ([dy], [x]) => [() => sumTo(dy!, x.shape)],
});

/** Stretched to a shape it broadcasts to, as a copy. */
export const expand: (x: Tensor, shape: Shape) => Tensor = (x, shape) =>
  sameShape(x.shape, shape) ? x : expandOp([x], { shape: checkShape("expand", shape) })[0];

type Range = { axis: number; start: number; length: number; step: number };

/** How a part of [.., length, ..] lies in a whole of [.., extent, ..], every `step`-th of an axis. */
function walkOfPart(whole: Shape, part: Shape, axis = 0, step = 1): Walk {
  const strides = stridesOf(whole);
  return { extents: [...part], strides: strides.with(axis, strides[axis]! * step) };
}

const sliceOp: Op<[x: Tensor], Range> = defineOp({
  name: "slice",
  dtypes: ["any"],
  shape: ([x], { axis, length }) => [{ shape: x.shape.with(axis, length), dtype: x.dtype }],
  lower(program, [x], [y], { axis, start, step }) {
    emitStrided(program, "slice", x, y!, start * stridesOf(x.shape)[axis]!, walkOfPart(x.shape, y!.shape, axis, step));
  },
  grad: ([dy], [x], _, range) => [() => embedOp([dy!], { ...range, length: x.shape[range.axis]! })[0]],
});

/** The inverse of slice: x inside zeros. */
const embedOp: Op<[x: Tensor], Range> = defineOp({
  name: "embed",
  shape: ([x], { axis, length }) => [x.shape.with(axis, length)],
  lower(program, [x], [y], { axis, start, step }) {
    fillWith(program, y!.ref, 0);
    emitPlace(program, "embed", x, y!.ref, start * stridesOf(y!.shape)[axis]!, walkOfPart(y!.shape, x.shape, axis, step));
  },
  grad: ([dy], [x], _, range) => [() => sliceOp([dy!], { ...range, length: x.shape[range.axis]! })[0]],
});

/**
 * Elements `start` to `end` (not included) along one axis.
 *
 * @param end default: the axis' end; negative numbers count from there
 * @param axis default 0
 * @param step default 1: every element; a whole number > 0
 */
export const slice: (x: Tensor, start: number, end?: number, axis?: number, step?: number) => Tensor = (
  x,
  start,
  end,
  axis = 0,
  step = 1,
) => {
  const at = axisOf("slice", axis, x.rank);
  const extent = x.shape[at]!;
  const from = start < 0 ? start + extent : start;
  const to = end === undefined ? extent : end < 0 ? end + extent : end;
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to > extent || to < from) {
    throw new ValueError("slice", `needs 0 ≤ start ≤ end ≤ ${extent} along axis ${at}`, `${start} to ${end ?? "the end"}`);
  }
  if (!Number.isInteger(step) || step < 1) throw new ValueError("slice", "step is a whole number > 0", String(step));
  return sliceOp([x], { axis: at, start: from, length: Math.ceil((to - from) / step), step })[0];
};

/** In reverse along the given axes. @param axes default all */
export const flip: (x: Tensor, axes?: number | readonly number[]) => Tensor = (x, axes = x.shape.map((_, axis) => axis)) =>
  [axes].flat().reduce<Tensor>((y, given) => {
    const axis = axisOf("flip", given, x.rank);
    const length = y.shape[axis]!;
    return length === 0 ? y : sliceOp([y], { axis, start: length - 1, length, step: -1 })[0];
  }, x);

const concatOp = defineOp<readonly Tensor[], { axis: number }>({
  name: "concat",
  dtypes: ["any"],
  shape(parts, { axis }) {
    const [first] = parts;
    let extent = 0;
    for (const [i, part] of parts.entries()) {
      const fits =
        part.rank === first!.rank && part.dtype === first!.dtype && part.shape.every((n, d) => d === axis || n === first!.shape[d]);
      if (!fits)
        throw new ShapeError("concat", `parts must agree in type and in all extents but axis ${axis}; part ${i} does not`, {
          first: first!,
          part,
        });
      extent += part.shape[axis]!;
    }
    return [{ shape: first!.shape.with(axis, extent), dtype: first!.dtype }];
  },
  lower(program, parts, [y], { axis }) {
    const stride = stridesOf(y!.shape)[axis]!;
    let at = 0;
    for (const part of parts) {
      emitPlace(program, "concat", part, y!.ref, at * stride, walkOfPart(y!.shape, part.shape));
      at += part.shape[axis]!;
    }
  },
  grad([dy], parts, _, { axis }) {
    let at = 0;
    return parts.map((part) => {
      const start = at;
      at += part.shape[axis]!;
      return () => sliceOp([dy!], { axis, start, length: part.shape[axis]!, step: 1 })[0];
    });
  },
});

/**
 * Tensors joined along an axis they all have.
 *
 * @param axis default 0
 */
export const concat: (parts: readonly Tensor[], axis?: number) => Tensor = (parts, axis = 0) => {
  if (parts.length === 0) throw new ValueError("concat", "needs at least one tensor", "none");
  if (BYTES[parts[0]!.dtype] < 4) throw new ValueError("concat", "joins f32 and i32", parts[0]!.dtype, 'cast("f32")');
  return concatOp(parts, { axis: axisOf("concat", axis, parts[0]!.rank) })[0];
};

const sectionsOp = defineOp<[x: Tensor], { axis: number; sizes: readonly number[] }>({
  name: "sections",
  dtypes: ["any"],
  shape: ([x], { axis, sizes }) => sizes.map((size) => ({ shape: x.shape.with(axis, size), dtype: x.dtype })),
  lower(program, [x], parts, { axis }) {
    const stride = stridesOf(x.shape)[axis]!;
    let at = 0;
    for (const part of parts) {
      emitStrided(program, "sections", x, part, at * stride, walkOfPart(x.shape, part.shape));
      at += part.shape[axis]!;
    }
  },
  grad: (gradients, _, __, { axis }) => [() => concat(gradients, axis)],
});

/** Consecutive parts of the given sizes along an axis. @throws ShapeError unless they add up @example sections(x, [2, 3], 1) */
export const sections: (x: Tensor, sizes: readonly number[], axis?: number) => readonly Tensor[] = (x, sizes, axis = 0) => {
  const at = axisOf("sections", axis, x.rank);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== x.shape[at]) throw new ShapeError("sections", `sizes ${sizes.join(" + ")} do not add up along axis ${at}`, { x });
  return sizes.length === 0 ? [] : sectionsOp([x], { axis: at, sizes });
};

/** Tensors of one shape, side by side along a new axis. */
export const stack: (parts: readonly Tensor[], axis?: number) => Tensor = (parts, axis = 0) =>
  concat(
    parts.map((part) => unsqueeze(part, axis)),
    axis,
  );

/** The same numbers, with nothing of how they were computed: no gradient flows through. */
export const detach: (x: Tensor) => Tensor = (x) => {
  const y = alias(x);
  y.node = null;
  return y;
};
