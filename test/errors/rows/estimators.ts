/** Estimators, searches and reports. */
import {
  crossValidate,
  decodeModel,
  encodeModel,
  GridSearch,
  KMeans,
  KNeighborsClassifier,
  LinearRegression,
  LogisticRegression,
  MLPClassifier,
  MLPRegressor,
  OneVsRest,
  Perceptron,
  Pipeline,
  StandardScaler,
  Table,
  uniformBetween,
  wholeBetween,
} from "../../../src/index.ts";
import { report } from "../../../src/report/index.ts";
import type { Mistake } from "./mistake.ts";
import { network } from "./training.ts";

const x = [[0], [1], [2], [3]];
const y = ["a", "a", "b", "b"];
const small = { maxIter: 2 };
const fitted = await new LogisticRegression(small).fit(x, y);
const pipeline = new Pipeline([["scale", new StandardScaler()], ["model", new LogisticRegression(small)]]); // biome-ignore format: one line

function searched(options: object, labels: readonly string[] | undefined = y): Promise<unknown> {
  return new GridSearch({ estimator: fitted, grid: { C: [1] }, cv: 2, verbose: false, ...options }).fit(x, labels as never);
}

export const estimators: readonly Mistake[] = [
  ["used before it has learnt", () => new MLPClassifier().predict(x)],
  ["one class only", () => new LogisticRegression().fit(x, ["a", "a", "a", "a"])],
  ["a missing label", () => new LogisticRegression().fit(x, ["a", null, "b", "b"] as never)],
  ["fewer labels than rows", () => new LogisticRegression().fit(x, ["a", "b"])],
  ["fewer numbers than rows", () => new LinearRegression().fit(x, [1, 2])],
  ["NaN in a cell", () => new MLPClassifier(small).fit([[0], [Number.NaN], [1], [2]], y)],
  ["infinity in a target", () => new MLPRegressor(small).fit(x, [1, 2, Infinity, 4])],
  ["ragged rows", () => new MLPClassifier(small).fit([[0], [1, 2], [1], [2]], y)],
  ["words in rows", () => new MLPClassifier(small).fit([["0"], ["1"], ["2"], ["3"]] as never, y)],
  ["words in a table's column", () => pipeline.fit(new Table({ size: ["1", "two", "3", "4"] }), y)],
  ["no rows", () => new MLPClassifier(small).fit([], [])],
  ["a list where rows should be", () => new KNeighborsClassifier().fit([1, 2, 3, 4], y)],
  ["rows of another width", () => fitted.predict([[1, 2]])],
  ["weights for a class that there is not", () => new LogisticRegression({ ...small, classWeight: { c: 2 } }).fit(x, y)],
  ["a weight below 0", () => new LogisticRegression({ ...small, classWeight: { a: -1 } }).fit(x, y)],
  ["an option out of range", () => new MLPClassifier({ hiddenLayerSizes: [0] })],
  ["an option of a perceptron that there is not", () => new Perceptron({ eta: 1 } as object)],
  ["an option of neighbours that there is not", () => new KNeighborsClassifier({ neighbors: 3 } as object)],
  ["an option of centres that there is not", () => new KMeans({ k: 3 } as object)],
  ["class weights for numbers", () => new MLPRegressor({ classWeight: "balanced" } as object)],
  ["an activation that there is not", () => new MLPClassifier({ activation: "swish" as "relu" })],
  ["more centres than rows", () => new KMeans({ nClusters: 5 }).fit(x)],
  ["more neighbours than rows", () => new KNeighborsClassifier({ nNeighbors: 9 }).fit(x, y).then((model) => model.predict(x))],
  ["a class rarer than folds", () => crossValidate(new LogisticRegression(small), x, ["a", "b", "b", "b"], { cv: 2 })],
  ["a score that there is not", () => crossValidate(fitted, x, y, { cv: 2, scoring: "acuracy" as "accuracy" })],
  [
    "an option to search that there is not",
    () => new GridSearch({ estimator: fitted, grid: { depth: [1, 2] }, cv: 2, verbose: false }).fit(x, y),
  ],
  ["a search without a grid", () => new GridSearch({ estimator: fitted } as never).fit(x, y)],
  ["a grid of nothing", () => new GridSearch({ estimator: fitted, grid: {} }).fit(x, y)],
  ["a search's option that there is not", () => new GridSearch({ estimator: fitted, grid: { C: [1] }, folds: 3 } as never)],
  ["a search without options", () => new (GridSearch as new () => unknown)()],
  ["a search of a class", () => searched({ estimator: LogisticRegression as never })],
  ["a search without labels", () => searched({}, null as never)],
  ["a search of no threads", () => searched({ nJobs: 0 })],
  ["folds in words", () => searched({ cv: "5" as never })],
  ["folds without test rows", () => searched({ cv: [{ train: [0, 1] }] as never })],
  ["halving that is no record", () => searched({ halving: true as never })],
  ["a search to resume from something else", () => searched({ resume: "package.json" })],
  ["a search to resume from a folder", () => searched({ resume: "src" })],
  [
    "an option of a step that there is not",
    () => new GridSearch({ estimator: pipeline, grid: { "scale.withmean": [true] } }).fit(x, y),
  ],
  ["a distribution that ends before it begins", () => uniformBetween(1, 0)],
  ["fractions to draw whole numbers between", () => wholeBetween(0.5, 2)],
  ["predicting before searching", () => new GridSearch({ estimator: fitted, grid: { C: [1] } }).predict(x)],
  ["a validation's option that there is not", () => crossValidate(fitted, x, y, { folds: 3 } as object)],
  ["a validation of a class", () => crossValidate(LogisticRegression as never, x, y)],
  ["a validation without labels", () => crossValidate(fitted, x, undefined as never)],
  ["steps of a pipeline without names", () => new Pipeline([new StandardScaler(), fitted] as never)],
  ["one step as a pipeline", () => new Pipeline(fitted as never)],
  ["steps of a pipeline by their class", () => new Pipeline([["scale", StandardScaler], ["model", fitted]] as never)], // biome-ignore format: one line
  ["a step with a dot in its name", () => new Pipeline([["my.scale", new StandardScaler()], ["model", fitted]])], // biome-ignore format: one line
  ["one against the rest without a classifier", () => new OneVsRest({} as never)],
  ["one against the rest of numbers", () => new OneVsRest({ estimator: new LinearRegression() as never })],
  ["saving before learning", () => encodeModel(new MLPClassifier())],
  ["saving a search", () => encodeModel(new GridSearch({ estimator: fitted, grid: { C: [1] } }))],
  ["filling an estimator of another kind", () => decodeModel(encodeModel(fitted), new Perceptron() as object)],
  ["a step without its methods", () => new Pipeline([["scale", {} as StandardScaler], ["model", new LogisticRegression()]])], // biome-ignore format: one line
  ["a report on rows without targets", () => report(network(), { x: [[1]] } as never)],
];
