/** Batch norm: each channel brought to mean 0 and variance 1, over all axes but the last. */

import { ShapeError, ValueError } from "../core/errors.ts";
import { defineOp } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { batchNormKernels } from "../wasm/kernels.gen.ts";
import { full } from "./create.ts";
import { BLOCK_ROWS, COLUMN_NS, checkEps, checkOperands, type Eps, emitColumns, once, outerAxes, rowsOf } from "./norm-parts.ts";
import { add, mul, reciprocal, sqrt, square, sub } from "./pointwise.ts";
import { mean as meanOf, sum } from "./reduce.ts";
import { detach } from "./shape.ts";

/** x̂ in other ops, and 1/√(variance + eps). */
function parts(x: Tensor, eps: number): { scale: Tensor; normal: Tensor } {
  const centred = sub(x, meanOf(x, outerAxes(x)));
  const scale = reciprocal(sqrt(add(meanOf(square(centred), outerAxes(x)), eps)));
  return { scale, normal: mul(centred, scale) };
}

/** dweight and dbias are the sums over all rows, which the gradient of x needs whether or not those of weight and bias are wanted. */
const batchNormGradOp = defineOp<
  [x: Tensor, weight: Tensor, mean: Tensor, scale: Tensor, dweight: Tensor, dbias: Tensor, dy: Tensor],
  Eps
>({
  name: "batchNormGrad",
  names: ["x", "weight", "mean", "scale", "dweight", "dbias", "dy"],
  shape: ([x]) => [x.shape],
  lower(program, [x, weight, mean, scale, dweight, dbias, dy], [dx]) {
    const { rows, n } = rowsOf(x);
    program.emit(
      batchNormKernels.batchNormGrad,
      {
        ...{ x: x.ref, weight: weight.ref, mean: mean.ref, scale: scale.ref, dweight: dweight.ref, dbias: dbias.ref },
        ...{ dy: dy.ref, dx: dx!.ref, rows, n },
      },
      rows,
      x.size * COLUMN_NS,
    );
  },
  plain([x, weight, , , , , dy], { eps }) {
    const { scale, normal } = parts(x, eps);
    const along = mul(normal, meanOf(mul(dy, normal), outerAxes(x)));
    return [mul(mul(scale, weight), sub(sub(dy, meanOf(dy, outerAxes(x))), along))];
  },
});

/** Outputs: the gradients of weight and bias. */
const batchNormColumnsOp = defineOp<[x: Tensor, mean: Tensor, scale: Tensor, dy: Tensor], Eps>({
  name: "batchNormColumns",
  names: ["x", "mean", "scale", "dy"],
  shape: ([x]) => [x.shape.slice(-1), x.shape.slice(-1)],
  lower(program, [x, mean, scale, dy], outputs) {
    const { rows, n } = rowsOf(x);
    emitColumns(program, batchNormKernels.batchNormColumns, { rows, n }, outputs, ([dweight, dbias]) => ({
      ...{ x: x.ref, mean: mean.ref, scale: scale.ref, dy: dy.ref, dweight: dweight!, dbias: dbias! },
      ...{ rows, block: BLOCK_ROWS, n },
    }));
  },
  plain: ([x, , , dy], { eps }) => [sum(mul(dy, parts(x, eps).normal), outerAxes(x)), sum(dy, outerAxes(x))],
});

/** Outputs: y, mean and variance of each channel, and hidden 1/√(variance + eps). No gradient flows through any but y. */
const batchNormOp = defineOp<[x: Tensor, weight: Tensor, bias: Tensor], Eps>({
  name: "batchNorm",
  names: ["x", "weight", "bias"],
  shape([x, weight, bias]) {
    checkOperands("batchNorm", x, { weight, bias });
    if (x.rank < 2 || rowsOf(x).rows === 0) throw new ShapeError("batchNorm", "needs a batch of at least one row", { x });
    return [x.shape, weight.shape, weight.shape, weight.shape];
  },
  lower(program, [x, weight, bias], [y, mean, variance, scale], { eps }) {
    const { rows, n } = rowsOf(x);
    const blocks = Math.ceil(rows / BLOCK_ROWS);
    const [means, totals] = [program.temp(blocks * n), program.temp(blocks * n)];
    const shape = { rows, block: BLOCK_ROWS, n };
    program.emit(
      batchNormKernels.columnMoments,
      { x: x.ref, mean: means, total: totals, ...shape },
      blocks * n,
      x.size * COLUMN_NS,
    );
    program.emit(
      batchNormKernels.columnStatistics,
      { means, totals, mean: mean!.ref, variance: variance!.ref, scale: scale!.ref, ...shape, eps },
      n,
      blocks * n,
    );
    program.emit(
      batchNormKernels.batchNorm,
      { x: x.ref, mean: mean!.ref, scale: scale!.ref, weight: weight.ref, bias: bias.ref, y: y!.ref, n },
      rows,
      x.size * COLUMN_NS,
    );
  },
  grad([dy], [x, weight], [, mean, , scale], attributes) {
    const columns = once(() => batchNormColumnsOp([x, mean!, scale!, dy!], attributes));
    return [
      () => batchNormGradOp([x, weight, mean!, scale!, columns()[0], columns()[1]!, dy!], attributes)[0],
      () => columns()[0],
      () => columns()[1]!,
    ];
  },
});

/** (x − mean)·scale·weight + bias with statistics that are given. */
const batchNormFixedOp = defineOp<[x: Tensor, mean: Tensor, scale: Tensor, weight: Tensor, bias: Tensor]>({
  name: "batchNormFixed",
  names: ["x", "mean", "scale", "weight", "bias"],
  shape([x, mean, scale, weight, bias]) {
    checkOperands("batchNorm", x, { weight, bias, mean, variance: scale });
    return [x.shape];
  },
  lower(program, [x, mean, scale, weight, bias], [y]) {
    const { rows, n } = rowsOf(x);
    program.emit(
      batchNormKernels.batchNorm,
      { x: x.ref, mean: mean.ref, scale: scale.ref, weight: weight.ref, bias: bias.ref, y: y!.ref, n },
      rows,
      x.size * COLUMN_NS,
    );
  },
  plain: ([x, mean, scale, weight, bias]) => [add(mul(sub(x, mean), mul(scale, weight)), bias)],
});

/** How batch norm is used: with statistics that are given, or else of the batch itself. */
export type BatchNormOptions = {
  /** [n]; together with `variance`. */
  mean?: Tensor;
  /** [n], as it is to be divided by. */
  variance?: Tensor;
  /** Default 1e-5. */
  eps?: number;
};

/**
 * (x − mean)/√(variance + eps)·weight + bias for each channel, with `mean` and `variance` as given: inference.
 *
 * @param x      [..., n]
 * @param weight [n]; default 1
 * @param bias   [n]; default 0
 * @throws ShapeError when weight, bias, mean or variance is not [n]
 * @throws ValueError when only one of mean and variance is given
 */
export function batchNorm(
  x: Tensor,
  weight: Tensor | undefined,
  bias: Tensor | undefined,
  options: BatchNormOptions & { mean: Tensor; variance: Tensor },
): Tensor;
/**
 * The same with mean and variance of the batch, over all axes but the last: training. Also returns both, for running statistics: the
 * variance divided by the number of rows, not by one less; no gradient flows through them. Of a single row, y is the bias.
 *
 * @returns [y, mean, variance]
 * @throws ShapeError when there is no row
 * @source Ioffe & Szegedy 2015, arXiv:1502.03167, Algorithm 1
 * @example const [y, mean, variance] = batchNorm(x, weight, bias);
 */
export function batchNorm(
  x: Tensor,
  weight?: Tensor | undefined,
  bias?: Tensor | undefined,
  options?: { eps?: number },
): readonly [y: Tensor, mean: Tensor, variance: Tensor];
export function batchNorm(
  x: Tensor,
  weight?: Tensor | undefined,
  bias?: Tensor | undefined,
  { mean, variance, eps = 1e-5 }: BatchNormOptions = {},
): Tensor | readonly [y: Tensor, mean: Tensor, variance: Tensor] {
  checkEps("batchNorm", eps);
  const shape = x.shape.slice(-1);
  const [w, b] = [weight ?? full(shape, 1), bias ?? full(shape, 0)];
  if (mean && variance) return batchNormFixedOp([x, mean, reciprocal(sqrt(add(variance, eps))), w, b], undefined)[0];
  if (mean || variance) throw new ValueError("batchNorm", "takes mean and variance together, or neither");
  const [y, m, v] = batchNormOp([x, w, b], { eps });
  return [y, detach(m!), detach(v!)];
}
