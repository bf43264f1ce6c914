/**
 * Connectionist temporal classification, in logarithms. Items: sequences, each from its first step to its last.
 *
 * A sequence's states are its labels with a blank before, between and behind them. A path comes to state i from i, from i − 1, or from
 * i − 2 where the blank between does not part equal labels; one state more, before the first, is where paths begin. Rows of states are
 * `width` wide: 2·s + 1 of them, up to whole vectors, and 4 more that nothing reaches. NEVER stands for log 0.
 * @each target = s; inputLengths = 1; targetLengths = 1; loss = 1; g = 1
 * @source Graves et al. 2006, ICML, 369–376
 */
import { report } from "../fault";
import { exp, log } from "../math";

/** Finite, so that differences of two of them are numbers, and so far away that no sum of logarithms reaches it. */
const NEVER: f32 = -1e30;
/** What is below this has no path. */
const IMPOSSIBLE: f32 = NEVER / 10;

// @ts-ignore: decorator
@inline
function heldWithin(at: usize, most: i32): i32 {
  return min(max(load<i32>(at), 0), most);
}

/** The states' classes, as offsets in bytes, and what a jump from the last but one costs: 0 or NEVER. */
function states(target: usize, count: i32, classes: i32, width: i32, blank: i32, offsets: usize, jumps: usize): void {
  for (let i = 0; i < width; ++i) {
    const at = <usize>i << 2;
    const label = i & 1 && i >> 1 < count ? heldWithin(target + (<usize>(i >> 1) << 2), classes - 1) : blank;
    store<i32>(offsets + at, label << 2);
    const jump = label != blank && (i < 2 || load<i32>(offsets + at - 8) != label << 2);
    store<f32>(jumps + at, jump ? 0 : NEVER);
  }
}

/** What the states emit at a step. */
// @ts-ignore: decorator
@inline
function emit(x: usize, offsets: usize, width: i32, emissions: usize): void {
  for (let i = 0; i < width; ++i) {
    const at = <usize>i << 2;
    const value = load<f32>(x + load<i32>(offsets + at));
    store<f32>(emissions + at, value < NEVER ? NEVER : value);
  }
}

/** Where paths begin: in the column before state 0, which stands in column 2. */
// @ts-ignore: decorator
@inline
function start(paths: usize, width: i32): void {
  for (let i = 0; i < width; ++i) store<f32>(paths + (<usize>i << 2), i == 1 ? 0 : NEVER);
}

/** log(eᵃ + eᵇ). */
// @ts-ignore: decorator
@inline
function logSum(a: f32, b: f32): f32 {
  const top = max(a, b);
  const v = f32x4.replace_lane(f32x4.splat(a - top), 1, b - top);
  const e = exp(v);
  return f32x4.extract_lane(log(f32x4.splat(f32x4.extract_lane(e, 0) + f32x4.extract_lane(e, 1))), 0) + top;
}

/**
 * loss = −log of the probability of all paths that say a sequence's labels; ∞ where there is none. Lengths are held within what there is.
 * @param x       in  f32[steps, n, classes]: log-probabilities
 * @param target  in  i32[n, s], of which those within a sequence's length are checked
 * @param inputLengths in i32[n]
 * @param targetLengths in i32[n]
 * @param loss    out f32[n]
 * @param reached out f32[n, steps, width]: log-probability of all paths to a state, before what it emits; undefined past a sequence's end
 * @param work    out f32[n, 4, width]
 * @flop 40 * steps * n * width
 */
export function ctc(
  x: usize, target: usize, inputLengths: usize, targetLengths: usize, loss: usize, reached: usize, work: usize,
  steps: i32, n: i32, classes: i32, s: i32, width: i32, blank: i32, fault: usize, begin: i32, end: i32,
): void {
  const row = <usize>width << 2;
  const never = f32x4.splat(NEVER);
  for (let k = begin; k < end; ++k) {
    const length = heldWithin(inputLengths + (<usize>k << 2), steps);
    const count = heldWithin(targetLengths + (<usize>k << 2), s);
    const labels = target + (<usize>(k * s) << 2);
    for (let i = 0; i < count; ++i) if (load<u32>(labels + (<usize>i << 2)) >= <u32>classes) report(fault, k * s + i);
    const paths = work + 4 * row * k; // from column 2 on
    const offsets = paths + row;
    const jumps = offsets + row;
    const emissions = jumps + row;
    states(labels, count, classes, width, blank, offsets, jumps);
    start(paths, width);
    for (let t = 0; t < length; ++t) {
      const to = reached + row * (<usize>k * steps + t);
      emit(x + (<usize>(t * n + k) * classes << 2), offsets, width, emissions);
      // From the last states to the first: each vector reads what stands before it.
      for (let i = width - 8; i >= 0; i -= 4) {
        const at = <usize>i << 2;
        const stay = v128.load(paths + at, 8);
        const follow = v128.load(paths + at, 4);
        const jump = f32x4.add(v128.load(paths + at), v128.load(jumps + at));
        const top = f32x4.pmax(f32x4.pmax(stay, follow), jump);
        const total = f32x4.add(
          f32x4.add(exp(f32x4.sub(stay, top)), exp(f32x4.sub(follow, top))),
          exp(f32x4.sub(jump, top)),
        );
        const all = f32x4.add(log(total), top);
        v128.store(to + at, all);
        v128.store(paths + at, f32x4.add(all, v128.load(emissions + at)), 8);
      }
      v128.store(to + row - 16, f32x4.neg(never)); // whatever comes from there weighs nothing
      store<f32>(paths, NEVER, 4);
    }
    const last = paths + (<usize>(2 * count) << 2);
    const found = logSum(load<f32>(last, 8), count > 0 ? load<f32>(last, 4) : NEVER);
    store<f32>(loss + (<usize>k << 2), found < IMPOSSIBLE ? Infinity : -found);
  }
}

/**
 * dx, from the loss' gradient g: −g times the probability that a path is in a state of that class, of all that say the labels.
 * @param x       in  f32[steps, n, classes]
 * @param target  in  i32[n, s]
 * @param inputLengths in i32[n]
 * @param targetLengths in i32[n]
 * @param loss    in  f32[n]
 * @param reached in  f32[n, steps, width]
 * @param g       in  f32[n]
 * @param dx      out f32[steps, n, classes]: 0 where the loss is ∞, and past a sequence's end
 * @param work    out f32[n, 4, width]
 * @flop 40 * steps * n * width
 */
export function ctcGrad(
  x: usize, target: usize, inputLengths: usize, targetLengths: usize, loss: usize, reached: usize, g: usize, dx: usize, work: usize,
  steps: i32, n: i32, classes: i32, s: i32, width: i32, blank: i32, begin: i32, end: i32,
): void {
  const row = <usize>width << 2;
  const size = 2 * s + 1;
  for (let k = begin; k < end; ++k) {
    for (let t = 0; t < steps; ++t) memory.fill(dx + (<usize>(t * n + k) * classes << 2), 0, <usize>classes << 2);
    const own = load<f32>(loss + (<usize>k << 2));
    const length = heldWithin(inputLengths + (<usize>k << 2), steps);
    if (own == Infinity || length == 0) continue;
    const count = heldWithin(targetLengths + (<usize>k << 2), s);
    const shares = work + 4 * row * k; // −g times the probability of each state
    const offsets = shares + row;
    const jumps = offsets + row;
    const emissions = jumps + row;
    states(target + (<usize>(k * s) << 2), count, classes, width, blank, offsets, jumps);
    emit(x + (<usize>((length - 1) * n + k) * classes << 2), offsets, width, emissions);
    memory.fill(shares, 0, row);
    const ends = reached + row * (<usize>k * steps + length - 1);
    for (let i = max(2 * count - 1, 0); i <= 2 * count; ++i) {
      const at = <usize>i << 2;
      const share = exp(f32x4.splat(load<f32>(ends + at) + load<f32>(emissions + at) + own));
      store<f32>(shares + at, -load<f32>(g + (<usize>k << 2)) * f32x4.extract_lane(share, 0));
    }
    for (let t = length - 1; ; --t) {
      const dRow = dx + (<usize>(t * n + k) * classes << 2);
      for (let i = 0; i < size; ++i) {
        const to = dRow + load<i32>(offsets + (<usize>i << 2));
        store<f32>(to, load<f32>(to) + load<f32>(shares + (<usize>i << 2)));
      }
      if (t == 0) break;
      const later = reached + row * (<usize>k * steps + t);
      const earlier = later - row;
      emit(x + (<usize>((t - 1) * n + k) * classes << 2), offsets, width, emissions);
      for (let i = 0; i < width - 4; i += 4) {
        const at = <usize>i << 2;
        const path = f32x4.add(v128.load(earlier + at), v128.load(emissions + at));
        const stay = f32x4.mul(v128.load(shares + at), exp(f32x4.sub(path, v128.load(later + at))));
        const follow = f32x4.mul(v128.load(shares + at, 4), exp(f32x4.sub(path, v128.load(later + at, 4))));
        const jumped = f32x4.add(path, v128.load(jumps + at, 8));
        const jump = f32x4.mul(v128.load(shares + at, 8), exp(f32x4.sub(jumped, v128.load(later + at, 8))));
        v128.store(shares + at, f32x4.add(f32x4.add(stay, follow), jump));
      }
    }
  }
}
