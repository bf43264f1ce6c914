/** Preparation: what makes numbers of raw rows, learnt from training rows alone. */
export { type LogMelOptions, logMel } from "./audio.ts";
export { type ColumnPart, ColumnTransformer } from "./column-transformer.ts";
export { LabelEncoder, OneHotEncoder, type OneHotOptions, OrdinalEncoder, type OrdinalOptions } from "./encoders.ts";
export type { Described } from "./fitted.ts";
export { ImagePreparation, type ImagePreparationOptions } from "./image-preparation.ts";
export { type ImputerOptions, type ImputerStrategy, SimpleImputer } from "./imputer.ts";
export type { NumberRows, ValueRows } from "./matrix.ts";
export { type MixupOptions, mixup } from "./mixup.ts";
export { type Norm, Normalizer } from "./normalizer.ts";
export { PolynomialFeatures, type PolynomialOptions } from "./polynomial.ts";
export type { SampleOptions } from "./samples.ts";
export {
  MaxAbsScaler,
  MinMaxScaler,
  type MinMaxScalerOptions,
  RobustScaler,
  type RobustScalerOptions,
  StandardScaler,
  type StandardScalerOptions,
} from "./scalers.ts";
export { SoundPreparation, type SoundPreparationOptions } from "./sound-preparation.ts";
export type { NumberStep, Step, ValueStep } from "./steps.ts";
export { TablePreparation, type TablePreparationOptions } from "./table-preparation.ts";
export type { Task } from "./target.ts";
export { type NearDuplicate, NearDuplicates, TextNormalizer, type TextNormalizerOptions } from "./text.ts";
export { TextPreparation, type TextPreparationOptions } from "./text-preparation.ts";
export type { Tokenizer } from "./tokenizer.ts";
export {
  characterTokens,
  type PaddingOptions,
  padSequences,
  Vocabulary,
  type VocabularyOptions,
  wordTokens,
} from "./vocabulary.ts";
export { type WindowOptions, windows } from "./windows.ts";
