/** Ops that choose by index. A bad index stops the program before anything that lasts is written. */
import { BYTES } from "../core/dtype.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import { defineOp } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { scatterKernels } from "../wasm/kernels.gen.ts";
import type { Explain } from "../wasm/program.ts";
import { cast } from "./cast.ts";
import { fillWith } from "./fill.ts";
import { mul, notEqual } from "./pointwise.ts";
import { reshape, unsqueeze } from "./shape.ts";

const MOVE_NS = 0.2;

/** What is said of an index that is out of range. */
export function outOfRange(where: string, what: string, rows: number, remedy?: string): Explain {
  return (row, value) => new ValueError(where, `${what} must be from 0 to ${rows - 1}`, `${value} in row ${row}`, remedy);
}

function rowShape(table: Tensor): Shape {
  return table.shape.slice(1);
}

/** An index whose row gives no gradient back; −1: none. */
type Padding = { readonly padding: number };

const gatherOp = defineOp<[table: Tensor, index: Tensor], Padding>({
  name: "gather",
  dtypes: ["any", "i32"],
  names: ["table", "index"],
  shape([table, index]) {
    if (table.rank === 0) throw new ShapeError("gather", "needs a table with rows", { table });
    return [{ shape: [...index.shape, ...rowShape(table)], dtype: table.dtype }];
  },
  lower(program, [table, index], [y]) {
    const rows = table.shape[0]!;
    const narrow = BYTES[table.dtype] % 4;
    const size = sizeOf(rowShape(table)) * (narrow || 1);
    const fault = { index: index.ref, explain: outOfRange("gather", "an index", rows) };
    const kernel = narrow ? "gatherRows8" : "gatherRows";
    program.emit(
      kernel,
      { table: table.ref, index: index.ref, y: y!.ref, rows, size },
      index.size,
      index.size * size * MOVE_NS,
      fault,
    );
  },
  grad: ([dy], [table, index], _, { padding }) => [
    () => scatterAddOp([dy!, index], { shape: table.shape, padding })[0],
    () => null,
  ],
});

/** Rows dy added up where the index says, in order: the same bits for any number of threads. */
const scatterAddOp = defineOp<[dy: Tensor, index: Tensor], Padding & { shape: Shape }>({
  name: "scatterAdd",
  dtypes: ["f32", "i32"],
  names: ["rows", "index"],
  shape: (_, { shape }) => [shape],
  lower(program, [dy, index], [dx], { shape, padding }) {
    const rows = shape[0]!;
    const size = sizeOf(shape.slice(1));
    fillWith(program, dx!.ref, 0);
    const fault = { index: index.ref, explain: outOfRange("scatterAdd", "an index", rows) };
    program.emit(
      "scatterAddRows",
      { dy: dy.ref, index: index.ref, dx: dx!.ref, n: index.size, size, rows, skip: padding },
      size,
      index.size * size * MOVE_NS,
      fault,
    );
  },
  grad: ([g], [_, index], __, { padding }) => [
    () => {
      const rows = gather(g!, index);
      if (padding < 0) return rows;
      const others = notEqual(cast(index, "f32"), padding);
      return mul(rows, reshape(others, [...index.shape, ...rowShape(g!).map(() => 1)]));
    },
    () => null,
  ],
});

/**
 * Rows of a table by index: y[i, …] = table[index[i], …].
 *
 * @param table [rows, …], of any type  @param index i32, any shape
 * @param options paddingIndex: an index whose row gets no gradient
 * @returns index.shape followed by the shape of a row
 * @throws ValueError on an index out of range, naming the row
 * @example embeddings.gather(ids)
 */
export const gather: (table: Tensor, index: Tensor, options?: { paddingIndex?: number | undefined }) => Tensor = (
  table,
  index,
  { paddingIndex = -1 } = {},
) => gatherOp([table, index], { padding: paddingIndex })[0];

/** Rows of `rows` summed into zeros of the given shape, each where its index says. @param rows [n, …]  @param index i32 [n] */
export const scatterAdd: (rows: Tensor, index: Tensor, shape: Shape) => Tensor = (rows, index, shape) =>
  scatterAddOp([rows, index], { shape, padding: -1 })[0];

const scatterMaxOp = defineOp<[x: Tensor, index: Tensor], { shape: Shape }>({
  name: "scatterMax",
  dtypes: ["f32", "i32"],
  names: ["rows", "index"],
  shape: (_, { shape }) => [shape],
  lower(program, [x, index], [y], { shape }) {
    const rows = shape[0]!;
    const size = sizeOf(shape.slice(1));
    fillWith(program, y!.ref, -Infinity);
    const fault = { index: index.ref, explain: outOfRange("scatterMax", "an index", rows) };
    program.emit(
      scatterKernels.scatterMaxRows,
      { dy: x.ref, index: index.ref, dx: y!.ref, n: index.size, size, rows },
      size,
      index.size * size * MOVE_NS,
      fault,
    );
  },
});

/** The largest of the rows that the index sends to one place, −∞ where there is none; NaN is passed over, and no gradient flows. */
export const scatterMax: (rows: Tensor, index: Tensor, shape: Shape) => Tensor = (rows, index, shape) =>
  scatterMaxOp([rows, index], { shape })[0];

const gatherBytesOp = defineOp<[table: Tensor, index: Tensor], { factor: number }>({
  name: "gatherBytes",
  dtypes: ["u8", "i32"],
  names: ["table", "index"],
  shape: ([table, index]) => [[...index.shape, ...rowShape(table)]],
  lower(program, [table, index], [y], { factor }) {
    const rows = table.shape[0]!;
    const size = sizeOf(rowShape(table));
    const fault = { index: index.ref, explain: outOfRange("gatherBytes", "an index", rows) };
    program.emit(
      "gatherRowsU8",
      { table: table.ref, index: index.ref, y: y!.ref, rows, size, factor },
      index.size,
      index.size * size * MOVE_NS,
      fault,
    );
  },
});

/** Rows of a table of bytes as f32, times a factor, in one pass. @param table u8 [rows, …]  @param index i32 */
export const gatherBytes: (table: Tensor, index: Tensor, factor: number) => Tensor = (table, index, factor) =>
  gatherBytesOp([table, index], { factor })[0];

const oneHotOp = defineOp<[index: Tensor], { classes: number }>({
  name: "oneHot",
  dtypes: ["i32"],
  names: ["index"],
  shape: ([index], { classes }) => [[...index.shape, classes]],
  lower(program, [index], [y], { classes: n }) {
    const fault = { index: index.ref, explain: outOfRange("oneHot", "a class", n) };
    program.emit("oneHot", { index: index.ref, y: y!.ref, n }, index.size, index.size * n * MOVE_NS, fault);
  },
});

/** 1 at the index, 0 elsewhere. @param index i32, any shape  @returns [..., classes] */
export const oneHot: (index: Tensor, classes: number) => Tensor = (index, classes) => oneHotOp([index], { classes })[0];

const pickOp = defineOp<[x: Tensor, index: Tensor]>({
  name: "pick",
  dtypes: ["f32", "i32"],
  names: ["x", "index"],
  shape([x, index]) {
    const fits = x.rank === index.rank + 1 && index.shape.every((extent, axis) => extent === x.shape[axis]);
    if (!fits) throw new ShapeError("pick", "needs one index for each row of x", { x, index });
    return [index.shape];
  },
  lower(program, [x, index], [y]) {
    const n = x.shape[x.rank - 1]!;
    const fault = { index: index.ref, explain: outOfRange("pick", "an index", n) };
    program.emit("pick", { x: x.ref, index: index.ref, y: y!.ref, n }, index.size, index.size, fault);
  },
  grad: ([dy], [x, index]) => [() => mul(oneHot(index, x.shape[x.rank - 1]!), unsqueeze(dy!, -1)), () => null],
});

/** One element of each row along the last axis: y[r] = x[r, index[r]]. @param x [..., n]  @param index i32 [...] */
export const pick: (x: Tensor, index: Tensor) => Tensor = (x, index) => pickOp([x, index], undefined)[0];

/** Rows of labels [n] or [n, 1] as [n]. */
export const asLabels: (y: Tensor) => Tensor = (y) => (y.rank === 2 && y.shape[1] === 1 ? reshape(y, [y.shape[0]!]) : y);
