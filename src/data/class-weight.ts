import { ValueError } from "../core/errors.ts";
import { type Labels, labelsOf } from "./labels.ts";

/**
 * Weights that make rare classes count as much as common ones: n / (classes · rows of the class).
 *
 * @param rule `balanced`
 * @param y class numbers from 0, [n] or [n, 1]
 * @param classes how many there are; default one more than the greatest in y
 * @returns a weight a class; 0 for classes without rows, which do not count among the classes
 * @throws ValueError on labels that are not whole numbers from 0
 * @source scikit-learn's `compute_class_weight`; King & Zeng 2001, Political Analysis 9(2)
 * @example classWeight("balanced", [0, 0, 0, 1]) // [0.667, 2]
 */
export function classWeight(rule: "balanced", y: Labels, classes?: number): number[] {
  if (rule !== "balanced") throw new ValueError("classWeight", "knows the rule 'balanced'", String(rule));
  const labels = labelsOf("classWeight", y);
  const bad = labels.findIndex((label) => !(Number.isInteger(label) && Number(label) >= 0));
  if (bad >= 0)
    throw new ValueError(
      "classWeight",
      "classes are whole numbers from 0",
      `${labels[bad]} in row ${bad}`,
      "numbering them by LabelEncoder",
    );
  const counts = new Array<number>(classes ?? labels.reduce<number>((most, label) => Math.max(most, Number(label)), -1) + 1).fill(
    0,
  );
  for (const label of labels) {
    if (!(Number(label) < counts.length))
      throw new ValueError("classWeight", `with ${counts.length} classes, labels are below that`, String(label));
    counts[Number(label)]! += 1;
  }
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 0 : labels.length / (present * count)));
}
