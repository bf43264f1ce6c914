/** Tables out of CSV and TSV. Fields are found by the library csv-parse; what they mean is decided here. */
import { parse } from "csv-parse/browser/esm/sync";
import { FormatError, ValueError } from "../core/errors.ts";
import { type Column, listOf, Table } from "../data/table.ts";
import { type ColumnType, columnOf, MISSING } from "./infer.ts";
import { bytesOf, decodeText, nameOf, type Source, type TextOptions } from "./source.ts";

export type CsvOptions = TextOptions & {
  /** What stands between fields. Default a comma; for files that end in .tsv or .tab, and for `readTsv`, a tab. */
  delimiter?: string;
  /** Whether the first line names the columns (default), or their names. Without: `column 1`, `column 2`, … */
  header?: boolean | readonly string[];
  /** Columns to keep, in this order. Default all. */
  columns?: readonly string[];
  /** What stands for a missing value. Default nothing, NA, N/A, NaN, nan, ?. */
  missing?: readonly string[];
  /** What columns hold. Default: numbers if all their fields are numbers, without zeros in front. */
  types?: Readonly<Record<string, ColumnType>>;
  /** Around fields that hold delimiters and ends of lines; null: none. Default `"`. */
  quote?: string | null;
  /** Name of the source, for messages. Default `text`. */
  name?: string;
};

type Line = { record: string[]; info: { lines: number } };

/** Fields of each line, and where it stands; lines without anything left out. */
function linesOf(where: string, text: string, { delimiter = ",", quote = '"' }: CsvOptions): Line[] {
  try {
    const options = { info: true, bom: true, delimiter, quote, relax_column_count: true, skip_empty_lines: true, trim: true };
    const lines: unknown = parse(text, options as object); // with `info`, which its types do not know
    return lines as Line[];
  } catch (cause) {
    const { message, lines } = cause as Error & { lines?: number };
    throw new FormatError(
      where,
      "is not well-formed",
      `${message}${lines ? ` (line ${lines})` : ""}`,
      "quote: null, where quotes mean nothing",
    );
  }
}

/** Names of the columns, and the lines that hold rows. */
function headed(
  where: string,
  lines: readonly Line[],
  header: boolean | readonly string[],
): { names: readonly string[]; rows: readonly Line[] } {
  const [first] = lines;
  if (!first) throw new FormatError(where, "holds no lines", "nothing");
  if (typeof header !== "boolean") return { names: header, rows: lines };
  const numbered = first.record.map((_, i) => `column ${i + 1}`);
  if (!header) return { names: numbered, rows: lines };
  if (first.record.every((field) => field !== "" && Number.isFinite(Number(field))))
    throw new FormatError(
      where,
      "the first line names the columns",
      `numbers, ${listOf(first.record)}`,
      "header: false, or header: [names]",
    );
  const names = first.record.map((name, i) => name || numbered[i]!);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new FormatError(where, "each column has a name of its own", `'${twice}' twice`, "header: [names]");
  return { names, rows: lines.slice(1) };
}

function checkFields(where: string, rows: readonly Line[], names: readonly string[]): void {
  const ragged = rows.find(({ record }) => record.length !== names.length);
  if (!ragged) return;
  const got = `${ragged.record.length} in line ${ragged.info.lines}`;
  const remedy = ragged.record.length === 1 && names.length > 1 ? "another delimiter" : "quoting fields that hold delimiters";
  throw new FormatError(where, `every line has as many fields as the header, ${names.length}`, got, remedy);
}

/**
 * A table out of the text of a CSV file: columns of numbers where every field is one, of words otherwise.
 *
 * @throws FormatError, each naming the line: on lines with more or fewer fields than the header, a stray word among numbers (fewer than
 *   one in ten), a first line of numbers, a name that comes twice, quotes that do not close; when a column that is asked for is missing
 * @example parseCsv("height,name\n1.7,Ada\n1.6,Grace")
 */
export function parseCsv(text: string, options: CsvOptions = {}): Table {
  const { name = "text", header = true, missing = MISSING, types = {} } = options;
  const where = `parseCsv(${name})`;
  const { names, rows } = headed(where, linesOf(where, text, options), header);
  checkFields(where, rows, names);
  const wanted = options.columns ?? names;
  for (const column of [...wanted, ...Object.keys(types)]) {
    if (!names.includes(column))
      throw new FormatError(where, `lacks the column '${column}'`, listOf(names), "a delimiter or a header that fits");
  }
  for (const type of Object.values(types))
    if (type !== "numbers" && type !== "words") throw new ValueError(where, "types are numbers or words", String(type));
  const absent = new Set(missing);
  const lines = Int32Array.from(rows, ({ info }) => info.lines);
  const columns = wanted.map((column): [string, Column] => {
    const at = names.indexOf(column);
    const fields = rows.map(({ record }) => (absent.has(record[at]!) ? null : record[at]!));
    return [column, columnOf(where, column, fields, types[column], (row) => `line ${lines[row]}`)];
  });
  return new Table(columns, { file: name, lines });
}

/**
 * A table out of a CSV file, gzipped or not; see `parseCsv`.
 *
 * @param source a path, or the file's bytes
 * @throws ValueError when it cannot be read  @throws FormatError as `parseCsv`, and on bytes that are not UTF-8
 * @example const table = await readCsv("iris.csv");
 */
export async function readCsv(source: Source, options: CsvOptions = {}): Promise<Table> {
  const name = options.name ?? nameOf(source);
  const where = `readCsv(${name})`;
  const text = decodeText(await bytesOf(source, where), where, options.encoding);
  const delimiter = options.delimiter ?? (/\.(?:tsv|tab)(?:\.gz)?$/.test(name) ? "\t" : ",");
  return parseCsv(text, { ...options, name, delimiter });
}

/** A table out of text with tabs between the fields; see `parseCsv`. */
export function parseTsv(text: string, options: CsvOptions = {}): Table {
  return parseCsv(text, { delimiter: "\t", ...options });
}

/** A table out of a file with tabs between the fields; see `readCsv`. */
export function readTsv(source: Source, options: CsvOptions = {}): Promise<Table> {
  return readCsv(source, { delimiter: "\t", ...options });
}

/** A field as it is written. */
function field(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  return /[",\n\r]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table as CSV: a line of names, then a line a row; what is missing is left empty. */
export function formatCsv(table: Table): string {
  const lines = table.records().map((row) => table.names.map((name) => field(row[name]!)).join(","));
  return `${[table.names.map(field).join(","), ...lines].join("\n")}\n`;
}
