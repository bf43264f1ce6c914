/**
 * What optimizers do beside their steps: counting, gathering gradients, their norm. Slabs are whole vectors long.
 * Settings: assembly/update/settings.ts.
 */
import { rowTotal } from "../reduce/fold";
import { SQUARES } from "../reduce/steps";
import { NORM_BLOCK } from "../tune";
import { bytes, tick } from "../update/frame";
import { DUE, EVERY, GATHERED, MAX_NORM, NORM, SCALE } from "../update/settings";

/** Added to a norm that gradients are divided by, as in PyTorch's clip_grad_norm_. */
const NORM_EPS: f64 = 1e-6;

/**
 * Counts a gradient, and the step if it completes one. One item.
 * @param settings inout f64
 */
export function beginStep(settings: usize, begin: i32, end: i32): void {
  if (begin < end) tick(settings);
}

/**
 * sum = g for the first gradient of a step, else sum + g. Items: vectors.
 * @param sum      inout f32[4·items]
 * @param g        in    f32[4·items]
 * @param settings in    f64
 */
export function gatherGradient(sum: usize, g: usize, settings: usize, begin: i32, end: i32): void {
  const keep = i32x4.splat(load<f64>(settings, GATHERED) == 1 ? 0 : -1);
  const last = bytes(end);
  for (let at = bytes(begin); at < last; at += 16) {
    v128.store(sum + at, f32x4.add(v128.and(v128.load(sum + at), keep), v128.load(g + at)));
  }
}

/**
 * Σ g² of each block of NORM_BLOCK elements of the n from vector `from` on, as numbers `at` and further. Items: blocks.
 * @param g        in    f32[slab]
 * @param partial  inout f64[…]
 */
export function squareSums(g: usize, partial: usize, from: i32, n: i32, at: i32, begin: i32, end: i32): void {
  g += bytes(from);
  partial += <usize>at << 3;
  for (let block = begin; block < end; ++block) {
    const first = block * NORM_BLOCK;
    store<f64>(partial + (<usize>block << 3), rowTotal(SQUARES, g + (<usize>first << 2), min(NORM_BLOCK, n - first)));
  }
}

/**
 * The norm of all gradients, √Σ partial over what a step gathers, and what brings it under its bound: min(1, bound / (norm + 10⁻⁶)).
 * One item.
 * @param partial  in    f64[blocks]
 * @param settings inout f64
 */
export function limitNorm(partial: usize, settings: usize, blocks: i32, begin: i32, end: i32): void {
  if (begin >= end || load<f64>(settings, DUE) == 0) return;
  let total: f64 = 0;
  for (let i = 0; i < blocks; ++i) total += load<f64>(partial + (<usize>i << 3));
  const share = 1 / load<f64>(settings, EVERY);
  const norm = Math.sqrt(total) * share;
  const bound = load<f64>(settings, MAX_NORM);
  const clip = bound < Infinity ? bound / (norm + NORM_EPS) : 1;
  store<f64>(settings, norm, NORM);
  store<f64>(settings, clip > 1 ? share : share * clip, SCALE); // NaN passes
}
