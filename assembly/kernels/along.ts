/** Elements chosen along one axis of [outer, n, inner], and the order in which they ascend. Indices out of range are reported and clamped. */
import { indexAt } from "../indices";

/**
 * y[o, j, i] = x[o, index[o, j, i], i]. Items: elements of y.
 * @param x     in  u32[outer, n, inner]
 * @param index in  i32[outer, k, inner]
 * @param y     out u32[outer, k, inner]
 */
export function takeAlong(x: usize, index: usize, y: usize, n: i32, k: i32, inner: i32, fault: usize, begin: i32, end: i32): void {
  for (let at = begin; at < end; ++at) {
    const line = at / inner;
    const from = (line / k * n + indexAt(index, at, n, fault)) * inner + at - line * inner;
    store<u32>(y + (<usize>at << 2), load<u32>(x + (<usize>from << 2)));
  }
}

/**
 * y[o, index[o, j, i], i] becomes x[o, j, i], or has it added where `add` is 1, for j = 0 … k − 1 in this order. Items: the
 * outer·inner lines.
 * @param x     in    f32[outer, k, inner]
 * @param index in    i32[outer, k, inner]
 * @param y     inout f32[outer, n, inner]
 */
export function putAlong(x: usize, index: usize, y: usize, n: i32, k: i32, inner: i32, add: i32, fault: usize, begin: i32, end: i32): void {
  for (let line = begin; line < end; ++line) {
    const outer = line / inner;
    const column = line - outer * inner;
    for (let j = 0; j < k; ++j) {
      const at = (outer * k + j) * inner + column;
      const to = y + (<usize>((outer * n + indexAt(index, at, n, fault)) * inner + column) << 2);
      const value = load<f32>(x + (<usize>at << 2));
      store<f32>(to, add ? load<f32>(to) + value : value);
    }
  }
}

/** Whether b belongs before a, which stands in front of it: NaN counts as the largest number. */
// @ts-ignore: decorator
@inline
function precedes(b: f32, a: f32, descending: i32): bool {
  return descending ? b > a || (b != b && a == a) : b < a || (a != a && b == b);
}

/**
 * The order of x[o, …, i]: index[o, j, i] is where the j-th element stands; equal ones keep their order. Items: the outer·inner lines.
 * @param x     in    f32[outer, n, inner]
 * @param index out   i32[outer, n, inner]
 * @param work  inout i32[outer·inner, 2, n]
 * @source Merge sort from the bottom up: Knuth 1998, The Art of Computer Programming 3, section 5.2.4
 */
export function argsort(x: usize, index: usize, work: usize, n: i32, inner: i32, descending: i32, begin: i32, end: i32): void {
  const step = <usize>inner << 2;
  for (let line = begin; line < end; ++line) {
    const outer = line / inner;
    const corner = <usize>(outer * n * inner + line - outer * inner) << 2;
    const keys = x + corner;
    let from = work + (<usize>(line * 2 * n) << 2);
    let to = from + (<usize>n << 2);
    for (let i = 0; i < n; ++i) store<i32>(from + (<usize>i << 2), i);
    for (let width = 1; width < n; width <<= 1) {
      for (let low = 0; low < n; low += width << 1) {
        const middle = min(low + width, n);
        const high = min(middle + width, n);
        let a = low;
        let b = middle;
        for (let at = low; at < high; ++at) {
          let second = a >= middle;
          if (!second && b < high) {
            const left = load<f32>(keys + step * load<i32>(from + (<usize>a << 2)));
            second = precedes(load<f32>(keys + step * load<i32>(from + (<usize>b << 2))), left, descending);
          }
          const next = second ? b++ : a++;
          store<i32>(to + (<usize>at << 2), load<i32>(from + (<usize>next << 2)));
        }
      }
      const other = from;
      from = to;
      to = other;
    }
    for (let i = 0; i < n; ++i) store<i32>(index + corner + step * i, load<i32>(from + (<usize>i << 2)));
  }
}
