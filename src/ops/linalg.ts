/** Small linear algebra. Matrices stand on the last two axes; axes in front are a batch. */

import { ShapeError } from "../core/errors.ts";
import { type Shape, sameShape, sizeOf } from "../core/shape.ts";
import { defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { linalgKernels } from "../wasm/kernels.gen.ts";
import { eye } from "./create.ts";
import { matmul } from "./matmul.ts";
import { abs, div, maximum, mul, neg, sub } from "./pointwise.ts";
import { diag } from "./rearrange.ts";
import { max, norm, sum } from "./reduce.ts";
import { expand, reshape, squeeze, transpose, unsqueeze } from "./shape.ts";

const ELIMINATE_NS = 1;
/** f64 in units of f32. */
const WIDE = 2;

/** Batch and size of square matrices. */
function squareOf(where: string, a: Tensor): { batch: Shape; n: number } {
  const [rows, columns] = [a.shape[a.rank - 2], a.shape[a.rank - 1]];
  if (a.rank < 2 || rows !== columns) throw new ShapeError(where, "needs square matrices", { a });
  return { batch: a.shape.slice(0, -2), n: rows! };
}

const solveOp: Op<[a: Tensor, b: Tensor]> = defineOp({
  name: "solve",
  shape([a, b]) {
    const { batch, n } = squareOf("solve", a);
    if (b.rank !== a.rank || !sameShape(b.shape.slice(0, -1), [...batch, n]))
      throw new ShapeError("solve", "needs as many rows on the right as equations", { a, b });
    return [b.shape];
  },
  lower(program, [a, b], [x]) {
    const { batch, n } = squareOf("solve", a);
    const m = b.shape[b.rank - 1]!;
    const count = sizeOf(batch);
    const work = program.temp(count * n * (n + m) * WIDE);
    program.emit(linalgKernels.solve, { a: a.ref, b: b.ref, x: x!.ref, work, n, m }, count, count * n * n * (n + m) * ELIMINATE_NS);
  },
  grad: ([dx], [a], [x]) => {
    const back = (): Tensor => solveOp([transpose(a), dx!], undefined)[0];
    return [() => neg(matmul(back(), x!, { transB: true })), back];
  },
});

/**
 * The x of a·x = b. Reckoned in f64; where a is singular, ±∞ or NaN.
 *
 * @param a [..., n, n]  @param b [..., n, m], or [n]
 * @throws ShapeError unless a is square and b has its rows
 * @source Gaussian elimination with partial pivoting
 * @example solve(tensor([[2, 0], [0, 4]]), tensor([2, 2])) // [1, 0.5]
 */
export const solve: (a: Tensor, b: Tensor) => Tensor = (a, b) =>
  b.rank === 1 ? squeeze(solveOp([a, unsqueeze(b, 1)], undefined)[0], 1) : solveOp([a, b], undefined)[0];

/** The inverse of square matrices [..., n, n]; ±∞ or NaN where they are singular. */
export const inv: (a: Tensor) => Tensor = (a) => {
  const { n } = squareOf("inv", a);
  return solveOp([a, expand(eye(n), a.shape)], undefined)[0];
};

const detOp: Op<[a: Tensor]> = defineOp({
  name: "det",
  shape: ([a]) => [squareOf("det", a).batch],
  lower(program, [a], [y]) {
    const { batch, n } = squareOf("det", a);
    const count = sizeOf(batch);
    const work = program.temp(count * n * n * WIDE);
    program.emit(linalgKernels.determinant, { a: a.ref, y: y!.ref, work, n }, count, count * n * n * n * ELIMINATE_NS);
  },
  grad: ([dy], [a], [y]) => [() => mul(transpose(inv(a)), unsqueeze(unsqueeze(mul(dy!, y!), -1), -1))],
});

/** The determinant of square matrices [..., n, n] → [...]. Its gradient needs the inverse. */
export const det: (a: Tensor) => Tensor = (a) => detOp([a], undefined)[0];

/** The sum of a matrix' diagonal. */
export const trace: (a: Tensor) => Tensor = (a) => sum(diag(a));

/** All products of two vectors: [n], [m] → [n, m]. */
export const outer: (a: Tensor, b: Tensor) => Tensor = (a, b) => mul(unsqueeze(a, 1), unsqueeze(b, 0));

/** y[…, k] = Σ a[…, i]·weight[i, j, k]·b[…, j]. @param a [..., n]  @param b [..., m]  @param weight [n, m, out] */
export const bilinear: (a: Tensor, b: Tensor, weight: Tensor) => Tensor = (a, b, weight) => {
  const [n, m, outputs] = weight.shape as [number, number, number];
  if (weight.rank !== 3 || a.shape.at(-1) !== n || b.shape.at(-1) !== m)
    throw new ShapeError("bilinear", "expects a: [..., n], b: [..., m], weight: [n, m, out]", { a, b, weight });
  const batch = a.shape.slice(0, -1);
  const left = reshape(matmul(reshape(a, [-1, n]), reshape(weight, [n, m * outputs])), [-1, m, outputs]);
  return reshape(matmul(reshape(b, [-1, 1, m]), left), [...batch, outputs]);
};

/** Matrix norm over the last two axes: "fro" √Σx², 1 the largest column sum of |x|, Infinity the largest row sum. */
export const matrixNorm: (x: Tensor, order?: "fro" | 1 | number, options?: { keepDims?: boolean }) => Tensor = (
  x,
  order = "fro",
  { keepDims = false } = {},
) => {
  if (order === "fro") return norm(x, [-2, -1], { keepDims });
  const summed = sum(abs(x), order === 1 ? -2 : -1, { keepDims: true });
  return max(summed, [-2, -1], { keepDims });
};

/** Euclidean distances of all pairs of rows: [n, d], [m, d] → [n, m]; their derivative is 0 where two rows are equal. */
export const cdist: (a: Tensor, b: Tensor) => Tensor = (a, b) => norm(sub(unsqueeze(a, -2), unsqueeze(b, -3)), -1);

/** a·b / (max(‖a‖, eps)·max(‖b‖, eps)) along an axis. @param options axis, default −1; eps, default 1e-8 */
export const cosineSimilarity = (a: Tensor, b: Tensor, { axis = -1, eps = 1e-8 }: { axis?: number; eps?: number } = {}): Tensor => {
  const lengths = mul(maximum(norm(a, axis), eps), maximum(norm(b, axis), eps));
  return div(sum(mul(a, b), axis), lengths);
};

/** x / max(‖x‖ₚ, eps) along an axis. @param options axis, default −1; p as of `norm`, default 2; eps, default 1e-12 */
export const normalize = (x: Tensor, { axis = -1, p = 2, eps = 1e-12 }: { axis?: number; p?: number; eps?: number } = {}): Tensor =>
  div(x, maximum(norm(x, axis, { p, keepDims: true }), eps));
