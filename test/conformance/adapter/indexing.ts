/** 05c: choosing, joining, padding, sorting. */

import type { PadMode, Tensor } from "../../../src/index.ts";
import * as nabla from "../../../src/index.ts";
import type { Plain } from "../cases.ts";
import type { Adapters, Tensors } from "./adapter.ts";
import { numbers } from "./layout.ts";

const parts = ({ x0, x1, x2 }: Tensors): Tensor[] => [x0, x1, x2].filter((x) => x !== undefined);
const axis = (dim: Plain | undefined): number => Number(dim);

/** NumPy's slices: a number, or [start, end, step]. */
function sliced(x: Tensor, slices: readonly Plain[]): Tensor {
  let at = 0;
  return slices.reduce<Tensor>((y, one) => {
    if (typeof one === "number") return y.slice(one, one === -1 ? undefined : one + 1, at).squeeze(at);
    const [start, end, step] = one as (number | null)[];
    return nabla.slice(y, start ?? 0, end ?? undefined, at++, step ?? 1);
  }, x);
}

export const indexing: Adapters = {
  gather: ({ x, index }, { dim }) => ({ y: nabla.takeAlong(x!, index!, axis(dim)) }),
  index_select: ({ x, index }, { dim }) => ({ y: nabla.indexSelect(x!, index!, axis(dim)) }),
  scatter_add: ({ x, index, src }, { dim }) => ({ y: nabla.addAlong(x!, index!, src!, axis(dim)) }),
  scatter: ({ x, index, src }, { dim }) => ({ y: nabla.putAlong(x!, index!, src!, axis(dim)) }),
  index_add: ({ x, index, src }) => ({ y: x!.add(nabla.scatterAdd(src!, index!, x!.shape)) }),
  slice: ({ x }, { slices }) => ({ y: sliced(x!, slices as readonly Plain[]) }),
  concat: (tensors, { dim }) => ({ y: nabla.concat(parts(tensors), axis(dim)) }),
  stack: (tensors, { dim }) => ({ y: nabla.stack(parts(tensors), axis(dim)) }),
  split: ({ x }, { split_sizes, dim }) => {
    const found = nabla.sections(x!, numbers(split_sizes), axis(dim));
    return Object.fromEntries(found.map((part, i) => [`y${i}`, part]));
  },
  pad: ({ x }, { pad, mode, value }) => {
    const flat = numbers(pad);
    const widths = Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!] as const).reverse();
    return { y: nabla.pad(x!, widths, { mode: mode as PadMode, value: Number(value) }) };
  },
  flip: ({ x }, { dims }) => ({ y: nabla.flip(x!, numbers(dims)) }),
  roll: ({ x }, { shifts, dims }) => ({ y: nabla.roll(x!, numbers(shifts), numbers(dims)) }),
  tril: ({ x }, { diagonal }) => ({ y: nabla.tril(x!, Number(diagonal)) }),
  triu: ({ x }, { diagonal }) => ({ y: nabla.triu(x!, Number(diagonal)) }),
  where: ({ cond, a, b }) => ({ y: nabla.where(cond!, a!, b!) }),
  masked_fill: ({ x, mask }, { value }) => ({ y: nabla.maskedFill(x!, mask!, Number(value)) }),
  one_hot: ({ index }, { num_classes }) => ({ y: nabla.oneHot(index!, Number(num_classes)) }),
  topk: ({ x }, { k, dim, largest }) => nabla.topk(x!, Number(k), { axis: axis(dim), largest: largest === true }),
  sort: ({ x }, { dim, descending }) => nabla.sort(x!, { axis: axis(dim), descending: descending === true }),
  argsort: ({ x }, { dim, descending }) => ({ y: nabla.argsort(x!, { axis: axis(dim), descending: descending === true }) }),
  permute: ({ x }, { dims }) => ({ y: nabla.permute(x!, numbers(dims)) }),
  tile: ({ x }, { repeats }) => ({ y: nabla.tile(x!, numbers(repeats)) }),
  repeat_interleave: ({ x }, { repeats, dim }) => ({ y: nabla.repeatInterleave(x!, Number(repeats), axis(dim)) }),
  expand: ({ x }, { size }) => ({ y: nabla.expand(x!, numbers(size)) }),
  reshape: ({ x }, { shape }) => ({ y: nabla.reshape(x!, numbers(shape)) }),
  diag: ({ x }, { diagonal }) => ({ y: nabla.diag(x!, Number(diagonal)) }),
};
