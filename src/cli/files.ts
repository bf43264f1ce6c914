/** Data and models as commands name them. */
import { extname } from "node:path";
import { ValueError } from "../core/errors.ts";
import { decodeModel, encodeModel, type Model, Table, type Tensor } from "../index.ts";
import { readBytes, writeBytes } from "../io/file.ts";
import { decodeSafetensors } from "../io/safetensors.ts";
import { readCsv, readImage, readJsonLines, readText, readTsv } from "../readers/index.ts";
import { TableInputs } from "./table-inputs.ts";

/** Rows of a table, or images as they are. */
export type Data = { table: Table } | { images: Tensor };

/** Records of a JSON file. */
async function readJson(path: string): Promise<Table> {
  const records: unknown = JSON.parse(await readText(path));
  if (!Array.isArray(records)) throw new ValueError(`read(${path})`, "a JSON file holds a list of records", typeof records);
  return Table.fromRecords(records);
}

/** @throws ValueError on files of another kind  @throws FormatError on damaged ones */
export async function readData(path: string): Promise<Data> {
  const extension = extname(path.replace(/\.gz$/, "")).toLowerCase();
  if (extension === ".csv") return { table: await readCsv(path) };
  if (extension === ".tsv") return { table: await readTsv(path) };
  if (extension === ".jsonl" || extension === ".ndjson") return { table: await readJsonLines(path) };
  if (extension === ".json") return { table: await readJson(path) };
  if (extension === ".png" || extension === ".jpg" || extension === ".jpeg") return { images: await readImage(path) };
  throw new ValueError("read", "knows .csv, .tsv, .jsonl, .json, .png and .jpg, each also .gz", path);
}

/** A table of a file. @throws ValueError on images */
export async function readTable(path: string): Promise<Table> {
  const data = await readData(path);
  if ("table" in data) return data.table;
  throw new ValueError("read", "a table is wanted", path, "a .csv, .tsv, .jsonl or .json file");
}

/** Where a model's file keeps what its table taught. */
const NOTE = "table";

export async function saveWithTable(model: object, inputs: TableInputs, path: string): Promise<void> {
  await writeBytes(path, encodeModel(model, { [NOTE]: inputs.note() }), `save(${path})`);
}

/** A model, and what prepares its tables, where it was trained on one. */
export async function loadWithTable(path: string): Promise<{ model: Model; inputs: TableInputs | null }> {
  const where = `load(${path})`;
  const bytes = await readBytes(path, where);
  const note = decodeSafetensors(bytes, where).metadata[NOTE];
  return { model: decodeModel(bytes, undefined, where), inputs: note === undefined ? null : TableInputs.from(note) };
}
