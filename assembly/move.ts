/** Runs of memory that several families move. Addresses need no alignment; the two runs do not overlap. */
import { LONG_RUN } from "./tune";

/**
 * y = x, `bytes` long. The last vector overlaps the one before instead of leaving a tail; long runs go to the engine's own copy,
 * whose call costs more than a short run.
 */
export function copyRun(x: usize, y: usize, bytes: i32): void {
  if (bytes >= LONG_RUN) {
    memory.copy(y, x, bytes);
    return;
  }
  if (bytes >= 16) {
    const last = bytes - 16;
    for (let i = 0; i < last; i += 16) v128.store(y + i, v128.load(x + i));
    v128.store(y + last, v128.load(x + last));
  } else if (bytes >= 8) {
    const last = load<u64>(x + bytes - 8);
    store<u64>(y, load<u64>(x));
    store<u64>(y + bytes - 8, last);
  } else if (bytes >= 4) {
    const last = load<u32>(x + bytes - 4);
    store<u32>(y, load<u32>(x));
    store<u32>(y + bytes - 4, last);
  } else {
    for (let i = 0; i < bytes; ++i) store<u8>(y + i, load<u8>(x + i));
  }
}

/** Puts the same four bytes in each of `count` words. */
export function fillRun(y: usize, bits: u32, count: i32): void {
  const v = i32x4.splat(bits);
  const end = y + ((<usize>count) << 2);
  for (; y + 16 <= end; y += 16) v128.store(y, v);
  for (; y < end; y += 4) store<u32>(y, bits);
}

/** y = x·factor, from bytes to f32. */
export function scaleBytes(x: usize, y: usize, count: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  let i = 0;
  for (; i + 16 <= count; i += 16) {
    const bytes = v128.load(x + i);
    const low = i16x8.extend_low_i8x16_u(bytes);
    const high = i16x8.extend_high_i8x16_u(bytes);
    const at = y + ((<usize>i) << 2);
    v128.store(at, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)), f));
    v128.store(at, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low)), f), 16);
    v128.store(at, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), f), 32);
    v128.store(at, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high)), f), 48);
  }
  for (; i < count; ++i) store<f32>(y + ((<usize>i) << 2), <f32>load<u8>(x + i) * factor);
}
