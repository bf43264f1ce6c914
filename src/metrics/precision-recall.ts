import { classMetric } from "./classes.ts";
import type { Metric } from "./metric.ts";

/** For each class, the rows rightly predicted as it, as a share of all rows whose `of` it is; 0 where there are none. */
function shareRight(where: string, of: "actual" | "predicted"): Metric<number[]> {
  return classMetric(where, () => {
    const right: number[] = [];
    const all: number[] = [];
    return {
      add(actual, predicted, count) {
        for (let label = all.length; label < count; ++label) right[label] = all[label] = 0;
        const whole = of === "actual" ? actual : predicted;
        for (let row = 0; row < whole.length; ++row) {
          all[whole[row]!]! += 1;
          if (actual[row] === predicted[row]) right[whole[row]!]! += 1;
        }
      },
      value: () => all.map((total, label) => (total === 0 ? 0 : right[label]! / total)),
    };
  });
}

/**
 * For each class, from 0 to the greatest (or of each score): how many of the rows predicted as this class are of it. 0 for a class that was
 * never predicted, as scikit-learn's `zero_division=0` has it.
 *
 * @param actual    class numbers [n] or [n, 1]; or probabilities [n, classes], of which the largest counts
 * @param predicted class numbers [n] or [n, 1]; or scores [n, classes], of which the largest counts, the first among equals
 * @throws ShapeError when the rows are not equally many  @throws ValueError on a class that is not a whole number ≥ 0, or no rows
 * @example precision({ actual: [0, 1, 1], predicted: [0, 0, 1] }) // [0.5, 1]
 */
export const precision: Metric<number[]> = shareRight("precision", "predicted");

/**
 * For each class, from 0 to the greatest (or of each score): how many of the rows of this class are predicted as it. 0 for a class that
 * never occurs, as scikit-learn's `zero_division=0` has it.
 *
 * @param actual    class numbers [n] or [n, 1]; or probabilities [n, classes], of which the largest counts
 * @param predicted class numbers [n] or [n, 1]; or scores [n, classes], of which the largest counts, the first among equals
 * @throws ShapeError when the rows are not equally many  @throws ValueError on a class that is not a whole number ≥ 0, or no rows
 * @example recall({ actual: [0, 1, 1], predicted: [0, 0, 1] }) // [1, 0.5]
 */
export const recall: Metric<number[]> = shareRight("recall", "actual");
