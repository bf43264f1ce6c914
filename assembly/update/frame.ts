/**
 * What the updates have in common. Each is one pass over a run of whole vectors: slabs end at a vector's boundary, so there is no rest.
 * Scalars are derived in f64 once a call, from what lies in memory, then rounded to f32. Items: vectors of the run.
 */
import { fma } from "../isa";
import { A, B, BANK, C, DECAY, DUE, EVERY, GATHERED, LR, POWER_B, POWER_C, PRODUCT_A, SCALE, SECTIONS, SHRINK, START, STEP } from "./settings";

/** A setting of one section. */
// @ts-ignore: decorator
@inline
export function bankOf(settings: usize, section: i32): usize {
  return settings + BANK + section * BANK;
}

/** The bytes of vector number `i`. */
// @ts-ignore: decorator
@inline
export function bytes(i: i32): usize {
  return <usize>i << 4;
}

/** How far into a section's slots its run begins, in bytes. */
// @ts-ignore: decorator
@inline
export function within(bank: usize, from: i32): usize {
  return bytes(from - <i32>load<f64>(bank, START));
}

/** A scalar, rounded into every lane. */
// @ts-ignore: decorator
@inline
export function lanes(value: f64): v128 {
  return f32x4.splat(<f32>value);
}

/** keep·old + share·fresh. */
// @ts-ignore: decorator
@inline
export function average(keep: v128, old: v128, share: v128, fresh: v128): v128 {
  return fma(keep, old, f32x4.mul(share, fresh));
}

/** Counts a gradient and, if that completes a step, the step: no power is ever computed, they are running products. */
export function tick(settings: usize): void {
  const every = load<f64>(settings, EVERY);
  const before = load<f64>(settings, GATHERED);
  const gathered: f64 = before >= every ? 1 : before + 1;
  const due = gathered >= every;
  store<f64>(settings, gathered, GATHERED);
  store<f64>(settings, due ? 1 : 0, DUE);
  if (!due) return;
  store<f64>(settings, load<f64>(settings, STEP) + 1, STEP);
  const end = settings + BANK + <usize>load<f64>(settings, SECTIONS) * BANK;
  for (let bank = settings + BANK; bank < end; bank += BANK) {
    const powerC = load<f64>(bank, POWER_C) * load<f64>(bank, C);
    store<f64>(bank, powerC, POWER_C);
    store<f64>(bank, load<f64>(bank, PRODUCT_A) * (load<f64>(bank, A) * (1 - 0.5 * powerC)), PRODUCT_A);
    store<f64>(bank, load<f64>(bank, POWER_B) * load<f64>(bank, B), POWER_B);
  }
}

/** Whether parameters change now. `ticks`: this call counts as well, which takes all items in one chunk. */
// @ts-ignore: decorator
@inline
export function isDue(settings: usize, ticks: i32): bool {
  if (ticks) tick(settings);
  return load<f64>(settings, DUE) != 0;
}

/** g as the rule sees it: scaled, weight decay added. */
// @ts-ignore: decorator
@inline
export function gradientAt(g: usize, weight: v128, scale: v128, decay: v128): v128 {
  return fma(decay, weight, f32x4.mul(v128.load(g), scale));
}

// @ts-ignore: decorator
@inline
export function scaleOf(settings: usize): v128 {
  return lanes(load<f64>(settings, SCALE));
}

// @ts-ignore: decorator
@inline
export function decayOf(bank: usize): v128 {
  return lanes(load<f64>(bank, DECAY));
}

/** What weights are multiplied with before their step: decay that does not go through the gradient. */
// @ts-ignore: decorator
@inline
export function keepOf(bank: usize): v128 {
  return lanes(1 - load<f64>(bank, LR) * load<f64>(bank, SHRINK));
}
