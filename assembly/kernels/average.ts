/** Averages of weights. Slabs are whole vectors long. Settings: assembly/update/settings.ts. */
import { bankOf, bytes, lanes } from "../update/frame";
import { A, DUE, FLAG, STEP } from "../update/settings";

/**
 * mean += rate·(w − mean), where rate is 1 in step 1, then 1 − a, or with flag 1 one over the step: the mean of all.
 * Nothing where no step is due. Items: vectors.
 * @param mean     inout f32[4·items]
 * @param w        in    f32[4·items]
 * @param settings in    f64
 */
export function averageWeights(mean: usize, w: usize, settings: usize, begin: i32, end: i32): void {
  if (load<f64>(settings, DUE) == 0) return;
  const bank = bankOf(settings, 0);
  const step = load<f64>(settings, STEP);
  const rate = lanes(step == 1 ? 1 : load<f64>(bank, FLAG) != 0 ? 1 / step : 1 - load<f64>(bank, A));
  const last = bytes(end);
  for (let at = bytes(begin); at < last; at += 16) {
    const old = v128.load(mean + at);
    v128.store(mean + at, f32x4.add(old, f32x4.mul(rate, f32x4.sub(v128.load(w + at), old))));
  }
}

/**
 * Each takes the other's place. Items: vectors.
 * @param a inout f32[4·items]
 * @param b inout f32[4·items]
 */
export function exchange(a: usize, b: usize, begin: i32, end: i32): void {
  const last = bytes(end);
  for (let at = bytes(begin); at < last; at += 16) {
    const old = v128.load(a + at);
    v128.store(a + at, v128.load(b + at));
    v128.store(b + at, old);
  }
}
