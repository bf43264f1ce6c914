/** Scalers, encoders, imputers. */
import {
  LabelEncoder,
  MinMaxScaler,
  type Norm,
  Normalizer,
  OneHotEncoder,
  OrdinalEncoder,
  PolynomialFeatures,
  RobustScaler,
  SimpleImputer,
  StandardScaler,
  Table,
  tensor,
} from "../../../src/index.ts";
import type { Mistake } from "./mistake.ts";

const colours = new OneHotEncoder().fit(new Table({ colour: ["red", "blue"] }));

export const preparation: readonly Mistake[] = [
  ["a scaler that is not fitted", () => new StandardScaler().transform([[1]])],
  ["a list where rows should be", () => new StandardScaler().fit([1, 2, 3])],
  ["a vector where rows should be", () => new StandardScaler().fit(tensor([1, 2, 3]))],
  ["words where numbers should be", () => new StandardScaler().fit([["1"]] as never)],
  ["ragged rows", () => new StandardScaler().fit([[1, 2], [3]])],
  ["no rows", () => new StandardScaler().fit([])],
  ["infinity", () => new StandardScaler().fit([[1], [Infinity]])],
  ["a column without numbers", () => new StandardScaler().fit(new Table({ age: [30, 40], weight: [null, null] }))],
  ["another number of columns than fitted", () => new StandardScaler().fit([[1, 2]]).transform([[1, 2, 3]])],
  ["words in a table of numbers", () => new StandardScaler().fit(new Table({ age: ["30", "forty"] }))],
  ["a range the wrong way round", () => new MinMaxScaler({ featureRange: [1, 0] })],
  ["quantiles as shares the wrong way round", () => new RobustScaler({ quantileRange: [75, 25] })],
  ["a norm that there is not", () => new Normalizer({ norm: "l3" as Norm })],
  ["a strategy that there is not", () => new SimpleImputer({ strategy: "mode" as "mean" })],
  ["nothing to take the mean of", () => new SimpleImputer().fit([[null]])],
  ["an unknown category", () => colours.transform(new Table({ colour: ["red", "green"] }))],
  ["an unknown category for ordinal numbers", () => new OrdinalEncoder().fit([["s"], ["m"]]).transform([["xl"]])],
  ["an unknown label", () => new LabelEncoder().fit(["cat", "dog"]).transform(["cat", "cow"])],
  ["a missing label", () => new LabelEncoder().fit(["cat", null])],
  ["a class number that there is not", () => new LabelEncoder().fit(["cat", "dog"]).inverseTransform([2])],
  ["a degree below nothing", () => new PolynomialFeatures({ degree: -1 })],
  ["a degree that fills memory", () => new PolynomialFeatures({ degree: 9 }).transform([new Array(40).fill(1)])],
];
