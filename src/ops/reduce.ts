/** Ops that make one number of many. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { axisOf, type Shape, sameShape, sizeOf } from "../core/shape.ts";
import { defineOp, type OpDefinition } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { productKernels } from "../wasm/kernels.gen.ts";
import type { Program, Ref } from "../wasm/program.ts";
import * as TUNE from "../wasm/tune.gen.ts";
import { abs, add, div, equal, exp, greater, log, mul, notEqual, pow, sqrt, square, sub, where } from "./pointwise.ts";
import { detach, expand, reshape } from "./shape.ts";

/** Which axes to reduce: one, several, or by default all of them; negative ones count from the end. */
export type Axes = number | readonly number[];
export type ReduceOptions = {
  /** Keep reduced axes with extent 1. Default false. */
  keepDims?: boolean;
};

/** x seen as [outer, n, inner], reduced over n. */
type Middle = { readonly outer: number; readonly n: number; readonly inner: number };
type Kernel = "sum" | "sumSquares" | "prod" | "max" | "min";
/** `other` gives a kernel that is not in the core. */
type Reducer = { readonly kernel: Kernel; readonly other?: () => typeof productKernels.prod };
/** What joins the results of blocks: assembly/reduce/steps.ts. */
const JOINS: { readonly [K in Kernel]: number } = { sum: 0, sumSquares: 0, prod: 2, max: 3, min: 4 };

/** Nanoseconds an element takes. */
const ELEMENT_NS = 0.1;

/**
 * Reduces one axis of three. Long ones go by blocks; whether they do depends on the axis alone, so that no bit depends on the others.
 * @param over what sums are divided by
 */
function emitMiddle(program: Program, { kernel, other }: Reducer, x: Ref, y: Ref, { outer, n, inner }: Middle, over: number): void {
  const most = inner === 1 ? TUNE.ROW_BLOCK : TUNE.COLUMN_BLOCK;
  const block = Math.min(n, most);
  const blocks = n > most ? Math.ceil(n / most) : 1;
  const to = blocks === 1 ? y : program.temp(2 * outer * blocks * inner); // f64
  const operands = { x, y: to, outer, n, inner, block };
  const [items, time] = [outer * blocks * inner, outer * n * inner * ELEMENT_NS];
  if (kernel === "sum" || kernel === "sumSquares") program.emit(kernel, { ...operands, over }, items, time);
  else program.emit<"prod" | "max" | "min">(kernel === "prod" ? other!() : kernel, operands, items, time);
  if (blocks > 1) program.emit("joinBlocks", { partial: to, y, op: JOINS[kernel], blocks, inner, over }, outer * inner, items);
}

/** The reductions of one axis of three that make up that of several: neighbours at once, the last ones first. */
function stagesOf(shape: Shape, axes: readonly number[]): Middle[] {
  const runs: { extent: number; isReduced: boolean }[] = [];
  for (const [axis, extent] of shape.entries()) {
    const isReduced = axes.includes(axis);
    const last = runs.at(-1);
    if (extent === 1) continue;
    if (last?.isReduced === isReduced) last.extent *= extent;
    else runs.push({ extent, isReduced });
  }
  // Of one element each, as of one axis of extent 1.
  if (!runs.some(({ isReduced }) => isReduced)) return [{ outer: sizeOf(shape), n: 1, inner: 1 }];
  const stages: Middle[] = [];
  for (let at = runs.length - 1; at >= 0; --at) {
    if (!runs[at]!.isReduced) continue;
    const kept = runs.slice(at + 1).filter(({ isReduced }) => !isReduced);
    const before = runs.slice(0, at).map(({ extent }) => extent);
    stages.push({ outer: sizeOf(before), n: runs[at]!.extent, inner: sizeOf(kept.map(({ extent }) => extent)) });
  }
  return stages;
}

function emitReduce(program: Program, reducer: Reducer, x: Tensor, y: Tensor, axes: readonly number[], over: number): void {
  const stages = stagesOf(x.shape, axes);
  let from = x.ref;
  for (const [i, stage] of stages.entries()) {
    const isLast = i === stages.length - 1;
    const to = isLast ? y.ref : program.temp(stage.outer * stage.inner);
    emitMiddle(program, i > 0 && reducer.kernel === "sumSquares" ? { kernel: "sum" } : reducer, from, to, stage, isLast ? over : 1);
    from = to;
  }
}

type Over = { readonly axes: readonly number[] };
type Reduce = Reducer & { readonly isMean: boolean };

/** How many elements make one. */
function countOf(x: Tensor, axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => x.shape[axis]!));
}

function define(
  name: string,
  grad: NonNullable<OpDefinition<[Tensor], Over>["grad"]>,
  reducer: Reduce = { kernel: name as Kernel, isMean: false },
) {
  const { kernel, isMean } = reducer;
  return defineOp<[x: Tensor], Over>({
    name,
    shape([x], { axes }) {
      if ((kernel === "max" || kernel === "min") && axes.some((axis) => x.shape[axis] === 0))
        throw new ShapeError(name, "nothing to choose from along an empty axis", { x });
      return [x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))];
    },
    lower: (program, [x], [y], { axes }) => emitReduce(program, reducer, x, y!, axes, isMean ? countOf(x, axes) : 1),
    grad,
  });
}

/** Ties share the gradient equally, as in PyTorch's amax and amin. */
const extremeGrad: NonNullable<OpDefinition<[Tensor], Over>["grad"]> = ([dy], [x], [y], over) => [
  () => {
    const hits = equal(detach(x), detach(y!));
    return mul(hits, div(dy!, sumOp([hits], over)[0]));
  },
];

const sumOp = define("sum", ([dy], [x]) => [() => expand(dy!, x.shape)]);
const meanOp = define("mean", ([dy], [x], _, { axes }) => [() => expand(div(dy!, countOf(x, axes)), x.shape)], {
  kernel: "sum",
  isMean: true,
});
const meanSquareOp = define("meanSquare", ([dy], [x], _, { axes }) => [() => mul(x, mul(div(dy!, countOf(x, axes)), 2))], {
  kernel: "sumSquares",
  isMean: true,
});
const maxOp = define("max", extremeGrad);
const minOp = define("min", extremeGrad);
/** dx = dy·Π of the others, without dividing by zero: where exactly one factor is 0, only that one has a gradient. */
const prodOp = define(
  "prod",
  ([dy], [x], _, over) => [
    () => {
      const zero = equal(x, 0);
      const zeros = sumOp([zero], over)[0];
      const others = prodOp([where(zero, 1, x)], over)[0];
      const without = where(zero, mul(others, equal(zeros, 1)), mul(div(others, where(zero, 1, x)), equal(zeros, 0)));
      return mul(without, dy!);
    },
  ],
  { kernel: "prod", isMean: false, other: () => productKernels.prod },
);

/** Axes to reduce, ascending and each once. */
function axesOf(where: string, x: Tensor, axes: Axes | undefined): number[] {
  if (axes === undefined) return x.shape.map((_, axis) => axis);
  const list = (typeof axes === "number" ? [axes] : axes).map((axis) => axisOf(where, axis, x.rank));
  return [...new Set(list)].sort((a, b) => a - b);
}

/** A value with reduced axes of extent 1, without them. */
function dropped(y: Tensor, axes: readonly number[]): Tensor {
  return reshape(
    y,
    y.shape.filter((_, axis) => !axes.includes(axis)),
  );
}

type Reduction = (x: Tensor, axes?: Axes, options?: ReduceOptions) => Tensor;

function reduction(name: string, op: typeof sumOp): Reduction {
  return (x, axes, { keepDims = false } = {}) => {
    const list = axesOf(name, x, axes);
    const y = op([x], { axes: list })[0];
    return keepDims ? y : dropped(y, list);
  };
}

/** Sum over axes, kept in f64: right to the last bit or nearly, however many there are. @example x.sum(0) */
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
  return keepDims ? y : dropped(y, axesOf("logSumExp", x, axes));
};

/** Square root of `variance`. @param correction default 1: the unbiased estimate of the variance */
export const std: typeof variance = (x, axes, options) => sqrt(variance(x, axes, options));

/** 1 where an element along the axes is not 0, else 0; NaN is not 0. */
export const any: Reduction = (x, axes, options) => greater(sum(notEqual(x, 0), axes, options), 0);
/** 1 where no element along the axes is 0, else 0. */
export const all: Reduction = (x, axes, options) => equal(sum(equal(x, 0), axes, options), 0);

/** Sums `x` down to a shape that it was stretched from: the gradient of broadcasting. */
export const sumTo: (x: Tensor, shape: Shape) => Tensor = (x, shape) => {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.rank - shape.length;
  const axes = x.shape.flatMap((extent, axis) => (axis < lead || (shape[axis - lead] === 1 && extent !== 1) ? [axis] : []));
  return reshape(axes.length === 0 ? x : sum(x, axes), shape);
};

/** Where along: an axis, or with null all of them, as one. */
type ArgOptions = { keepDims?: boolean };

function defineArg(name: "argmax" | "argmin") {
  const op = defineOp<[x: Tensor], { axis: number }>({
    name,
    shape([x], { axis }) {
      if (x.shape[axis] === 0) throw new ShapeError(name, "nothing to choose from along an empty axis", { x });
      return [{ shape: x.shape.map((extent, i) => (i === axis ? 1 : extent)), dtype: "i32" }];
    },
    lower(program, [x], [y], { axis }) {
      const [outer, n, inner] = [sizeOf(x.shape.slice(0, axis)), x.shape[axis]!, sizeOf(x.shape.slice(axis + 1))];
      program.emit(name, { x: x.ref, y: y!.ref, outer, n, inner }, outer * inner, x.size * ELEMENT_NS);
    },
  });
  return (x: Tensor, axis: number | null = -1, { keepDims = false }: ArgOptions = {}): Tensor => {
    const along = axis === null ? 0 : axisOf(name, axis, x.rank);
    const y = op([axis === null ? reshape(x, [x.size]) : x], { axis: along })[0];
    if (axis === null) return reshape(y, keepDims ? x.shape.map(() => 1) : []);
    return keepDims ? y : dropped(y, [along]);
  };
}

/**
 * Index of the largest along an axis, i32; of equals the first, of NaN the first NaN.
 *
 * @param axis null: of all elements in row-major order. Default −1
 * @throws ShapeError along an empty axis
 */
export const argmax: (x: Tensor, axis?: number | null, options?: ArgOptions) => Tensor = defineArg("argmax");
/** Index of the smallest along an axis; see `argmax`. */
export const argmin: (x: Tensor, axis?: number | null, options?: ArgOptions) => Tensor = defineArg("argmin");
