import { ValueError } from "../core/errors.ts";
import { classMetric } from "./classes.ts";
import type { Metric } from "./metric.ts";

/** The matrix of more classes would take more than 128 MB. */
const MAX_CLASSES = 4096;
/** Classes beyond these are not printed. */
const SHOWN = 32;

/** How often each class was taken for each other: `counts[actual][predicted]`, both from 0 to the greatest class there is. */
export class ConfusionMatrix {
  /** Rows: true class; columns: predicted class. */
  readonly counts: number[][];
  /** The class of each row, and of each column. */
  readonly labels: number[];

  constructor(counts: number[][]) {
    this.counts = counts;
    this.labels = counts.map((_, label) => label);
  }

  /** An aligned table. */
  toString(): string {
    const labels = this.labels.slice(0, SHOWN);
    const cells = [["", ...labels], ...labels.map((label) => [label, ...this.counts[label]!.slice(0, SHOWN)])].map((line) =>
      line.map(String),
    );
    const width = Math.max(...cells.flat().map((text) => text.length));
    const lines = cells.map((line) => line.map((text) => text.padStart(width)).join(" "));
    const hidden = this.labels.length - labels.length;
    return ["rows: true class, columns: predicted class", ...lines, ...(hidden ? [`… and ${hidden} classes more`] : [])].join("\n");
  }

  /** What Node's `console.log` prints. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  toJSON(): { labels: number[]; counts: number[][] } {
    return { labels: this.labels, counts: this.counts };
  }
}

/**
 * How often each class was taken for each other, as scikit-learn has it: rows are the actual classes, columns the predicted ones; but
 * with a row for every class from 0 to the greatest (or of each score), also for those that do not occur.
 *
 * @param actual    class numbers [n] or [n, 1]; or probabilities [n, classes], of which the largest counts
 * @param predicted class numbers [n] or [n, 1]; or scores [n, classes], of which the largest counts, the first among equals
 * @throws ShapeError when the rows are not equally many  @throws ValueError on a class that is not a whole number from 0 to 4095, or no rows
 * @example confusionMatrix({ actual: [0, 1, 1], predicted: [0, 0, 1] }).counts // [[1, 0], [1, 1]]
 */
export const confusionMatrix: Metric<ConfusionMatrix> = classMetric("confusionMatrix", () => {
  let counts: number[][] = [];
  const grow = (count: number): void => {
    if (count > MAX_CLASSES) throw new ValueError("confusionMatrix", `has room for ${MAX_CLASSES} classes`, `class ${count - 1}`);
    counts = Array.from({ length: count }, (_, row) => Array.from({ length: count }, (_, column) => counts[row]?.[column] ?? 0));
  };
  return {
    add(actual, predicted, count) {
      if (count > counts.length) grow(count);
      for (let row = 0; row < actual.length; ++row) counts[actual[row]!]![predicted[row]!]! += 1;
    },
    value: () => new ConfusionMatrix(counts.map((row) => [...row])),
  };
});
