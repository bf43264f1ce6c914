/**
 * Convolution by 3 × 3 filters with stride 1, by Winograd's F(4×4, 3×3): 36 products of matrices between transforms, instead of 144; and
 * its gradient by the weights, F(3×3, 4×4). A pixel's bits do not depend on the tiles or images beside its own. NaN and ±∞ spread over
 * the 4 × 4 pixels of a tile, where a direct sum would not reach all of them; rounding is stated in docs/conventions.md.
 */
import { EDGE_BYTES, Finish, plan, ROW, RUN, SPARE_ROWS, windowTiles } from "../convolution/tile";
import { transformFilter, transformGradient, transformInput, transformOutput, transformWeights } from "../convolution/winograd";
import { panelA } from "../gemm/pack";
import { mixedPacked } from "../gemm/six";
import { WINOGRAD_DEPTH, WINOGRAD_TILES, WINOGRAD_WORDS } from "../tune";

/** Pixels of a tile along each axis, and of what it sees. */
const TILE: i32 = 4;
const SEEN: i32 = 6;
/** Between the values of one position and the next, so that they do not begin in the same cache set. */
const GAP: usize = 64;
/** Addresses of what a tile sees, and of its own pixels. */
const PLACES: usize = <usize>(4 * SEEN * SEEN);
const GRADIENT_PLACES: usize = <usize>(4 * TILE * TILE);
const ROWS_AT: usize = EDGE_BYTES;
const RUNS_AT: usize = ROWS_AT + <usize>(WINOGRAD_TILES + SPARE_ROWS) * ROW;
const FINISH_AT: usize = (RUNS_AT + RUN + 15) & ~15;
const PLACES_AT: usize = (FINISH_AT + 16 + 63) & ~63;
const VALUES_AT: usize = PLACES_AT + <usize>WINOGRAD_TILES * PLACES;

// @ts-ignore: decorator
@inline
function bytes(elements: i32): usize {
  return <usize>elements << 2;
}

// @ts-ignore: decorator
@inline
function tilesAlong(size: i32): i32 {
  return (size + TILE - 1) / TILE;
}

/** Bytes from the panels of one position to those of the next. */
// @ts-ignore: decorator
@inline
function positionBytes(count: i32, depth: i32): usize {
  return (<usize>(count * depth) << 5) + GAP;
}

/**
 * 3 × 3 filters as 36 matrices, column by column. Items: panels.
 * @param filters in  f32[count, 9, depth, 8], panels of packFilters
 * @param panels  out f32[36, count · depth · 8 + 16], the last 16 of each unused
 * @each filters = 72 * depth
 */
export function winogradFilters(filters: usize, panels: usize, count: i32, depth: i32, begin: i32, end: i32): void {
  const tap = <usize>depth << 5;
  const position = positionBytes(count, depth);
  for (let item = begin; item < end; ++item) {
    const from = filters + <usize>(9 * item) * tap;
    const out = panels + <usize>item * tap;
    for (let at: usize = 0; at < tap; at += 16) transformFilter(from + at, tap, out + at, position);
  }
}

/** Addresses of size × size pixels from (y, x) on, row by row; `zeros` for those outside the image. */
function locate(image: usize, zeros: usize, out: usize, height: i32, width: i32, pixel: usize, y: i32, x: i32, size: i32): void {
  for (let i = y; i < y + size; ++i) {
    for (let j = x; j < x + size; ++j) {
      const inside = <u32>i < <u32>height && <u32>j < <u32>width;
      store<usize>(out, inside ? image + <usize>(i * width + j) * pixel : zeros);
      out += 4;
    }
  }
}

/**
 * y[image, oy, ox, o] = Σ x[image, oy − top + ky, ox − left + kx, c] · weight[ky, kx, c, o]; x is zero outside. What is given of bias
 * and residual is added in this order, then, if relu, the larger of that and 0 taken.
 * Items: tiles of 4 × 4 pixels, ⌈outHeight/4⌉ · ⌈outWidth/4⌉ of each image.
 * @param x      in  f32[images, height, width, channels], channels a multiple of 4
 * @param panels in  f32[…] of winogradFilters
 * @param bias   in  f32[outputs], or 0
 * @param residual in f32[images, outHeight, outWidth, outputs], or 0
 * @param y      out f32[images, outHeight, outWidth, outputs], outputs a multiple of 4, aliases nothing
 * @each x = height * width * channels per (outHeight + 3 >> 2) * (outWidth + 3 >> 2);
 * residual = outHeight * outWidth * outputs per (outHeight + 3 >> 2) * (outWidth + 3 >> 2);
 * y = outHeight * outWidth * outputs per (outHeight + 3 >> 2) * (outWidth + 3 >> 2)
 * @block 12
 * @flop 72 * items * channels * outputs
 */
export function winograd(
  x: usize, panels: usize, bias: usize, residual: usize, y: usize, height: i32, width: i32, channels: i32, outHeight: i32,
  outWidth: i32, outputs: i32, top: i32, left: i32, relu: i32, scratch: usize, begin: i32, end: i32,
): void {
  const down = tilesAlong(outHeight);
  const across = tilesAlong(outWidth);
  const pixel = bytes(channels);
  const outPixel = bytes(outputs);
  const panel = <usize>channels << 5;
  const each = positionBytes((outputs + 7) >> 3, channels);
  const most = min(WINOGRAD_TILES, WINOGRAD_WORDS / (SEEN * channels + SEEN * SEEN * outputs));
  const rows = scratch + ROWS_AT;
  const runs = scratch + RUNS_AT;
  const places = scratch + PLACES_AT;
  const zeros = scratch + VALUES_AT;
  const half = zeros + pixel;
  const v = half + 24 * outPixel;
  const vStep = <usize>most * pixel + GAP;
  const m = v + <usize>SEEN * vStep;
  const mStep = <usize>most * outPixel + GAP;
  const finish = changetype<Finish>(scratch + FINISH_AT);
  plan(finish, bias, residual, relu, y);
  memory.fill(zeros, 0, pixel);
  store<usize>(runs, 0);
  store<usize>(runs, 0, 4);
  store<usize>(runs, panel, 8);
  for (let first = begin; first < end; first += most) {
    const count = min(most, end - first);
    for (let t = 0; t < count; ++t) {
      const line = (first + t) / across;
      const image = line / down;
      const iy = (line - image * down) * TILE - top;
      const ix = (first + t - line * across) * TILE - left;
      locate(x + <usize>(image * height * width) * pixel, zeros, places + <usize>t * PLACES, height, width, pixel, iy, ix, SEEN);
      store<usize>(rows + <usize>t * ROW, v + <usize>t * pixel);
      store<usize>(rows + <usize>t * ROW, m + <usize>t * outPixel, 4);
    }
    let filters = panels;
    for (let column = 0; column < SEEN; ++column) {
      for (let t = 0; t < count; ++t) transformInput(places + <usize>t * PLACES, column, v + <usize>t * pixel, vStep, 16, pixel);
      for (let i = 0; i < SEEN; ++i) {
        const to = <usize>(SEEN * column + i) * mStep;
        windowTiles(rows, count, runs, 1, <usize>i * vStep, filters, panel, to, outputs, false, scratch);
        filters += each;
      }
    }
    for (let t = 0; t < count; ++t) {
      const line = (first + t) / across;
      const image = line / down;
      const oy = (line - image * down) * TILE;
      const ox = (first + t - line * across) * TILE;
      const to = y + <usize>((image * outHeight + oy) * outWidth + ox) * outPixel;
      const from = m + <usize>t * outPixel;
      transformOutput(
        from, mStep, half, to, <usize>outWidth * outPixel, outPixel, outPixel, min(TILE, outHeight - oy), min(TILE, outWidth - ox), finish,
      );
    }
  }
}

/**
 * The 36 products of the gradient by the weights: products[j, i, c, o] = Σ over tiles, in order, of BᵀdB · AdyAᵀ at [i, j].
 * Items: the 6 columns j.
 * @param x        in  f32[images, height, width, channels], channels a multiple of 4
 * @param dy       in  f32[images, outHeight, outWidth, outputs], outputs a multiple of 4
 * @param products out f32[36, channels, outputs], aliases nothing
 * @each products = 6 * channels * outputs
 * @flop 72 * images * (outHeight + 3 >> 2) * (outWidth + 3 >> 2) * channels * outputs
 */
export function winogradProducts(
  x: usize, dy: usize, products: usize, images: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  outputs: i32, top: i32, left: i32, scratch: usize, begin: i32, end: i32,
): void {
  const down = tilesAlong(outHeight);
  const across = tilesAlong(outWidth);
  const tiles = images * down * across;
  const pixel = bytes(channels);
  const outPixel = bytes(outputs);
  const each = bytes(channels * outputs);
  const most = min(WINOGRAD_DEPTH, (WINOGRAD_WORDS - 24 * channels) / (SEEN * (channels + outputs + 8)));
  const places = scratch + EDGE_BYTES;
  const gradients = places + <usize>WINOGRAD_DEPTH * PLACES;
  const zeros = gradients + <usize>WINOGRAD_DEPTH * GRADIENT_PLACES;
  const v = zeros + max(pixel, outPixel);
  memory.fill(zeros, 0, max(pixel, outPixel));
  if (!tiles) memory.fill(products, 0, <usize>(SEEN * SEEN) * each);
  for (let first = 0; first < tiles; first += most) {
    const count = min(most, tiles - first);
    for (let t = 0; t < count; ++t) {
      const line = (first + t) / across;
      const image = line / down;
      const oy = (line - image * down) * TILE;
      const ox = (first + t - line * across) * TILE;
      const from = x + <usize>(image * height * width) * pixel;
      const grown = dy + <usize>(image * outHeight * outWidth) * outPixel;
      locate(from, zeros, places + <usize>t * PLACES, height, width, pixel, oy - top, ox - left, SEEN);
      locate(grown, zeros, gradients + <usize>t * GRADIENT_PLACES, outHeight, outWidth, outPixel, oy, ox, TILE);
    }
    const vPanel = panelA(count);
    const vStep = <usize>(channels >> 2) * vPanel;
    const z = v + <usize>SEEN * vStep;
    const zPanel = <usize>count << 5;
    const zStep = <usize>((outputs + 7) >> 3) * zPanel + GAP;
    for (let column = begin; column < end; ++column) {
      for (let t = 0; t < count; ++t) {
        transformInput(places + <usize>t * PLACES, column, v + (<usize>t << 4), vStep, vPanel, pixel);
        transformGradient(gradients + <usize>t * GRADIENT_PLACES, column, z + (<usize>t << 5), zStep, zPanel, outPixel);
      }
      for (let i = 0; i < SEEN; ++i) {
        const to = products + <usize>(SEEN * column + i) * each;
        mixedPacked(v + <usize>i * vStep, z + <usize>i * zStep, 32, zPanel, to, outPixel, channels, outputs, count, first > 0, scratch);
      }
    }
  }
}

/**
 * dw of what winogradProducts gives. Items: vectors of 4 outputs.
 * @param products in  f32[36, size], size = channels · outputs, a multiple of 4
 * @param dw       out f32[9, size]
 */
export function winogradWeights(products: usize, dw: usize, size: i32, scratch: usize, begin: i32, end: i32): void {
  const step = bytes(size);
  for (let item = begin; item < end; ++item) {
    const at = <usize>item << 4;
    transformWeights(products + at, step, scratch, dw + at, step);
  }
}
