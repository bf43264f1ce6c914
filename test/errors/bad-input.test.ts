/** Provoked mistakes: each ends in an error that says where, which rule, what was given, and what to try. */
import { describe, expect, test } from "vitest";
import type { Mistake } from "./rows/mistake.ts";
import { preparation } from "./rows/preparation.ts";
import { readers } from "./rows/readers.ts";
import { sequences } from "./rows/sequences.ts";
import { tablePreparation } from "./rows/table-preparation.ts";
import { tables } from "./rows/tables.ts";

const KINDS = ["ShapeError", "DTypeError", "ValueError", "NumericError", "FormatError"];

const families: Readonly<Record<string, readonly Mistake[]>> = { tables, preparation, tablePreparation, readers, sequences };

describe.each(Object.entries(families))("%s", (_, mistakes) => {
  test.each(mistakes)("%s", async (_name, provoke) => {
    const error = await Promise.resolve()
      .then(provoke)
      .then(
        (value) => new Error(`no error but ${String(value)}`),
        (reason: Error) => reason,
      );
    expect(KINDS).toContain(error.name);
    expect(`${error.name}: ${error.message}`).toMatchSnapshot();
  });
});
