/** Where the largest or smallest of x[outer, n, inner] over its middle axis lies: the first of equals, the first NaN if there is one. */
import { loadPart, storePart } from "../lanes";
import { rowExtreme } from "./extremes";
import { MAX } from "./steps";

/** Where the first element lies that equals `best`, or is NaN: there is none of the latter unless the first is what is sought. */
function find(x: usize, n: i32, best: f32): i32 {
  const sought = f32x4.splat(best);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const v = v128.load(x + (<usize>i << 2));
    const hits = i32x4.bitmask(v128.or(f32x4.eq(v, sought), f32x4.ne(v, v)));
    if (hits) return i + ctz(hits);
  }
  for (; i < n; ++i) {
    const v = load<f32>(x + (<usize>i << 2));
    if (v == best || v != v) return i;
  }
  return 0;
}

/** Where the best of up to four columns lies: an element that is better, or the first NaN, takes its lane. */
// @ts-ignore: decorator
@inline
function findInColumns(op: i32, x: usize, row: usize, n: i32, part: i32): v128 {
  const zero = i32x4.splat(0);
  let best = part >= 4 ? v128.load(x) : loadPart(x, part, zero);
  let where = zero;
  for (let k = 1; k < n; ++k) {
    x += row;
    const v = part >= 4 ? v128.load(x) : loadPart(x, part, zero);
    const worse = op == MAX ? f32x4.le(v, best) : f32x4.ge(v, best);
    const better = v128.andnot(f32x4.eq(best, best), worse);
    best = v128.bitselect(v, best, better);
    where = v128.bitselect(i32x4.splat(k), where, better);
  }
  return where;
}

// @ts-ignore: decorator
@inline
export function arg(op: i32, x: usize, y: usize, n: i32, inner: i32, begin: i32, end: i32): void {
  if (inner == 1) {
    for (let i = begin; i < end; ++i) {
      const at = x + (<usize>(i * n) << 2);
      store<i32>(y + (<usize>i << 2), find(at, n, rowExtreme(op, at, n)));
    }
    return;
  }
  const row = <usize>inner << 2;
  for (let i = begin; i < end; ) {
    const slab = i / inner;
    const column = i - slab * inner;
    const part = min(inner - column, end - i);
    const where = findInColumns(op, x + (<usize>(slab * n * inner + column) << 2), row, n, part);
    if (part >= 4) v128.store(y + (<usize>i << 2), where);
    else storePart(y + (<usize>i << 2), part, where);
    i += min(part, 4);
  }
}
