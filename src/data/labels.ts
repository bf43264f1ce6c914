/** Labels of rows, whatever they are written as: what splits and weights of classes go by. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { Tensor } from "../graph/tensor.ts";

export type Label = string | number;
/** A label a row: words, numbers, or a tensor [n] or [n, 1]. */
export type Labels = Tensor | ArrayLike<Label | null>;

/** Labels as a list. @throws ShapeError unless there is one a row @throws ValueError on a missing one */
export function labelsOf(where: string, labels: Labels): Label[] {
  if (labels instanceof Tensor && labels.size !== (labels.shape[0] ?? 0))
    throw new ShapeError(where, "needs one label for each row, [n] or [n, 1]", { labels }, "argmax(-1) of probabilities");
  const list = Array.from<Label | null>(labels instanceof Tensor ? labels.data() : labels);
  const missing = list.findIndex((label) => (typeof label === "number" ? Number.isNaN(label) : typeof label !== "string"));
  if (missing >= 0) throw new ValueError(where, "every row needs a label", `${list[missing]} in row ${missing}`);
  return list as Label[];
}

/** Order of labels: numbers by size, words by their characters' codes. */
export function byLabel(a: Label, b: Label): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The labels that occur, in order. */
export function distinct(labels: readonly Label[]): Label[] {
  return [...new Set(labels)].sort(byLabel);
}

/** Rows of each label, in order of its first occurrence. */
export function rowsByLabel(labels: readonly Label[]): Map<Label, number[]> {
  const rows = new Map<Label, number[]>();
  for (const [row, label] of labels.entries()) {
    const own = rows.get(label);
    if (own) own.push(row);
    else rows.set(label, [row]);
  }
  return rows;
}
