/** Sums of products by Einstein's convention, as matrix products where they are such. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { gather } from "./gather.ts";
import { matmul } from "./matmul.ts";
import { sum } from "./reduce.ts";
import { permute, reshape } from "./shape.ts";

/** A tensor with a letter for each axis. */
type Named = { x: Tensor; axes: readonly string[] };

const ELLIPSIS = "...";

/** Letters of one operand; what an ellipsis stands for gets names of its own, counted from the last axis. */
function lettersOf(term: string, rank: number): string[] {
  const [before = "", after] = term.split(ELLIPSIS);
  if (after === undefined) return [...before];
  const hidden = rank - before.length - after.length;
  return [...before, ...Array.from({ length: Math.max(0, hidden) }, (_, i) => `.${hidden - 1 - i}`), ...after];
}

/** Axes that bear the same letter twice become their diagonal. */
function withoutRepeats({ x, axes }: Named): Named {
  const unique = [...new Set(axes)];
  if (unique.length === axes.length) return { x, axes };
  const extents = unique.map((letter) => x.shape[axes.indexOf(letter)]!);
  const strides = x.shape.map((_, axis) => sizeOf(x.shape.slice(axis + 1)));
  const steps = unique.map((letter) => axes.reduce((step, other, axis) => (other === letter ? step + strides[axis]! : step), 0));
  const places = Int32Array.from({ length: sizeOf(extents) }, (_, at) => {
    let place = 0;
    for (let axis = extents.length - 1; axis >= 0; --axis) {
      place += (at % extents[axis]!) * steps[axis]!;
      at = Math.floor(at / extents[axis]!);
    }
    return place;
  });
  return { x: reshape(gather(reshape(x, [x.size]), tensor(places)), extents), axes: unique };
}

/** Sums out the axes that nobody else needs. */
function sumOut({ x, axes }: Named, needed: ReadonlySet<string>): Named {
  const gone = axes.flatMap((letter, axis) => (needed.has(letter) ? [] : [axis]));
  return gone.length === 0 ? { x, axes } : { x: sum(x, gone), axes: axes.filter((letter) => needed.has(letter)) };
}

/** The tensor as [batch, rows, columns] of these groups of letters. */
function grouped({ x, axes }: Named, groups: readonly (readonly string[])[], extent: ReadonlyMap<string, number>): Tensor {
  const order = groups.flat().map((letter) => axes.indexOf(letter));
  const sorted = order.every((axis, i) => axis === i) ? x : permute(x, order);
  return reshape(
    sorted,
    groups.map((group) => sizeOf(group.map((letter) => extent.get(letter)!))),
  );
}

/** Two operands as one product: letters of both that are needed later are its batch, the others of both are summed over. */
function contract(a: Named, b: Named, needed: ReadonlySet<string>, extent: ReadonlyMap<string, number>): Named {
  const shared = a.axes.filter((letter) => b.axes.includes(letter));
  const batch = shared.filter((letter) => needed.has(letter));
  const inner = shared.filter((letter) => !needed.has(letter));
  const rows = a.axes.filter((letter) => !shared.includes(letter));
  const columns = b.axes.filter((letter) => !shared.includes(letter));
  const product = matmul(grouped(a, [batch, rows, inner], extent), grouped(b, [batch, inner, columns], extent));
  const axes = [...batch, ...rows, ...columns];
  return {
    x: reshape(
      product,
      axes.map((letter) => extent.get(letter)!),
    ),
    axes,
  };
}

/**
 * Sums of products by Einstein's convention: letters name axes, those that the result lacks are summed over.
 *
 * @param equation such as "bij,bjk->bik"; "..." stands for any axes, all in the result; without "->" the letters that stand once, in order
 * @throws ValueError on an equation that does not fit  @throws ShapeError where one letter has two extents
 * @example einsum("bhqd,bhkd->bhqk", queries, keys)
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const [left = "", right] = equation.replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (terms.length !== operands.length)
    throw new ValueError("einsum", `"${equation}" names ${terms.length} operands`, `${operands.length}`);
  const given: Named[] = operands.map((x, i) => ({ x, axes: lettersOf(terms[i]!, x.rank) }));
  const extent = new Map<string, number>();
  for (const { x, axes } of given) {
    if (axes.length !== x.rank) throw new ShapeError("einsum", `"${equation}" names ${axes.length} axes`, { operand: x });
    for (const [axis, letter] of axes.entries()) {
      const known = extent.get(letter) ?? x.shape[axis]!;
      if (known !== x.shape[axis])
        throw new ShapeError("einsum", `"${letter}" is both ${known} and ${x.shape[axis]}`, { operand: x });
      extent.set(letter, known);
    }
  }
  const all = given.flatMap(({ axes }) => axes);
  const hidden = [...extent.keys()]
    .filter((letter) => letter.startsWith("."))
    .sort()
    .reverse();
  const once = [...new Set(all)].filter((letter) => !letter.startsWith(".") && all.indexOf(letter) === all.lastIndexOf(letter));
  const out =
    right === undefined ? [...hidden, ...once.sort()] : lettersOf(right, right.replace(ELLIPSIS, "").length + hidden.length);
  const stray = out.find((letter) => !extent.has(letter));
  if (stray) throw new ValueError("einsum", `"${stray}" stands on the right of "${equation}" alone`);
  const neededAfter = (i: number): Set<string> => new Set([...out, ...given.slice(i + 1).flatMap(({ axes }) => axes)]);
  const single = given.map(withoutRepeats);
  let result = single[0]!;
  for (const [i, next] of single.entries()) {
    if (i === 0) continue;
    const own = sumOut(result, new Set([...neededAfter(i), ...next.axes]));
    result = contract(own, sumOut(next, new Set([...neededAfter(i), ...result.axes])), neededAfter(i), extent);
  }
  const { x, axes } = sumOut(result, new Set(out));
  const order = out.map((letter) => axes.indexOf(letter));
  return order.every((axis, i) => axis === i) ? x : permute(x, order);
}
