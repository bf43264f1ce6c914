/** Parts of so many rows each, at random or in order: what is common to all ways of splitting. */
import { ValueError } from "../core/errors.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { gather } from "../ops/gather.ts";
import { Stream } from "../ops/random.ts";
import { rowsOf } from "./dataset.ts";
import { mapRows, type NamedDataset } from "./rows.ts";

/** Shares of the rows, by the names of the parts. */
export type Parts<Name extends string> = Readonly<Record<Name, number>>;

/** What rounding may take from a share. */
const SLACK = 1e-9;

/**
 * Rows of each part, by name: the ends rounded down, so that what rounding leaves goes to the last.
 *
 * @param where who asks, for errors
 */
export function sizesOf(where: string, n: number, parts: Parts<string>): [name: string, size: number][] {
  const shares = Object.entries(parts);
  const total = shares.reduce((sum, [, share]) => sum + share, 0);
  if (shares.length === 0 || shares.some(([, share]) => !(share > 0 && share <= 1)) || total > 1 + SLACK)
    throw new ValueError(where, "shares are above 0 and add up to at most 1", JSON.stringify(parts));
  let [sum, before] = [0, 0];
  return shares.map(([name, share]) => {
    sum += share;
    const end = Math.min(n, Math.floor(sum * n + SLACK * Math.max(1, n)));
    const size = end - before;
    before = end;
    if (size === 0) throw new ValueError(where, `part '${name}' gets no rows`, `${n} rows, share ${share}`);
    return [name, size];
  });
}

/** Rows in an order that the seed chooses, or as they stand. */
export function orderOf(n: number, shuffle: boolean, seed: number, path = "split"): Int32Array<ArrayBuffer> {
  return shuffle
    ? (new Stream(seed, path).permutation(n).data() as Int32Array<ArrayBuffer>)
    : Int32Array.from({ length: n }, (_, row) => row);
}

/** Consecutive parts of an order. */
export function cut(order: Int32Array<ArrayBuffer>, sizes: readonly number[]): Int32Array<ArrayBuffer>[] {
  let start = 0;
  return sizes.map((size) => order.slice(start, (start += size)));
}

/** Rows of a data set by index. */
export function take<Data extends NamedDataset>(data: Data, index: Int32Array): Data {
  const rows = tensor(index);
  const some = (x: Tensor): Tensor => gather(x, rows);
  const { x, y, weight } = data;
  return { ...data, x: mapRows(x, some), ...(y && { y: mapRows(y, some) }), ...(weight && { weight: some(weight) }) };
}

/** A share of a data set's rows, chosen at random, and the rest. */
export function setAside<Data extends NamedDataset>(
  where: string,
  data: Data,
  share: number,
  seed: number,
): { train: Data; aside: Data } {
  const n = rowsOf(data);
  const sizes = sizesOf(where, n, { train: 1 - share, aside: share });
  const [train, aside] = cut(
    orderOf(n, true, seed),
    sizes.map(([, size]) => size),
  );
  return { train: take(data, train!), aside: take(data, aside!) };
}
