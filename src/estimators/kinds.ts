/** Estimators and preparations by their kind: what other threads are told, and files, to make one of their own. */
import { FormatError } from "../core/errors.ts";
import { madeBy } from "../io/learner-file.ts";
import { type Made, type Told, told, untold } from "../io/made.ts";
import { ColumnTransformer } from "../preparation/column-transformer.ts";
import { STEPS } from "../preparation/steps.ts";
import { KMeans } from "./k-means.ts";
import { KNeighborsClassifier } from "./k-neighbors.ts";
import { LinearRegression } from "./linear-regression.ts";
import { LogisticRegression } from "./logistic-regression.ts";
import { MLPClassifier } from "./mlp-classifier.ts";
import { MLPRegressor } from "./mlp-regressor.ts";
import { OneVsOne, OneVsRest } from "./multiclass.ts";
import { Perceptron } from "./perceptron.ts";
import { Pipeline } from "./pipeline.ts";

type Kinds = Readonly<Record<string, new (options: never) => Made>>;

const kinds = (): Kinds => ({
  ...STEPS,
  ...{ ColumnTransformer, KMeans, KNeighborsClassifier, LinearRegression, LogisticRegression, MLPClassifier, MLPRegressor },
  ...{ OneVsOne, OneVsRest, Perceptron, Pipeline },
});

/** Whether another thread, or a file, can make it again. */
function isKnown(made: Made): boolean {
  const known = kinds();
  return Object.hasOwn(known, made.kind) && made.constructor === known[made.kind];
}

/** An estimator as data: its kind and options, those inside it too. */
export type Recipe = Told;

/** The recipe, or null where a part is of a kind of its own, or holds what cannot be told. */
export function recipeOf(estimator: Made): Recipe | null {
  return told(estimator, isKnown);
}

/** What `load` makes estimators by: all kinds that there are. */
export const makeEstimator = madeBy((where, kind, options) => {
  const known = kinds();
  if (!Object.hasOwn(known, kind))
    throw new FormatError(where, "knows no such kind of estimator", kind, "load(path, estimator), with one of that kind");
  return new known[kind]!(options as never);
});

/** The estimator of a recipe. @throws FormatError on a kind that there is not */
export function made({ tree, arrays }: Recipe): Made {
  const make = (kind: string, options: unknown): Made => makeEstimator("search", kind, options);
  return untold(tree, { where: "search", arrays: new Map(arrays.map((array) => [array.name, array])), make }) as Made;
}
