import { ValueError } from "../core/errors.ts";
import { tensor } from "../graph/from.ts";
import { gather } from "../ops/gather.ts";
import { Stream } from "../ops/random.ts";
import { checkData, type Dataset, rowsOf } from "./dataset.ts";

export type SplitOptions = {
  /** Chooses the order. Default 0. */
  seed?: number;
  /** Whether rows are shuffled first. Default true. */
  shuffle?: boolean;
};

/** Rows of a data set by index. */
export function take(data: Dataset, index: Int32Array): Dataset {
  const rows = tensor(index);
  return { x: gather(data.x, rows), y: gather(data.y, rows) };
}

/**
 * Parts of a data set that share no row.
 *
 * @param data x [n, …], y [n, …]
 * @param parts shares of the rows, which add up to at most 1; the last part of shares that add up to 1 takes what rounding leaves
 * @returns a data set for each part
 * @throws ValueError when shares are not between 0 and 1, add up to more than 1, or leave a part without rows
 * @example const { train, test } = split(data, { train: 0.8, test: 0.2 }, { seed: 1 });
 */
export function split<Name extends string>(
  data: Dataset,
  parts: Readonly<Record<Name, number>>,
  { seed = 0, shuffle = true }: SplitOptions = {},
): Record<Name, Dataset> {
  checkData("split", data);
  const n = rowsOf(data);
  const shares = Object.entries<number>(parts);
  const total = shares.reduce((sum, [, share]) => sum + share, 0);
  if (shares.length === 0 || shares.some(([, share]) => !(share > 0 && share <= 1)) || total > 1 + 1e-9) {
    throw new ValueError("split", "shares are above 0 and add up to at most 1", JSON.stringify(parts));
  }
  const order = shuffle
    ? (new Stream(seed, "split").permutation(n).data() as Int32Array)
    : Int32Array.from({ length: n }, (_, i) => i);
  const found: Record<string, Dataset> = {};
  let sum = 0;
  for (const [name, share] of shares) {
    const from = Math.round(sum * n);
    sum += share;
    const to = Math.min(n, Math.round(sum * n));
    if (to === from) throw new ValueError("split", `part '${name}' gets no rows`, `${n} rows, share ${share}`);
    found[name] = take(data, order.slice(from, to));
  }
  return found as Record<Name, Dataset>;
}
