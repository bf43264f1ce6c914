import { ValueError } from "../core/errors.ts";
import { Printed } from "../core/printed.ts";
import type { MetricWith } from "./metric.ts";
import { labelsFor, tallied } from "./tally.ts";

/** The matrix of more classes would take more than 128 MB. */
const MAX_CLASSES = 4096;
/** Classes beyond these are not printed. */
const SHOWN = 32;

/** How often each class was taken for each other: `counts[i][j]` rows of class `labels[i]` were predicted as `labels[j]`. */
export class ConfusionMatrix extends Printed {
  /** Rows: true class; columns: predicted class. */
  readonly counts: number[][];
  /** The class of each row, and of each column. */
  readonly labels: number[];

  constructor(counts: number[][], labels: readonly number[]) {
    super();
    this.counts = counts;
    this.labels = [...labels];
  }

  /** An aligned table. */
  override toString(): string {
    const labels = this.labels.slice(0, SHOWN);
    const text = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(4));
    const cells = [
      ["", ...labels.map(String)],
      ...labels.map((label, i) => [String(label), ...this.counts[i]!.slice(0, SHOWN).map(text)]),
    ];
    const width = Math.max(...cells.flat().map((cell) => cell.length));
    const lines = cells.map((line) => line.map((cell) => cell.padStart(width)).join(" "));
    const hidden = this.labels.length - labels.length;
    return ["rows: true class, columns: predicted class", ...lines, ...(hidden ? [`… and ${hidden} classes more`] : [])].join("\n");
  }

  toJSON(): { labels: number[]; counts: number[][] } {
    return { labels: this.labels, counts: this.counts };
  }
}

export type ConfusionMatrixOptions = {
  /** "actual": shares of each row; "predicted": of each column; "all": of all. Default counts. */
  normalize?: "actual" | "predicted" | "all" | null;
  /** The classes, in the order wanted. Default all that occur, ascending; where there are scores, all that have one. */
  labels?: readonly number[];
};

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function normalized(counts: number[][], normalize: ConfusionMatrixOptions["normalize"]): number[][] {
  const all = sum(counts.map(sum));
  const columns = counts.map((_, j) => sum(counts.map((row) => row[j]!)));
  return counts.map((row) => {
    const rowSum = sum(row);
    return row.map((value, j) => {
      const whole = normalize === "actual" ? rowSum : normalize === "predicted" ? columns[j]! : all;
      return whole === 0 ? 0 : value / whole;
    });
  });
}

/**
 * How often each class was taken for each other: rows are the actual classes, columns the predicted ones.
 *
 * @param actual    class numbers [n] or [n, 1]; or probabilities [n, classes], of which the largest counts
 * @param predicted class numbers [n] or [n, 1]; or scores [n, classes], of which the largest counts, the first among equals
 * @throws ShapeError when the rows are not equally many  @throws ValueError on a class that is not a whole number ≥ 0, or no rows
 * @example confusionMatrix({ actual: [0, 1, 1], predicted: [0, 0, 1] }).counts // [[1, 0], [1, 1]]
 */
export const confusionMatrix: MetricWith<ConfusionMatrixOptions, ConfusionMatrix> = tallied(
  "confusionMatrix",
  (tally, { normalize = null, labels: wanted }) => {
    const labels = labelsFor("confusionMatrix", tally, wanted);
    if (labels.length > MAX_CLASSES)
      throw new ValueError("confusionMatrix", `has room for ${MAX_CLASSES} classes`, String(labels.length));
    if (normalize !== null && !["actual", "predicted", "all"].includes(normalize))
      throw new ValueError("confusionMatrix", 'normalize is "actual", "predicted" or "all"', String(normalize));
    const counts = tally.matrix(labels);
    return new ConfusionMatrix(normalize === null ? counts : normalized(counts, normalize), labels);
  },
);
