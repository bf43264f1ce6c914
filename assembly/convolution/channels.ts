/** Vectors along the channels: four of them, or the last `count`. */
import { loadPart, storePart } from "../lanes";

// @ts-ignore: decorator
@inline
export function read(at: usize, count: i32): v128 {
  return count == 4 ? v128.load(at) : loadPart(at, count, f32x4.splat(0));
}

// @ts-ignore: decorator
@inline
export function write(at: usize, count: i32, v: v128): void {
  if (count == 4) v128.store(at, v);
  else storePart(at, count, v);
}
