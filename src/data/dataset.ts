import { ValueError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";

/**
 * Samples to learn from: what is given and what is to be predicted, row by row.
 *
 * `x` [samples, …] of any element type; `y` [samples, …], for classes their numbers from 0; `weight` [samples], how much each
 * sample counts, default 1.
 */
export type Dataset = { x: Tensor; y: Tensor; weight?: Tensor };

/** Number of samples. */
export function rowsOf({ x }: Dataset): number {
  return x.shape[0] ?? 0;
}

/**
 * Throws unless there are samples, and as many of each part.
 *
 * @throws ValueError on empty data, and on x, y or weight of different lengths
 */
export function checkData(where: string, data: Dataset): void {
  const rows = rowsOf(data);
  if (rows === 0) throw new ValueError(where, "needs at least one row of data", `x: [${data.x.shape.join(", ")}]`);
  for (const name of ["y", "weight"] as const) {
    const part = data[name];
    if (part && part.shape[0] !== rows) {
      throw new ValueError(where, `x and ${name} must have as many rows, ${rows}`, `${name}: [${part.shape.join(", ")}]`);
    }
  }
}
