/** Tables, splits and folds. */
import { classWeight, groupKFold, kFold, split, stratifiedKFold, Table, tensor, timeSeriesSplit } from "../../../src/index.ts";
import type { Mistake } from "./mistake.ts";

const table = new Table({ height: [1.7, 1.6, 1.8], name: ["Ada", "Grace", "Alan"] });
const ten = {
  x: tensor(Array.from({ length: 10 }, (_, i) => [i])),
  y: tensor(Array.from({ length: 10 }, (_, i) => (i === 9 ? 1 : 0))),
};

export const tables: readonly Mistake[] = [
  ["columns of different length", () => new Table({ a: [1, 2], b: [1] })],
  ["a value that is neither number nor word", () => new Table({ a: ["x", {} as string] })],
  ["a name that comes twice", () => new Table([["a", [1]], ["a", [2]]])], // biome-ignore format: one line
  ["a column that is not there", () => table.column("heigth")],
  ["words where numbers should be", () => table.numbers("name")],
  ["a row beyond the end", () => table.take([3])],
  ["words in a tensor", () => table.tensor()],
  ["shares above 1", () => split(ten, { train: 0.8, test: 0.4 })],
  ["a share of nothing", () => split(ten, { train: 1, test: 0 })],
  ["a part without rows", () => split(table, { train: 0.9, test: 0.05 })],
  ["a class with a single row, stratified", () => split(ten, { train: 0.8, test: 0.2 }, { stratify: true })],
  ["labels of other length", () => split(ten, { train: 0.8, test: 0.2 }, { stratify: [1, 2] })],
  ["stratify and groups at once", () => split(ten, { train: 0.8, test: 0.2 }, { stratify: true, groups: ten.y })],
  ["a column's name where there are no columns", () => split(ten, { train: 0.8, test: 0.2 }, { groups: "patient" })],
  ["targets of a table that has none", () => split(table, { train: 0.5, test: 0.5 }, { stratify: true })],
  ["one group only", () => split(ten, { train: 0.5, test: 0.5 }, { groups: new Array(10).fill("same") })],
  ["a missing label", () => split(table, { train: 0.5, test: 0.5 }, { stratify: ["a", null, "a"] })],
  ["more folds than rows", () => kFold(3, 5)],
  ["one fold", () => kFold(3, 1)],
  ["a class rarer than folds", () => stratifiedKFold(ten.y, 5)],
  ["fewer groups than folds", () => groupKFold(["a", "a", "b"], 3)],
  ["a series too short for its folds", () => timeSeriesSplit(10, 4, { testSize: 3 })],
  ["a gap that is no whole number", () => timeSeriesSplit(10, 2, { gap: 0.5 })],
  ["weights of words", () => classWeight("balanced", ["spam", "ham"])],
  ["one-hot targets for weights", () => classWeight("balanced", tensor([[0, 1], [1, 0]]))], // biome-ignore format: one line
];
