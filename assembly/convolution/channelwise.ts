/** Sums over the taps of a filter, each channel for itself: the inner loops of depthwise convolution. */
import { fma } from "../isa";
import { read, write } from "./channels";

/** Pixels beside each other whose sums share each weight: as many as keep the multiply-adds busy in the registers of any engine. */
export const BESIDE: i32 = 6;

/**
 * All whole vectors of channels of BESIDE pixels. Steps are in bytes: of x from line to line, tap to tap, pixel to pixel; of the
 * weights from line to line, tap to tap; of y from pixel to pixel.
 */
export function beside(
  x: usize, weight: usize, y: usize, channels: i32, down: i32, across: i32, xLine: usize, xTap: usize, xPixel: usize,
  wLine: usize, wTap: usize, yPixel: usize,
): void {
  const two = xPixel << 1;
  const three = two + xPixel;
  // Three taps beside each other see the same pixels: each is read once.
  const adjacent = across == 3 && xTap == xPixel;
  const wTwo = wTap << 1;
  const four = two << 1;
  const end = x + (<usize>(channels & ~3) << 2);
  for (; x < end; x += 16) {
    let y0 = f32x4.splat(0);
    let y1 = y0;
    let y2 = y0;
    let y3 = y0;
    let y4 = y0;
    let y5 = y0;
    let line = x;
    let filter = weight;
    for (let ky = down; ky > 0; --ky) {
      if (adjacent) {
        const w0 = v128.load(filter);
        const w1 = v128.load(filter + wTap);
        const w2 = v128.load(filter + wTwo);
        let v = v128.load(line);
        y0 = fma(v, w0, y0);
        v = v128.load(line + xPixel);
        y0 = fma(v, w1, y0);
        y1 = fma(v, w0, y1);
        v = v128.load(line + two);
        y0 = fma(v, w2, y0);
        y1 = fma(v, w1, y1);
        y2 = fma(v, w0, y2);
        const fourth = line + three;
        v = v128.load(fourth);
        y1 = fma(v, w2, y1);
        y2 = fma(v, w1, y2);
        y3 = fma(v, w0, y3);
        v = v128.load(fourth + xPixel);
        y2 = fma(v, w2, y2);
        y3 = fma(v, w1, y3);
        y4 = fma(v, w0, y4);
        v = v128.load(fourth + two);
        y3 = fma(v, w2, y3);
        y4 = fma(v, w1, y4);
        y5 = fma(v, w0, y5);
        v = v128.load(fourth + three);
        y4 = fma(v, w2, y4);
        y5 = fma(v, w1, y5);
        y5 = fma(v128.load(fourth + four), w2, y5);
        line += xLine;
        filter += wLine;
        continue;
      }
      let p = line;
      let q = filter;
      for (let kx = across; kx > 0; --kx) {
        const w = v128.load(q);
        const middle = p + three;
        y0 = fma(v128.load(p), w, y0);
        y1 = fma(v128.load(p + xPixel), w, y1);
        y2 = fma(v128.load(p + two), w, y2);
        y3 = fma(v128.load(middle), w, y3);
        y4 = fma(v128.load(middle + xPixel), w, y4);
        y5 = fma(v128.load(middle + two), w, y5);
        p += xTap;
        q += wTap;
      }
      line += xLine;
      filter += wLine;
    }
    let to = y;
    v128.store(to, y0);
    to += yPixel;
    v128.store(to, y1);
    to += yPixel;
    v128.store(to, y2);
    to += yPixel;
    v128.store(to, y3);
    to += yPixel;
    v128.store(to, y4);
    v128.store(to + yPixel, y5);
    y += 16;
    weight += 16;
  }
}

/** Channels [from, channels) of one pixel, sixteen at once as long as there are so many. */
export function alone(
  x: usize, weight: usize, y: usize, from: i32, channels: i32, down: i32, across: i32, xLine: usize, xTap: usize,
  wLine: usize, wTap: usize,
): void {
  let c = from;
  for (; c + 16 <= channels; c += 16) {
    const at = <usize>c << 2;
    let y0 = f32x4.splat(0);
    let y1 = y0;
    let y2 = y0;
    let y3 = y0;
    let line = x + at;
    let filter = weight + at;
    for (let ky = down; ky > 0; --ky) {
      let p = line;
      let q = filter;
      for (let kx = across; kx > 0; --kx) {
        y0 = fma(v128.load(p), v128.load(q), y0);
        y1 = fma(v128.load(p, 16), v128.load(q, 16), y1);
        y2 = fma(v128.load(p, 32), v128.load(q, 32), y2);
        y3 = fma(v128.load(p, 48), v128.load(q, 48), y3);
        p += xTap;
        q += wTap;
      }
      line += xLine;
      filter += wLine;
    }
    v128.store(y + at, y0);
    v128.store(y + at, y1, 16);
    v128.store(y + at, y2, 32);
    v128.store(y + at, y3, 48);
  }
  for (; c < channels; c += 4) {
    const count = min(4, channels - c);
    const at = <usize>c << 2;
    let sum = f32x4.splat(0);
    for (let ky = 0; ky < down; ++ky) {
      for (let kx = 0; kx < across; ++kx) {
        const p = x + <usize>ky * xLine + <usize>kx * xTap + at;
        const q = weight + <usize>ky * wLine + <usize>kx * wTap + at;
        sum = fma(read(p, count), read(q, count), sum);
      }
    }
    write(y + at, count, sum);
  }
}

/** sum += x·dy over `n` pixels, of one tap and some channels, which are `bytes` long. */
export function oneTap(x: usize, dy: usize, sum: usize, n: i32, xPixel: usize, dyPixel: usize, bytes: usize): void {
  const whole = bytes & ~15;
  const rest = <i32>(bytes & 15) >> 2;
  for (; n > 0; --n) {
    for (let at: usize = 0; at < whole; at += 16) {
      v128.store(sum + at, fma(v128.load(x + at), v128.load(dy + at), v128.load(sum + at)));
    }
    if (rest) {
      const s = fma(read(x + whole, rest), read(dy + whole, rest), read(sum + whole, rest));
      write(sum + whole, rest, s);
    }
    x += xPixel;
    dy += dyPixel;
  }
}

/** The same of eight channels and three taps beside each other. */
export function threeTaps(x: usize, dy: usize, sum: usize, n: i32, xPixel: usize, xTap: usize, dyPixel: usize, wTap: usize): void {
  if (n <= 0) return;
  const third = sum + (wTap << 1);
  const two = xTap << 1;
  let s00 = v128.load(sum);
  let s01 = v128.load(sum, 16);
  let s10 = v128.load(sum + wTap);
  let s11 = v128.load(sum + wTap, 16);
  let s20 = v128.load(third);
  let s21 = v128.load(third, 16);
  for (; n > 0; --n) {
    const d0 = v128.load(dy);
    const d1 = v128.load(dy, 16);
    s00 = fma(v128.load(x), d0, s00);
    s01 = fma(v128.load(x, 16), d1, s01);
    s10 = fma(v128.load(x + xTap), d0, s10);
    s11 = fma(v128.load(x + xTap, 16), d1, s11);
    s20 = fma(v128.load(x + two), d0, s20);
    s21 = fma(v128.load(x + two, 16), d1, s21);
    x += xPixel;
    dy += dyPixel;
  }
  v128.store(sum, s00);
  v128.store(sum, s01, 16);
  v128.store(sum + wTap, s10);
  v128.store(sum + wTap, s11, 16);
  v128.store(third, s20);
  v128.store(third, s21, 16);
}
