/** Precision, recall and F1 of every class, with their averages. */
import { Printed } from "../core/printed.ts";
import { formatTable } from "../core/table.ts";
import type { MetricWith } from "./metric.ts";
import { labelsFor, tallied } from "./tally.ts";

export type ReportRow = {
  precision: number;
  recall: number;
  f1: number /** Weight of rows that are of the class. */;
  support: number;
};
export type ReportOptions = {
  /** What classes are called; default their numbers. */
  names?: readonly string[];
  /** The classes, in the order wanted. Default all that occur, ascending; where there are scores, all that have one. */
  labels?: readonly number[];
  /** The value of a share of nothing. Default 0. */
  zeroDivision?: number;
};

export class ClassificationReport extends Printed {
  /** By class name. */
  readonly classes: Readonly<Record<string, ReportRow>>;
  readonly accuracy: number;
  readonly macroAverage: ReportRow;
  readonly weightedAverage: ReportRow;

  constructor(classes: Record<string, ReportRow>, accuracy: number, macroAverage: ReportRow, weightedAverage: ReportRow) {
    super();
    this.classes = classes;
    this.accuracy = accuracy;
    this.macroAverage = macroAverage;
    this.weightedAverage = weightedAverage;
  }

  /** An aligned table. */
  override toString(): string {
    const line = (name: string, { precision, recall, f1, support }: ReportRow): string[] => [
      name,
      ...[precision, recall, f1].map((value) => value.toFixed(3)),
      String(support),
    ];
    const rows = [
      ["", "precision", "recall", "f1", "support"],
      ...Object.entries(this.classes).map(([name, row]) => line(name, row)),
      ["accuracy", "", "", this.accuracy.toFixed(3), String(this.macroAverage.support)],
      line("macro average", this.macroAverage),
      line("weighted average", this.weightedAverage),
    ];
    return formatTable(rows, ["left", "right", "right", "right", "right"]);
  }
}

/**
 * A table of precision, recall, F1 and support for every class, with accuracy, the plain and the weighted average.
 *
 * @example console.log(classificationReport({ actual, predicted }, { names: ["ham", "spam"] }))
 */
export const classificationReport: MetricWith<ReportOptions, ClassificationReport> = tallied(
  "classificationReport",
  (tally, { names, labels: wanted, zeroDivision = 0 }) => {
    const labels = labelsFor("classificationReport", tally, wanted);
    const { right, actual, predicted } = tally.margins(labels);
    const over = (part: number, whole: number): number => (whole === 0 ? zeroDivision : part / whole);
    const rows = labels.map((_, i) => ({
      precision: over(right[i]!, predicted[i]!),
      recall: over(right[i]!, actual[i]!),
      f1: over(2 * right[i]!, actual[i]! + predicted[i]!),
      support: actual[i]!,
    }));
    const support = actual.reduce((a, b) => a + b, 0);
    const average = (weight: (row: ReportRow) => number): ReportRow => {
      const whole = rows.reduce((total, row) => total + weight(row), 0);
      const of = (value: (row: ReportRow) => number): number =>
        over(
          rows.reduce((total, row) => total + value(row) * weight(row), 0),
          whole,
        );
      return { precision: of((row) => row.precision), recall: of((row) => row.recall), f1: of((row) => row.f1), support };
    };
    return new ClassificationReport(
      Object.fromEntries(labels.map((label, i) => [names?.[label] ?? String(label), rows[i]!])),
      tally.right / tally.total,
      average(() => 1),
      average((row) => row.support),
    );
  },
);
