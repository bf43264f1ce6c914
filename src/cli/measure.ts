/** `nabla evaluate` and `nabla predict`. */
import { FormatError, ValueError } from "../core/errors.ts";
import { attachedTo } from "../data/attached.ts";
import {
  accuracy,
  type Classification,
  classificationReport,
  classify,
  confusionMatrix,
  type Dataset,
  evaluate,
  ImagePreparation,
  load,
  type Model,
  meanAbsoluteError,
  type Preparation,
  predict,
  type RawRows,
  r2,
  rootMeanSquaredError,
  stack,
  Table,
  TablePreparation,
  Tensor,
} from "../index.ts";
import { writeBytes } from "../io/file.ts";
import { formatCsv, readImageFolder } from "../readers/index.ts";
import { isEstimator, predictedRows } from "./estimators.ts";
import { type Data, isFolder, readData, readTable } from "./files.ts";

/** How good a model is on prepared rows, as text; errors of numbers are in the target's own units. */
export async function measured(model: Model, preparation: Preparation, data: Dataset): Promise<string> {
  const { classes } = attachedTo(model);
  if (!classes) {
    const pair = { actual: preparation.outputs(data.y), predicted: preparation.outputs(predict(model, data.x)) };
    const values = { r2: r2(pair), meanAbsoluteError: meanAbsoluteError(pair), rootMeanSquaredError: rootMeanSquaredError(pair) };
    return Object.entries(values)
      .map(([name, value]) => `${name}  ${value.toFixed(4)}`)
      .join("\n");
  }
  const report = classificationReport.with({ names: classes });
  const values = await evaluate(model, data, { accuracy, report, confusionMatrix });
  const names = classes.map((name, i) => `${i} ${name}`).join(", ");
  return `accuracy  ${values.accuracy.toFixed(4)}\n\n${values.report}\n\n${values.confusionMatrix}\n\nclasses: ${names}`;
}

/** What a model tells apart or predicts, in words. */
export function taskOf({ classes }: { classes?: readonly string[] }, preparation: Preparation): string {
  const target = preparation instanceof TablePreparation ? ` of '${preparation.target}'` : "";
  return `${classes ? "classification" : "regression"}${target}`;
}

/** Rows with their targets: a table, or a folder with a folder of pictures for each class. */
async function labelled(path: string, preparation: Preparation): Promise<RawRows> {
  if (!(await isFolder(path))) return readTable(path);
  if (!(preparation instanceof ImagePreparation))
    throw new ValueError("evaluate", `the model takes rows for a ${preparation.kind}`, `${path}, a folder`, "a table");
  const { size, channels } = preparation;
  return readImageFolder(path, { size, channels }) as Promise<Dataset & RawRows>;
}

/** Prints how good the model in one file is on the rows in another. */
export async function evaluateCommand(modelPath: string, dataPath: string): Promise<void> {
  const model = await load(modelPath);
  const { preparation, classes } = attachedTo(model);
  if (!preparation)
    throw new ValueError(
      "evaluate",
      "the model's file does not say how rows become its inputs",
      modelPath,
      "a model of nabla train CONFIG, or one that fit trained on what a preparation made",
    );
  const data = preparation.transform(await labelled(dataPath, preparation));
  console.log(`${data.x.shape[0]} rows, ${taskOf(classes ? { classes } : {}, preparation)}\n`);
  console.log(await measured(model, preparation, data));
}

type Row = Readonly<Record<string, string | number>>;

function classRow({ label, name, confidence }: Classification): Row {
  return { label: name ?? label, confidence: Number(confidence.toFixed(6)) };
}

/** Rows of numbers as the network gives them; one alone is called `single`. */
function plainRows(outputs: Tensor, single = "output 0"): Row[] {
  const n = outputs.shape[0] ?? 0;
  const width = outputs.size / Math.max(1, n);
  const values = outputs.data();
  return Array.from({ length: n }, (_, row) =>
    Object.fromEntries(
      Array.from({ length: width }, (_value, i) => [width === 1 ? single : `output ${i}`, values[row * width + i]!]),
    ),
  );
}

/** Inputs of a model that says nothing of how rows are prepared: numbers of tables, and pictures of one size, as they are. */
function unprepared(data: Data): Tensor {
  if ("table" in data) return data.table.tensor();
  const items = data.items as readonly unknown[];
  if (items.every((item): item is Tensor => item instanceof Tensor)) return stack(items);
  throw new FormatError("predict", "the model's file does not say how such rows become its inputs", data.names[0]);
}

function predictions(model: Model, data: Data): Row[] {
  if (isEstimator(model)) {
    if ("table" in data) return [...predictedRows(model, data.table)];
    throw new ValueError("predict", "an estimator predicts for the rows of a table", data.names[0]);
  }
  const { preparation, classes } = attachedTo(model);
  const rows = "table" in data ? data.table : data.items;
  const named = (found: readonly Row[]): Row[] =>
    "names" in data ? found.map((row, i) => ({ [data.called]: data.names[i]!, ...row })) : [...found];
  if (!preparation) {
    const x = unprepared(data);
    return named("table" in data ? plainRows(predict(model, x)) : classify(model, x).map(classRow));
  }
  if (classes) return named(classify(model, rows).map(classRow));
  return named(plainRows(predict(model, rows), preparation instanceof TablePreparation ? preparation.target : "value"));
}

function asText(rows: readonly Row[], format: "csv" | "json"): string {
  return format === "json" ? `${JSON.stringify(rows, null, 2)}\n` : formatCsv(Table.fromRecords(rows));
}

export type PredictOptions = { out?: string; format?: "csv" | "json" };

/** Prints, or writes, what the model in one file predicts for the rows in another: CSV, or JSON. */
export async function predictCommand(modelPath: string, dataPath: string, { out, format }: PredictOptions): Promise<void> {
  const model = await load(modelPath);
  const rows = predictions(model, await readData(dataPath));
  const text = asText(rows, format ?? (out?.endsWith(".json") ? "json" : "csv"));
  if (out) await writeBytes(out, new TextEncoder().encode(text), `predict: --out ${out}`);
  else process.stdout.write(text);
}
