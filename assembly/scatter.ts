/** Rows that come together where an index sends them. */
import { indexAt } from "./indices";

/** dx[index[i]] += dy[i], or with `max` the larger of the two, for all i in their order, columns [begin, end). */
// @ts-ignore: decorator
@inline
export function scatterRows(
  max: bool, dy: usize, index: usize, dx: usize, n: i32, size: i32, rows: i32, skip: i32, fault: usize, begin: i32, end: i32,
): void {
  const row = (<usize>size) << 2;
  const first = (<usize>begin) << 2;
  const last = (<usize>end) << 2;
  for (let i = 0; i < n; ++i, dy += row) {
    const target = indexAt(index, i, rows, fault);
    if (target == skip) continue;
    const to = dx + row * target;
    let at = first;
    for (; at + 16 <= last; at += 16) {
      const old = v128.load(to + at);
      const fresh = v128.load(dy + at);
      v128.store(to + at, max ? f32x4.pmax(old, fresh) : f32x4.add(old, fresh));
    }
    for (; at < last; at += 4) {
      const old = load<f32>(to + at);
      const fresh = load<f32>(dy + at);
      store<f32>(to + at, max ? (old < fresh ? fresh : old) : old + fresh);
    }
  }
}
