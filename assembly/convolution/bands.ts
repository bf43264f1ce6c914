/**
 * The gradient by the weights, over bands: some lines of the output, whose windows are read where they stand or, where they hang over
 * the edge of the image, from a copy of it with the zeros around. A weight is a row of the tiles, k goes over the pixels.
 */
import { copyRun, fillRun } from "../move";
import { CONV_BAND_BYTES, CONV_DEPTH_ROWS } from "../tune";
import { EDGE_BYTES, ROW, RUN, SPARE_ROWS, stridedTiles } from "./tile";

/** Weights that go over a band together. */
const MAX_ROWS = 1024;
const RUNS_AT: usize = 256;
const ROWS_AT: usize = RUNS_AT + <usize>CONV_DEPTH_ROWS * RUN;
const COPY_AT: usize = (ROWS_AT + <usize>(MAX_ROWS + SPARE_ROWS) * ROW + EDGE_BYTES + 63) & ~63;

/** What all bands have in common; at the beginning of scratch. */
@unmanaged
export class Bands {
  /** The first of the group's channels, and of its outputs. */
  x: usize;
  dy: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** Channels of the group. */
  own: i32;
  outHeight: i32;
  outWidth: i32;
  outputs: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideY: i32;
  strideX: i32;
  dilationY: i32;
  dilationX: i32;
  top: i32;
  left: i32;
  /** Bytes from a pixel of dy to the next, and from 8 outputs to the next 8. */
  step: usize;
  panel: usize;
}

// @ts-ignore: decorator
@inline
function linesSeen(bands: Bands, lines: i32): i32 {
  return (lines - 1) * bands.strideY + (bands.kernelHeight - 1) * bands.dilationY + 1;
}

// @ts-ignore: decorator
@inline
function columnsSeen(bands: Bands): i32 {
  return (bands.outWidth - 1) * bands.strideX + (bands.kernelWidth - 1) * bands.dilationX + 1;
}

/** Whether every window lies inside the image. */
// @ts-ignore: decorator
@inline
function isInside(bands: Bands): bool {
  return !(bands.top | bands.left) && linesSeen(bands, bands.outHeight) <= bands.height && columnsSeen(bands) <= bands.width;
}

/** Whether bands serve: what a line of the output sees can be copied, if it has to be. */
export function bandsServe(bands: Bands): bool {
  return isInside(bands) || <i64>linesSeen(bands, 1) * columnsSeen(bands) * bands.own * 4 <= CONV_BAND_BYTES;
}

/** Weights [first, first + count) of the group: where each begins in a band, and where its sums go. */
function noteRows(bands: Bands, first: i32, count: i32, base: usize, line: usize, pixel: usize, dw: usize): void {
  let row = changetype<usize>(bands) + ROWS_AT;
  for (let k = first; k < first + count; ++k) {
    const tap = k / bands.own;
    const ky = tap / bands.kernelWidth;
    const kx = tap - ky * bands.kernelWidth;
    const from = <usize>(ky * bands.dilationY) * line + <usize>(kx * bands.dilationX) * pixel;
    store<usize>(row, base + from + (<usize>(k - tap * bands.own) << 2));
    store<usize>(row, dw + (<usize>(k * bands.outputs) << 2), 4);
    row += ROW;
  }
}

/** Copies what `lines` lines of the output from (image, oy) on see, zeros for what lies outside. */
function copyBand(bands: Bands, image: i32, oy: i32, lines: i32): void {
  const row = bands.own << 2;
  const wide = columnsSeen(bands);
  const before = min(wide, bands.left);
  const inside = max(0, min(wide - before, bands.width));
  let out = changetype<usize>(bands) + COPY_AT;
  const first = oy * bands.strideY - bands.top;
  for (let y = first; y < first + linesSeen(bands, lines); ++y) {
    if (<u32>y >= <u32>bands.height) {
      fillRun(out, 0, wide * bands.own);
      out += <usize>(wide * row);
      continue;
    }
    fillRun(out, 0, before * bands.own);
    out += <usize>(before * row);
    let from = bands.x + (<usize>((image * bands.height + y) * bands.width * bands.channels) << 2);
    if (bands.own == bands.channels) {
      copyRun(from, out, inside * row);
      out += <usize>(inside * row);
    } else {
      for (let i = 0; i < inside; ++i) {
        copyRun(from, out, row);
        from += <usize>bands.channels << 2;
        out += <usize>row;
      }
    }
    fillRun(out, 0, (wide - before - inside) * bands.own);
    out += <usize>((wide - before - inside) * row);
  }
}

/** Notes a line of the output, whose windows begin at `from`; one that goes on where the last ended prolongs it. */
// @ts-ignore: decorator
@inline
function noteRun(runs: usize, count: i32, from: usize, end: usize, length: usize): i32 {
  const next = runs + <usize>count * RUN;
  if (count && from == end) {
    store<usize>(next - RUN, load<usize>(next - RUN, 8) + length, 8);
    return count;
  }
  store<usize>(next, from - end);
  store<usize>(next, 0, 4);
  store<usize>(next, length, 8);
  return count + 1;
}

/** All bands of all images for weights [first, first + count) of the group, at most MAX_ROWS. */
function sumRows(bands: Bands, images: i32, first: i32, count: i32, outputs: i32, dw: usize): void {
  const at = changetype<usize>(bands);
  const direct = isInside(bands);
  const pixel = <usize>(direct ? bands.channels : bands.own) << 2;
  const line = <usize>(direct ? bands.width : columnsSeen(bands)) * pixel;
  let most = min(CONV_DEPTH_ROWS, max(1, CONV_DEPTH_ROWS / bands.outWidth));
  if (!direct) {
    while (most > 1 && <i64>linesSeen(bands, most) * line > CONV_BAND_BYTES) --most;
  }
  noteRows(bands, first, count, direct ? bands.x : at + COPY_AT, line, pixel, dw);
  const step = <usize>bands.strideX * pixel;
  const length = <usize>bands.outWidth * bands.step;
  const lines = images * bands.outHeight;
  for (let from = 0; from < lines; ) {
    let image = from / bands.outHeight;
    let oy = from - image * bands.outHeight;
    const some = min(most, direct ? lines - from : bands.outHeight - oy);
    if (!direct) copyBand(bands, image, oy, some);
    let runs = 0;
    let end: usize = 0;
    for (let i = 0; i < some; ++i) {
      const y = direct ? image * bands.height + oy * bands.strideY : i * bands.strideY;
      const start = <usize>y * line;
      runs = noteRun(at + RUNS_AT, runs, start, end, length);
      end = start + <usize>bands.outWidth * step;
      if (++oy < bands.outHeight) continue;
      oy = 0;
      ++image;
    }
    stridedTiles(
      at + ROWS_AT, count, at + RUNS_AT, runs, 0, bands.dy + <usize>from * length, bands.panel, 0, outputs, from > 0,
      at + COPY_AT - EDGE_BYTES, step, bands.step,
    );
    from += some;
  }
}

/** dw of weights [first, stop) of the group, of `outputs` outputs each, over at least one image. */
export function sumBands(bands: Bands, images: i32, first: i32, stop: i32, outputs: i32, dw: usize): void {
  for (; first < stop; first += MAX_ROWS) sumRows(bands, images, first, min(MAX_ROWS, stop - first), outputs, dw);
}
