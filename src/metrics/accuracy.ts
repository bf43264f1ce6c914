import { classMetric } from "./classes.ts";
import type { Metric } from "./metric.ts";

/**
 * The share of rows whose predicted class is the actual one, 0 to 1.
 *
 * @param actual    class numbers [n] or [n, 1]; or probabilities [n, classes], of which the largest counts
 * @param predicted class numbers [n] or [n, 1]; or scores [n, classes], of which the largest counts, the first among equals
 * @throws ShapeError when the rows are not equally many  @throws ValueError on a class that is not a whole number ≥ 0, or no rows
 * @example accuracy({ actual: [0, 1, 2, 1], predicted: [0, 1, 1, 1] }) // 0.75
 */
export const accuracy: Metric<number> = classMetric("accuracy", () => {
  let right = 0;
  let total = 0;
  return {
    add(actual, predicted) {
      for (let row = 0; row < actual.length; ++row) if (actual[row] === predicted[row]) right += 1;
      total += actual.length;
    },
    value: () => right / total,
  };
});
