import { FormatError } from "../core/errors.ts";
import { Table, type TableRow, type TableValue } from "../data/table.ts";
import { bytesOf, decodeText, nameOf, type Source, type TextOptions } from "./source.ts";

function read(where: string, line: number, name: string, value: unknown): TableValue {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean") return String(value);
  const got = `${Array.isArray(value) ? "a list" : "an object"} under '${name}' in line ${line}`;
  throw new FormatError(where, "values are numbers, words, true, false or null", got);
}

function recordOf(where: string, text: string, line: number): TableRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(where, "every line is JSON of its own", `${(cause as Error).message} in line ${line}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new FormatError(where, "every line is an object of values by name", `${text.slice(0, 40)} in line ${line}`);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, read(where, line, name, one)]));
}

/**
 * A table out of JSON lines: an object a line. What a line does not name is missing in its row; true and false become words.
 *
 * @throws FormatError on a line that is not such an object, naming it
 * @example parseJsonLines('{"age": 31}\n{"age": 28, "city": "Oslo"}')
 */
export function parseJsonLines(text: string, { name = "text" }: { name?: string } = {}): Table {
  const where = `parseJsonLines(${name})`;
  const lines = text.split(/\r\n|\n|\r/).map((line, i) => [line.trim(), i + 1] as const);
  const records = lines.filter(([line]) => line !== "").map(([line, number]) => recordOf(where, line, number));
  if (records.length === 0) throw new FormatError(where, "holds no lines", "nothing");
  return Table.fromRecords(records);
}

/** A table out of a file of JSON lines, gzipped or not; see `parseJsonLines`. @throws ValueError when it cannot be read */
export async function readJsonLines(source: Source, { encoding }: TextOptions = {}): Promise<Table> {
  const name = nameOf(source);
  const where = `readJsonLines(${name})`;
  return parseJsonLines(decodeText(await bytesOf(source, where), where, encoding), { name });
}
