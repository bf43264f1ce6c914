/** What a report shows of a model on data: how it errs, where, and how sure it was. */
import { ShapeError } from "../core/errors.ts";
import { ln } from "../core/math.ts";
import { type Dataset, rowsOf } from "../data/dataset.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { type ClassificationReport, classificationReport } from "../metrics/classification-report.ts";
import { confusionMatrix } from "../metrics/confusion-matrix.ts";
import { auc, averagePrecision, precisionRecallCurve, rocCurve } from "../metrics/curves.ts";
import { calibrationError } from "../metrics/probabilities.ts";
import { meanAbsoluteError, r2, rootMeanSquaredError } from "../metrics/regression.ts";
import type { Model } from "../nn/model.ts";
import { gather } from "../ops/gather.ts";
import { classify, predict } from "../train/evaluate.ts";

/** A line through points. */
export type Curve = { readonly name: string; readonly x: readonly number[]; readonly y: readonly number[] };

/** A row that was taken for another class, the surest mistakes first. */
export type Mistake = {
  readonly row: number;
  readonly actual: string;
  readonly predicted: string;
  readonly confidence: number;
  /** −ln of the probability of the true class. */
  readonly loss: number;
  /** [height, width, channels], where rows are images. */
  readonly image: Tensor | null;
};

export type ClassFindings = {
  readonly task: "classes";
  readonly names: readonly string[];
  /** Rows: true class, columns: predicted class. */
  readonly counts: readonly (readonly number[])[];
  readonly table: ClassificationReport;
  readonly roc: readonly Curve[];
  readonly precisionRecall: readonly Curve[];
  /** How often predictions of a confidence are right. */
  readonly calibration: Curve;
  readonly calibrationError: number;
  readonly mistakes: readonly Mistake[];
};
export type NumberFindings = {
  readonly task: "numbers";
  readonly scores: { readonly r2: number; readonly rmse: number; readonly mae: number };
  readonly actual: readonly number[];
  readonly predicted: readonly number[];
};
export type Findings = ClassFindings | NumberFindings;

/** Classes of which curves are drawn. */
const CURVES = 10;
const BINS = 10;
/** Points of a curve, or of a scatter, at most. */
const POINTS = 400;

export type FindingsOptions = {
  /** Names of classes, by number; without them, targets of f32 are numbers. */
  readonly classes: readonly string[] | undefined;
  /** Mistakes shown at most. */
  readonly mistakes: number;
  /** Numbers in the target's own units. */
  own(values: Tensor): Tensor;
};

/** A model's answers on data. @throws ShapeError on targets of several columns */
export function findings(model: Model, data: Dataset, { classes: names, mistakes, own }: FindingsOptions): Findings {
  const { y } = data;
  if (y.dtype === "f32" && !names) return ofNumbers(model, data, own);
  const found = classify(model, data.x);
  const actual = Array.from(y.data());
  if (actual.length !== found.length) throw new ShapeError("report", "needs one class a row", { y });
  const probabilities = found.map((one) => one.probabilities);
  const width = Math.max(probabilities[0]!.length, ...actual.map((c) => c + 1));
  const labels = Array.from({ length: width }, (_, c) => names?.[c] ?? String(c));
  const rows = { actual: Int32Array.from(actual), predicted: Int32Array.from(found, ({ label }) => label) };
  const scores = { actual: rows.actual, predicted: tensor(probabilities) };
  const present = labels.map((_, c) => c).filter((c) => actual.includes(c));
  const curves = (labels.length === 2 ? [1] : present).slice(0, CURVES).map((c) => ({
    name: labels[c]!,
    of: { actual: Int32Array.from(actual, (own) => Number(own === c)), predicted: Float32Array.from(probabilities, (p) => p[c]!) },
  }));
  const all = Array.from({ length: width }, (_, c) => c);
  return {
    task: "classes",
    names: labels,
    counts: confusionMatrix(rows, { labels: all }).counts,
    table: classificationReport(rows, { labels: all, names: labels }),
    roc: curves.map(({ name, of }) => {
      const { fpr, tpr } = rocCurve(of);
      return thinned({ name: `${name} (area ${auc(fpr, tpr).toFixed(3)})`, x: fpr, y: tpr });
    }),
    precisionRecall: curves.map(({ name, of }) => {
      const { precision, recall } = precisionRecallCurve(of);
      return thinned({
        name: `${name} (average ${averagePrecision(of).toFixed(3)})`,
        x: recall.toReversed(),
        y: precision.toReversed(),
      });
    }),
    calibration: calibrationOf(found, actual),
    calibrationError: calibrationError(scores),
    mistakes: worst(data.x, found, actual, labels, mistakes),
  };
}

type Found = ReturnType<typeof classify>;

/** Mean confidence and share of right predictions, of the predictions whose confidence falls into each tenth. */
function calibrationOf(found: Found, actual: readonly number[]): Curve {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, sure: 0, right: 0 }));
  for (const [row, { confidence, label }] of found.entries()) {
    const bin = bins[Math.min(BINS - 1, Math.floor(confidence * BINS))]!;
    bin.count += 1;
    bin.sure += confidence;
    bin.right += Number(label === actual[row]);
  }
  const used = bins.filter(({ count }) => count > 0);
  return { name: "right", x: used.map(({ sure, count }) => sure / count), y: used.map(({ right, count }) => right / count) };
}

function worst(x: Tensor, found: Found, actual: readonly number[], names: readonly string[], count: number): Mistake[] {
  const images = x.rank === 4 && (x.shape[3] === 1 || x.shape[3] === 3);
  const wrong = [...found.keys()].filter((row) => found[row]!.label !== actual[row]);
  const chance = (row: number): number => found[row]!.probabilities[actual[row]!] ?? 0;
  return wrong
    .sort((a, b) => chance(a) - chance(b))
    .slice(0, count)
    .map((row) => ({
      row,
      actual: names[actual[row]!]!,
      predicted: names[found[row]!.label]!,
      confidence: found[row]!.confidence,
      loss: -ln(Math.max(chance(row), 1e-30)),
      image: images ? gather(x, tensor(Int32Array.of(row))).reshape(x.shape.slice(1)) : null,
    }));
}

function ofNumbers(model: Model, { x, y }: Dataset, own: FindingsOptions["own"]): NumberFindings {
  const predicted = predict(model, x);
  if (predicted.size !== y.size) throw new ShapeError("report", "predictions and targets are equally many", { predicted, y });
  const observed = { actual: own(y.reshape(predicted.shape)), predicted: own(predicted) };
  const step = Math.max(1, Math.ceil(rowsOf({ x, y }) / POINTS));
  const some = (values: ArrayLike<number>): number[] => Array.from(values).filter((_, row) => row % step === 0);
  return {
    task: "numbers",
    scores: { r2: r2(observed), rmse: rootMeanSquaredError(observed), mae: meanAbsoluteError(observed) },
    actual: some(observed.actual.data()),
    predicted: some(observed.predicted.data()),
  };
}

/** A line of fewer points, ends included. */
function thinned({ name, x, y }: Curve): Curve {
  const step = Math.max(1, Math.ceil(x.length / POINTS));
  const keep = (values: readonly number[]): number[] => values.filter((_, i) => i % step === 0 || i === values.length - 1);
  return { name, x: keep(x), y: keep(y) };
}
