/**
 * Convolution (cross-correlation) of images with channels last, and its gradients. Every sum runs over k = (ky, kx, channel of the
 * group) in ascending order from 0, whatever the path: a pixel's bits do not depend on the pixels or images beside it.
 * Zeros of the padding take part: NaN and ±∞ in weights reach every pixel, as in PyTorch.
 * Where a window lies inside the image its rows are read where they stand, the others are gathered: Dukhan 2019, arXiv:1907.02129.
 */
import { patchPanels, patchRows } from "../convolution/patches";
import { packColumns, panelA } from "../gemm/pack";
import { tilesPacked, tilesRows } from "../gemm/tile";
import { CONV_BLOCK_K, CONV_BLOCK_ROWS, CONV_DEPTH_ROWS, CONV_DIRECT_BYTES, CONV_DIRECT_RUN } from "../tune";

/** Scratch: a block of patches, then a tile that overhangs the output. */
const EDGE_AT: usize = CONV_BLOCK_ROWS * CONV_BLOCK_K * 4;
const PANELS_EDGE_AT: usize = 16 * (CONV_DEPTH_ROWS * 16 + 64);

// @ts-ignore: decorator
@inline
function bytes(elements: i32): usize {
  return <usize>elements << 2;
}

/**
 * Copies filters into panels of 8 outputs, k-major, padded with zeros. Flipped: the filters of the gradient by the input, taps
 * backwards, inputs and outputs exchanged. Items: groups · ⌈width/8⌉ panels; width = outputs of a group, flipped its inputs.
 * @param weight in  f32[taps, inputs, outputs], inputs of one group, outputs of all
 * @param panels out f32[groups, ⌈width/8⌉, k, 8], k = taps · inputs, flipped taps · outputs / groups
 */
export function packFilters(
  weight: usize, panels: usize, taps: i32, inputs: i32, outputs: i32, groups: i32, flip: i32, begin: i32, end: i32,
): void {
  const own = outputs / groups;
  const width = flip ? inputs : own;
  const depth = flip ? own : inputs;
  const each = (width + 7) >> 3;
  const row = bytes(outputs);
  for (let item = begin; item < end; ++item) {
    const group = item / each;
    const first = (item - group * each) << 3;
    const columns = min(8, width - first);
    const out = panels + <usize>item * taps * (<usize>depth << 5);
    const from = weight + bytes(group * own);
    if (!flip) packColumns(from + bytes(first), row, 0, out, columns, taps * depth);
    else {
      for (let tap = 0; tap < taps; ++tap) {
        const at = from + <usize>((taps - 1 - tap) * inputs + first) * row;
        packColumns(at, row, 1, out + <usize>tap * (<usize>depth << 5), columns, depth);
      }
    }
  }
}

/** `rows` pixels of y from pixel `first` on, at `out`: their patches are put side by side, then multiplied. */
function gathered(
  x: usize, panels: usize, out: usize, first: i32, rows: i32, height: i32, width: i32, channels: i32, outHeight: i32,
  outWidth: i32, outputs: i32, k: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32,
  top: i32, left: i32, upY: i32, upX: i32, groups: i32, scratch: usize,
): void {
  const own = channels / groups;
  const outOwn = outputs / groups;
  const outRow = bytes(outputs);
  const panel = <usize>k << 5;
  const parts = (k + CONV_BLOCK_K - 1) / CONV_BLOCK_K;
  const part = (k + parts - 1) / parts;
  for (let group = 0; group < groups; ++group) {
    const filters = panels + <usize>(group * ((outOwn + 7) >> 3)) * panel;
    const to = out + bytes(group * outOwn);
    for (let kk = 0; kk < k; kk += part) {
      const depth = min(part, k - kk);
      patchRows(
        x + bytes(group * own), scratch, height, width, channels, outHeight, outWidth, kernelWidth, strideY, strideX,
        dilationY, dilationX, top, left, upY, upX, own, first, rows, kk, depth,
      );
      const from = filters + (<usize>kk << 5);
      tilesRows(scratch, bytes(depth), from, 32, panel, to, outRow, rows, outOwn, depth, kk > 0, scratch + EDGE_AT);
    }
  }
}

/**
 * y[image, oy, ox, o] = Σ x[image, oy·strideY − top + ky·dilationY, ox·strideX − left + kx·dilationX, c] · weight[ky, kx, c, o]:
 * the sum over the taps and the channels of o's group; x is zero outside, and between its pixels where up > 1.
 * Items: ⌈pixels/4⌉ runs of 4 pixels.
 * @param x      in  f32[images, height, width, channels]
 * @param panels in  f32[…] of packFilters
 * @param y      out f32[images, outHeight, outWidth, outputs], aliases nothing; pixels = images · outHeight · outWidth
 * @each y = 4 * outputs; x = outHeight * outWidth % 4 == 0 ? height * width * channels per outHeight * outWidth / 4 :
 * 4 * height * width * channels per outHeight * outWidth
 * @block 16
 * @flop 2 * pixels * kernelHeight * kernelWidth * channels / groups * outputs / (upY * upX)
 */
export function convolve(
  x: usize, panels: usize, y: usize, pixels: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  outputs: i32, kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32,
  top: i32, left: i32, upY: i32, upX: i32, groups: i32, scratch: usize, begin: i32, end: i32,
): void {
  const stop = min(end << 2, pixels);
  const k = kernelHeight * kernelWidth * (channels / groups);
  const outRow = bytes(outputs);
  if (!k) {
    memory.fill(y + <usize>(begin << 2) * outRow, 0, <usize>(stop - (begin << 2)) * outRow);
    return;
  }
  const run = kernelWidth * channels;
  // Gathered, 64 pixels share what is read of the filters; directly, those of one line: filters have to be near.
  const near = <i64>k * outputs * 4 <= CONV_DIRECT_BYTES;
  const direct = near && groups == 1 && dilationX == 1 && upX == 1 && upY == 1 && run >= CONV_DIRECT_RUN;
  // Output columns and rows whose windows lie inside: from lowX up to highX, from lowY up to highY.
  const lowX = direct ? max(0, (left + strideX - 1) / strideX) : outWidth;
  const highX = direct ? min(outWidth, (width - kernelWidth + left + strideX) / strideX) : 0;
  const lowY = max(0, (top + strideY - 1) / strideY);
  const highY = min(outHeight, (height - (kernelHeight - 1) * dilationY - 1 + top + strideY) / strideY);
  const edge = scratch + EDGE_AT;
  const inside = (highX - lowX) & ~3;
  for (let p = begin << 2; p < stop; ) {
    const line = p / outWidth;
    const ox = p - line * outWidth;
    const image = line / outHeight;
    const oy = line - image * outHeight;
    const out = y + <usize>p * outRow;
    let rows = min(CONV_BLOCK_ROWS, stop - p);
    if (oy >= lowY && oy < highY) {
      if (ox >= lowX && ox + 4 <= min(highX, ox + stop - p)) {
        rows = min(highX - ox, stop - p) & ~3;
        const start = ((image * height + oy * strideY - top) * width + ox * strideX - left) * channels;
        for (let ky = 0; ky < kernelHeight; ++ky) {
          const from = x + (<usize>(start + ky * dilationY * width * channels) << 2);
          const filters = panels + (<usize>(ky * run) << 5);
          tilesRows(from, bytes(strideX * channels), filters, 32, <usize>k << 5, out, outRow, rows, outputs, run, ky > 0, edge);
        }
        p += rows;
        continue;
      }
    }
    // Gathered: up to where windows lie inside again.
    if (inside > 0) {
      const later = ox < lowX ? lowX - ox : outWidth - ox + lowX;
      rows = min(rows, later);
    }
    gathered(
      x, panels, out, p, rows, height, width, channels, outHeight, outWidth, outputs, k, kernelWidth, strideY, strideX,
      dilationY, dilationX, top, left, upY, upX, groups, scratch,
    );
    p += rows;
  }
}

/**
 * Gradient of `convolve` by its weights: dw[ky, kx, c, o] = Σ over pixels, in order, of x where the tap saw it times dy[pixel, o].
 * Items: groups · ⌈k/4⌉ runs of 4 weights of each output, k = kernelHeight · kernelWidth · channels / groups.
 * @param x      in  f32[images, height, width, channels]
 * @param dy     in  f32[pixels, outputs], or packed: the panels of packB for each group, f32[groups, ⌈width/8⌉, pixels, 8]
 * @param dw     out f32[kernelHeight, kernelWidth, channels / groups, outputs], aliases nothing
 * @flop 2 * pixels * kernelHeight * kernelWidth * channels / groups * outputs
 */
export function convolveWeights(
  x: usize, dy: usize, dw: usize, pixels: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, outputs: i32,
  kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
  groups: i32, packed: i32, scratch: usize, begin: i32, end: i32,
): void {
  const own = channels / groups;
  const outOwn = outputs / groups;
  const k = kernelHeight * kernelWidth * own;
  const outRow = bytes(outputs);
  const each = (k + 3) >> 2;
  const edge = scratch + PANELS_EDGE_AT;
  const step: usize = packed ? 32 : outRow;
  const next: usize = packed ? <usize>pixels << 5 : 32;
  const groupStep: usize = packed ? <usize>((outOwn + 7) >> 3) * (<usize>pixels << 5) : bytes(outOwn);
  for (let item = begin; item < end; ) {
    const group = item / each;
    const first = (item - group * each) << 2;
    const rows = min(min(64, (end - item) << 2), k - first);
    const to = dw + <usize>first * outRow + bytes(group * outOwn);
    if (!pixels) for (let i = 0; i < rows; ++i) memory.fill(to + <usize>i * outRow, 0, bytes(outOwn));
    for (let p = 0; p < pixels; p += CONV_DEPTH_ROWS) {
      const depth = min(CONV_DEPTH_ROWS, pixels - p);
      patchPanels(
        x + bytes(group * own), scratch, panelA(depth), height, width, channels, outHeight, outWidth, kernelWidth, strideY, strideX,
        dilationY, dilationX, top, left, own, p, depth, first, rows,
      );
      const from = dy + <usize>group * groupStep + <usize>p * step;
      tilesPacked(scratch, from, step, next, to, outRow, rows, outOwn, depth, p > 0, edge);
    }
    item += (rows + 3) >> 2;
  }
}
