/**
 * Optimizer steps by running means of the gradient and its square: one pass over the vectors from … from + items of a slab of weights w and
 * of its gradients g. Slots (first, second, third) hold a section's state and begin where the section does; what a rule does not use may
 * be any address. Settings: assembly/update/settings.ts. `ticks` 1: this call counts the step as well, and must be given all items at
 * once. Nothing aliases. Items: vectors. NaN and ±∞ propagate.
 */
import { fma } from "../isa";
import { average, bankOf, bytes, decayOf, gradientAt, isDue, keepOf, lanes, scaleOf, within } from "../update/frame";
import { A, B, C, EPS, FLAG, LR, POWER_B, POWER_C, PRODUCT_A, STEP } from "../update/settings";

/**
 * w −= lr·shrink·w; m = a·m + (1 − a)·g; v = b·v + (1 − b)·g²; w −= lr / (1 − aᵗ) · m / (√v / √(1 − bᵗ) + eps).
 * Flag 1 (AMSGrad): top = max(top, v) takes v's place in the last of these.
 * @param w        inout f32[slab]
 * @param g        in    f32[slab]
 * @param first    inout f32[section], m
 * @param second   inout f32[section], v
 * @param third    inout f32[section], top where flag is 1
 * @param settings inout f64
 * @source Kingma & Ba 2015, arXiv:1412.6980, Algorithm 1; ε is added to the corrected root. shrink: Loshchilov & Hutter 2019,
 *   arXiv:1711.05101, Algorithm 2. AMSGrad: Reddi, Kale & Kumar 2018, arXiv:1904.09237, Algorithm 2
 * @bytes items * 112
 */
export function adam(w: usize, g: usize, first: usize, second: usize, third: usize, settings: usize, section: i32, from: i32, ticks: i32, begin: i32, end: i32): void {
  if (!isDue(settings, ticks)) return;
  const bank = bankOf(settings, section);
  const scale = scaleOf(settings);
  const decay = decayOf(bank);
  const keep = keepOf(bank);
  const a = load<f64>(bank, A);
  const b = load<f64>(bank, B);
  const aKeep = lanes(a);
  const aShare = lanes(1 - a);
  const bKeep = lanes(b);
  const bShare = lanes(1 - b);
  const rate = lanes(load<f64>(bank, LR) / (1 - load<f64>(bank, PRODUCT_A)));
  const correction = lanes(1 / Math.sqrt(1 - load<f64>(bank, POWER_B)));
  const eps = lanes(load<f64>(bank, EPS));
  const keepsTop = load<f64>(bank, FLAG) != 0;
  w += bytes(from);
  g += bytes(from);
  first += within(bank, from);
  second += within(bank, from);
  third += within(bank, from);
  const last = bytes(end);
  for (let at = bytes(begin); at < last; at += 16) {
    const weight = v128.load(w + at);
    const gradient = gradientAt(g + at, weight, scale, decay);
    const mean = average(aKeep, v128.load(first + at), aShare, gradient);
    let square = average(bKeep, v128.load(second + at), bShare, f32x4.mul(gradient, gradient));
    v128.store(first + at, mean);
    v128.store(second + at, square);
    if (keepsTop) {
      square = f32x4.pmax(square, v128.load(third + at)); // this order keeps NaN
      v128.store(third + at, square);
    }
    const step = f32x4.div(f32x4.mul(rate, mean), fma(f32x4.sqrt(square), correction, eps));
    v128.store(w + at, f32x4.sub(f32x4.mul(keep, weight), step));
  }
}

/**
 * m = a·m + (1 − a)·g; u = max(b·u, |g| + eps); w −= lr / (1 − aᵗ) · m / u.
 * @param w        inout f32[slab]
 * @param g        in    f32[slab]
 * @param first    inout f32[section], m
 * @param second   inout f32[section], u
 * @param third    in    not used
 * @param settings inout f64
 * @source Kingma & Ba 2015, arXiv:1412.6980, Algorithm 2
 * @bytes items * 112
 */
export function adaMax(w: usize, g: usize, first: usize, second: usize, third: usize, settings: usize, section: i32, from: i32, ticks: i32, begin: i32, end: i32): void {
  if (!isDue(settings, ticks)) return;
  const bank = bankOf(settings, section);
  const scale = scaleOf(settings);
  const decay = decayOf(bank);
  const a = load<f64>(bank, A);
  const aKeep = lanes(a);
  const aShare = lanes(1 - a);
  const bKeep = lanes(load<f64>(bank, B));
  const rate = lanes(load<f64>(bank, LR) / (1 - load<f64>(bank, PRODUCT_A)));
  const eps = lanes(load<f64>(bank, EPS));
  w += bytes(from);
  g += bytes(from);
  first += within(bank, from);
  second += within(bank, from);
  const last = bytes(end);
  for (let at = bytes(begin); at < last; at += 16) {
    const weight = v128.load(w + at);
    const gradient = gradientAt(g + at, weight, scale, decay);
    const mean = average(aKeep, v128.load(first + at), aShare, gradient);
    const size = f32x4.pmax(f32x4.add(f32x4.abs(gradient), eps), f32x4.mul(bKeep, v128.load(second + at)));
    v128.store(first + at, mean);
    v128.store(second + at, size);
    v128.store(w + at, f32x4.sub(weight, f32x4.div(f32x4.mul(rate, mean), size)));
  }
}

/**
 * m and v as Adam's; aₜ = a·(1 − cᵗ/2); w −= lr·((1 − aₜ) / (1 − Πaₜ) · g + aₜ₊₁ / (1 − Πaₜ₊₁) · m) / (√(v / (1 − bᵗ)) + eps).
 * @param w        inout f32[slab]
 * @param g        in    f32[slab]
 * @param first    inout f32[section], m
 * @param second   inout f32[section], v
 * @param third    in    not used
 * @param settings inout f64
 * @source Dozat 2016, "Incorporating Nesterov Momentum into Adam", Algorithm 8 and section 3.1
 * @bytes items * 112
 */
export function nAdam(w: usize, g: usize, first: usize, second: usize, third: usize, settings: usize, section: i32, from: i32, ticks: i32, begin: i32, end: i32): void {
  if (!isDue(settings, ticks)) return;
  const bank = bankOf(settings, section);
  const scale = scaleOf(settings);
  const decay = decayOf(bank);
  const a = load<f64>(bank, A);
  const b = load<f64>(bank, B);
  const aKeep = lanes(a);
  const aShare = lanes(1 - a);
  const bKeep = lanes(b);
  const bShare = lanes(1 - b);
  const lr = load<f64>(bank, LR);
  const now = a * (1 - 0.5 * load<f64>(bank, POWER_C));
  const next = a * (1 - 0.5 * load<f64>(bank, POWER_C) * load<f64>(bank, C));
  const product = load<f64>(bank, PRODUCT_A);
  const ofGradient = lanes((lr * (1 - now)) / (1 - product));
  const ofMean = lanes((lr * next) / (1 - product * next));
  const correction = lanes(1 / Math.sqrt(1 - load<f64>(bank, POWER_B)));
  const eps = lanes(load<f64>(bank, EPS));
  w += bytes(from);
  g += bytes(from);
  first += within(bank, from);
  second += within(bank, from);
  const last = bytes(end);
  for (let at = bytes(begin); at < last; at += 16) {
    const weight = v128.load(w + at);
    const gradient = gradientAt(g + at, weight, scale, decay);
    const mean = average(aKeep, v128.load(first + at), aShare, gradient);
    const square = average(bKeep, v128.load(second + at), bShare, f32x4.mul(gradient, gradient));
    v128.store(first + at, mean);
    v128.store(second + at, square);
    const step = fma(ofMean, mean, f32x4.mul(ofGradient, gradient));
    v128.store(w + at, f32x4.sub(weight, f32x4.div(step, fma(f32x4.sqrt(square), correction, eps))));
  }
}

/**
 * m and v as Adam's; ρ∞ = 2 / (1 − b) − 1, ρ = ρ∞ − 2t·bᵗ / (1 − bᵗ). Where ρ > 5: w −= lr / (1 − aᵗ) · m · r·√(1 − bᵗ) / (√v + eps) with
 * r² = (ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ), else w −= lr / (1 − aᵗ) · m.
 * @param w        inout f32[slab]
 * @param g        in    f32[slab]
 * @param first    inout f32[section], m
 * @param second   inout f32[section], v
 * @param third    in    not used
 * @param settings inout f64
 * @source Liu et al. 2020, arXiv:1908.03265, Algorithm 2, with the bound that PyTorch has
 * @bytes items * 112
 */
export function rAdam(w: usize, g: usize, first: usize, second: usize, third: usize, settings: usize, section: i32, from: i32, ticks: i32, begin: i32, end: i32): void {
  if (!isDue(settings, ticks)) return;
  const bank = bankOf(settings, section);
  const scale = scaleOf(settings);
  const decay = decayOf(bank);
  const a = load<f64>(bank, A);
  const b = load<f64>(bank, B);
  const aKeep = lanes(a);
  const aShare = lanes(1 - a);
  const bKeep = lanes(b);
  const bShare = lanes(1 - b);
  const powerB = load<f64>(bank, POWER_B);
  const limit = 2 / (1 - b) - 1;
  const length = limit - (2 * load<f64>(settings, STEP) * powerB) / (1 - powerB);
  const isSettled = length > 5;
  const shrink = ((length - 4) * (length - 2) * limit) / ((limit - 4) * (limit - 2) * length);
  const lr = load<f64>(bank, LR) / (1 - load<f64>(bank, PRODUCT_A));
  const rate = lanes(isSettled ? lr * Math.sqrt(shrink * (1 - powerB)) : lr);
  const eps = lanes(load<f64>(bank, EPS));
  w += bytes(from);
  g += bytes(from);
  first += within(bank, from);
  second += within(bank, from);
  const last = bytes(end);
  for (let at = bytes(begin); at < last; at += 16) {
    const weight = v128.load(w + at);
    const gradient = gradientAt(g + at, weight, scale, decay);
    const mean = average(aKeep, v128.load(first + at), aShare, gradient);
    const square = average(bKeep, v128.load(second + at), bShare, f32x4.mul(gradient, gradient));
    v128.store(first + at, mean);
    v128.store(second + at, square);
    const divisor = isSettled ? f32x4.add(f32x4.sqrt(square), eps) : f32x4.splat(1);
    v128.store(w + at, f32x4.sub(weight, f32x4.div(f32x4.mul(rate, mean), divisor)));
  }
}
