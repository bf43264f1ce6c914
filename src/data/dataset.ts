import { NumericError, ShapeError, ValueError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import { Tensor } from "../graph/tensor.ts";
import { requireFinite } from "../ops/check.ts";
import type { Preparation } from "./preparation.ts";

/**
 * Rows to learn from: inputs `x` [n, …] and targets `y` [n, …] (class numbers from 0, numbers, or probabilities). Images may rest as
 * bytes (u8); they become numbers batch by batch.
 */
export type Dataset = {
  x: Tensor;
  y: Tensor;
  /** How much each row counts, [n]. Default all alike. */
  weight?: Tensor;
  /** Names of the classes, by number. */
  classes?: readonly string[];
  /** How raw rows became x and y: `fit` hands it on to the model, `save` to its file. */
  preparation?: Preparation;
};

/** Number of rows. */
export function rowsOf({ x }: Dataset): number {
  return x.shape[0] ?? 0;
}

/**
 * Throws unless the data set has rows, as many inputs as targets, and finite numbers only.
 *
 * @throws ValueError when it is not { x, y }  @throws ShapeError on no rows, or x and y of different length
 * @throws NumericError on NaN and infinity, naming row and column
 */
export function checkData(where: string, data: Dataset): void {
  if (!(data?.x instanceof Tensor && data.y instanceof Tensor)) {
    throw new ValueError(
      where,
      "data are { x, y }, two tensors",
      data === undefined ? "nothing" : `{ ${Object.keys(data ?? {}).join(", ")} }`,
      "{ x: tensor(rows), y: tensor(targets) }",
    );
  }
  const { x, y } = data;
  if (x.rank === 0 || y.rank === 0 || x.shape[0] !== y.shape[0])
    throw new ShapeError(where, "x and y must have the same number of rows", { x, y });
  if (x.shape[0] === 0) throw new ShapeError(where, "there are no rows", { x, y });
  for (const [name, values] of Object.entries({ x, y })) {
    if (values.dtype !== "f32") continue;
    const width = sizeOf(values.shape.slice(1));
    requireFinite(values, (at, value) => {
      const place = `row ${Math.floor(at / width)}${width > 1 ? `, column ${at % width}` : ""}`;
      return new NumericError(
        where,
        `${name} must hold finite numbers`,
        `${value} in ${place}`,
        "removing such rows, or filling in missing values",
      );
    });
  }
}
