/** Provoked mistakes: each ends in an error that says where, which rule, what was given, and what to try. */
import { describe, expect, test } from "vitest";
import { LogisticRegression, OneHotEncoder, SimpleImputer, StandardScaler } from "../../src/index.ts";
import { estimators } from "./rows/estimators.ts";
import type { Mistake } from "./rows/mistake.ts";
import { modelFiles } from "./rows/model-files.ts";
import { preparation } from "./rows/preparation.ts";
import { readers } from "./rows/readers.ts";
import { sequences } from "./rows/sequences.ts";
import { tablePreparation } from "./rows/table-preparation.ts";
import { tables } from "./rows/tables.ts";
import { training } from "./rows/training.ts";

const KINDS = ["ShapeError", "DTypeError", "ValueError", "NumericError", "FormatError"];

const families: Readonly<Record<string, readonly Mistake[]>> = {
  ...{ tables, preparation, tablePreparation, readers, sequences, estimators, training, modelFiles },
};

describe.each(Object.entries(families))("%s", (_, mistakes) => {
  test.each(mistakes)("%s", async (_name, provoke) => {
    const error = await Promise.resolve()
      .then(provoke)
      .then(
        (value) => new Error(`no error but ${String(value)}`),
        (reason: Error) => reason,
      );
    expect(KINDS).toContain(error.name);
    // What the system says in brackets differs from host to host.
    expect(`${error.name}: ${error.message.replace(/\(E[A-Z]+:.*\)/, "(…)")}`).toMatchSnapshot();
  });
});

/** What is not an error, and what comes of it instead; the docs say so. */
describe("documented behaviour", () => {
  test("a constant column is not divided: it becomes 0", () => {
    expect([...new StandardScaler().fitTransform([[7, 1], [7, 3]]).data()]).toEqual([0, -1, 0, 1]); // biome-ignore format: one line
  });

  test("a gap among numbers passes through a scaler, and an imputer fills it", () => {
    expect(new StandardScaler().fitTransform([[1], [Number.NaN], [3]]).data()).toEqual(new Float32Array([-1, Number.NaN, 1]));
    expect([...new SimpleImputer().fitTransform([[1], [Number.NaN], [3]]).data()]).toEqual([1, 2, 3]);
  });

  test("an unknown category is zeros where that is asked for", () => {
    const encoder = new OneHotEncoder({ handleUnknown: "ignore" }).fit([["red"], ["blue"]]);
    expect([...encoder.transform([["green"]]).data()]).toEqual([0, 0]);
  });

  test("a label that was never seen counts as a mistake when scoring", async () => {
    const model = await new LogisticRegression().fit([[0], [1], [2], [3]], ["a", "a", "b", "b"]);
    expect(model.score([[0], [3]], ["a", "c"])).toBe(0.5);
  });
});
