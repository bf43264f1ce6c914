import { NumericError, ShapeError, ValueError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import { Tensor } from "../graph/tensor.ts";
import { requireFinite } from "../ops/check.ts";
import type { Preparation } from "./preparation.ts";
import { type NamedDataset, tensorsIn } from "./rows.ts";

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
export function rowsOf({ x }: NamedDataset): number {
  return tensorsIn(x, "x")[0]?.[1].shape[0] ?? 0;
}

function isRows(rows: unknown): boolean {
  if (rows instanceof Tensor) return true;
  const parts = typeof rows === "object" && rows !== null ? Object.values(rows) : [];
  return parts.length > 0 && parts.every((part) => part instanceof Tensor);
}

/**
 * Throws unless the data set has rows, as many inputs as targets and weights, and finite numbers only.
 *
 * @param needsTargets whether y must be there; default true
 * @throws ValueError when it is not { x, y }  @throws ShapeError on no rows, or x and y of different length
 * @throws NumericError on NaN and infinity, naming row and column
 */
export function checkData(where: string, data: NamedDataset, needsTargets = true): void {
  if (!(isRows(data?.x) && (isRows(data.y) || (!needsTargets && data.y === undefined)))) {
    throw new ValueError(
      where,
      "data are { x, y }, two tensors",
      data === undefined ? "nothing" : `{ ${Object.keys(data ?? {}).join(", ")} }`,
      "{ x: tensor(rows), y: tensor(targets) }",
    );
  }
  const all = [...tensorsIn(data.x, "x"), ...tensorsIn(data.y, "y"), ...tensorsIn(data.weight, "weight")];
  const n = rowsOf(data);
  if (all.some(([, { rank, shape }]) => rank === 0 || shape[0] !== n))
    throw new ShapeError(where, "x and y must have the same number of rows", Object.fromEntries(all));
  if (n === 0) throw new ShapeError(where, "there are no rows", Object.fromEntries(all));
  for (const [name, values] of all) {
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
