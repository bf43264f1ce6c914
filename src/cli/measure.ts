/** `nabla evaluate` and `nabla predict`. */
import { writeFile } from "node:fs/promises";
import { ValueError } from "../core/errors.ts";
import { attachedTo } from "../data/attached.ts";
import {
  accuracy,
  type Classification,
  classificationReport,
  classify,
  confusionMatrix,
  evaluate,
  type Model,
  meanAbsoluteError,
  predict,
  r2,
  rootMeanSquaredError,
  type Table,
  type Tensor,
} from "../index.ts";
import { type Data, loadWithTable, readData, readTable } from "./files.ts";
import type { TableInputs } from "./table-inputs.ts";

/** How good a model is on the rows of a table, as text; errors of numbers are in the target's own units. */
export async function measured(model: Model, inputs: TableInputs, table: Table): Promise<string> {
  const data = inputs.dataset(table);
  if (inputs.task === "regression") {
    const pair = { actual: table.numbers(inputs.target), predicted: inputs.values(predict(model, data.x)) };
    const values = { r2: r2(pair), meanAbsoluteError: meanAbsoluteError(pair), rootMeanSquaredError: rootMeanSquaredError(pair) };
    return Object.entries(values)
      .map(([name, value]) => `${name}  ${value.toFixed(4)}`)
      .join("\n");
  }
  const report = classificationReport.with({ names: inputs.classes });
  const values = await evaluate(model, data, { accuracy, report, confusionMatrix });
  const classes = inputs.classes.map((name, i) => `${i} ${name}`).join(", ");
  return `accuracy  ${values.accuracy.toFixed(4)}\n\n${values.report}\n\n${values.confusionMatrix}\n\nclasses: ${classes}`;
}

/** Prints how good the model in one file is on the table in another. */
export async function evaluateCommand(modelPath: string, dataPath: string): Promise<void> {
  const { model, inputs } = await loadWithTable(modelPath);
  if (!inputs)
    throw new ValueError(
      "evaluate",
      "the model's file does not say what its columns are",
      modelPath,
      "a model of nabla train CONFIG.json",
    );
  const table = await readTable(dataPath);
  console.log(`${table.rows} rows, ${inputs.task} of '${inputs.target}'\n`);
  console.log(await measured(model, inputs, table));
}

type Row = Readonly<Record<string, string | number>>;

function classRow({ label, confidence }: Classification, classes: readonly string[]): Row {
  return { label: classes[label] ?? label, confidence: Number(confidence.toFixed(6)) };
}

/** Rows of numbers as the network gives them. */
function plainRows(outputs: Tensor): Row[] {
  const width = outputs.size / (outputs.shape[0] ?? 1);
  const values = outputs.data();
  return Array.from({ length: outputs.shape[0] ?? 0 }, (_, row) =>
    Object.fromEntries(Array.from({ length: width }, (_value, i) => [`output ${i}`, values[row * width + i]!])),
  );
}

function predictions(model: Model, inputs: TableInputs | null, data: Data): Row[] {
  if (!("table" in data)) {
    const [height, width, channels] = data.images.shape;
    return classify(model, data.images.reshape([1, height!, width!, channels!])).map((one) => classRow(one, []));
  }
  const { preparation, classes } = attachedTo(model);
  if (preparation && classes) return classify(model, data.table).map((one) => classRow(one, classes));
  if (preparation) return plainRows(predict(model, data.table));
  if (!inputs) return plainRows(predict(model, data.table.tensor()));
  const x = inputs.inputs(data.table);
  if (inputs.task === "classification") return classify(model, x).map((one) => classRow(one, inputs.classes));
  return [...inputs.values(predict(model, x)).data()].map((value) => ({ [inputs.target]: value }));
}

function cell(value: string | number): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function asText(rows: readonly Row[], format: "csv" | "json"): string {
  if (format === "json") return `${JSON.stringify(rows, null, 2)}\n`;
  return [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row))].map((row) => `${row.map(cell).join()}\n`).join("");
}

export type PredictOptions = { out?: string; format?: "csv" | "json" };

/** Prints, or writes, what the model in one file predicts for the rows in another: CSV, or JSON. */
export async function predictCommand(modelPath: string, dataPath: string, { out, format }: PredictOptions): Promise<void> {
  const { model, inputs } = await loadWithTable(modelPath);
  const rows = predictions(model, inputs, await readData(dataPath));
  const text = asText(rows, format ?? (out?.endsWith(".json") ? "json" : "csv"));
  if (out) await writeFile(out, text);
  else process.stdout.write(text);
}
