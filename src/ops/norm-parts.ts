/** What layer, RMS and batch norm have in common. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Kernel } from "../wasm/kernel.ts";
import type { Operands } from "../wasm/kernels.gen.ts";
import type { Program, Ref } from "../wasm/program.ts";

/** Nanoseconds an element takes: a row's two or three readings, and one reading of a column. */
export const ROW_NS = 0.5;
export const COLUMN_NS = 0.25;
/** Rows that one partial sum covers: short enough for f32, and for a few columns of them to stay in the nearest cache. */
export const BLOCK_ROWS = 32;

export type Eps = { readonly eps: number };

export function rowsOf({ shape }: Tensor): { rows: number; n: number } {
  return { rows: sizeOf(shape.slice(0, -1)), n: shape[shape.length - 1]! };
}

/** All axes but the last. */
export function outerAxes(x: Tensor): number[] {
  return x.shape.slice(1).map((_, axis) => axis);
}

export function checkOperands(where: string, x: Tensor, vectors: Readonly<Record<string, Tensor>>): void {
  const n = x.shape[x.rank - 1];
  if (!n) throw new ShapeError(where, "needs at least one number along the last axis", { x });
  for (const [name, vector] of Object.entries(vectors)) {
    if (vector.rank !== 1 || vector.shape[0] !== n)
      throw new ShapeError(where, `${name} must have one number for each of the last axis' ${n}`, { x, [name]: vector });
  }
}

export function checkEps(where: string, eps: number): number {
  if (!(eps >= 0)) throw new ValueError(where, "eps is a number ≥ 0", String(eps));
  return eps;
}

type ColumnKernel = "layerNormColumns" | "rmsNormColumns" | "batchNormColumns";

/** Sums over rows in two stages: blocks of rows, which threads share, then their partial sums. */
export function emitColumns<K extends ColumnKernel>(
  program: Program,
  kernel: Kernel<K>,
  { rows, n }: { rows: number; n: number },
  outputs: readonly Tensor[],
  operands: (partial: readonly Ref[]) => Operands<Ref>[K],
): void {
  const blocks = Math.ceil(rows / BLOCK_ROWS);
  const one = blocks === 1;
  const partial = outputs.map(({ ref }) => (one ? ref : program.temp(blocks * n)));
  program.emit(kernel, operands(partial), blocks * n, rows * n * COLUMN_NS);
  if (one) return;
  for (const [i, { ref }] of outputs.entries())
    program.emit("sum", { x: partial[i]!, y: ref, outer: 1, n: blocks, inner: n, block: blocks, over: 1 }, n);
}

/** Calls `f` at most once. */
export function once<T>(f: () => T): () => T {
  let value: { readonly of: T } | undefined;
  return () => {
    value ??= { of: f() };
    return value.of;
  };
}
