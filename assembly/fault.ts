/** How an index kernel reports a bad index: it clamps, goes on, and keeps the lowest bad row, whatever thread meets it first. */
export function report(fault: usize, row: i32): void {
  const mark = row + 1;
  while (true) {
    const old = atomic.load<i32>(fault);
    if (old != 0 && old <= mark) return;
    if (atomic.cmpxchg<i32>(fault, old, mark) == old) return;
  }
}
