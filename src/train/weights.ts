/** How much each row counts. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { classWeight as balanced } from "../data/class-weight.ts";
import { rowsOf } from "../data/dataset.ts";
import type { BatchStream } from "../data/feed.ts";
import { labelsOf } from "../data/labels.ts";
import type { NamedDataset } from "../data/rows.ts";
import { tensor } from "../graph/from.ts";
import { Tensor } from "../graph/tensor.ts";

/** How much the rows of each class count, by its number: "balanced", so that classes count alike; classes left out of a record count 1. */
export type ClassWeight = "balanced" | readonly number[] | Readonly<Record<number, number>>;

function ofClasses({ y, classes }: NamedDataset, rule: ClassWeight): number[] {
  if (!(y instanceof Tensor)) throw new ValueError("fit", "classWeight needs class numbers y [n]", "several targets, or none");
  const labels = labelsOf("fit: classWeight", y).map(Number);
  const count = classes?.length ?? labels.reduce((most, label) => Math.max(most, label + 1), 0);
  if (rule !== "balanced") {
    const foreign = Object.keys(rule).find((name) => !(Number(name) >= 0 && Number(name) < count));
    if (foreign !== undefined)
      throw new ValueError("fit", "classWeight names a class that no row to learn from has", `'${foreign}' of ${count}`);
  }
  const weights: ArrayLike<number> | Readonly<Record<number, number>> = rule === "balanced" ? balanced(rule, y) : rule;
  return labels.map((label) => {
    const weight = weights[label] ?? (Array.isArray(weights) ? Number.NaN : 1);
    if (!(weight >= 0 && weight < Infinity))
      throw new ValueError("fit", `classWeight needs a number ≥ 0 for class ${label}`, String(weights[label]));
    return weight;
  });
}

/**
 * The weight of each row, [n], scaled so that their mean is 1: the mean over batches is then the weighted mean over the rows, and the
 * size of a step does not depend on what the weights are counted in. None where all count alike.
 *
 * @throws ValueError on weights below 0, or all 0  @throws ShapeError unless there is one a row
 */
export function weightsOf(data: NamedDataset | BatchStream, classWeight: ClassWeight | undefined): Tensor | undefined {
  const { weight } = data;
  if (!weight && classWeight === undefined) return undefined;
  const n = rowsOf(data as NamedDataset); // streams have no weights to look at beforehand, and refuse those of classes
  if (weight && weight.size !== n) throw new ShapeError("fit", "needs one weight for each row, [n]", { weight });
  const own = weight?.data();
  const classes = classWeight === undefined ? null : ofClasses(data as NamedDataset, classWeight);
  const all = Float64Array.from({ length: n }, (_, row) => (own?.[row] ?? 1) * (classes?.[row] ?? 1));
  const bad = all.findIndex((value) => !(value >= 0));
  if (bad >= 0) throw new ValueError("fit", "weights are numbers ≥ 0", `${all[bad]} in row ${bad}`);
  const sum = all.reduce((total, value) => total + value, 0);
  if (sum === 0) throw new ValueError("fit", "some row must count: all weights are 0");
  return tensor(Float32Array.from(all, (value) => (value * n) / sum));
}
