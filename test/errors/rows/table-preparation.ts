/** Raw tables on their way to a model, and files that hold what was learnt of them. */
import {
  ColumnTransformer,
  decodeModel,
  encodeModel,
  evaluate,
  fit,
  Linear,
  mse,
  OneHotEncoder,
  predict,
  Sequential,
  StandardScaler,
  sgd,
  Table,
  TablePreparation,
} from "../../../src/index.ts";
import { decodeSafetensors, encodeSafetensors } from "../../../src/io/safetensors.ts";
import type { Mistake } from "./mistake.ts";

const iris = new Table({ petal: [1.4, 5.1, 1.3], place: ["a", "b", "a"], species: ["setosa", "virginica", "setosa"] });
const names = new Table([
  ["name", Array.from({ length: 50 }, (_, i) => `person ${i}`)],
  ["age", Array.from({ length: 50 }, (_, i) => i)],
  ["kind", Array.from({ length: 50 }, (_, i) => (i % 2 ? "a" : "b"))],
]);
const prepared = new TablePreparation({ target: "species" });
prepared.fit(iris);

async function trained(): Promise<Sequential> {
  const model = new Sequential(new Linear(1, 1));
  const table = new Table({ x: [1, 2, 3], y: [0.5, 1.5, 2.5] });
  const data = new TablePreparation({ target: "y" }).fitTransform(table);
  await fit(model, data, { loss: mse, optimizer: sgd({ lr: 0.1 }), epochs: 1, verbose: false });
  return model;
}

/** A model's file with another note on its preparation. */
async function noted(change: (note: string) => string, name = "preparation"): Promise<unknown> {
  const { tensors, metadata } = decodeSafetensors(encodeModel(await trained()), "test");
  const list = [...tensors].map(([path, stored]) => ({ name: path, ...stored }));
  return decodeModel(encodeSafetensors(list, { ...metadata, [name]: change(metadata[name] ?? "") }));
}

export const tablePreparation: readonly Mistake[] = [
  ["no target named", () => new TablePreparation({} as never)],
  ["a target that there is not", () => new TablePreparation({ target: "kind" }).fit(iris)],
  ["an ignored column that there is not", () => new TablePreparation({ target: "species", ignore: ["sepal"] }).fit(iris)],
  ["nothing beside the target", () => new TablePreparation({ target: "species", ignore: ["petal", "place"] }).fit(iris)],
  ["no rows", () => new TablePreparation({ target: "species" }).fit(iris.take([]))],
  ["one class only", () => new TablePreparation({ target: "species" }).fit(iris.take([0, 2]))],
  ["a row without target", () => new TablePreparation({ target: "species" }).fit(iris.with("species", ["setosa", null, "setosa"]))],
  ["class numbers that may be numbers", () => new TablePreparation({ target: "y" }).fit(new Table({ x: [1, 2], y: [1, 2] }))],
  ["words to predict as numbers", () => new TablePreparation({ target: "species", task: "regression" }).fit(iris)],
  ["words as numeric", () => new TablePreparation({ target: "species", numeric: ["place"] }).fit(iris)],
  ["a column of names", () => new TablePreparation({ target: "kind" }).fit(names)],
  ["a column without any value", () => new TablePreparation({ target: "species" }).fit(iris.with("petal", [null, null, null]))],
  ["used before it has learnt", () => new TablePreparation({ target: "species" }).inputs(iris)],
  ["rows that lack a column", () => prepared.inputs([{ petal: 1 }])],
  ["rows with a word among numbers", () => prepared.inputs([{ petal: "large", place: "a" }])],
  ["a class that did not occur in training", () => prepared.transform([{ petal: 1, place: "a", species: "versicolor" }])],
  ["rows to evaluate without their targets", () => prepared.transform([{ petal: 1, place: "a" }])],
  ["texts for a table", () => prepared.inputs(["petal"])],
  ["raw rows for a model of numbers", () => predict(new Sequential(new Linear(1, 1)), [{ x: 1 }])],
  ["a table for a model of numbers", () => evaluate(new Sequential(new Linear(1, 1)), iris, {})],
  ["a transformer without parts", () => new ColumnTransformer([])],
  ["an encoder behind a scaler", () => new ColumnTransformer([[[new StandardScaler(), new OneHotEncoder()], ["petal"]]])],
  ["a file whose preparation is not JSON", () => noted(() => "{")],
  ["a file with a preparation of another kind", () => noted((note) => note.replace("TablePreparation", "Magic"))],
  ["a file with a scaler of another kind", () => noted((note) => note.replace("StandardScaler", "__proto__"))],
  ["a file that has learnt nothing", () => noted((note) => note.replace('"learnt":{', '"nothing":{'))],
  ["a file whose numbers are words", () => noted((note) => note.replace(/"mean":\[[^\]]*\]/, '"mean":["x"]'))],
  ["a file whose classes are numbers", () => noted(() => "[1, 2]", "classes")],
];
