/** Indices from memory, which may hold anything: what is out of range is brought into it, so that no kernel strays. */
import { report } from "./fault";

/** Index number i within [0, limit): the nearest where it is not. */
// @ts-ignore: decorator
@inline
export function clampedAt(index: usize, i: i32, limit: i32): i32 {
  return min(max(load<i32>(index + (<usize>i << 2)), 0), limit - 1);
}

/** Index number i within [0, limit): the nearest where it is not, which is reported. */
// @ts-ignore: decorator
@inline
export function indexAt(index: usize, i: i32, limit: i32, fault: usize): i32 {
  if (load<u32>(index + (<usize>i << 2)) >= <u32>limit) report(fault, i);
  return clampedAt(index, i, limit);
}
