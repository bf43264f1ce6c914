/** Matrix products. */
import { ShapeError } from "../core/errors.ts";
import { broadcast, type Shape, sizeOf } from "../core/shape.ts";
import { defineOp } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { packsB, runsOf, walkOf } from "./matmul-plan.ts";
import { sumTo } from "./reduce.ts";
import { expand, reshape, squeeze } from "./shape.ts";

export type MatmulOptions = {
  /** Use the transpose of a's last two axes. Default false. */
  transA?: boolean;
  /** Use the transpose of b's last two axes. Default false. */
  transB?: boolean;
};
type Flags = { transA: boolean; transB: boolean };

/** Nanoseconds a multiply-add takes on one thread. */
const MULTIPLY_ADD_NS = 0.05;
/** Columns of a packed panel: assembly/kernels/gemm.ts. */
const PANEL = 8;
const TILE_ROWS = 4;

/** Rows and columns of the last two axes, as the product sees them. */
function matrix({ shape }: Tensor, transposed: boolean): [rows: number, cols: number] {
  const [rows, cols] = [shape[shape.length - 2]!, shape[shape.length - 1]!];
  return transposed ? [cols, rows] : [rows, cols];
}

/** The axes in front of the last two. */
function batchOf({ shape }: Tensor): Shape {
  return shape.slice(0, -2);
}

const matmulOp = defineOp<[a: Tensor, b: Tensor], Flags>({
  name: "matmul",
  shape([a, b], { transA, transB }) {
    if (a.rank < 2 || b.rank < 2) throw new ShapeError("matmul", "needs vectors or matrices: at least one axis each", { a, b });
    const [m, k] = matrix(a, transA);
    const [k2, n] = matrix(b, transB);
    if (k !== k2) throw new ShapeError("matmul", `inner sizes differ, ${k} and ${k2}`, { a, b });
    return [[...broadcast("matmul", batchOf(a), batchOf(b)), m, n]];
  },
  lower(program, [a, b], [c], { transA, transB }) {
    const [m, k] = matrix(a, transA);
    const [, n] = matrix(b, transB);
    const batch = sizeOf(batchOf(c!));
    const runs = runsOf(batchOf(a), batchOf(b), batchOf(c!));
    const flags = { transA: transA ? 1 : 0, transB: transB ? 1 : 0 };
    const items = batch * Math.ceil(m / TILE_ROWS);
    const time = batch * m * n * k * MULTIPLY_ADD_NS;
    const size = { m, k, n, ...flags };
    if (!packsB(m, k, n, transB) || batch === 0) {
      program.emit("gemm", { a: a.ref, b: b.ref, c: c!.ref, ...size, packed: 0, ...walkOf(runs, m * k, k * n) }, items, time);
      return;
    }
    const matrices = sizeOf(batchOf(b));
    const panels = Math.ceil(n / PANEL);
    const elements = panels * (k + 1) * PANEL;
    const packed = program.temp(matrices * elements);
    program.emit(
      "packB",
      { b: b.ref, panels: packed, k, n, transB: flags.transB, strideB: matrices === 1 ? 0 : k * n },
      matrices * panels,
      matrices * k * n * 0.4,
    );
    program.emit("gemm", { a: a.ref, b: packed, c: c!.ref, ...size, packed: 1, ...walkOf(runs, m * k, elements) }, items, time);
  },
  grad: ([dc], [a, b], _, { transA, transB }) => [
    () => sumTo(transA ? product(b, dc!, transB, true) : product(dc!, b, false, !transB), a.shape),
    () => sumTo(transB ? product(dc!, a, true, transA) : product(a, dc!, !transA, false), b.shape),
  ],
});

/** Operands that stretch along axes of the batch are read again, not copied, unless such axes alternate more than the kernel walks. */
function product(a: Tensor, b: Tensor, transA: boolean, transB: boolean): Tensor {
  if (a.rank < 3 && b.rank < 3) return matmulOp([a, b], { transA, transB })[0];
  const batch = broadcast("matmul", batchOf(a), batchOf(b));
  const alternates = runsOf(batchOf(a), batchOf(b), batch).length > 2;
  const ready = (x: Tensor): Tensor => {
    const own = sizeOf(batchOf(x));
    if (x.rank === 2 || own === sizeOf(batch)) return x;
    if (own === 1) return reshape(x, x.shape.slice(-2));
    return alternates ? expand(x, [...batch, ...x.shape.slice(-2)]) : x;
  };
  const [left, right] = [ready(a), ready(b)];
  // Many rows against one matrix are one tall product.
  if (right.rank === 2 && !transA && left.rank > 2) {
    const [m, k] = matrix(left, false);
    const tall = matmulOp([reshape(left, [sizeOf(batch) * m, k]), right], { transA, transB })[0];
    return reshape(tall, [...batch, m, tall.shape[1]!]);
  }
  return matmulOp([left, right], { transA, transB })[0];
}

/**
 * Matrix product op(a)·op(b) of the last two axes, where op transposes if asked; axes in front are a batch and broadcast. A vector
 * counts as a row on the left, as a column on the right, and its axis of extent 1 is gone from the result.
 *
 * @param a [..., m, k] ([..., k, m] with transA), or [k]  @param b [..., k, n] ([..., n, k] with transB), or [k]
 * @returns [..., m, n]
 * @throws ShapeError when the inner sizes differ or the batches do not broadcast
 * @example x.matmul(w); queries.matmul(keys, { transB: true })
 */
export const matmul: (a: Tensor, b: Tensor, options?: MatmulOptions) => Tensor = (
  a,
  b,
  { transA = false, transB = false } = {},
) => {
  if (a.rank === 1) return squeeze(matmul(reshape(a, [1, a.size]), b, { transB }), b.rank === 1 ? 0 : -2);
  if (b.rank === 1) return squeeze(product(a, reshape(b, [b.size, 1]), transA, false), -1);
  return product(a, b, transA, transB);
};
