/**
 * Patches: what a window of a convolution sees of an image [height, width, channels], as k = (ky, kx, channel). Where the window hangs
 * over the edge it sees zeros.
 */

/** Words [at, at + count) of a row, from memory or, if `from` is 0, zeros: four words of each row stand in a panel. */
// @ts-ignore: decorator
@inline
function put(out: usize, panel: usize, at: i32, from: usize, count: i32): void {
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

/**
 * Words [from, from + depth) of the patches of `rows` output pixels from `first` on, transposed, in panels of four words that are
 * `panel` bytes apart: [⌈depth/4⌉][rows, 4].
 * @param own channels of the group, of which x points at the first
 */
export function patchPanels(
  x: usize, out: usize, panel: usize, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, kernelWidth: i32,
  strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
  own: i32, first: i32, rows: i32, from: i32, depth: i32,
): void {
  // Neighbouring taps are one run of memory where nothing parts them.
  const taps = dilationX == 1 && own == channels ? kernelWidth : 1;
  const runs = kernelWidth / taps;
  const run = taps * own;
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
      if (<u32>y < <u32>height) {
        if (taps > 1) {
          low = min(count, max(0, -x0 * own - word));
          high = max(low, min(count, (width - x0) * own - word));
        } else if (<u32>x0 < <u32>width) low = 0;
        start = x + (<usize>(y * line + x0 * channels + word) << 2);
      }
      if (low > 0) put(out, panel, at, 0, low);
      if (high > low) put(out, panel, at + low, start + (<usize>low << 2), high - low);
      if (count > high) put(out, panel, at + high, 0, count - high);
      at += count;
      word = 0;
      if (++kx == runs) {
        kx = 0;
        ++ky;
      }
    }
    out += 16;
    if (++ox < outWidth) continue;
    ox = 0;
    if (++oy < outHeight) continue;
    oy = 0;
    x += (<usize>height * line) << 2;
  }
}
