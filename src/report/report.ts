/** `report`: what came of a training, as a page and as text. */
import { Printed } from "../core/printed.ts";
import { preparationFor } from "../data/attached.ts";
import { checkData, type Dataset, rowsOf } from "../data/dataset.ts";
import { isRaw, type RawRows } from "../data/preparation.ts";
import { writeBytes } from "../io/file.ts";
import type { Model } from "../nn/model.ts";
import { summary } from "../nn/summary.ts";
import type { History } from "../train/history.ts";
import { verdict as inWords } from "../train/verdict.ts";
import { engine } from "../wasm/engine.ts";
import { type Chart, type ChartLibrary, chartLibrary } from "./chart.ts";
import { type Findings, findings } from "./findings.ts";
import { page } from "./page.ts";
import { terminal } from "./terminal.ts";

/** What both forms show. */
export type Contents = {
  readonly title: string;
  readonly verdict: string;
  readonly curves: readonly Chart[];
  readonly found: Findings;
  readonly network: string;
  readonly settings: readonly (readonly [name: string, value: string])[];
};

export type ReportOptions = {
  /** What `fit` returned: learning curves and the verdict. */
  history?: History;
  /** Where to write the page. Default: nowhere; `html` has it. */
  path?: string;
  title?: string;
  /** Names of the classes, by number. Default: those of the data, else their numbers. */
  classes?: readonly string[];
  /** Whatever should be remembered of how it was made: epochs, batch size, seed, … */
  settings?: Readonly<Record<string, unknown>>;
  /** Mistakes shown. Default 12. */
  mistakes?: number;
  /** The chart library's code and style, where it cannot be read from the disk. Default: uPlot as installed. */
  charts?: ChartLibrary;
};

/** A report: `html` is a page of its own, printed it is text. */
export class TrainingReport extends Printed {
  readonly html: string;
  readonly findings: Findings;
  readonly #text: string;

  constructor(contents: Contents, library: ChartLibrary) {
    super();
    this.findings = contents.found;
    this.html = page(contents, library);
    this.#text = terminal(contents);
  }

  override toString(): string {
    return this.#text;
  }
}

function curvesOf({ loss, validationLoss, metrics }: History): Chart[] {
  const epochs = (values: readonly unknown[]): number[] => values.map((_, i) => i + 1);
  const line = (name: string, values: readonly number[]) => ({ name, x: epochs(values), y: values });
  const losses = [line("training", loss), ...(validationLoss.length > 0 ? [line("validation", validationLoss)] : [])];
  const numbers = Object.entries(metrics).filter(
    ([, values]) => values.length > 0 && values.every((value) => typeof value === "number"),
  );
  const chart = (title: string, y: string, lines: Chart["lines"]): Chart => ({ title, x: "epoch", y, lines });
  return [
    ...(loss.length > 0 ? [chart("Loss", "loss", losses)] : []),
    ...numbers.map(([name, values]) => chart(name, name, [line(name, values as number[])])),
  ];
}

/**
 * What a model has learned, on data it has not seen: a page of its own with learning curves, the verdict in words, confusion matrix, scores of each
 * class, ROC and precision–recall curves, calibration, the worst mistakes (as pictures, where rows are images), the network and the settings; of
 * numbers, R², errors and predictions by actual values. Printed, it is the same as text.
 *
 * @param rows x and y to judge by: class numbers (i32), or numbers (f32); for a model trained on a prepared table, also raw rows with their
 *   targets, a table or objects: numbers are then shown in the target's own units
 * @throws ShapeError where predictions and targets do not fit
 * @throws ValueError on data without rows or targets, where the file cannot be written, or uPlot is not installed
 * @source curves: Fawcett 2006, Pattern Recognition Letters 27; calibration: Guo et al. 2017, arXiv:1706.04599
 * @example console.log(String(await report(model, test, { history, path: "report.html" })));
 */
export async function report(model: Model, rows: Dataset | RawRows, options: ReportOptions = {}): Promise<TrainingReport> {
  const preparation = isRaw(rows) ? preparationFor("report", model) : null;
  const data = isRaw(rows) ? preparation!.transform(rows) : rows;
  checkData("report", data);
  const { history, path, title = "Training report", classes = data.classes, settings = {}, mistakes = 12 } = options;
  const { threads, simd, math } = engine();
  const told = Object.entries(settings).map(
    ([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)] as const,
  );
  const contents: Contents = {
    title,
    verdict: history ? inWords(history, data.y) : `judged on ${rowsOf(data)} rows`,
    curves: history ? curvesOf(history) : [],
    found: findings(model, data, { classes, mistakes, own: (values) => preparation?.outputs(values) ?? values }),
    network: String(summary(model, [1, ...data.x.shape.slice(1)], data.x.dtype)),
    settings: [
      ...told,
      ["rows judged by", String(rowsOf(data))],
      ...(history ? [["seconds of training", history.seconds.reduce((a, b) => a + b, 0).toFixed(2)] as const] : []),
      ["engine", `${threads} ${threads === 1 ? "thread" : "threads"}, ${simd} SIMD, math ${math}`],
      ["made", new Date().toISOString()],
    ],
  };
  const made = new TrainingReport(contents, options.charts ?? (await chartLibrary()));
  if (path !== undefined) await writeBytes(path, new TextEncoder().encode(made.html), `report(${path})`);
  return made;
}
