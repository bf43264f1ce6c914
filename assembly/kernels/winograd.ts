/**
 * Convolution by 3 × 3 filters with stride 1, by Winograd's F(2×2, 3×3): 16 products instead of 36, between transforms. A pixel's
 * bits do not depend on the pixels of other tiles or images beside it. NaN and ±∞ spread over the 2 × 2 pixels of a tile, where a
 * direct sum would not reach all of them; rounding is stated in docs/conventions.md.
 */
import { EDGE_BYTES, ROW, RUN, SPARE_ROWS, windowTiles } from "../convolution/tile";
import { transformGradient, transformInput, transformOutput } from "../convolution/winograd";
import { panelA } from "../gemm/pack";
import { mixedPacked } from "../gemm/six";
import { WINOGRAD_DEPTH, WINOGRAD_TILES, WINOGRAD_WORDS } from "../tune";

/** Between the values of one position and the next, so that they do not begin in the same cache set. */
const GAP: usize = 64;
const ROWS_AT: usize = EDGE_BYTES;
const RUNS_AT: usize = ROWS_AT + <usize>(WINOGRAD_TILES + SPARE_ROWS) * ROW;
const PLACES_AT: usize = (RUNS_AT + RUN + 63) & ~63;
const VALUES_AT: usize = PLACES_AT + <usize>WINOGRAD_TILES * 64;

// @ts-ignore: decorator
@inline
function bytes(elements: i32): usize {
  return <usize>elements << 2;
}

/** Bytes from the panels of one position to those of the next. */
// @ts-ignore: decorator
@inline
function positionBytes(count: i32, depth: i32): usize {
  return (<usize>(count * depth) << 5) + GAP;
}

/** A row of Gg times Gᵀ. */
// @ts-ignore: decorator
@inline
function filterRow(g0: v128, g1: v128, g2: v128, half: v128, out: usize, position: usize): void {
  const outer = f32x4.mul(f32x4.add(g0, g2), half);
  const middle = f32x4.mul(g1, half);
  v128.store(out, g0);
  v128.store(out + position, f32x4.add(outer, middle));
  v128.store(out + 2 * position, f32x4.sub(outer, middle));
  v128.store(out + 3 * position, g2);
}

/**
 * GgGᵀ, eq. 10 of Lavin & Gray: 3 × 3 filters as 16 matrices. Items: panels.
 * @param filters in  f32[count, 9, depth, 8], panels of packFilters
 * @param panels  out f32[16, count · depth · 8 + 16], the last 16 of each unused
 * @each filters = 72 * depth
 */
export function winogradFilters(filters: usize, panels: usize, count: i32, depth: i32, begin: i32, end: i32): void {
  const tap = <usize>depth << 5;
  const position = positionBytes(count, depth);
  const half = f32x4.splat(0.5);
  for (let item = begin; item < end; ++item) {
    const panel = filters + <usize>(9 * item) * tap;
    const to = panels + <usize>item * tap;
    for (let at: usize = 0; at < tap; at += 16) {
      const g = panel + at;
      const out = to + at;
      const g00 = v128.load(g);
      const g01 = v128.load(g + tap);
      const g02 = v128.load(g + 2 * tap);
      filterRow(g00, g01, g02, half, out, position);
      const g20 = v128.load(g + 6 * tap);
      const g21 = v128.load(g + 7 * tap);
      const g22 = v128.load(g + 8 * tap);
      filterRow(g20, g21, g22, half, out + 12 * position, position);
      const outer0 = f32x4.mul(f32x4.add(g00, g20), half);
      const outer1 = f32x4.mul(f32x4.add(g01, g21), half);
      const outer2 = f32x4.mul(f32x4.add(g02, g22), half);
      const middle0 = f32x4.mul(v128.load(g + 3 * tap), half);
      const middle1 = f32x4.mul(v128.load(g + 4 * tap), half);
      const middle2 = f32x4.mul(v128.load(g + 5 * tap), half);
      const second = out + 4 * position;
      filterRow(f32x4.add(outer0, middle0), f32x4.add(outer1, middle1), f32x4.add(outer2, middle2), half, second, position);
      const third = out + 8 * position;
      filterRow(f32x4.sub(outer0, middle0), f32x4.sub(outer1, middle1), f32x4.sub(outer2, middle2), half, third, position);
    }
  }
}

/** Addresses of the 4 × 4 pixels from (y, x) on, row by row; `zeros` for those outside the image. */
function locate(image: usize, zeros: usize, out: usize, height: i32, width: i32, pixel: usize, y: i32, x: i32): void {
  for (let i = y; i < y + 4; ++i) {
    for (let j = x; j < x + 4; ++j) {
      const inside = <u32>i < <u32>height && <u32>j < <u32>width;
      store<usize>(out, inside ? image + <usize>(i * width + j) * pixel : zeros);
      out += 4;
    }
  }
}

/**
 * y[image, oy, ox, o] = Σ x[image, oy − top + ky, ox − left + kx, c] · weight[ky, kx, c, o]; x is zero outside.
 * Items: tiles of 2 × 2 pixels, ⌈outHeight/2⌉ · ⌈outWidth/2⌉ of each image.
 * @param x      in  f32[images, height, width, channels], channels a multiple of 4
 * @param panels in  f32[…] of winogradFilters
 * @param y      out f32[images, outHeight, outWidth, outputs], outputs a multiple of 4, aliases nothing
 * @each x = height * width * channels per (outHeight + 1 >> 1) * (outWidth + 1 >> 1);
 * y = outHeight * outWidth * outputs per (outHeight + 1 >> 1) * (outWidth + 1 >> 1)
 * @block 24
 * @flop 32 * items * channels * outputs
 */
export function winograd(
  x: usize, panels: usize, y: usize, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, outputs: i32,
  top: i32, left: i32, scratch: usize, begin: i32, end: i32,
): void {
  const down = (outHeight + 1) >> 1;
  const across = (outWidth + 1) >> 1;
  const pixel = bytes(channels);
  const outPixel = bytes(outputs);
  const panel = <usize>channels << 5;
  const each = positionBytes((outputs + 7) >> 3, channels);
  const most = min(WINOGRAD_TILES, WINOGRAD_WORDS / (4 * channels + 16 * outputs));
  const rows = scratch + ROWS_AT;
  const runs = scratch + RUNS_AT;
  const places = scratch + PLACES_AT;
  const zeros = scratch + VALUES_AT;
  const v = zeros + pixel;
  const vStep = <usize>most * pixel + GAP;
  const m = v + 4 * vStep;
  const mStep = <usize>most * outPixel + GAP;
  memory.fill(zeros, 0, pixel);
  store<usize>(runs, 0);
  store<usize>(runs, 0, 4);
  store<usize>(runs, panel, 8);
  for (let first = begin; first < end; first += most) {
    const count = min(most, end - first);
    for (let i = 0; i < count; ++i) {
      const tile = first + i;
      const line = tile / across;
      const image = line / down;
      const iy = ((line - image * down) << 1) - top;
      const ix = ((tile - line * across) << 1) - left;
      locate(x + <usize>(image * height * width) * pixel, zeros, places + (<usize>i << 6), height, width, pixel, iy, ix);
      store<usize>(rows + <usize>i * ROW, v + <usize>i * pixel);
      store<usize>(rows + <usize>i * ROW, m + <usize>i * outPixel, 4);
    }
    let filters = panels;
    for (let i = 0; i < 4; ++i) {
      for (let t = 0; t < count; ++t) transformInput(places + (<usize>t << 6), i, v + <usize>t * pixel, vStep, 16, pixel);
      for (let j = 0; j < 4; ++j) {
        windowTiles(
          rows, count, runs, 1, <usize>j * vStep, filters, panel, <usize>(4 * i + j) * mStep, outputs, false, scratch,
        );
        filters += each;
      }
    }
    for (let i = 0; i < count; ++i) {
      const tile = first + i;
      const line = tile / across;
      const image = line / down;
      const oy = (line - image * down) << 1;
      const ox = (tile - line * across) << 1;
      const to = y + <usize>((image * outHeight + oy) * outWidth + ox) * outPixel;
      const below = oy + 1 < outHeight;
      const beside = ox + 1 < outWidth;
      transformOutput(m + <usize>i * outPixel, mStep, to, <usize>outWidth * outPixel, outPixel, outPixel, below, beside);
    }
  }
}

/** Addresses of a tile's 2 × 2 pixels of the gradient; `zeros` for those beyond it. */
function locateGradient(image: usize, zeros: usize, out: usize, height: i32, width: i32, pixel: usize, y: i32, x: i32): void {
  const at = image + <usize>(y * width + x) * pixel;
  const below = y + 1 < height;
  const beside = x + 1 < width;
  store<usize>(out, at);
  store<usize>(out, beside ? at + pixel : zeros, 4);
  store<usize>(out, below ? at + <usize>width * pixel : zeros, 8);
  store<usize>(out, below && beside ? at + <usize>width * pixel + pixel : zeros, 12);
}

/**
 * The 16 products of the gradient by the weights, F(3×3, 2×2): products[i, j, c, o] = Σ over tiles, in order, of BᵀdB · AdyAᵀ.
 * Items: the 4 rows i.
 * @param x        in  f32[images, height, width, channels], channels a multiple of 4
 * @param dy       in  f32[images, outHeight, outWidth, outputs], outputs a multiple of 4
 * @param products out f32[16, channels, outputs], aliases nothing
 * @each products = 4 * channels * outputs
 * @flop 32 * images * (outHeight + 1 >> 1) * (outWidth + 1 >> 1) * channels * outputs
 */
export function winogradProducts(
  x: usize, dy: usize, products: usize, images: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  outputs: i32, top: i32, left: i32, scratch: usize, begin: i32, end: i32,
): void {
  const down = (outHeight + 1) >> 1;
  const across = (outWidth + 1) >> 1;
  const tiles = images * down * across;
  const pixel = bytes(channels);
  const outPixel = bytes(outputs);
  const each = bytes(channels * outputs);
  const most = min(WINOGRAD_DEPTH, (WINOGRAD_WORDS - 16 * channels) / (4 * (channels + outputs + 8)));
  const places = scratch + EDGE_BYTES;
  const zeros = places + <usize>WINOGRAD_DEPTH * 80;
  const v = zeros + max(pixel, outPixel);
  memory.fill(zeros, 0, max(pixel, outPixel));
  if (!tiles) memory.fill(products + <usize>(4 * begin) * each, 0, <usize>(4 * (end - begin)) * each);
  for (let first = 0; first < tiles; first += most) {
    const count = min(most, tiles - first);
    for (let t = 0; t < count; ++t) {
      const tile = first + t;
      const line = tile / across;
      const image = line / down;
      const oy = (line - image * down) << 1;
      const ox = (tile - line * across) << 1;
      const at = places + <usize>t * 80;
      locate(x + <usize>(image * height * width) * pixel, zeros, at, height, width, pixel, oy - top, ox - left);
      locateGradient(dy + <usize>(image * outHeight * outWidth) * outPixel, zeros, at + 64, outHeight, outWidth, outPixel, oy, ox);
    }
    const vPanel = panelA(count);
    const vStep = <usize>(channels >> 2) * vPanel;
    const z = v + 4 * vStep;
    const zPanel = <usize>count << 5;
    const zStep = <usize>((outputs + 7) >> 3) * zPanel + GAP;
    for (let i = begin; i < end; ++i) {
      for (let t = 0; t < count; ++t) {
        const at = places + <usize>t * 80;
        transformInput(at, i, v + (<usize>t << 4), vStep, vPanel, pixel);
        transformGradient(at + 64, i, z + (<usize>t << 5), zStep, zPanel, outPixel);
      }
      for (let j = 0; j < 4; ++j) {
        const to = products + <usize>(4 * i + j) * each;
        mixedPacked(
          v + <usize>j * vStep, z + <usize>j * zStep, 32, zPanel, to, outPixel, channels, outputs, count, first > 0, scratch,
        );
      }
    }
  }
}

/** GᵀmG in one direction: three rows of the four. */
// @ts-ignore: decorator
@inline
function lower(m0: v128, m1: v128, m2: v128, m3: v128, half: v128, row: i32): v128 {
  if (row == 1) return f32x4.mul(half, f32x4.sub(m1, m2));
  const middle = f32x4.mul(half, f32x4.add(m1, m2));
  return row == 0 ? f32x4.add(m0, middle) : f32x4.sub(middle, m3);
}

/**
 * dw = GᵀmG of what winogradProducts gives. Items: vectors of 4 outputs.
 * @param products in  f32[16, size], size = channels · outputs, a multiple of 4
 * @param dw       out f32[9, size]
 */
export function winogradWeights(products: usize, dw: usize, size: i32, begin: i32, end: i32): void {
  const step = bytes(size);
  const half = f32x4.splat(0.5);
  for (let item = begin; item < end; ++item) {
    for (let kx = 0; kx < 3; ++kx) {
      let m = products + (<usize>item << 4);
      let r0 = half;
      let r1 = half;
      let r2 = half;
      let r3 = half;
      for (let i = 0; i < 4; ++i) {
        r0 = r1;
        r1 = r2;
        r2 = r3;
        r3 = lower(v128.load(m), v128.load(m + step), v128.load(m + 2 * step), v128.load(m + 3 * step), half, kx);
        m += 4 * step;
      }
      const to = dw + (<usize>item << 4) + <usize>kx * step;
      v128.store(to, lower(r0, r1, r2, r3, half, 0));
      v128.store(to + 3 * step, lower(r0, r1, r2, r3, half, 1));
      v128.store(to + 6 * step, lower(r0, r1, r2, r3, half, 2));
    }
  }
}
