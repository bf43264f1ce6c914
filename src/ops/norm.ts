/** Norms along the last axis. */

import { defineOp } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { normKernels } from "../wasm/kernels.gen.ts";
import { full } from "./create.ts";
import { BLOCK_ROWS, checkEps, checkOperands, type Eps, emitColumns, once, outerAxes, ROW_NS, rowsOf } from "./norm-parts.ts";
import { add, mul, reciprocal, sqrt, square, sub } from "./pointwise.ts";
import { mean as meanOf, sum } from "./reduce.ts";

/** x̂ of layer norm in other ops, and 1/√(variance + eps). */
function layerParts(x: Tensor, eps: number): { scale: Tensor; normal: Tensor } {
  const centred = sub(x, meanOf(x, -1, { keepDims: true }));
  const scale = reciprocal(sqrt(add(meanOf(square(centred), -1, { keepDims: true }), eps)));
  return { scale, normal: mul(centred, scale) };
}

const layerNormGradOp = defineOp<[x: Tensor, weight: Tensor, mean: Tensor, scale: Tensor, dy: Tensor], Eps>({
  name: "layerNormGrad",
  names: ["x", "weight", "mean", "scale", "dy"],
  shape: ([x]) => [x.shape],
  lower(program, [x, weight, mean, scale, dy], [dx]) {
    const { rows, n } = rowsOf(x);
    program.emit(
      normKernels.layerNormGrad,
      { x: x.ref, weight: weight.ref, mean: mean.ref, scale: scale.ref, dy: dy.ref, dx: dx!.ref, n },
      rows,
      x.size * ROW_NS,
    );
  },
  plain([x, weight, , , dy], { eps }) {
    const { scale, normal } = layerParts(x, eps);
    const g = mul(dy, weight);
    const along = meanOf(mul(g, normal), -1, { keepDims: true });
    return [mul(scale, sub(sub(g, meanOf(g, -1, { keepDims: true })), mul(normal, along)))];
  },
});

/** Outputs: the gradients of weight and bias. */
const layerNormColumnsOp = defineOp<[x: Tensor, mean: Tensor, scale: Tensor, dy: Tensor], Eps>({
  name: "layerNormColumns",
  names: ["x", "mean", "scale", "dy"],
  shape: ([x]) => [x.shape.slice(-1), x.shape.slice(-1)],
  lower(program, [x, mean, scale, dy], outputs) {
    const { rows, n } = rowsOf(x);
    emitColumns(program, normKernels.layerNormColumns, { rows, n }, outputs, ([dweight, dbias]) => ({
      ...{ x: x.ref, mean: mean.ref, scale: scale.ref, dy: dy.ref, dweight: dweight!, dbias: dbias! },
      ...{ rows, block: BLOCK_ROWS, n },
    }));
  },
  plain: ([x, , , dy], { eps }) => [sum(mul(dy, layerParts(x, eps).normal), outerAxes(x)), sum(dy, outerAxes(x))],
});

/** Outputs: y, and hidden mean and 1/√(variance + eps) of each row, which the gradients need again. */
const layerNormOp = defineOp<[x: Tensor, weight: Tensor, bias: Tensor], Eps>({
  name: "layerNorm",
  names: ["x", "weight", "bias"],
  shape([x, weight, bias]) {
    checkOperands("layerNorm", x, { weight, bias });
    const rows = x.shape.slice(0, -1);
    return [x.shape, rows, rows];
  },
  lower(program, [x, weight, bias], [y, mean, scale], { eps }) {
    const { rows, n } = rowsOf(x);
    const given = { x: x.ref, weight: weight.ref, bias: bias.ref };
    const found = { y: y!.ref, mean: mean!.ref, scale: scale!.ref };
    program.emit(normKernels.layerNorm, { ...given, ...found, n, eps }, rows, x.size * ROW_NS);
  },
  grad([dy], [x, weight], [, mean, scale], attributes) {
    const columns = once(() => layerNormColumnsOp([x, mean!, scale!, dy!], attributes));
    return [() => layerNormGradOp([x, weight, mean!, scale!, dy!], attributes)[0], () => columns()[0], () => columns()[1]!];
  },
});

/**
 * (x − mean)/√(variance + eps)·weight + bias, mean and variance taken along the last axis, the variance divided by n.
 *
 * @param x      [..., n]
 * @param weight [n]; default 1
 * @param bias   [n]; default 0
 * @param eps    default 1e-5
 * @throws ShapeError when weight or bias is not [n], or the last axis is empty
 * @source Ba, Kiros & Hinton 2016, arXiv:1607.06450, eq. 4
 * @example layerNorm(tensor([[1, 2, 3]])) // [[-1.22, 0, 1.22]]
 */
export function layerNorm(
  x: Tensor,
  weight?: Tensor | undefined,
  bias?: Tensor | undefined,
  { eps = 1e-5 }: { eps?: number } = {},
): Tensor {
  const shape = x.shape.slice(-1);
  return layerNormOp([x, weight ?? full(shape, 1), bias ?? full(shape, 0)], { eps: checkEps("layerNorm", eps) })[0];
}

/** x̂ of RMS norm in other ops, and 1/√(mean of squares + eps). */
function rmsParts(x: Tensor, eps: number): { scale: Tensor; normal: Tensor } {
  const scale = reciprocal(sqrt(add(meanOf(square(x), -1, { keepDims: true }), eps)));
  return { scale, normal: mul(x, scale) };
}

const rmsNormGradOp = defineOp<[x: Tensor, weight: Tensor, scale: Tensor, dy: Tensor], Eps>({
  name: "rmsNormGrad",
  names: ["x", "weight", "scale", "dy"],
  shape: ([x]) => [x.shape],
  lower(program, [x, weight, scale, dy], [dx]) {
    const { rows, n } = rowsOf(x);
    program.emit(
      normKernels.rmsNormGrad,
      { x: x.ref, weight: weight.ref, scale: scale.ref, dy: dy.ref, dx: dx!.ref, n },
      rows,
      x.size * ROW_NS,
    );
  },
  plain([x, weight, , dy], { eps }) {
    const { scale, normal } = rmsParts(x, eps);
    const g = mul(dy, weight);
    return [mul(scale, sub(g, mul(normal, meanOf(mul(g, normal), -1, { keepDims: true }))))];
  },
});

/** The gradient of the weight. */
const rmsNormColumnsOp = defineOp<[x: Tensor, scale: Tensor, dy: Tensor], Eps>({
  name: "rmsNormColumns",
  names: ["x", "scale", "dy"],
  shape: ([x]) => [x.shape.slice(-1)],
  lower(program, [x, scale, dy], outputs) {
    const { rows, n } = rowsOf(x);
    emitColumns(program, normKernels.rmsNormColumns, { rows, n }, outputs, ([dweight]) => ({
      ...{ x: x.ref, scale: scale.ref, dy: dy.ref, dweight: dweight! },
      ...{ rows, block: BLOCK_ROWS, n },
    }));
  },
  plain: ([x, , dy], { eps }) => [sum(mul(dy, rmsParts(x, eps).normal), outerAxes(x))],
});

/** Outputs: y, and hidden 1/√(mean of squares + eps) of each row. */
const rmsNormOp = defineOp<[x: Tensor, weight: Tensor], Eps>({
  name: "rmsNorm",
  names: ["x", "weight"],
  shape([x, weight]) {
    checkOperands("rmsNorm", x, { weight });
    return [x.shape, x.shape.slice(0, -1)];
  },
  lower(program, [x, weight], [y, scale], { eps }) {
    const { rows, n } = rowsOf(x);
    program.emit(
      normKernels.rmsNorm,
      { x: x.ref, weight: weight.ref, y: y!.ref, scale: scale!.ref, n, eps },
      rows,
      x.size * ROW_NS,
    );
  },
  grad: ([dy], [x, weight], [, scale], attributes) => [
    () => rmsNormGradOp([x, weight, scale!, dy!], attributes)[0],
    () => rmsNormColumnsOp([x, scale!, dy!], attributes)[0],
  ],
});

/**
 * x/√(mean of x² + eps)·weight, the mean taken along the last axis.
 *
 * @param x      [..., n]
 * @param weight [n]; default 1
 * @param eps    default 1e-6
 * @throws ShapeError when weight is not [n], or the last axis is empty
 * @source Zhang & Sennrich 2019, arXiv:1910.07467, eq. 4; eps inside the root, as in PyTorch
 * @example rmsNorm(tensor([[3, 4, 0, 0]])) // [[1.2, 1.6, 0, 0]]
 */
export function rmsNorm(x: Tensor, weight?: Tensor | undefined, { eps = 1e-6 }: { eps?: number } = {}): Tensor {
  return rmsNormOp([x, weight ?? full(x.shape.slice(-1), 1)], { eps: checkEps("rmsNorm", eps) })[0];
}
