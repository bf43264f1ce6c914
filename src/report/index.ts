/** Reports, explanations and pictures: as text for a terminal, as SVG or HTML for a page. */
export type { ChartLibrary } from "./chart.ts";
export { type Attribution, type Importance, type ImportanceOptions, permutationImportance, saliency } from "./explain.ts";
export type { ClassFindings, Findings, Mistake, NumberFindings } from "./findings.ts";
export { drawImage } from "./image.ts";
export { drawLearningRates, learningRateChart } from "./learning-rate.ts";
export { drawLines, type Line, type LineOptions, lineChart } from "./lines.ts";
export { type ReportOptions, report, type TrainingReport } from "./report.ts";
