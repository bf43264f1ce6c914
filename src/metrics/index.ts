/** Metrics: functions of `{ actual, predicted }`, which also take batches one by one (`.stream()`). */
export { accuracy } from "./accuracy.ts";
export { ConfusionMatrix, confusionMatrix } from "./confusion-matrix.ts";
export { type Metric, type MetricStream, type Metrics, type MetricValues, metric, type Observed } from "./metric.ts";
export { precision, recall } from "./precision-recall.ts";
