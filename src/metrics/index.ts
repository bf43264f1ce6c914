/** Metrics: functions of `{ actual, predicted }`, which also take batches one by one (`.stream()`) and options (`.with({ … })`). */
export {
  type AccuracyOptions,
  accuracy,
  type BalancedAccuracyOptions,
  balancedAccuracy,
  hammingLoss,
  type TopKOptions,
  topKAccuracy,
} from "./accuracy.ts";
export { cohenKappa, type KappaOptions, matthewsCorrcoef } from "./agreement.ts";
export { byGroup } from "./by-group.ts";
export { ClassificationReport, classificationReport, type ReportOptions, type ReportRow } from "./classification-report.ts";
export { ConfusionMatrix, type ConfusionMatrixOptions, confusionMatrix } from "./confusion-matrix.ts";
export {
  auc,
  averagePrecision,
  type PrecisionRecallCurve,
  precisionRecallCurve,
  type RocAucOptions,
  type RocCurve,
  type RocOptions,
  rocAuc,
  rocCurve,
} from "./curves.ts";
export {
  type BatchSums,
  type Metric,
  type MetricStream,
  type Metrics,
  type MetricValues,
  type MetricWith,
  metric,
  type Observed,
} from "./metric.ts";
export {
  type Average,
  type AverageOptions,
  type BetaOptions,
  type ClassMetric,
  f1,
  fBeta,
  jaccard,
  precision,
  recall,
} from "./precision-recall.ts";
export {
  brierScore,
  type CalibrationOptions,
  calibrationError,
  type LogLossOptions,
  logLoss,
  perplexity,
} from "./probabilities.ts";
export {
  explainedVariance,
  maxError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogError,
  medianAbsoluteError,
  type OutputOptions,
  type RegressionMetric,
  r2,
  rootMeanSquaredError,
  type VarianceOptions,
} from "./regression.ts";
