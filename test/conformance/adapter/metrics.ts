/** 11: metrics. */

import type { ConfusionMatrixOptions, KappaOptions, Observed } from "../../../src/index.ts";
import * as nabla from "../../../src/index.ts";
import { type Case, isNumbers, type Numbers, type Plain } from "../cases.ts";
import type { Got } from "../compare.ts";
import type { Adapter, Adapters, Config } from "./adapter.ts";

function tensorIn({ inputs }: Case, name: string): nabla.Tensor | undefined {
  const value = inputs[name];
  return isNumbers(value) ? nabla.tensor(Float64Array.from(value.data), { shape: value.shape }) : undefined;
}

function observedIn(of: Case): Observed {
  const predicted = tensorIn(of, "y_pred") ?? tensorIn(of, "y_score") ?? tensorIn(of, "y_prob");
  const weight = tensorIn(of, "sample_weight");
  return { actual: tensorIn(of, "y_true")!, predicted: predicted!, ...(weight && { weight }) };
}

function labelsIn({ inputs }: Case): { labels?: number[] } {
  return isNumbers(inputs.labels) ? { labels: [...inputs.labels.data] } : {};
}

type Value = number | readonly number[] | readonly (readonly number[])[];

/** In the shape and element type that is expected. */
function shaped(value: Value, want: Numbers | Plain | undefined): Got {
  const data = (Array.isArray(value) ? value.flat() : [value]) as number[];
  const shape = !Array.isArray(value) ? [] : Array.isArray(value[0]) ? [value.length, value[0].length] : [value.length];
  return isNumbers(want) ? { shape, data } : (value as Plain);
}

const value = (f: (observed: Observed, config: Config, of: Case) => Value): Adapter => ({
  run: (of) => ({ value: shaped(f(observedIn(of), of.config, of), of.outputs.value) }),
});

const camel = (text: Plain | undefined): string => String(text).replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

type Averaged = (observed: Observed, options: nabla.AverageOptions & nabla.BetaOptions) => number | number[];
const averaged = (f: Averaged): Adapter =>
  value((observed, { average, zero_division, beta }, of) =>
    f(observed, {
      average: average as nabla.Average | null,
      zeroDivision: Number(zero_division),
      ...(beta !== undefined && { beta: Number(beta) }),
      ...labelsIn(of),
    }),
  );

type Regression = (observed: Observed, options: { multioutput?: never }) => number | number[];
const regression = (f: unknown): Adapter =>
  value((observed, { multioutput }) =>
    (f as Regression)(observed, (multioutput === undefined ? {} : { multioutput: camel(multioutput) }) as never),
  );

const NORMALIZE: Readonly<Record<string, ConfusionMatrixOptions["normalize"]>> = { true: "actual", pred: "predicted", all: "all" };

const list = (numbers: readonly number[]): Got => ({ shape: [numbers.length], data: numbers });

function reportOf(of: Case): Plain {
  const report = nabla.classificationReport(observedIn(of), { zeroDivision: Number(of.config.zero_division) });
  const row = ({ f1, ...rest }: nabla.ReportRow): Plain => ({ ...rest, "f1-score": f1 });
  return {
    ...Object.fromEntries(Object.entries(report.classes).map(([name, one]) => [name, row(one)])),
    accuracy: report.accuracy,
    "macro avg": row(report.macroAverage),
    "weighted avg": row(report.weightedAverage),
  };
}

export const metrics: Adapters = {
  accuracy_score: value((observed, { normalize }) => nabla.accuracy(observed, { normalize: normalize === true })),
  balanced_accuracy_score: value((observed, { adjusted }) => nabla.balancedAccuracy(observed, { adjusted: adjusted === true })),
  precision_score: averaged(nabla.precision),
  recall_score: averaged(nabla.recall),
  f1_score: averaged(nabla.f1),
  fbeta_score: averaged(nabla.fBeta),
  jaccard_score: averaged(nabla.jaccard),
  hamming_loss: value((observed) => nabla.hammingLoss(observed)),
  matthews_corrcoef: value((observed) => nabla.matthewsCorrcoef(observed)),
  cohen_kappa_score: value((observed, { weights }) => nabla.cohenKappa(observed, { weights } as KappaOptions)),
  top_k_accuracy_score: value((observed, { k }) => nabla.topKAccuracy(observed, { k: Number(k) })),
  log_loss: value((observed, { normalize }) => nabla.logLoss(observed, { normalize: normalize === true })),
  brier_score_loss: value((observed) => nabla.brierScore(observed)),
  average_precision_score: value((observed) => nabla.averagePrecision(observed)),
  auc: value((_, __, of) => nabla.auc(tensorIn(of, "x")!, tensorIn(of, "y")!)),
  roc_auc_score: value((observed, { multi_class, average }) =>
    nabla.rocAuc(observed, multi_class ? ({ multiClass: multi_class, average } as nabla.RocAucOptions) : {}),
  ),
  confusion_matrix: {
    run(of) {
      const normalize = NORMALIZE[String(of.config.normalize)] ?? null;
      const { counts } = nabla.confusionMatrix(observedIn(of), { normalize, ...labelsIn(of) });
      return { matrix: shaped(counts, of.outputs.matrix) };
    },
  },
  classification_report: { run: (of) => ({ value: reportOf(of) }) },
  roc_curve: {
    run(of) {
      const { fpr, tpr, thresholds } = nabla.rocCurve(observedIn(of), { dropIntermediate: of.config.drop_intermediate === true });
      return { fpr: list(fpr), tpr: list(tpr), thresholds: list(thresholds) };
    },
  },
  precision_recall_curve: {
    run(of) {
      const { precision, recall, thresholds } = nabla.precisionRecallCurve(observedIn(of));
      return { precision: list(precision), recall: list(recall), thresholds: list(thresholds) };
    },
  },
  mean_squared_error: regression(nabla.meanSquaredError),
  root_mean_squared_error: regression(nabla.rootMeanSquaredError),
  mean_absolute_error: regression(nabla.meanAbsoluteError),
  mean_squared_log_error: regression(nabla.meanSquaredLogError),
  median_absolute_error: regression(nabla.medianAbsoluteError),
  mean_absolute_percentage_error: regression(nabla.meanAbsolutePercentageError),
  max_error: regression(nabla.maxError),
  r2_score: regression(nabla.r2),
  explained_variance_score: regression(nabla.explainedVariance),
};
