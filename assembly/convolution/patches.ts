/**
 * Patches: what a window of a convolution sees of an image [height, width, channels], as one row of k = (ky, kx, channel). Where
 * the window hangs over the edge it sees zeros. `up` parts the pixels of the image by up − 1 zeros, which are never stored: so the
 * gradient of a strided convolution reads its input.
 */
import { copyRun, fillRun } from "../move";

/** Words up to which a call costs more than the loop. */
const SHORT_RUN = 8;

/** Words [at, at + count) of a row, from memory or, if `from` is 0, zeros. A panel holds four words of each row, in a sequence. */
// @ts-ignore: decorator
@inline
function put(panels: bool, out: usize, panel: usize, at: i32, from: usize, count: i32): void {
  if (!panels) {
    if (count < SHORT_RUN) {
      for (let to = out + (<usize>at << 2); count > 0; --count, to += 4) {
        store<u32>(to, from ? load<u32>(from) : 0);
        if (from) from += 4;
      }
    } else if (from) copyRun(from, out + (<usize>at << 2), count << 2);
    else fillRun(out + (<usize>at << 2), 0, count);
    return;
  }
  const end = at + count;
  if (!((at | count) & 3)) {
    for (; at < end; at += 4) {
      v128.store(out + <usize>(at >> 2) * panel, from ? v128.load(from) : i32x4.splat(0));
      if (from) from += 16;
    }
    return;
  }
  for (; at < end; ++at) {
    store<u32>(out + <usize>(at >> 2) * panel + (<usize>(at & 3) << 2), from ? load<u32>(from) : 0);
    if (from) from += 4;
  }
}

// @ts-ignore: decorator
@inline
function patches(
  panels: bool, x: usize, out: usize, panel: usize, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32, upY: i32, upX: i32,
  own: i32, first: i32, rows: i32, from: i32, depth: i32,
): void {
  // Neighbouring taps are one run of memory where nothing parts them.
  const taps = dilationX == 1 && upX == 1 && own == channels ? kernelWidth : 1;
  const runs = kernelWidth / taps;
  const run = taps * own;
  const reachY = <u32>((height - 1) * upY + 1);
  const reachX = <u32>((width - 1) * upX + 1);
  const line = width * channels;
  let oy = first / outWidth;
  let ox = first - oy * outWidth;
  let image = oy / outHeight;
  oy -= image * outHeight;
  x += (<usize>image * height * line) << 2;
  const firstRun = from / run;
  const firstWord = from - firstRun * run;
  for (let row = 0; row < rows; ++row) {
    let ky = firstRun / runs;
    let kx = firstRun - ky * runs;
    let word = firstWord;
    for (let at = 0; at < depth; ) {
      const count = min(run - word, depth - at);
      const y = oy * strideY - top + ky * dilationY;
      const x0 = ox * strideX - left + kx * dilationX;
      let low = count;
      let high = count;
      let start: usize = 0;
      if (<u32>y < reachY && (upY == 1 || y % upY == 0)) {
        if (taps > 1) {
          low = min(count, max(0, -x0 * own - word));
          high = max(low, min(count, (width - x0) * own - word));
          start = x + (<usize>((y / upY) * line + x0 * channels + word) << 2);
        } else if (<u32>x0 < reachX && (upX == 1 || x0 % upX == 0)) {
          low = 0;
          start = x + (<usize>((y / upY) * line + (x0 / upX) * channels + word) << 2);
        }
      }
      if (low > 0) put(panels, out, panel, at, 0, low);
      if (high > low) put(panels, out, panel, at + low, start + (<usize>low << 2), high - low);
      if (count > high) put(panels, out, panel, at + high, 0, count - high);
      at += count;
      word = 0;
      if (++kx == runs) {
        kx = 0;
        ++ky;
      }
    }
    out += panels ? 16 : <usize>depth << 2;
    if (++ox < outWidth) continue;
    ox = 0;
    if (++oy < outHeight) continue;
    oy = 0;
    x += (<usize>height * line) << 2;
  }
}

/**
 * Words [from, from + depth) of the patches of `rows` output pixels from `first` on: [rows, depth].
 * @param own channels of the group, of which x points at the first
 */
export function patchRows(
  x: usize, out: usize, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, kernelWidth: i32,
  strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32, upY: i32, upX: i32,
  own: i32, first: i32, rows: i32, from: i32, depth: i32,
): void {
  patches(
    false, x, out, 0, height, width, channels, outHeight, outWidth, kernelWidth, strideY, strideX, dilationY, dilationX, top, left,
    upY, upX, own, first, rows, from, depth,
  );
}

/** The same transposed, in panels of four words that are `panel` bytes apart: [⌈depth/4⌉][rows, 4]. */
export function patchPanels(
  x: usize, out: usize, panel: usize, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, kernelWidth: i32,
  strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
  own: i32, first: i32, rows: i32, from: i32, depth: i32,
): void {
  patches(
    true, x, out, panel, height, width, channels, outHeight, outWidth, kernelWidth, strideY, strideX, dilationY, dilationX, top,
    left, 1, 1, own, first, rows, from, depth,
  );
}
