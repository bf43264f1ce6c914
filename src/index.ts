/** nabla: neural networks in WebAssembly. The public surface. */
import "./wasm/binary.gen.ts"; // first, so that its text and the code do not share the codes of a compressed block: 600 bytes

// Tensors
export type { DType, PlainType, TypedArray } from "./core/dtype.ts";
export { CompileError, DTypeError, FormatError, MemoryError, NumericError, ShapeError, ValueError } from "./core/errors.ts";
export type { Shape } from "./core/shape.ts";
// Data, training, use
export {
  type Batch,
  Batches,
  type BatchOptions,
  type BatchState,
  batches,
  type RowSource,
  type StreamRow,
} from "./data/batches.ts";
export { classWeight } from "./data/class-weight.ts";
export type { Dataset } from "./data/dataset.ts";
export {
  type Fold,
  type FoldOptions,
  groupKFold,
  kFold,
  stratifiedKFold,
  type TimeSeriesOptions,
  timeSeriesSplit,
} from "./data/folds.ts";
export type { Label, Labels } from "./data/labels.ts";
export { checkLeaks, type LeakReport } from "./data/leaks.ts";
export type { Parts } from "./data/parts.ts";
export type { Preparation, RawRows, Samples, Sound } from "./data/preparation.ts";
export type { NamedDataset, Rows } from "./data/rows.ts";
export { type SplitOptions, split } from "./data/split.ts";
export { type Column, type ColumnLike, Table, type TableRow, type TableValue } from "./data/table.ts";
export * from "./estimators/index.ts";
// Gradients and programs
export { grad, type ValueAndGradient, valueAndGrad } from "./graph/backward.ts";
export { type Compiled, compile } from "./graph/compile.ts";
export { type TensorLike, tensor } from "./graph/from.ts";
export { listing } from "./graph/listing.ts";
export { noGrad } from "./graph/op.ts";
export { Profile, type ProfileRow, profile } from "./graph/profile.ts";
export { assign } from "./graph/state.ts";
export { type Nested, type StorageType, scope, Tensor } from "./graph/tensor.ts";
export { download } from "./io/download.ts";
export { decodeModel, encodeModel, load, type SaveOptions, save, weightsHash } from "./io/model-file.ts";
export * from "./metrics/index.ts";
export * from "./nn/attention.ts";
export { Augment, type AugmentOptions } from "./nn/augment.ts";
export { BatchNorm, type BatchNormLayerOptions, GroupNorm, type GroupNormLayerOptions, InstanceNorm } from "./nn/batch-norm.ts";
// Models
export { AlphaDropout, Bilinear, PRelu, Residual, SpatialDropout } from "./nn/combine.ts";
export * from "./nn/convolution.ts";
export * from "./nn/embedding.ts";
export {
  type Edges,
  GatConv,
  type GatOptions,
  GcnConv,
  GraphNetwork,
  type GraphOptions,
  neighbourhood,
  SageConv,
  segmentMean,
  segmentSoftmax,
} from "./nn/graph.ts";
export { activations, hidden } from "./nn/hidden.ts";
export {
  constant,
  type FanOptions,
  fanInUniform,
  gain,
  heNormal,
  heUniform,
  type Initialiser,
  identity,
  kaimingNormal,
  kaimingUniform,
  lecunNormal,
  lecunUniform,
  normal,
  orthogonal,
  scaled,
  truncatedNormal,
  uniform,
  xavierNormal,
  xavierUniform,
} from "./nn/initialisers.ts";
export { Dropout, Flatten, Linear, type LinearOptions, Rescale } from "./nn/layers.ts";
export * from "./nn/losses/index.ts";
export { buffers, countParameters, init, type Mode, type Model, parameters } from "./nn/model.ts";
export * from "./nn/norm.ts";
export { Parameter } from "./nn/parameter.ts";
export type { Summary, SummaryRow } from "./nn/parts-table.ts";
export * from "./nn/pool.ts";
export { GRU, LSTM, RNN, type RNNOptions } from "./nn/recurrent.ts";
export { GRUCell, LSTMCell, RNNCell, type RNNCellOptions } from "./nn/recurrent-cells.ts";
export type { CellOptions, RecurrentOptions, RunOptions } from "./nn/recurrent-layer.ts";
export { type Layer, Sequential } from "./nn/sequential.ts";
export { summary } from "./nn/summary.ts";
export * from "./nn/transformer.ts";
export * from "./ops/index.ts";
// Optimizers
export { ema, swa, type WeightAverage, type WeightAverageRule } from "./optim/average.ts";
export { clipGradNorm, clipGradValue, gradientNorm } from "./optim/clip.ts";
export { gradients } from "./optim/gradients.ts";
export { type Lbfgs, type LbfgsOptions, lbfgs } from "./optim/lbfgs.ts";
export type { Optimizer } from "./optim/optimizer.ts";
export * from "./optim/rules.ts";
export * from "./optim/schedules/index.ts";
export type { OptimizerState } from "./optim/state.ts";
export * from "./preparation/index.ts";
export type { Callback, EpochEvent, Saved, StepEvent, Training } from "./train/callback.ts";
export * from "./train/callbacks/index.ts";
export { checkpointFile } from "./train/checkpoint.ts";
export { type Classification, classify, type EvaluateOptions, evaluate, predict } from "./train/evaluate.ts";
export { type FindLearningRateOptions, findLearningRate, LearningRateSearch } from "./train/find-learning-rate.ts";
export { fit } from "./train/fit.ts";
export type { Network } from "./train/forward.ts";
export type { History } from "./train/history.ts";
export type { Objective } from "./train/objective.ts";
export type { CheckpointOptions, FitEvents, FitOptions, OwnStep } from "./train/options.ts";
export type { StepTools } from "./train/step.ts";
export { updateBn } from "./train/update-bn.ts";
export type { ClassWeight } from "./train/weights.ts";
// The engine
export { type Configuration, configure, type MathMode } from "./wasm/config.ts";
export { type EngineInfo, engine } from "./wasm/engine.ts";
