/** Estimators in files, as commands use them. */
import { ValueError } from "../core/errors.ts";
import { Pipeline, type Table, Tensor } from "../index.ts";

type Answering = { predict(rows: never): unknown };

/** Whether what a file held is an estimator, and no network. */
export function isEstimator(model: object): model is Answering {
  return "predict" in model && typeof model.predict === "function" && !("forward" in model);
}

/** What it predicts for the rows of a table: labels, or numbers. Pipelines take the table itself, others its numbers. */
export function predictedRows(estimator: Answering, table: Table): Readonly<Record<string, string | number>>[] {
  const rows = (estimator instanceof Pipeline ? table : table.tensor()) as never;
  const found = estimator.predict(rows);
  if (Array.isArray(found)) return found.map((label: string | number) => ({ label }));
  if (!(found instanceof Tensor)) throw new ValueError("predict", "an estimator gives labels or numbers", typeof found);
  const [values, width] = [found.data(), found.size / table.rows];
  return Array.from({ length: table.rows }, (_, row) =>
    Object.fromEntries(
      Array.from({ length: width }, (_value, i) => [width === 1 ? "value" : `output ${i}`, values[row * width + i]!]),
    ),
  );
}
