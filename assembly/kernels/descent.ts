/**
 * Optimizer steps that follow the gradient or its scaled form: one pass over the vectors from … from + items of a slab of weights w and
 * of its gradients g. Slots (first, second, third) hold a section's state and begin where the section does; what a rule does not use may
 * be any address. Settings: assembly/update/settings.ts. `ticks` 1: this call counts the step as well, and must be given all items at
 * once. Nothing aliases. Items: vectors. NaN and ±∞ propagate.
 */
import { fma, fnma } from "../isa";
import { average, bankOf, bytes, decayOf, gradientAt, isDue, keepOf, lanes, scaleOf, within } from "../update/frame";
import { A, B, EPS, FLAG, LR, STEP } from "../update/settings";

/**
 * s += g²; w −= lr / (1 + (step − 1)·a) · g / (√s + eps).
 * @param w        inout f32[slab]
 * @param g        in    f32[slab]
 * @param first    inout f32[section], s
 * @param second   in    not used
 * @param third    in    not used
 * @param settings inout f64
 * @source Duchi, Hazan & Singer 2011, JMLR 12, with the decay of the rate that PyTorch has
 * @bytes items * 80
 */
export function adagrad(w: usize, g: usize, first: usize, second: usize, third: usize, settings: usize, section: i32, from: i32, ticks: i32, begin: i32, end: i32): void {
  if (!isDue(settings, ticks)) return;
  const bank = bankOf(settings, section);
  const scale = scaleOf(settings);
  const decay = decayOf(bank);
  const lr = lanes(load<f64>(bank, LR) / (1 + (load<f64>(settings, STEP) - 1) * load<f64>(bank, A)));
  const eps = lanes(load<f64>(bank, EPS));
  w += bytes(from);
  g += bytes(from);
  first += within(bank, from);
  const last = bytes(end);
  for (let at = bytes(begin); at < last; at += 16) {
    const weight = v128.load(w + at);
    const gradient = gradientAt(g + at, weight, scale, decay);
    const sum = fma(gradient, gradient, v128.load(first + at));
    v128.store(first + at, sum);
    v128.store(w + at, f32x4.sub(weight, f32x4.div(f32x4.mul(lr, gradient), f32x4.add(f32x4.sqrt(sum), eps))));
  }
}

/**
 * v = a·v + (1 − a)·g²; d = g / (√v + eps). Flag 1 (centered): mean = a·mean + (1 − a)·g, and v − mean² under the root.
 * Momentum b other than 0: buf = b·buf + d; w −= lr·buf, else w −= lr·d.
 * @param w        inout f32[slab]
 * @param g        in    f32[slab]
 * @param first    inout f32[section], v
 * @param second   inout f32[section], mean where centered
 * @param third    inout f32[section], buf where there is momentum
 * @param settings inout f64
 * @source Tieleman & Hinton 2012, "Lecture 6.5 - rmsprop"; centered: Graves 2013, arXiv:1308.0850, eqs. 38–45
 * @bytes items * 80
 */
export function rmsProp(w: usize, g: usize, first: usize, second: usize, third: usize, settings: usize, section: i32, from: i32, ticks: i32, begin: i32, end: i32): void {
  if (!isDue(settings, ticks)) return;
  const bank = bankOf(settings, section);
  const scale = scaleOf(settings);
  const decay = decayOf(bank);
  const lr = lanes(load<f64>(bank, LR));
  const a = load<f64>(bank, A);
  const keep = lanes(a);
  const share = lanes(1 - a);
  const eps = lanes(load<f64>(bank, EPS));
  const momentum = lanes(load<f64>(bank, B));
  const hasMomentum = load<f64>(bank, B) != 0;
  const isCentered = load<f64>(bank, FLAG) != 0;
  w += bytes(from);
  g += bytes(from);
  first += within(bank, from);
  second += within(bank, from);
  third += within(bank, from);
  const last = bytes(end);
  for (let at = bytes(begin); at < last; at += 16) {
    const weight = v128.load(w + at);
    const gradient = gradientAt(g + at, weight, scale, decay);
    let square = average(keep, v128.load(first + at), share, f32x4.mul(gradient, gradient));
    v128.store(first + at, square);
    if (isCentered) {
      const mean = average(keep, v128.load(second + at), share, gradient);
      v128.store(second + at, mean);
      square = f32x4.pmax(fnma(mean, mean, square), f32x4.splat(0)); // rounding may leave less than nothing
    }
    let direction = f32x4.div(gradient, f32x4.add(f32x4.sqrt(square), eps));
    if (hasMomentum) {
      direction = fma(momentum, v128.load(third + at), direction);
      v128.store(third + at, direction);
    }
    v128.store(w + at, fnma(lr, direction, weight));
  }
}

/**
 * v = a·v + (1 − a)·g²; d = √((u + eps) / (v + eps)) · g; u = a·u + (1 − a)·d²; w −= lr·d.
 * @param w        inout f32[slab]
 * @param g        in    f32[slab]
 * @param first    inout f32[section], v
 * @param second   inout f32[section], u
 * @param third    in    not used
 * @param settings inout f64
 * @source Zeiler 2012, arXiv:1212.5701, Algorithm 1
 * @bytes items * 112
 */
export function adaDelta(w: usize, g: usize, first: usize, second: usize, third: usize, settings: usize, section: i32, from: i32, ticks: i32, begin: i32, end: i32): void {
  if (!isDue(settings, ticks)) return;
  const bank = bankOf(settings, section);
  const scale = scaleOf(settings);
  const decay = decayOf(bank);
  const lr = lanes(load<f64>(bank, LR));
  const a = load<f64>(bank, A);
  const keep = lanes(a);
  const share = lanes(1 - a);
  const eps = lanes(load<f64>(bank, EPS));
  w += bytes(from);
  g += bytes(from);
  first += within(bank, from);
  second += within(bank, from);
  const last = bytes(end);
  for (let at = bytes(begin); at < last; at += 16) {
    const weight = v128.load(w + at);
    const gradient = gradientAt(g + at, weight, scale, decay);
    const square = average(keep, v128.load(first + at), share, f32x4.mul(gradient, gradient));
    v128.store(first + at, square);
    const old = v128.load(second + at);
    const direction = f32x4.mul(f32x4.sqrt(f32x4.div(f32x4.add(old, eps), f32x4.add(square, eps))), gradient);
    v128.store(second + at, average(keep, old, share, f32x4.mul(direction, direction)));
    v128.store(w + at, fnma(lr, direction, weight));
  }
}

/**
 * w −= lr·shrink·w; w −= lr·sign(a·m + (1 − a)·g); m = b·m + (1 − b)·g. The sign of 0 is 0, of NaN NaN.
 * @param w        inout f32[slab]
 * @param g        in    f32[slab]
 * @param first    inout f32[section], m
 * @param second   in    not used
 * @param third    in    not used
 * @param settings inout f64
 * @source Chen et al. 2023, arXiv:2302.06675, Algorithm 2
 * @bytes items * 80
 */
export function lion(w: usize, g: usize, first: usize, second: usize, third: usize, settings: usize, section: i32, from: i32, ticks: i32, begin: i32, end: i32): void {
  if (!isDue(settings, ticks)) return;
  const bank = bankOf(settings, section);
  const scale = scaleOf(settings);
  const decay = decayOf(bank);
  const lr = lanes(load<f64>(bank, LR));
  const keep = keepOf(bank);
  const a = load<f64>(bank, A);
  const b = load<f64>(bank, B);
  const aKeep = lanes(a);
  const aShare = lanes(1 - a);
  const bKeep = lanes(b);
  const bShare = lanes(1 - b);
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const signBit = f32x4.splat(-0);
  w += bytes(from);
  g += bytes(from);
  first += within(bank, from);
  const last = bytes(end);
  for (let at = bytes(begin); at < last; at += 16) {
    const weight = v128.load(w + at);
    const gradient = gradientAt(g + at, weight, scale, decay);
    const old = v128.load(first + at);
    const mean = average(aKeep, old, aShare, gradient);
    const unit = v128.or(v128.and(mean, signBit), one);
    const sign = v128.or(v128.and(unit, f32x4.ne(mean, zero)), f32x4.ne(mean, mean));
    v128.store(first + at, average(bKeep, old, bShare, gradient));
    v128.store(w + at, fnma(lr, sign, f32x4.mul(keep, weight)));
  }
}
