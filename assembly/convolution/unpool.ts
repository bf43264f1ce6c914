/** Gradients of pooling: which windows see a pixel, and runs of pixels that one window sees. */
import { read, write } from "./channels";

/** The first window that reaches pixel `at`. */
// @ts-ignore: decorator
@inline
export function firstWindow(at: i32, padding: i32, reach: i32, stride: i32): i32 {
  return max(0, (at + padding - reach + stride) / stride);
}

/** One past the last. */
// @ts-ignore: decorator
@inline
export function pastWindow(at: i32, padding: i32, stride: i32, windows: i32): i32 {
  return min(windows, (at + padding) / stride + 1);
}

/** One past the pixels that the same windows [low, high) see: there `low` sees no more, or another one begins to. */
// @ts-ignore: decorator
@inline
export function pastRun(low: i32, high: i32, padding: i32, reach: i32, stride: i32, windows: i32): i32 {
  const until = low * stride + reach;
  return (high < windows ? min(until, high * stride) : until) - padding;
}

/** All channels of `count` pixels that one window sees, from `place` on. */
// @ts-ignore: decorator
@inline
export function ofOne(dy: usize, index: usize, dx: usize, count: i32, row: usize, place: i32): void {
  const last = dx + row * count;
  const one = i32x4.splat(1);
  let at: usize = 0;
  for (; at + 64 <= row; at += 64) {
    const i = v128.load(index + at);
    const j = v128.load(index + at, 16);
    const k = v128.load(index + at, 32);
    const l = v128.load(index + at, 48);
    let here = i32x4.splat(place);
    for (let to = dx + at; to < last; to += row) {
      v128.store(to, v128.and(i32x4.eq(i, here), v128.load(dy + at)));
      v128.store(to, v128.and(i32x4.eq(j, here), v128.load(dy + at, 16)), 16);
      v128.store(to, v128.and(i32x4.eq(k, here), v128.load(dy + at, 32)), 32);
      v128.store(to, v128.and(i32x4.eq(l, here), v128.load(dy + at, 48)), 48);
      here = i32x4.add(here, one);
    }
  }
  for (; at < row; at += 16) {
    const part = min(4, <i32>(row - at) >> 2);
    const i = read(index + at, part);
    const v = read(dy + at, part);
    let here = i32x4.splat(place);
    for (let to = dx + at; to < last; to += row) {
      write(to, part, v128.and(i32x4.eq(i, here), v));
      here = i32x4.add(here, one);
    }
  }
}

/** All channels of `count` pixels that one window sees: their share of the mean. */
// @ts-ignore: decorator
@inline
export function shareOfOne(dy: usize, dx: usize, count: i32, row: usize, area: v128): void {
  const last = dx + row * count;
  let at: usize = 0;
  for (; at + 64 <= row; at += 64) {
    const a = f32x4.div(v128.load(dy + at), area);
    const b = f32x4.div(v128.load(dy + at, 16), area);
    const c = f32x4.div(v128.load(dy + at, 32), area);
    const d = f32x4.div(v128.load(dy + at, 48), area);
    for (let to = dx + at; to < last; to += row) {
      v128.store(to, a);
      v128.store(to, b, 16);
      v128.store(to, c, 32);
      v128.store(to, d, 48);
    }
  }
  for (; at < row; at += 16) {
    const part = min(4, <i32>(row - at) >> 2);
    const v = f32x4.div(read(dy + at, part), area);
    for (let to = dx + at; to < last; to += row) write(to, part, v);
  }
}
