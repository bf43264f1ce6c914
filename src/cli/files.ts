/** Data as commands name them: tables, texts, pictures and sounds, one or a folder of them. */
import { constants } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { FormatError, ValueError } from "../core/errors.ts";
import { type RawRows, Table } from "../index.ts";
import { readCsv, readImage, readJsonLines, readLines, readText, readTsv, readWav } from "../readers/index.ts";

/** Rows of a table; or texts, pictures or sounds, each with its name. */
export type Data = { table: Table } | { items: RawRows; names: readonly string[]; called: "file" | "text" };

const PICTURE = /\.(?:png|jpe?g)$/i;
const SOUND = /\.wav$/i;

/** Records of a JSON file. */
async function readJson(path: string): Promise<Table> {
  let records: unknown;
  try {
    records = JSON.parse(await readText(path));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new FormatError(`read(${path})`, "must be a JSON file", cause.message);
    throw cause;
  }
  if (!Array.isArray(records)) throw new ValueError(`read(${path})`, "a JSON file holds a list of records", typeof records);
  return Table.fromRecords(records);
}

const TABLES: Readonly<Record<string, (path: string) => Promise<Table>>> = {
  ".csv": (path) => readCsv(path),
  ".tsv": (path) => readTsv(path),
  ".jsonl": (path) => readJsonLines(path),
  ".ndjson": (path) => readJsonLines(path),
  ".json": readJson,
};

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Pictures, or sounds if there are none, of a folder and the folders in it, by their paths. */
async function readFolder(path: string): Promise<Data> {
  const all = (await readdir(path, { recursive: true })).map((name) => name.replaceAll("\\", "/")).sort();
  const pictures = all.filter((name) => PICTURE.test(name));
  const names = pictures.length > 0 ? pictures : all.filter((name) => SOUND.test(name));
  if (names.length === 0) throw new FormatError(`read(${path})`, "a folder holds PNG, JPEG or WAV files", "none");
  const items: unknown[] = [];
  for (const name of names) items.push(await (pictures.length > 0 ? readImage(join(path, name)) : readWav(join(path, name))));
  return { items: items as RawRows & unknown[], names, called: "file" };
}

/** @throws ValueError on files of another kind  @throws FormatError on damaged ones */
export async function readData(path: string): Promise<Data> {
  const found = await stat(path).catch(() => {
    throw new ValueError("read", "there is no such file or folder", path);
  });
  if (found.isDirectory()) return readFolder(path);
  const extension = extname(path.replace(/\.gz$/, "")).toLowerCase();
  const read = TABLES[extension];
  if (read) return { table: await read(path) };
  if (PICTURE.test(path)) return { items: [await readImage(path)], names: [path], called: "file" };
  if (SOUND.test(path)) return { items: [await readWav(path)], names: [path], called: "file" };
  if (extension === ".txt") {
    const lines = await readLines(path);
    return { items: lines, names: lines, called: "text" };
  }
  throw new ValueError("read", "knows .csv, .tsv, .jsonl, .json, .txt, .png, .jpg, .wav, and folders of pictures", path);
}

/**
 * Before hours of training: whether its outcome can be written there.
 *
 * @throws ValueError where the folder is missing or closed, or a folder stands there
 */
export async function checkWritable(path: string, where: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK);
    if (await isFolder(path)) throw new Error("a folder stands there");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const got = code === "ENOENT" ? "no such folder" : code === "ENOTDIR" ? "no folder" : message;
    throw new ValueError(where, "cannot write the file", `${path} (${got})`, "--out with another path");
  }
}

/** A table of a file. @throws ValueError on anything else */
export async function readTable(path: string): Promise<Table> {
  const data = await readData(path);
  if ("table" in data) return data.table;
  throw new ValueError("read", "a table is wanted", path, "a .csv, .tsv, .jsonl or .json file");
}
