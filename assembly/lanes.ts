/** Part of a vector: the last one to three of a run whose length is no multiple of four. */

/** The first `count` (1 to 3) lanes from memory, the others from `fill`. */
// @ts-ignore: decorator
@inline
export function loadPart(x: usize, count: i32, fill: v128): v128 {
  if (count == 1) return v128.load_lane<u32>(x, fill, 0);
  const low = v128.load_lane<u64>(x, fill, 0);
  return count == 2 ? low : v128.load_lane<u32>(x, low, 2, 8);
}

/** Stores the first `count` (1 to 3) lanes. */
// @ts-ignore: decorator
@inline
export function storePart(y: usize, count: i32, v: v128): void {
  if (count == 1) {
    v128.store_lane<u32>(y, v, 0);
    return;
  }
  v128.store_lane<u64>(y, v, 0);
  if (count == 3) v128.store_lane<u32>(y, v, 2, 8);
}

/** Two vectors at `to`, whose address comes back: of `count` (1 to 7) elements of x, then whatever. */
export function takeFew(x: usize, count: i32, to: usize): usize {
  const none = i32x4.splat(0);
  if (count < 4) {
    v128.store(to, loadPart(x, count, none));
    return to;
  }
  v128.store(to, v128.load(x));
  if (count > 4) v128.store(to, loadPart(x + 16, count - 4, none), 16);
  return to;
}

/** The first `count` (1 to 7) elements of two vectors at `from`, to y. */
export function giveFew(from: usize, count: i32, y: usize): void {
  if (count < 4) {
    storePart(y, count, v128.load(from));
    return;
  }
  v128.store(y, v128.load(from));
  if (count > 4) storePart(y + 16, count - 4, v128.load(from, 16));
}

/** Stores the first `count` (1 to 4) lanes. */
// @ts-ignore: decorator
@inline
export function storeSome(y: usize, count: i32, v: v128): void {
  if (count == 4) v128.store(y, v);
  else storePart(y, count, v);
}

/** Lanes 0 + 2 and 1 + 3, added as f64. */
// @ts-ignore: decorator
@inline
export function sumLanes(v: v128): f64 {
  const pair = f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(v128.shuffle<u64>(v, v, 1, 1)));
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

/** The largest of four lanes; what it makes of NaN is unspecified. */
// @ts-ignore: decorator
@inline
export function maxLane(v: v128): f32 {
  const pair = f32x4.pmax(v, v128.shuffle<u64>(v, v, 1, 1));
  return f32x4.extract_lane(f32x4.pmax(pair, v128.shuffle<u32>(pair, pair, 1, 1, 1, 1)), 0);
}
