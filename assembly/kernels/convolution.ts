/**
 * Convolution (cross-correlation) of images with channels last, and its gradients. Every sum runs over k = (ky, kx, channel of the
 * group) in ascending order from 0, whatever the path: a pixel's bits do not depend on the pixels or images beside it.
 * Zeros of the padding take part: NaN and ±∞ in weights reach every pixel, as in PyTorch.
 * Where a window lies inside the image its rows are read where they stand, the others are gathered: Dukhan 2019, arXiv:1907.02129.
 * The weights' gradient goes over bands of lines, or, where a line is too long to be copied with its padding, over packed patches.
 */
import { Bands, bandsServe, sumBands } from "../convolution/bands";
import { patchPanels } from "../convolution/patches";
import { plan } from "../convolution/tile";
import { acrossOf, downOf, finishOf, Walk, walkPixels } from "../convolution/walk";
import { packColumns, panelA } from "../gemm/pack";
import { tilesPacked } from "../gemm/tile";
import { CONV_DEPTH_ROWS } from "../tune";

/** Scratch: a block of patches, then a tile that overhangs the output. */
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

/**
 * y[image, oy, ox, o] = Σ x[image, oy·strideY − top + ky·dilationY, ox·strideX − left + kx·dilationX, c] · weight[ky, kx, c, o]:
 * the sum over the taps and the channels of o's group; x is zero outside, and between its pixels where up > 1. What is given of bias
 * and residual is added in this order, then, if relu, the larger of that and 0 taken: only where outputs / groups is a multiple of 8,
 * up = 1 and there are channels.
 * Items: pixels of y; in each image one phase (oy mod upY, ox mod upX) after the other.
 * @param x      in  f32[images, height, width, channels]
 * @param panels in  f32[…] of packFilters
 * @param bias   in  f32[outputs], or 0
 * @param residual in f32[images, outHeight, outWidth, outputs], or 0
 * @param y      out f32[images, outHeight, outWidth, outputs], aliases nothing
 * @each x = height * width * channels per outHeight * outWidth; residual = outputs; y = upY * upX == 1 ? outputs :
 * outHeight * outWidth * outputs per outHeight * outWidth
 * @block 96
 * @flop 2 * items * kernelHeight * kernelWidth * channels / groups * outputs / (upY * upX)
 */
export function convolve(
  x: usize, panels: usize, bias: usize, residual: usize, y: usize, images: i32, height: i32, width: i32, channels: i32,
  outHeight: i32, outWidth: i32, outputs: i32, kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32,
  top: i32, left: i32, upY: i32, upX: i32, groups: i32, relu: i32, scratch: usize, begin: i32, end: i32,
): void {
  const walk = changetype<Walk>(scratch);
  const down = downOf(walk);
  const across = acrossOf(walk);
  const pixel = bytes(outputs);
  const line = <usize>outWidth * pixel;
  walk.panels = panels;
  walk.channels = channels;
  walk.outputs = outputs;
  walk.groups = groups;
  walk.kernelWidth = kernelWidth;
  walk.depth = kernelHeight * kernelWidth * (channels / groups);
  walk.inside = 0;
  walk.edges = 0;
  plan(finishOf(walk), bias, residual, relu, y);
  // One phase goes on from image to image; several begin anew in each.
  const together = upY * upX == 1 ? images : 1;
  const each = max(1, together * outHeight * outWidth);
  for (let unit = begin / each; unit * each < end; ++unit) {
    let base = unit * each;
    const image = unit * together;
    walk.x = x + <usize>(image * height * width) * bytes(channels);
    for (let phaseY = 0; phaseY < upY; ++phaseY) {
      down.plan(height, outHeight, kernelHeight, strideY, dilationY, top, upY, phaseY);
      for (let phaseX = 0; phaseX < upX; ++phaseX) {
        across.plan(width, outWidth, kernelWidth, strideX, dilationX, left, upX, phaseX);
        const count = together * down.outputs * across.outputs;
        const first = max(0, begin - base);
        const stop = min(count, end - base);
        const out = y + <usize>(image * outHeight + phaseY) * line + <usize>phaseX * pixel;
        walkPixels(walk, first, stop, out, <usize>outHeight * line, <usize>upY * line, <usize>upX * pixel);
        base += count;
      }
    }
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
  const bands = changetype<Bands>(scratch);
  bands.height = height;
  bands.width = width;
  bands.channels = channels;
  bands.own = own;
  bands.outHeight = outHeight;
  bands.outWidth = outWidth;
  bands.outputs = outputs;
  bands.kernelHeight = kernelHeight;
  bands.kernelWidth = kernelWidth;
  bands.strideY = strideY;
  bands.strideX = strideX;
  bands.dilationY = dilationY;
  bands.dilationX = dilationX;
  bands.top = top;
  bands.left = left;
  bands.step = step;
  bands.panel = next;
  const serve = pixels > 0 && bandsServe(bands);
  for (let item = begin; item < end; ) {
    const group = item / each;
    const first = (item - group * each) << 2;
    const stop = min(k, first + ((end - item) << 2));
    if (serve) {
      bands.x = x + bytes(group * own);
      bands.dy = dy + <usize>group * groupStep;
      sumBands(bands, pixels / (outHeight * outWidth), first, stop, outOwn, dw + bytes(group * outOwn));
      item += (stop - first + 3) >> 2;
      continue;
    }
    const rows = min(64, stop - first);
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
