/** What columns of text hold: numbers or words. */
import { FormatError } from "../core/errors.ts";
import type { Column } from "../data/table.ts";

export type ColumnType = "numbers" | "words";

/** What stands for a value that is missing. */
export const MISSING: readonly string[] = ["", "NA", "N/A", "NaN", "nan", "?"];

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Numbers in name only: postcodes, keys. */
const PADDED = /^0\d/;
/** A column with fewer words than one in so many numbers holds numbers, and a mistake. */
const STRAY = 10;

/** Where the fields of a column stand. */
export type Place = (row: number) => string;

function strayError(where: string, name: string, fields: readonly (string | null)[], row: number, place: Place): FormatError {
  return new FormatError(
    where,
    `column '${name}' must hold numbers, as it does elsewhere`,
    `${JSON.stringify(fields[row])} in ${place(row)}`,
    `mending it, missing: [${JSON.stringify(fields[row])}, …], or types: { ${JSON.stringify(name)}: "words" }`,
  );
}

/**
 * A column of numbers or words.
 *
 * @param fields null where missing
 * @param type default: numbers if all fields are; an error where nearly all are
 */
export function columnOf(
  where: string,
  name: string,
  fields: readonly (string | null)[],
  type: ColumnType | undefined,
  place: Place,
): Column {
  if (type === "words") return fields;
  const isWord = (field: string | null): boolean =>
    field !== null && (!NUMBER.test(field) || (type === undefined && PADDED.test(field)));
  const first = fields.findIndex(isWord);
  const present = fields.reduce((count, field) => count + (field === null ? 0 : 1), 0);
  if (first >= 0) {
    const strays = fields.filter((field) => field !== null && !NUMBER.test(field)).length;
    const row = fields.findIndex((field) => field !== null && !NUMBER.test(field));
    if (type === "numbers" || (strays > 0 && strays * STRAY < present - strays)) throw strayError(where, name, fields, row, place);
    return fields;
  }
  if (present === 0 && type === undefined && fields.length > 0) return fields;
  return Float64Array.from(fields, (field) => (field === null ? Number.NaN : Number(field)));
}
