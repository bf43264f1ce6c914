/** Which rows fall to which part: at random, each class by its share, whole groups, or by time. */
import { ValueError } from "../core/errors.ts";
import { byLabel, type Label, type Labels, labelsOf, rowsByLabel } from "./labels.ts";
import { cut, orderOf, type Parts, sizesOf } from "./parts.ts";

export type Division = {
  seed: number;
  shuffle: boolean;
  stratify: Labels | undefined;
  groups: Labels | undefined;
  time: Labels | undefined;
};

/** `total` dealt out in proportion to `counts`, by largest remainders, the first of equals first. */
function proportional(counts: readonly number[], total: number): number[] {
  const n = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (count * total) / n);
  const dealt = exact.map(Math.floor);
  const order = exact.map((value, i) => [value - dealt[i]!, i] as const).sort(([a, i], [b, j]) => b - a || i - j);
  let left = total - dealt.reduce((sum, count) => sum + count, 0);
  for (const [, i] of order) if (left-- > 0) dealt[i]! += 1;
  return dealt;
}

function labelsFor(where: string, option: string, labels: Labels, n: number): Label[] {
  const list = labelsOf(`${where}: ${option}`, labels);
  if (list.length !== n) throw new ValueError(where, `${option} needs a label for each of ${n} rows`, `${list.length} labels`);
  return list;
}

/** Each part takes its share of every class; the order stays that of `order`. */
function stratified(where: string, order: Int32Array, labels: readonly Label[], sizes: readonly number[]): Int32Array[] {
  const classes = new Map([...rowsByLabel(labels)].sort(([a], [b]) => byLabel(a, b)));
  for (const [label, rows] of classes) {
    if (rows.length < sizes.length)
      throw new ValueError(where, `each class needs a row for each of ${sizes.length} parts`, `${rows.length} of class '${label}'`);
  }
  const left = new Map([...classes].map(([label, rows]) => [label, rows.length]));
  const taken = new Uint8Array(order.length);
  return sizes.map((size) => {
    const dealt = proportional([...left.values()], size);
    const wanted = new Map([...left.keys()].map((label, i) => [label, dealt[i]!]));
    for (const [label, count] of wanted) left.set(label, left.get(label)! - count);
    return order.filter((row) => {
      const want = wanted.get(labels[row]!)!;
      if (taken[row] || want === 0) return false;
      wanted.set(labels[row]!, want - 1);
      taken[row] = 1;
      return true;
    });
  });
}

/** Whole groups, in the order in which they come up, each to the part that lacks most. */
function grouped(order: Int32Array, labels: readonly Label[], sizes: readonly number[]): Int32Array[] {
  const rest = order.length - sizes.reduce((sum, size) => sum + size, 0);
  const lacking = [...sizes, rest]; // what no part asks for is left over
  const partOf = new Map<Label, number>();
  const sizeOf = new Map([...rowsByLabel(labels)].map(([label, rows]) => [label, rows.length]));
  for (const row of order) {
    const label = labels[row]!;
    if (partOf.has(label)) continue;
    const part = lacking.indexOf(Math.max(...lacking));
    partOf.set(label, part);
    lacking[part]! -= sizeOf.get(label)!;
  }
  return sizes.map((_, part) => order.filter((row) => partOf.get(labels[row]!) === part));
}

/** By time; rows of the same time stay together, in the earlier part. */
function inTime(labels: readonly Label[], sizes: readonly number[]): Int32Array[] {
  const order = Int32Array.from(labels.keys()).sort((a, b) => byLabel(labels[a]!, labels[b]!) || a - b);
  let [wanted, start] = [0, 0];
  return sizes.map((size) => {
    wanted += size;
    let end = Math.max(start, wanted);
    while (end > start && end < order.length && labels[order[end]!] === labels[order[end - 1]!]) end += 1;
    const part = order.slice(start, end);
    start = end;
    return part;
  });
}

/**
 * Row numbers of each part.
 *
 * @param where who asks, for errors
 */
export function divide(
  where: string,
  n: number,
  parts: Parts<string>,
  { seed, shuffle, stratify, groups, time }: Division,
): [name: string, rows: Int32Array][] {
  if ([stratify, groups, time].filter((option) => option !== undefined).length > 1)
    throw new ValueError(where, "takes one of stratify, groups and time", "several");
  const named = sizesOf(where, n, parts);
  const sizes = named.map(([, size]) => size);
  const found = ((): Int32Array[] => {
    if (time) return inTime(labelsFor(where, "time", time, n), sizes);
    const order = orderOf(n, shuffle, seed);
    if (stratify) return stratified(where, order, labelsFor(where, "stratify", stratify, n), sizes);
    return groups ? grouped(order, labelsFor(where, "groups", groups, n), sizes) : cut(order, sizes);
  })();
  return named.map(([name], i) => {
    if (found[i]!.length === 0)
      throw new ValueError(where, `part '${name}' gets no rows`, `${n} rows, share ${parts[name]}`, "other shares, or more groups");
    return [name, found[i]!];
  });
}
