/** Which way a convolution goes: chosen by shape, for speed, from what assembly/tune.ts has measured. */
import * as TUNE from "../wasm/tune.gen.ts";
import type { Window } from "./window.ts";

/** Output pixels of a tile along each axis. */
const TILE = 4;

/** Tiles that cover an output of this size. */
export function tilesOf([height, width]: readonly [number, number]): number {
  return Math.ceil(height / TILE) * Math.ceil(width / TILE);
}

/**
 * Whether 3 × 3 filters are applied by Winograd's F(4×4, 3×3). The number of images takes no part: a row's bits do not depend on the
 * batch it is in.
 */
export function usesWinograd(
  { kernel, stride, dilation, output }: Window,
  channels: number,
  outputs: number,
  groups: number,
): boolean {
  if (kernel[0] !== 3 || kernel[1] !== 3 || groups !== 1) return false;
  if (stride[0] !== 1 || stride[1] !== 1 || dilation[0] !== 1 || dilation[1] !== 1) return false;
  // Vectors run along the channels.
  if (channels % 4 !== 0 || outputs % 4 !== 0) return false;
  if (Math.min(channels, outputs) < TUNE.WINOGRAD_LEAST || Math.max(channels, outputs) > TUNE.WINOGRAD_MOST) return false;
  return output[0] * output[1] >= TUNE.WINOGRAD_FILL * TILE * TILE * tilesOf(output);
}

/** Whether the gradient by 3 × 3 weights goes by F(3×3, 4×4): its sums are over all images anyway. */
export function usesWinogradForWeights(window: Window, images: number, channels: number, outputs: number, groups: number): boolean {
  return images * tilesOf(window.output) >= TUNE.WINOGRAD_LEAST_TILES && usesWinograd(window, channels, outputs, groups);
}
