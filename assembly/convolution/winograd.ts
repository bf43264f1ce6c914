/**
 * The transforms of Winograd's F(4×4, 3×3), after Lavin & Gray 2016, arXiv:1509.09308: 4 × 4 outputs come from 6 × 6 inputs by 36
 * products for each pair of channels instead of 144. They are polynomials' values at 0, ±a, ±b and ∞, and the way back; Lavin & Gray
 * take a = 1 and b = 2, which rounds twice as much (Barabasz et al. 2020, arXiv:1803.10986, on the choice of points).
 * Vectors run along the channels, four at a time. Of the 6 × 6 values one column is made at a time: that much stays in the cache.
 */
import { fma, fnma } from "../isa";
import { Finish } from "./tile";

const a: f32 = 0.75;
const b: f32 = 1.5;
const a2: f32 = a * a;
const b2: f32 = b * b;
/** 1 over the product of a point's distances from the others. */
const n0: f32 = 1 / (a2 * b2);
const na: f32 = 1 / (2 * a2 * (a2 - b2));
const nb: f32 = 1 / (2 * b2 * (b2 - a2));

/** Vectors of constants from memory: V8 builds a literal anew before every use. */
const CONSTANTS = memory.data<f32>([
  a, a, a, a,
  b, b, b, b,
  a2, a2, a2, a2,
  b2, b2, b2, b2,
  a2 + b2, a2 + b2, a2 + b2, a2 + b2,
  a2 * b2, a2 * b2, a2 * b2, a2 * b2,
  a2 * a, a2 * a, a2 * a, a2 * a,
  b2 * b, b2 * b, b2 * b, b2 * b,
  n0, n0, n0, n0,
  na, na, na, na,
  nb, nb, nb, nb,
], 16);

/** Column j of dB: which columns of d it takes, in bytes of a table, and the factors of the first three; that of the last is 1. */
const INPUT_COLUMNS = memory.data<i32>([0, 8, 8, 16, 4, 8, 12, 16, 4, 8, 12, 16, 4, 8, 12, 16, 4, 8, 12, 16, 4, 12, 12, 20]);
const INPUT_FACTORS = memory.data<f32>([
  a2 * b2, -a2 - b2, 0,
  -a * b2, -b2, a,
  a * b2, -b2, -a,
  -b * a2, -a2, b,
  b * a2, -a2, -b,
  a2 * b2, -a2 - b2, 0,
]);
/** Column j of dyAᵀ: the factors of dy's four columns. */
const GRADIENT_FACTORS = memory.data<f32>([
  1, 0, 0, 0,
  1, a, a2, a2 * a,
  1, -a, a2, -a2 * a,
  1, b, b2, b2 * b,
  1, -b, b2, -b2 * b,
  0, 0, 0, 1,
]);

/** The last, plus the others times their factors. */
// @ts-ignore: decorator
@inline
function weighted(x0: v128, k0: v128, x1: v128, k1: v128, x2: v128, k2: v128, last: v128): v128 {
  return fma(x2, k2, fma(x1, k1, fma(x0, k0, last)));
}

/**
 * Column `column` of BᵀdB for one tile: 6 values of each channel.
 * @param pixels the addresses of d's 36 pixels, row by row
 * @param v      where the first value goes; `step` bytes to the next, `across` from four channels to the next four
 * @param bytes  of the channels, a multiple of 16
 */
export function transformInput(pixels: usize, column: i32, v: usize, step: usize, across: usize, bytes: usize): void {
  const columns = INPUT_COLUMNS + (<usize>column << 4);
  const c0 = pixels + load<usize>(columns);
  const c1 = pixels + load<usize>(columns, 4);
  const c2 = pixels + load<usize>(columns, 8);
  const c3 = pixels + load<usize>(columns, 12);
  const factors = INPUT_FACTORS + <usize>column * 12;
  const k0 = v128.load32_splat(factors);
  const k1 = v128.load32_splat(factors, 4);
  const k2 = v128.load32_splat(factors, 8);
  for (let at: usize = 0; at < bytes; at += 16) {
    const h0 = weighted(
      v128.load(load<usize>(c0) + at), k0, v128.load(load<usize>(c1) + at), k1, v128.load(load<usize>(c2) + at), k2,
      v128.load(load<usize>(c3) + at),
    );
    const h1 = weighted(
      v128.load(load<usize>(c0, 24) + at), k0, v128.load(load<usize>(c1, 24) + at), k1, v128.load(load<usize>(c2, 24) + at), k2,
      v128.load(load<usize>(c3, 24) + at),
    );
    const h2 = weighted(
      v128.load(load<usize>(c0, 48) + at), k0, v128.load(load<usize>(c1, 48) + at), k1, v128.load(load<usize>(c2, 48) + at), k2,
      v128.load(load<usize>(c3, 48) + at),
    );
    const h3 = weighted(
      v128.load(load<usize>(c0, 72) + at), k0, v128.load(load<usize>(c1, 72) + at), k1, v128.load(load<usize>(c2, 72) + at), k2,
      v128.load(load<usize>(c3, 72) + at),
    );
    const h4 = weighted(
      v128.load(load<usize>(c0, 96) + at), k0, v128.load(load<usize>(c1, 96) + at), k1, v128.load(load<usize>(c2, 96) + at), k2,
      v128.load(load<usize>(c3, 96) + at),
    );
    const h5 = weighted(
      v128.load(load<usize>(c0, 120) + at), k0, v128.load(load<usize>(c1, 120) + at), k1, v128.load(load<usize>(c2, 120) + at), k2,
      v128.load(load<usize>(c3, 120) + at),
    );
    v128.store(v, fma(h0, v128.load(CONSTANTS, 80), fnma(h2, v128.load(CONSTANTS, 64), h4)));
    let even = fnma(h2, v128.load(CONSTANTS, 48), h4);
    let odd = fnma(h1, v128.load(CONSTANTS, 48), h3);
    v128.store(v + step, fma(odd, v128.load(CONSTANTS), even));
    v128.store(v + 2 * step, fnma(odd, v128.load(CONSTANTS), even));
    even = fnma(h2, v128.load(CONSTANTS, 32), h4);
    odd = fnma(h1, v128.load(CONSTANTS, 32), h3);
    v128.store(v + 3 * step, fma(odd, v128.load(CONSTANTS, 16), even));
    v128.store(v + 4 * step, fnma(odd, v128.load(CONSTANTS, 16), even));
    v128.store(v + 5 * step, fma(h1, v128.load(CONSTANTS, 80), fnma(h3, v128.load(CONSTANTS, 64), h5)));
    v += across;
  }
}

/** A sum as it is stored at `to`; see Finish. */
// @ts-ignore: decorator
@inline
function finished(sum: v128, to: usize, at: usize, last: bool, bias: usize, residual: usize, hasResidual: bool, floor: v128): v128 {
  if (!last) return sum;
  if (bias) sum = f32x4.add(sum, v128.load(bias + at));
  if (hasResidual) sum = f32x4.add(sum, v128.load(to + residual));
  return f32x4.pmax(sum, floor);
}

/**
 * Aᵀ times a column of six values, `step` bytes apart; the first `count` of four results, `outStep` bytes apart.
 * @param last whether they are finished
 */
// @ts-ignore: decorator
@inline
function backwards(
  m: usize, step: usize, out: usize, outStep: usize, bytes: usize, count: i32, last: bool, bias: usize, residual: usize,
  hasResidual: bool, floor: v128,
): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    const p = m + at;
    const m1 = v128.load(p + step);
    const m2 = v128.load(p + 2 * step);
    const m3 = v128.load(p + 3 * step);
    const m4 = v128.load(p + 4 * step);
    const evenA = f32x4.add(m1, m2);
    const oddA = f32x4.sub(m1, m2);
    const evenB = f32x4.add(m3, m4);
    const oddB = f32x4.sub(m3, m4);
    const to = out + at;
    const first = f32x4.add(v128.load(p), f32x4.add(evenA, evenB));
    v128.store(to, finished(first, to, at, last, bias, residual, hasResidual, floor));
    if (count > 1) {
      const second = fma(oddA, v128.load(CONSTANTS), f32x4.mul(oddB, v128.load(CONSTANTS, 16)));
      v128.store(to + outStep, finished(second, to + outStep, at, last, bias, residual, hasResidual, floor));
    }
    if (count > 2) {
      const third = fma(evenA, v128.load(CONSTANTS, 32), f32x4.mul(evenB, v128.load(CONSTANTS, 48)));
      v128.store(to + 2 * outStep, finished(third, to + 2 * outStep, at, last, bias, residual, hasResidual, floor));
    }
    if (count > 3) {
      const fourth = fma(oddA, v128.load(CONSTANTS, 96), fma(oddB, v128.load(CONSTANTS, 112), v128.load(p + 5 * step)));
      v128.store(to + 3 * outStep, finished(fourth, to + 3 * outStep, at, last, bias, residual, hasResidual, floor));
    }
  }
}

/**
 * AᵀmA of one tile: 4 × 4 outputs of each channel, as far as they exist: `down` lines of `along` pixels.
 * @param m     the first of 36 values, column by column; `step` bytes to the next
 * @param half  24 · `bytes` for what is half done
 * @param y     where the first output goes; `line` bytes to the one below, `pixel` to the next
 * @param bytes of the channels, a multiple of 16
 * @param finish a Finish
 */
export function transformOutput(
  m: usize, step: usize, half: usize, y: usize, line: usize, pixel: usize, bytes: usize, down: i32, along: i32, finish: Finish,
): void {
  const bias = finish.bias;
  const residual = finish.residual;
  const hasResidual = finish.hasResidual;
  // Nothing is below −∞.
  const floor = f32x4.splat(finish.relu ? 0 : -Infinity);
  for (let column: usize = 0; column < 6; ++column) {
    backwards(m + 6 * column * step, step, half + 4 * column * bytes, bytes, bytes, 4, false, 0, 0, false, floor);
  }
  for (let row = 0; row < down; ++row) {
    const to = y + <usize>row * line;
    backwards(half + <usize>row * bytes, 4 * bytes, to, pixel, bytes, along, true, bias, residual, hasResidual, floor);
  }
}

/**
 * Column `column` of AdyAᵀ for one tile of the gradient: 6 values of each output.
 * @param pixels the addresses of dy's 16 pixels, row by row
 * @param z      where the first value goes, in panels of 8 outputs that are `panel` bytes apart; `step` bytes to the next value
 * @param bytes  of the outputs, a multiple of 16
 */
export function transformGradient(pixels: usize, column: i32, z: usize, step: usize, panel: usize, bytes: usize): void {
  const factors = GRADIENT_FACTORS + (<usize>column << 4);
  const k0 = v128.load32_splat(factors);
  const k1 = v128.load32_splat(factors, 4);
  const k2 = v128.load32_splat(factors, 8);
  const k3 = v128.load32_splat(factors, 12);
  for (let at: usize = 0; at < bytes; at += 16) {
    const h0 = weighted(
      v128.load(load<usize>(pixels, 4) + at), k1, v128.load(load<usize>(pixels, 8) + at), k2, v128.load(load<usize>(pixels, 12) + at),
      k3, f32x4.mul(k0, v128.load(load<usize>(pixels) + at)),
    );
    const h1 = weighted(
      v128.load(load<usize>(pixels, 20) + at), k1, v128.load(load<usize>(pixels, 24) + at), k2, v128.load(load<usize>(pixels, 28) + at),
      k3, f32x4.mul(k0, v128.load(load<usize>(pixels, 16) + at)),
    );
    const h2 = weighted(
      v128.load(load<usize>(pixels, 36) + at), k1, v128.load(load<usize>(pixels, 40) + at), k2, v128.load(load<usize>(pixels, 44) + at),
      k3, f32x4.mul(k0, v128.load(load<usize>(pixels, 32) + at)),
    );
    const h3 = weighted(
      v128.load(load<usize>(pixels, 52) + at), k1, v128.load(load<usize>(pixels, 56) + at), k2, v128.load(load<usize>(pixels, 60) + at),
      k3, f32x4.mul(k0, v128.load(load<usize>(pixels, 48) + at)),
    );
    const to = z + (at >> 5) * panel + (at & 16);
    v128.store(to, h0);
    let even = fma(h2, v128.load(CONSTANTS, 32), h0);
    let odd = f32x4.mul(v128.load(CONSTANTS), fma(h3, v128.load(CONSTANTS, 32), h1));
    v128.store(to + step, f32x4.add(even, odd));
    v128.store(to + 2 * step, f32x4.sub(even, odd));
    even = fma(h2, v128.load(CONSTANTS, 48), h0);
    odd = f32x4.mul(v128.load(CONSTANTS, 16), fma(h3, v128.load(CONSTANTS, 48), h1));
    v128.store(to + 3 * step, f32x4.add(even, odd));
    v128.store(to + 4 * step, f32x4.sub(even, odd));
    v128.store(to + 5 * step, h3);
  }
}

/** A row of Gg, of three values, times Gᵀ: six, `column` bytes apart. */
// @ts-ignore: decorator
@inline
function filterRow(g0: v128, g1: v128, g2: v128, out: usize, column: usize): void {
  v128.store(out, f32x4.mul(g0, v128.load(CONSTANTS, 128)));
  let even = f32x4.mul(fma(g2, v128.load(CONSTANTS, 32), g0), v128.load(CONSTANTS, 144));
  let odd = f32x4.mul(f32x4.mul(g1, v128.load(CONSTANTS)), v128.load(CONSTANTS, 144));
  v128.store(out + column, f32x4.add(even, odd));
  v128.store(out + 2 * column, f32x4.sub(even, odd));
  even = f32x4.mul(fma(g2, v128.load(CONSTANTS, 48), g0), v128.load(CONSTANTS, 160));
  odd = f32x4.mul(f32x4.mul(g1, v128.load(CONSTANTS, 16)), v128.load(CONSTANTS, 160));
  v128.store(out + 3 * column, f32x4.add(even, odd));
  v128.store(out + 4 * column, f32x4.sub(even, odd));
  v128.store(out + 5 * column, g2);
}

/**
 * GgGᵀ of four filters.
 * @param g   the first of 9 taps, `tap` bytes apart
 * @param out where the first of 36 values goes, column by column, `position` bytes apart
 */
// @ts-ignore: decorator
@inline
export function transformFilter(g: usize, tap: usize, out: usize, position: usize): void {
  const column: usize = 6 * position;
  const g00 = v128.load(g);
  const g01 = v128.load(g + tap);
  const g02 = v128.load(g + 2 * tap);
  const g20 = v128.load(g + 6 * tap);
  const g21 = v128.load(g + 7 * tap);
  const g22 = v128.load(g + 8 * tap);
  let n = v128.load(CONSTANTS, 128);
  filterRow(f32x4.mul(g00, n), f32x4.mul(g01, n), f32x4.mul(g02, n), out, column);
  filterRow(g20, g21, g22, out + 5 * position, column);
  for (let i = 0; i < 2; ++i) {
    const point = CONSTANTS + (<usize>i << 4);
    n = v128.load(point, 144);
    const square = f32x4.mul(n, v128.load(point, 32));
    const odd = f32x4.mul(n, v128.load(point));
    const even0 = fma(g20, square, f32x4.mul(g00, n));
    const even1 = fma(g21, square, f32x4.mul(g01, n));
    const even2 = fma(g22, square, f32x4.mul(g02, n));
    const odd0 = f32x4.mul(v128.load(g + 3 * tap), odd);
    const odd1 = f32x4.mul(v128.load(g + 4 * tap), odd);
    const odd2 = f32x4.mul(v128.load(g + 5 * tap), odd);
    const to = out + <usize>(2 * i + 1) * position;
    filterRow(f32x4.add(even0, odd0), f32x4.add(even1, odd1), f32x4.add(even2, odd2), to, column);
    filterRow(f32x4.sub(even0, odd0), f32x4.sub(even1, odd1), f32x4.sub(even2, odd2), to + position, column);
  }
}

/** Gᵀ times a column of six values, `step` bytes apart: three, `outStep` bytes apart. */
// @ts-ignore: decorator
@inline
function filterBackwards(m: usize, step: usize, out: usize, outStep: usize): void {
  const m1 = v128.load(m + step);
  const m2 = v128.load(m + 2 * step);
  const m3 = v128.load(m + 3 * step);
  const m4 = v128.load(m + 4 * step);
  const evenA = f32x4.mul(f32x4.add(m1, m2), v128.load(CONSTANTS, 144));
  const oddA = f32x4.mul(f32x4.sub(m1, m2), v128.load(CONSTANTS, 144));
  const evenB = f32x4.mul(f32x4.add(m3, m4), v128.load(CONSTANTS, 160));
  const oddB = f32x4.mul(f32x4.sub(m3, m4), v128.load(CONSTANTS, 160));
  v128.store(out, fma(v128.load(m), v128.load(CONSTANTS, 128), f32x4.add(evenA, evenB)));
  v128.store(out + outStep, fma(oddA, v128.load(CONSTANTS), f32x4.mul(oddB, v128.load(CONSTANTS, 16))));
  const last = fma(evenB, v128.load(CONSTANTS, 48), v128.load(m + 5 * step));
  v128.store(out + 2 * outStep, fma(evenA, v128.load(CONSTANTS, 32), last));
}

/**
 * GᵀmG of four weights: 9 taps.
 * @param m    the first of 36 values, column by column, `step` bytes apart
 * @param half 288 bytes for what is half done
 * @param dw   where the first tap goes, `tap` bytes to the next
 */
export function transformWeights(m: usize, step: usize, half: usize, dw: usize, tap: usize): void {
  for (let column: usize = 0; column < 6; ++column) filterBackwards(m + 6 * column * step, step, half + 48 * column, 16);
  for (let row: usize = 0; row < 3; ++row) filterBackwards(half + 16 * row, 48, dw + 3 * row * tap, tap);
}
