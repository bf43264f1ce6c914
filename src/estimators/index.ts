/** Estimators, by scikit-learn's names: options in camelCase, `await estimator.fit(x, y)`, then `predict` and `score`. */
export {
  type Distribution,
  type Distributions,
  type Grid,
  logUniform,
  type Params,
  uniformBetween,
  wholeBetween,
} from "./candidates.ts";
export { type CrossValidateOptions, CrossValidation, crossValidate, type Scoring } from "./cross-validation.ts";
export type { FitWeights } from "./estimator.ts";
export { KMeans, type KMeansOptions } from "./k-means.ts";
export { KNeighborsClassifier, type KNeighborsOptions } from "./k-neighbors.ts";
export { LinearRegression, type LinearRegressionOptions } from "./linear-regression.ts";
export { LogisticRegression, type LogisticRegressionOptions } from "./logistic-regression.ts";
export { MLPClassifier } from "./mlp-classifier.ts";
export type { ClassWeight, MLPClassifierOptions, MLPOptions } from "./mlp-options.ts";
export { MLPRegressor } from "./mlp-regressor.ts";
export { type MultiClassOptions, OneVsOne, OneVsRest } from "./multiclass.ts";
export { Perceptron, type PerceptronOptions } from "./perceptron.ts";
export { Pipeline, type Steps, type Transformer } from "./pipeline.ts";
export type { ScoringName } from "./scoring.ts";
export {
  GridSearch,
  type GridSearchOptions,
  RandomSearch,
  type RandomSearchOptions,
  type SearchOptions,
  type SearchRow,
} from "./search.ts";
