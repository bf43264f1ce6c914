/** Ops that make one number of many. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { axisOf, type Shape, sameShape, sizeOf } from "../core/shape.ts";
import { defineOp, type OpDefinition } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Program, Ref } from "../wasm/program.ts";
import { abs, add, div, equal, exp, log, mul, notEqual, pow, sqrt, square, sub, where } from "./pointwise.ts";
import { detach, expand, permute, reshape } from "./shape.ts";

/** Which axes to reduce: one, several, or by default all of them; negative ones count from the end. */
export type Axes = number | readonly number[];
export type ReduceOptions = {
  /** Keep reduced axes with extent 1. Default false. */
  keepDims?: boolean;
};

/** x seen as [outer, n, inner], reduced over n. */
type Middle = { readonly outer: number; readonly n: number; readonly inner: number };
type Kernel = "sum" | "sumSquares" | "prod" | "max" | "min";

/** Nanoseconds an element takes. */
const ELEMENT_NS = 0.15;
/** Long reductions go in two stages, the first over blocks that threads can share: their length divides n and is between these. */
const SHORTEST_BLOCK = 512;
const LONGEST_BLOCK = 8192;

function blockOf(n: number): number {
  if (n <= LONGEST_BLOCK) return n;
  for (let block = LONGEST_BLOCK; block >= SHORTEST_BLOCK; --block) if (n % block === 0) return block;
  return n;
}

/** @param over what sums are divided by */
function emitReduce(program: Program, kernel: Kernel, x: Ref, y: Ref, { outer, n, inner }: Middle, over = 1): void {
  const block = blockOf(n);
  const blocks = n / block;
  const time = outer * n * inner * ELEMENT_NS;
  const emit = (name: Kernel, operands: Middle & { x: Ref; y: Ref }, divisor: number, nanoseconds?: number): void => {
    const items = operands.outer * operands.inner;
    if (name === "sum" || name === "sumSquares") program.emit(name, { ...operands, over: divisor }, items, nanoseconds);
    else program.emit(name, operands, items, nanoseconds);
  };
  if (n === 0 || blocks === 1) {
    emit(kernel, { x, y, outer, n, inner }, over, time);
    return;
  }
  const partial = program.temp(outer * blocks * inner);
  emit(kernel, { x, y: partial, outer: outer * blocks, n: block, inner }, 1, time);
  emit(kernel === "sumSquares" ? "sum" : kernel, { x: partial, y, outer, n: blocks, inner }, over);
}

/** Stretches a reduced value back over the axis it was reduced along. */
function spread(y: Tensor, x: Tensor, { outer, n, inner }: Middle): Tensor {
  return reshape(expand(reshape(y, [outer, 1, inner]), [outer, n, inner]), x.shape);
}

type Reduce = { kernel: Kernel; mean: boolean };

function define(
  name: string,
  grad: NonNullable<OpDefinition<[Tensor], Middle>["grad"]>,
  { kernel, mean }: Reduce = { kernel: name as Kernel, mean: false },
) {
  return defineOp<[x: Tensor], Middle>({
    name,
    shape([x], { outer, n, inner }) {
      if (n === 0 && (kernel === "max" || kernel === "min"))
        throw new ShapeError(name, "nothing to choose from along an empty axis", { x });
      return [[outer, inner]];
    },
    lower: (program, [x], [y], middle) => emitReduce(program, kernel, x.ref, y!.ref, middle, mean ? middle.n : 1),
    grad,
  });
}

/** Ties share the gradient equally, as in PyTorch's amax and amin. */
const extremeGrad: NonNullable<OpDefinition<[Tensor], Middle>["grad"]> = ([dy], [x], [y], middle) => [
  () => {
    const hits = equal(detach(x), spread(detach(y!), x, middle));
    const count = sumOp([hits], middle)[0];
    return mul(hits, spread(div(dy!, count), x, middle));
  },
];

const sumOp = define("sum", ([dy], [x], _, middle) => [() => spread(dy!, x, middle)]);
const meanOp = define("mean", ([dy], [x], _, middle) => [() => spread(div(dy!, middle.n), x, middle)], {
  kernel: "sum",
  mean: true,
});
const meanSquareOp = define(
  "meanSquare",
  ([dy], [x], _, { outer, n, inner }) => [
    () => {
      const slope = reshape(mul(div(dy!, n), 2), [outer, 1, inner]);
      return reshape(mul(reshape(x, [outer, n, inner]), slope), x.shape);
    },
  ],
  { kernel: "sumSquares", mean: true },
);
const maxOp = define("max", extremeGrad);
const minOp = define("min", extremeGrad);
/** dx = dy·Π of the others, without dividing by zero: where exactly one factor is 0, only that one has a gradient. */
const prodOp = define("prod", ([dy], [x], _, middle) => [
  () => {
    const zero = equal(x, 0);
    const zeros = spread(sumOp([zero], middle)[0], x, middle);
    const others = spread(prodOp([where(zero, 1, x)], middle)[0], x, middle);
    const without = where(zero, mul(others, equal(zeros, 1)), mul(div(others, where(zero, 1, x)), equal(zeros, 0)));
    return mul(without, spread(dy!, x, middle));
  },
]);

/** Axes to reduce, ascending and each once. */
function axesOf(where: string, x: Tensor, axes: Axes | undefined): number[] {
  if (axes === undefined) return x.shape.map((_, axis) => axis);
  const list = (typeof axes === "number" ? [axes] : axes).map((axis) => axisOf(where, axis, x.rank));
  return [...new Set(list)].sort((a, b) => a - b);
}

/** The axes to reduce side by side, and x seen as [outer, n, inner] around them. */
function gather(where: string, x: Tensor, axes: Axes | undefined): { x: Tensor; middle: Middle; kept: Shape; shape: Shape } {
  const list = axesOf(where, x, axes);
  const shape = x.shape.filter((_, axis) => !list.includes(axis));
  const kept = x.shape.map((extent, axis) => (list.includes(axis) ? 1 : extent));
  const first = list[0] ?? x.rank;
  const adjacent = list.every((axis, i) => axis === first + i);
  const n = sizeOf(list.map((axis) => x.shape[axis]!));
  if (adjacent) {
    const middle = { outer: sizeOf(x.shape.slice(0, first)), n, inner: sizeOf(x.shape.slice(first + list.length)) };
    return { x, middle, kept, shape };
  }
  const others = x.shape.map((_, axis) => axis).filter((axis) => !list.includes(axis));
  return { x: permute(x, [...others, ...list]), middle: { outer: sizeOf(shape), n, inner: 1 }, kept, shape };
}

type Reduction = (x: Tensor, axes?: Axes, options?: ReduceOptions) => Tensor;

function reduction(name: string, op: typeof sumOp): Reduction {
  return (x, axes, { keepDims = false } = {}) => {
    const { x: gathered, middle, kept, shape } = gather(name, x, axes);
    return reshape(op([gathered], middle)[0], keepDims ? kept : shape);
  };
}

/** Sum over axes. Blockwise, so that an f32 sum of many stays exact to about 10⁻⁷. @example x.sum(0) */
export const sum: Reduction = reduction("sum", sumOp);
/** Product over axes. */
export const prod: Reduction = reduction("prod", prodOp);
/** Largest over axes; NaN if there is one. Ties share the gradient. @throws ShapeError along an empty axis */
export const max: Reduction = reduction("max", maxOp);
/** Smallest over axes; NaN if there is one. Ties share the gradient. @throws ShapeError along an empty axis */
export const min: Reduction = reduction("min", minOp);

/** Mean over axes; NaN over none. */
export const mean: Reduction = reduction("mean", meanOp);
/** Mean of the squares over axes; NaN over none. */
export const meanSquare: Reduction = reduction("meanSquare", meanSquareOp);

/** Σ (x − mean)² / (n − correction) over axes. @param correction default 1: the unbiased estimate */
export const variance: (x: Tensor, axes?: Axes, options?: ReduceOptions & { correction?: number }) => Tensor = (
  x,
  axes,
  { correction = 1, ...options } = {},
) => {
  const count = sizeOf(axesOf("variance", x, axes).map((axis) => x.shape[axis]!));
  const centred = sub(x, mean(x, axes, { keepDims: true }));
  return div(sum(square(centred), axes, options), count - correction);
};

export type NormOptions = ReduceOptions & {
  /** 2: √Σx²; 1: Σ|x|; Infinity: max |x|; 0: how many are not 0; else (Σ|x|ᵖ)^(1/p). Default 2. */
  p?: number;
};

/** The p-th root of a sum of p-th powers. Its derivative where all are 0 is 0. */
function rootOf(total: Tensor, p: number): Tensor {
  const zero = equal(total, 0);
  const safe = where(zero, 1, total);
  return where(zero, 0, p === 2 ? sqrt(safe) : pow(safe, 1 / p));
}

/**
 * Norm over axes, Euclidean unless `p` says otherwise; its derivative at 0 is 0.
 *
 * @throws ValueError when p is below 0 or NaN
 * @example x.norm(-1, { keepDims: true })
 */
export const norm: (x: Tensor, axes?: Axes, options?: NormOptions) => Tensor = (x, axes, { p = 2, ...options } = {}) => {
  if (!(p >= 0)) throw new ValueError("norm", "p is a number ≥ 0", String(p));
  if (p === 0) return sum(notEqual(x, 0), axes, options);
  if (p === 1) return sum(abs(x), axes, options);
  if (p === Infinity) return max(abs(x), axes, options);
  return rootOf(sum(p === 2 ? square(x) : pow(abs(x), p), axes, options), p);
};

/** log Σ exp(x) over axes, without overflow. */
export const logSumExp: Reduction = (x, axes, { keepDims = false } = {}) => {
  const largest = detach(max(x, axes, { keepDims: true }));
  const top = where(equal(abs(largest), Infinity), 0, largest); // ∞ − ∞ is NaN
  const y = add(log(sum(exp(sub(x, top)), axes, { keepDims: true })), top);
  return keepDims ? y : reshape(y, gather("logSumExp", x, axes).shape);
};

/** Sums `x` down to a shape that it was stretched from: the gradient of broadcasting. */
export const sumTo: (x: Tensor, shape: Shape) => Tensor = (x, shape) => {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.rank - shape.length;
  const axes = x.shape.flatMap((extent, axis) => (axis < lead || (shape[axis - lead] === 1 && extent !== 1) ? [axis] : []));
  return reshape(axes.length === 0 ? x : sum(x, axes), shape);
};

function defineArg(name: "argmax" | "argmin") {
  const op = defineOp<[x: Tensor], Middle>({
    name,
    shape([x], { outer, n, inner }) {
      if (n === 0) throw new ShapeError(name, "nothing to choose from along an empty axis", { x });
      return [{ shape: [outer, inner], dtype: "i32" }];
    },
    lower: (program, [x], [y], { outer, n, inner }) =>
      program.emit(name, { x: x.ref, y: y!.ref, outer, n, inner }, outer * inner, outer * n * inner * ELEMENT_NS),
  });
  return (x: Tensor, axis = -1): Tensor => {
    const { middle, shape } = gather(name, x, axisOf(name, axis, x.rank));
    return reshape(op([x], middle)[0], shape);
  };
}

/** Index of the largest along an axis, i32; of equals the first, of NaN the first NaN. @param axis default −1 */
export const argmax: (x: Tensor, axis?: number) => Tensor = defineArg("argmax");
/** Index of the smallest along an axis, i32; of equals the first, of NaN the first NaN. @param axis default −1 */
export const argmin: (x: Tensor, axis?: number) => Tensor = defineArg("argmin");
