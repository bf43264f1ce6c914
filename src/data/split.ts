import { ValueError } from "../core/errors.ts";
import { checkData, type Dataset, rowsOf } from "./dataset.ts";
import { divide } from "./divide.ts";
import type { Labels } from "./labels.ts";
import { type Parts, take } from "./parts.ts";
import { Table } from "./table.ts";

export type SplitOptions = {
  /** Chooses the order. Default 0. */
  seed?: number;
  /** Whether rows are shuffled first. Default true. */
  shuffle?: boolean;
  /** Gives each part its share of every class: `true` for the classes y, a table's column, or a label a row. */
  stratify?: boolean | string | Labels;
  /** Keeps together what belongs together (all rows of a patient): a table's column, or a label a row. */
  groups?: string | Labels;
  /** Parts follow each other in time, the first named the earliest: `true` where rows are in order, a table's column, or a number a row. */
  time?: boolean | string | Labels;
};

/** What an option names: a column, y, or itself. */
function named(data: Dataset | Table, option: boolean | string | Labels | undefined, name: string): Labels | undefined {
  if (option === undefined || option === false) return undefined;
  if (typeof option === "string") {
    if (data instanceof Table) return data.column(option);
    throw new ValueError("split", `${name} names a column only where a table is split`, `'${option}'`, "a label a row");
  }
  if (option !== true) return option;
  if (data instanceof Table) throw new ValueError("split", `a table has no targets yet: ${name} names a column`, "true");
  return data.y;
}

/**
 * Parts of a data set or a table that share no row.
 *
 * @param data x [n, …], y [n, …]; or a table
 * @param parts shares of the rows, which add up to at most 1; the last part of shares that add up to 1 takes what rounding leaves
 * @returns a data set, or a table, for each part
 * @throws ValueError when shares are not between 0 and 1, add up to more than 1, or leave a part without rows; when a class has fewer
 *   rows than there are parts
 * @example const { train, test } = split(data, { train: 0.8, test: 0.2 }, { seed: 1 });
 */
export function split<Name extends string, Data extends Dataset | Table>(
  data: Data,
  parts: Parts<Name>,
  options: SplitOptions = {},
): Record<Name, Data> {
  if (!(data instanceof Table)) checkData("split", data);
  const n = data instanceof Table ? data.rows : rowsOf(data);
  const rows = divide("split", n, parts, {
    seed: options.seed ?? 0,
    shuffle: options.shuffle ?? true,
    stratify: named(data, options.stratify, "stratify"),
    groups: named(data, options.groups, "groups"),
    time: options.time === true ? Int32Array.from({ length: n }, (_, row) => row) : named(data, options.time, "time"),
  });
  const found = rows.map(([name, index]) => [name, data instanceof Table ? data.take(index) : take(data, index)] as const);
  return Object.fromEntries(found) as Record<Name, Data>;
}
