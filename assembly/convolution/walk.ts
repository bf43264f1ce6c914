/**
 * The way over the pixels of a convolution's output. Windows inside the image are read where they stand, those over its edge are
 * gathered first, with zeros for what they lack: Dukhan 2019, arXiv:1907.02129. Both wait in tables until there are enough for the
 * tiles of `tile.ts`. Everything it remembers lives in scratch.
 */
import { copyRun, fillRun } from "../move";
import { CONV_EDGE_K, CONV_EDGE_ROWS, CONV_ROWS } from "../tune";
import { Axis } from "./axis";
import { EDGE_BYTES, Finish, finishedTiles, ROW, RUN, SPARE_ROWS } from "./tile";

/** Runs that one call of the tiles takes. */
const MAX_RUNS = 512;
/** A window over the edge: its image, and where in it. */
const PLACE: usize = 12;
/** A run of gathered elements: how far down and across, its channel, its length. */
const PIECE: usize = 16;
const DOWN_AT: usize = 64;
const ACROSS_AT: usize = 128;
const FINISH_AT: usize = 192;
const TILE_AT: usize = 224;
const INSIDE_AT: usize = TILE_AT + EDGE_BYTES;
const EDGES_AT: usize = INSIDE_AT + <usize>(CONV_ROWS + SPARE_ROWS) * ROW;
const PLACES_AT: usize = EDGES_AT + <usize>(CONV_EDGE_ROWS + SPARE_ROWS) * ROW;
const RUNS_AT: usize = PLACES_AT + <usize>CONV_EDGE_ROWS * PLACE;
const PIECES_AT: usize = RUNS_AT + <usize>MAX_RUNS * RUN;
const PATCHES_AT: usize = PIECES_AT + <usize>CONV_EDGE_K * PIECE;

/** At the beginning of scratch. */
@unmanaged
export class Walk {
  x: usize;
  panels: usize;
  y: usize;
  channels: i32;
  outputs: i32;
  groups: i32;
  kernelWidth: i32;
  /** Elements of k. */
  depth: i32;
  /** Rows that wait in the tables. */
  inside: i32;
  edges: i32;
  /** Runs noted, and where the last one ends in a row and in a panel. */
  runs: i32;
  rowEnd: usize;
  panelEnd: usize;
}

// @ts-ignore: decorator
@inline
export function downOf(walk: Walk): Axis {
  return changetype<Axis>(changetype<usize>(walk) + DOWN_AT);
}

// @ts-ignore: decorator
@inline
export function acrossOf(walk: Walk): Axis {
  return changetype<Axis>(changetype<usize>(walk) + ACROSS_AT);
}

// @ts-ignore: decorator
@inline
export function finishOf(walk: Walk): Finish {
  return changetype<Finish>(changetype<usize>(walk) + FINISH_AT);
}

/** Notes a run of k: where it begins in a row and in a panel, and how long it is. One that goes on where the last ended prolongs it. */
function addRun(walk: Walk, from: usize, panel: usize, elements: i32): void {
  const next = changetype<usize>(walk) + RUNS_AT + <usize>walk.runs * RUN;
  const skip = from - walk.rowEnd;
  const skipPanel = panel - walk.panelEnd;
  const length = <usize>elements << 5;
  walk.rowEnd = from + (<usize>elements << 2);
  walk.panelEnd = panel + length;
  if (walk.runs && !(skip | skipPanel)) {
    store<usize>(next - RUN, load<usize>(next - RUN, 8) + length, 8);
    return;
  }
  store<usize>(next, skip);
  store<usize>(next, skipPanel, 4);
  store<usize>(next, length, 8);
  walk.runs += 1;
}

function startRuns(walk: Walk): void {
  walk.runs = 0;
  walk.rowEnd = 0;
  walk.panelEnd = 0;
}

/** Where in a panel the filter's tap begins that is `tap` of the phase. */
// @ts-ignore: decorator
@inline
function filterAt(walk: Walk, ky: i32, kx: i32): usize {
  const down = downOf(walk);
  const across = acrossOf(walk);
  const tap = (down.firstTap + ky * down.tapStep) * walk.kernelWidth + across.firstTap + kx * across.tapStep;
  return <usize>(tap * (walk.channels / walk.groups)) << 5;
}

/** Rows of one group through the tiles; `offset` leads to the group's channels. */
function multiply(walk: Walk, group: i32, rows: usize, count: i32, offset: usize, resume: bool, last: bool): void {
  const at = changetype<usize>(walk);
  const own = walk.outputs / walk.groups;
  const panel = <usize>walk.depth << 5;
  const filters = walk.panels + <usize>(group * ((own + 7) >> 3)) * panel;
  finishedTiles(
    rows, count, at + RUNS_AT, walk.runs, offset, filters, panel, <usize>(group * own) << 2, own, resume, at + TILE_AT,
    last ? at + FINISH_AT : 0,
  );
}

/** Zeros where no tap meets an input, or there are no channels. */
function clear(walk: Walk, rows: usize, count: i32): void {
  for (let i = 0; i < count; ++i) memory.fill(load<usize>(rows + <usize>i * ROW, 4), 0, <usize>walk.outputs << 2);
}

/** Computes the pixels whose windows lie inside. */
function finishInside(walk: Walk): void {
  if (!walk.inside) return;
  const at = changetype<usize>(walk);
  const down = downOf(walk);
  const across = acrossOf(walk);
  const own = walk.channels / walk.groups;
  const taps = down.taps * across.taps;
  if (!taps || !own) clear(walk, at + INSIDE_AT, walk.inside);
  else for (let tap = 0; tap < taps; ) {
    const resume = tap > 0;
    startRuns(walk);
    for (; tap < taps && walk.runs < MAX_RUNS; ++tap) {
      const ky = tap / across.taps;
      const kx = tap - ky * across.taps;
      const from = <usize>((ky * down.dilation * across.size + kx * across.dilation) * walk.channels) << 2;
      addRun(walk, from, filterAt(walk, ky, kx), own);
    }
    for (let group = 0; group < walk.groups; ++group) {
      multiply(walk, group, at + INSIDE_AT, walk.inside, <usize>(group * own) << 2, resume, tap == taps);
    }
  }
  walk.inside = 0;
}

/** Puts side by side what each window over the edge sees of the pieces, of a group whose first channel is given. */
function gather(walk: Walk, channel: i32, pieces: i32): void {
  const at = changetype<usize>(walk);
  const height = <u32>downOf(walk).size;
  const width = <u32>acrossOf(walk).size;
  const end = at + PIECES_AT + <usize>pieces * PIECE;
  let out = at + PATCHES_AT;
  for (let row = 0; row < walk.edges; ++row) {
    const place = at + PLACES_AT + <usize>row * PLACE;
    const image = load<usize>(place) + (<usize>channel << 2);
    const top = load<i32>(place, 4);
    const left = load<i32>(place, 8);
    store<usize>(at + EDGES_AT + <usize>row * ROW, out);
    for (let piece = at + PIECES_AT; piece < end; piece += PIECE) {
      const y = top + load<i32>(piece);
      const x = left + load<i32>(piece, 4);
      const count = load<i32>(piece, 12);
      if (<u32>y < height && <u32>x < width) {
        const from = image + (<usize>((y * width + x) * walk.channels + load<i32>(piece, 8)) << 2);
        if (count == 1) store<u32>(out, load<u32>(from));
        else copyRun(from, out, count << 2);
      } else fillRun(out, 0, count);
      out += <usize>count << 2;
    }
  }
}

/** Computes the pixels whose windows hang over the edge. */
function finishEdges(walk: Walk): void {
  if (!walk.edges) return;
  const at = changetype<usize>(walk);
  const down = downOf(walk);
  const across = acrossOf(walk);
  const own = walk.channels / walk.groups;
  const taps = down.taps * across.taps;
  let channel = 0;
  if (!taps || !own) clear(walk, at + EDGES_AT, walk.edges);
  else for (let tap = 0; tap < taps; ) {
    const resume = tap + channel > 0;
    let depth = 0;
    let pieces = 0;
    startRuns(walk);
    while (tap < taps && depth < CONV_EDGE_K) {
      const ky = tap / across.taps;
      const kx = tap - ky * across.taps;
      const count = min(own - channel, CONV_EDGE_K - depth);
      const piece = at + PIECES_AT + <usize>pieces * PIECE;
      store<i32>(piece, ky * down.dilation);
      store<i32>(piece, kx * across.dilation, 4);
      store<i32>(piece, channel, 8);
      store<i32>(piece, count, 12);
      ++pieces;
      addRun(walk, <usize>depth << 2, filterAt(walk, ky, kx) + (<usize>channel << 5), count);
      depth += count;
      channel += count;
      if (channel < own) continue;
      channel = 0;
      ++tap;
    }
    for (let group = 0; group < walk.groups; ++group) {
      gather(walk, group * own, pieces);
      multiply(walk, group, at + EDGES_AT, walk.edges, 0, resume, tap == taps);
    }
  }
  walk.edges = 0;
}

/**
 * Pixels [first, stop) of the phase, counted over all images.
 * @param out      where the phase's first pixel stands in y
 * @param outLine  bytes from one of its lines to the next, `outPixel` from pixel to pixel, `outImage` from image to image
 */
export function walkPixels(
  walk: Walk, first: i32, stop: i32, out: usize, outImage: usize, outLine: usize, outPixel: usize,
): void {
  const at = changetype<usize>(walk);
  const down = downOf(walk);
  const across = acrossOf(walk);
  const pixel = <usize>walk.channels << 2;
  const imageBytes = <usize>(down.size * across.size) * pixel;
  const line = first / across.outputs;
  let b = first - line * across.outputs;
  let image = line / down.outputs;
  let a = line - image * down.outputs;
  while (first < stop) {
    const left = min(stop - first, across.outputs - b);
    const inner = a >= down.low && a < down.high && b >= across.low && b < across.high;
    const top = a * down.stride + down.origin;
    const from = walk.x + <usize>image * imageBytes;
    let x = b * across.stride + across.origin;
    let to = out + <usize>image * outImage + <usize>a * outLine + <usize>b * outPixel;
    let count: i32;
    if (inner) {
      count = min(min(left, across.high - b), CONV_ROWS - walk.inside);
      let start = from + <usize>(top * across.size + x) * pixel;
      const step = <usize>across.stride * pixel;
      let row = at + INSIDE_AT + <usize>walk.inside * ROW;
      for (let i = 0; i < count; ++i) {
        store<usize>(row, start);
        store<usize>(row, to, 4);
        start += step;
        to += outPixel;
        row += ROW;
      }
      walk.inside += count;
      if (walk.inside == CONV_ROWS) finishInside(walk);
    } else {
      const gap = a >= down.low && a < down.high && b < across.low ? across.low - b : left;
      count = min(min(left, gap), CONV_EDGE_ROWS - walk.edges);
      for (let i = walk.edges; i < walk.edges + count; ++i) {
        store<usize>(at + EDGES_AT + <usize>i * ROW, to, 4);
        const place = at + PLACES_AT + <usize>i * PLACE;
        store<usize>(place, from);
        store<i32>(place, top, 4);
        store<i32>(place, x, 8);
        x += across.stride;
        to += outPixel;
      }
      walk.edges += count;
      if (walk.edges == CONV_EDGE_ROWS) finishEdges(walk);
    }
    first += count;
    b += count;
    if (b < across.outputs) continue;
    b = 0;
    if (++a < down.outputs) continue;
    a = 0;
    ++image;
  }
  finishInside(walk);
  finishEdges(walk);
}
