import { ShapeError } from "../core/errors.ts";
import { type TensorLike, tensorFor } from "../graph/from.ts";
import { gather } from "../ops/gather.ts";
import type { Metric, Observed } from "./metric.ts";

/**
 * A metric for each group of rows: whether a model serves all of them equally well.
 *
 * @param groups the group of each row, [n]: strings or numbers
 * @returns values by group, in the order in which the groups first occur
 * @throws ShapeError unless there is one group a row
 * @example byGroup(accuracy, { actual: [0, 1, 1], predicted: [0, 0, 1] }, ["young", "old", "old"]) // { young: 1, old: 0.5 }
 */
export function byGroup<Result>(
  metric: Metric<Result>,
  observed: Observed,
  groups: readonly (string | number)[],
): Record<string, Result> {
  const parts = Object.entries(observed).map(([name, values]) => [name, tensorFor("byGroup", values as TensorLike)] as const);
  for (const [name, tensor] of parts)
    if (tensor.shape[0] !== groups.length)
      throw new ShapeError("byGroup", `one group for each row, ${groups.length} groups`, { [name]: tensor });
  const rows = new Map<string, number[]>();
  for (const [row, group] of groups.entries()) {
    const own = rows.get(String(group));
    if (own) own.push(row);
    else rows.set(String(group), [row]);
  }
  return Object.fromEntries(
    [...rows].map(([group, own]) => {
      const index = Int32Array.from(own);
      const part = Object.fromEntries(parts.map(([name, tensor]) => [name, gather(tensor, tensorFor("byGroup", index))]));
      return [group, metric(part as Observed)];
    }),
  );
}
