/** Stochastic gradient descent: a kernel as those of kernels/descent, apart from them because more programs need it. Items: vectors. */
import { fma, fnma } from "../isa";
import { average, bankOf, bytes, decayOf, gradientAt, isDue, lanes, scaleOf, within } from "../update/frame";
import { A, B, FLAG, LR, STEP } from "../update/settings";

/**
 * Momentum a, dampening b, as in PyTorch: buf = g in step 1, then a·buf + (1 − b)·g; w −= lr·buf, or with flag 1 (Nesterov)
 * lr·(g + a·buf). Flag −1: no momentum, no buf. What buf holds before step 1 does not matter.
 * @param w        inout f32[slab]
 * @param g        in    f32[slab]
 * @param first    inout f32[section], buf
 * @param second   in    not used
 * @param third    in    not used
 * @param settings inout f64
 * @source Sutskever, Martens, Dahl & Hinton 2013, "On the importance of initialization and momentum in deep learning"
 * @bytes items * 80
 */
export function sgd(w: usize, g: usize, first: usize, second: usize, third: usize, settings: usize, section: i32, from: i32, ticks: i32, begin: i32, end: i32): void {
  if (!isDue(settings, ticks)) return;
  const bank = bankOf(settings, section);
  const scale = scaleOf(settings);
  const decay = decayOf(bank);
  const lr = lanes(load<f64>(bank, LR));
  const flag = load<f64>(bank, FLAG);
  const momentum = lanes(load<f64>(bank, A));
  const isFirst = load<f64>(settings, STEP) == 1;
  // All bits or none: whether the old buffer counts, and whether g is added to the direction.
  const keep = i32x4.splat(isFirst ? 0 : -1);
  const ahead = i32x4.splat(flag > 0 ? -1 : 0);
  const share = lanes(isFirst ? 1 : 1 - load<f64>(bank, B));
  const along = flag > 0 ? momentum : f32x4.splat(1);
  w += bytes(from);
  g += bytes(from);
  first += within(bank, from);
  const last = bytes(end);
  for (let at = bytes(begin); at < last; at += 16) {
    const weight = v128.load(w + at);
    let direction = gradientAt(g + at, weight, scale, decay);
    if (flag >= 0) {
      const buffer = average(momentum, v128.and(v128.load(first + at), keep), share, direction);
      v128.store(first + at, buffer);
      direction = fma(along, buffer, v128.and(direction, ahead));
    }
    v128.store(w + at, fnma(lr, direction, weight));
  }
}
