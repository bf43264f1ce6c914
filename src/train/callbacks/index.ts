/** What `fit({ callbacks })` can do besides training. */
export { type AverageWeightsOptions, averageWeights } from "./average-weights.ts";
export { type EarlyStoppingOptions, earlyStopping } from "./early-stopping.ts";
export { type GradientMonitorOptions, type GradientReport, gradientMonitor } from "./gradient-monitor.ts";
export { csvLog, jsonLog } from "./logs.ts";
export { type ModelCheckpointOptions, modelCheckpoint } from "./save-model.ts";
export { tensorBoard } from "./tensor-board.ts";
export type { WatchOptions } from "./watched.ts";
