/** Softmax and what is built on it, along the last axis. */
import { ShapeError } from "../core/errors.ts";
import { axisOf, sizeOf } from "../core/shape.ts";
import { defineOp } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { oneHot, outOfRange, pick } from "./gather.ts";
import { exp, mul, neg, sub } from "./pointwise.ts";
import { sum } from "./reduce.ts";
import { transpose, unsqueeze } from "./shape.ts";

/** Nanoseconds an element takes. */
const ELEMENT_NS = 1.5;

function rowsOf({ shape }: Tensor): { rows: number; n: number } {
  return { rows: sizeOf(shape.slice(0, -1)), n: shape[shape.length - 1]! };
}

function checkRows(where: string, x: Tensor): void {
  if (x.rank === 0 || x.shape[x.rank - 1] === 0)
    throw new ShapeError(where, "needs at least one number along the last axis", { x });
}

const softmaxGradOp = defineOp<[y: Tensor, dy: Tensor]>({
  name: "softmaxGrad",
  names: ["y", "dy"],
  shape: ([y]) => [y.shape],
  lower(program, [y, dy], [dx]) {
    const { rows, n } = rowsOf(y);
    program.emit("softmaxGrad", { y: y.ref, dy: dy.ref, dx: dx!.ref, n }, rows, y.size * ELEMENT_NS);
  },
  plain: ([y, dy]) => [mul(y, sub(dy, sum(mul(dy, y), -1, { keepDims: true })))],
});

const softmaxOp = defineOp<[x: Tensor]>({
  name: "softmax",
  names: ["x"],
  shape([x]) {
    checkRows("softmax", x);
    return [x.shape];
  },
  lower(program, [x], [y]) {
    const { rows, n } = rowsOf(x);
    program.emit("softmax", { x: x.ref, y: y!.ref, n }, rows, x.size * ELEMENT_NS);
  },
  grad: ([dy], _, [y]) => [() => softmaxGradOp([y!, dy!], undefined)[0]],
});

const logSoftmaxGradOp = defineOp<[y: Tensor, dy: Tensor]>({
  name: "logSoftmaxGrad",
  names: ["y", "dy"],
  shape: ([y]) => [y.shape],
  lower(program, [y, dy], [dx]) {
    const { rows, n } = rowsOf(y);
    program.emit("logSoftmaxGrad", { y: y.ref, dy: dy.ref, dx: dx!.ref, n }, rows, y.size * ELEMENT_NS);
  },
  plain: ([y, dy]) => [sub(dy, mul(exp(y), sum(dy, -1, { keepDims: true })))],
});

const logSoftmaxOp = defineOp<[x: Tensor]>({
  name: "logSoftmax",
  names: ["x"],
  shape([x]) {
    checkRows("logSoftmax", x);
    return [x.shape];
  },
  lower(program, [x], [y]) {
    const { rows, n } = rowsOf(x);
    program.emit("logSoftmax", { x: x.ref, y: y!.ref, n }, rows, x.size * ELEMENT_NS);
  },
  grad: ([dy], _, [y]) => [() => logSoftmaxGradOp([y!, dy!], undefined)[0]],
});

function along(op: (x: Tensor) => Tensor, name: string): (x: Tensor, axis?: number) => Tensor {
  return (x, axis = -1) => {
    const at = axisOf(name, axis, x.rank);
    return at === x.rank - 1 ? op(x) : transpose(op(transpose(x, at, -1)), at, -1);
  };
}

/** exp(x) / Σ exp(x) along an axis: positive numbers that add up to 1. @param axis default −1 */
export const softmax: (x: Tensor, axis?: number) => Tensor = along((x) => softmaxOp([x], undefined)[0], "softmax");
/** log softmax(x) along an axis, without overflow. @param axis default −1 */
export const logSoftmax: (x: Tensor, axis?: number) => Tensor = along((x) => logSoftmaxOp([x], undefined)[0], "logSoftmax");

const crossEntropyGradOp = defineOp<[x: Tensor, label: Tensor, logZ: Tensor, g: Tensor]>({
  name: "crossEntropyGrad",
  dtypes: ["f32", "i32", "f32", "f32"],
  names: ["x", "label", "logZ", "g"],
  shape: ([x]) => [x.shape],
  lower(program, [x, label, logZ, g], [dx]) {
    const { rows, n } = rowsOf(x);
    program.emit(
      "crossEntropyGrad",
      { x: x.ref, label: label.ref, logZ: logZ.ref, g: g.ref, dx: dx!.ref, n },
      rows,
      x.size * ELEMENT_NS,
    );
  },
  plain: ([x, label, , g]) => [mul(sub(exp(logSoftmax(x)), oneHot(label, x.shape[x.rank - 1]!)), unsqueeze(g, -1))],
});

/** Outputs: the loss of each row, and hidden log Σ exp(x), which the gradient needs again. */
const crossEntropyOp = defineOp<[x: Tensor, label: Tensor]>({
  name: "softmaxCrossEntropy",
  dtypes: ["f32", "i32"],
  names: ["logits", "labels"],
  shape([x, label]) {
    checkRows("softmaxCrossEntropy", x);
    const rows = x.shape.slice(0, -1);
    if (label.rank !== rows.length || rows.some((extent, axis) => extent !== label.shape[axis])) {
      throw new ShapeError("softmaxCrossEntropy", "needs one label for each row of logits", { logits: x, labels: label });
    }
    return [rows, rows];
  },
  lower(program, [x, label], [loss, logZ]) {
    const { rows, n } = rowsOf(x);
    const explain = outOfRange("crossEntropy", `a label among ${n} classes`, n, "numbering the classes from 0");
    const fault = { index: label.ref, explain };
    program.emit(
      "crossEntropy",
      { x: x.ref, label: label.ref, loss: loss!.ref, logZ: logZ!.ref, n },
      rows,
      x.size * ELEMENT_NS,
      fault,
    );
  },
  grad: ([dLoss], [x, label], [, logZ]) => [() => crossEntropyGradOp([x, label, logZ!, dLoss!], undefined)[0], () => null],
  plain: ([x, label]) => [neg(pick(logSoftmax(x), label)), sub(pick(x, label), pick(logSoftmax(x), label))],
});

/**
 * −log softmax(logits)[label] for each row, in one pass.
 *
 * @param logits [..., classes]  @param labels i32 [...]
 * @throws ValueError on a label out of range, naming the row
 */
export const softmaxCrossEntropy: (logits: Tensor, labels: Tensor) => Tensor = (logits, labels) =>
  crossEntropyOp([logits, labels], undefined)[0];
