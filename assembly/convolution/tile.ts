/**
 * Tiles of a product whose rows stand anywhere: a table says where each row begins and where its sums go, another how the runs of k
 * follow each other. So a window is read where it lies in the image, whatever its stride and dilation.
 * As in gemm/tile.ts, every element is one sum over k in the order of the runs; `wide` engines take 6 rows at once, others 4.
 */
import { fma, wide } from "../isa";

/** Bytes of a row's entry: where it begins, where its sums go. */
export const ROW: usize = 8;
/** Bytes of a run's entry: how far from the end of the last one it begins, in the rows and in a panel of B; its bytes in B. */
export const RUN: usize = 12;
/** Entries behind the last row that are overwritten. */
export const SPARE_ROWS = 5;
/** Bytes of a tile that overhangs. */
export const EDGE_BYTES: usize = 192;

/**
 * What is done to sums before they are stored, in this order. Where there is a bias or a residual, columns come in whole eights.
 * NaN stays NaN.
 */
@unmanaged
export class Finish {
  /** Added to every row, or 0. */
  bias: usize;
  /** From where sums go to what is added to them, if `hasResidual`. */
  residual: usize;
  hasResidual: bool;
  relu: bool;
}

/** Of a convolution's operands, where y, and the addresses of bias and residual, may be 0. */
export function plan(finish: Finish, bias: usize, residual: usize, relu: i32, y: usize): void {
  finish.bias = bias;
  finish.residual = residual - y;
  finish.hasResidual = residual != 0;
  finish.relu = relu != 0;
}

/** Copies what exists of 8 columns between where a tile's sums go and a whole tile; `from` or `to` the tile. */
function copyColumns(rows: usize, column: usize, edge: usize, count: i32, width: i32, back: bool): void {
  for (let i = 0; i < count; ++i) {
    const out = load<usize>(rows, 4) + column;
    for (let j: usize = 0; j < <usize>width << 2; j += 4) {
      if (back) store<u32>(out + j, load<u32>(edge + j));
      else store<u32>(edge + j, load<u32>(out + j));
    }
    rows += ROW;
    edge += 32;
  }
}

/** Rows [t, end) times 8 columns of B, of which c has `width`. */
// @ts-ignore: decorator
@inline
function tiles(
  six: bool, t: usize, end: usize, runs: usize, runsEnd: usize, offset: usize, b: usize, column: usize, width: i32, resume: bool,
  edge: usize, step: usize, bStep: usize, finish: usize,
): void {
  const height = six ? 6 : 4;
  for (; t < end; t += <usize>height * ROW) {
    let out0 = load<usize>(t, 4) + column;
    let out1 = load<usize>(t, 12) + column;
    let out2 = load<usize>(t, 20) + column;
    let out3 = load<usize>(t, 28) + column;
    let out4 = six ? load<usize>(t, 36) + column : 0;
    let out5 = six ? load<usize>(t, 44) + column : 0;
    if (width < 8) {
      if (resume) copyColumns(t, column, edge, height, width, false);
      out0 = edge;
      out1 = edge + 32;
      out2 = edge + 64;
      out3 = edge + 96;
      out4 = edge + 128;
      out5 = edge + 160;
    }
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    let c40 = c00;
    let c41 = c00;
    let c50 = c00;
    let c51 = c00;
    if (resume) {
      c00 = v128.load(out0);
      c01 = v128.load(out0, 16);
      c10 = v128.load(out1);
      c11 = v128.load(out1, 16);
      c20 = v128.load(out2);
      c21 = v128.load(out2, 16);
      c30 = v128.load(out3);
      c31 = v128.load(out3, 16);
      if (six) {
        c40 = v128.load(out4);
        c41 = v128.load(out4, 16);
        c50 = v128.load(out5);
        c51 = v128.load(out5, 16);
      }
    }
    let p0 = load<usize>(t) + offset;
    let p1 = load<usize>(t, 8) + offset;
    let p2 = load<usize>(t, 16) + offset;
    let p3 = load<usize>(t, 24) + offset;
    let p4 = six ? load<usize>(t, 32) + offset : 0;
    let p5 = six ? load<usize>(t, 40) + offset : 0;
    let q = b;
    let run = runs;
    do {
      const skip = load<usize>(run);
      p0 += skip;
      p1 += skip;
      p2 += skip;
      p3 += skip;
      if (six) {
        p4 += skip;
        p5 += skip;
      }
      q += load<usize>(run, 4);
      const stop = q + load<usize>(run, 8);
      do {
        const b0 = v128.load(q);
        const b1 = v128.load(q, 16);
        const x0 = v128.load32_splat(p0);
        c00 = fma(x0, b0, c00);
        c01 = fma(x0, b1, c01);
        const x1 = v128.load32_splat(p1);
        c10 = fma(x1, b0, c10);
        c11 = fma(x1, b1, c11);
        const x2 = v128.load32_splat(p2);
        c20 = fma(x2, b0, c20);
        c21 = fma(x2, b1, c21);
        const x3 = v128.load32_splat(p3);
        c30 = fma(x3, b0, c30);
        c31 = fma(x3, b1, c31);
        if (six) {
          const x4 = v128.load32_splat(p4);
          c40 = fma(x4, b0, c40);
          c41 = fma(x4, b1, c41);
          const x5 = v128.load32_splat(p5);
          c50 = fma(x5, b0, c50);
          c51 = fma(x5, b1, c51);
          p4 += step;
          p5 += step;
        }
        q += bStep;
        p0 += step;
        p1 += step;
        p2 += step;
        p3 += step;
      } while (q != stop);
      run += RUN;
    } while (run != runsEnd);
    if (finish) {
      const last = changetype<Finish>(finish);
      if (last.bias) {
        const bias0 = v128.load(last.bias + column);
        const bias1 = v128.load(last.bias + column, 16);
        c00 = f32x4.add(c00, bias0);
        c01 = f32x4.add(c01, bias1);
        c10 = f32x4.add(c10, bias0);
        c11 = f32x4.add(c11, bias1);
        c20 = f32x4.add(c20, bias0);
        c21 = f32x4.add(c21, bias1);
        c30 = f32x4.add(c30, bias0);
        c31 = f32x4.add(c31, bias1);
        if (six) {
          c40 = f32x4.add(c40, bias0);
          c41 = f32x4.add(c41, bias1);
          c50 = f32x4.add(c50, bias0);
          c51 = f32x4.add(c51, bias1);
        }
      }
      if (last.hasResidual) {
        const residual = last.residual;
        c00 = f32x4.add(c00, v128.load(out0 + residual));
        c01 = f32x4.add(c01, v128.load(out0 + residual, 16));
        c10 = f32x4.add(c10, v128.load(out1 + residual));
        c11 = f32x4.add(c11, v128.load(out1 + residual, 16));
        c20 = f32x4.add(c20, v128.load(out2 + residual));
        c21 = f32x4.add(c21, v128.load(out2 + residual, 16));
        c30 = f32x4.add(c30, v128.load(out3 + residual));
        c31 = f32x4.add(c31, v128.load(out3 + residual, 16));
        if (six) {
          c40 = f32x4.add(c40, v128.load(out4 + residual));
          c41 = f32x4.add(c41, v128.load(out4 + residual, 16));
          c50 = f32x4.add(c50, v128.load(out5 + residual));
          c51 = f32x4.add(c51, v128.load(out5 + residual, 16));
        }
      }
      if (last.relu) {
        const zero = f32x4.splat(0);
        c00 = f32x4.pmax(c00, zero);
        c01 = f32x4.pmax(c01, zero);
        c10 = f32x4.pmax(c10, zero);
        c11 = f32x4.pmax(c11, zero);
        c20 = f32x4.pmax(c20, zero);
        c21 = f32x4.pmax(c21, zero);
        c30 = f32x4.pmax(c30, zero);
        c31 = f32x4.pmax(c31, zero);
        if (six) {
          c40 = f32x4.pmax(c40, zero);
          c41 = f32x4.pmax(c41, zero);
          c50 = f32x4.pmax(c50, zero);
          c51 = f32x4.pmax(c51, zero);
        }
      }
    }
    v128.store(out0, c00);
    v128.store(out0, c01, 16);
    v128.store(out1, c10);
    v128.store(out1, c11, 16);
    v128.store(out2, c20);
    v128.store(out2, c21, 16);
    v128.store(out3, c30);
    v128.store(out3, c31, 16);
    if (six) {
      v128.store(out4, c40);
      v128.store(out4, c41, 16);
      v128.store(out5, c50);
      v128.store(out5, c51, 16);
    }
    if (width < 8) copyColumns(t, column, edge, height, width, true);
  }
}

// @ts-ignore: decorator
@inline
function multiply(
  rows: usize, count: i32, runs: usize, runCount: i32, offset: usize, b: usize, bPanel: usize, out: usize, columns: i32, resume: bool,
  edge: usize, step: usize, bStep: usize, finish: usize,
): void {
  const runsEnd = runs + <usize>runCount * RUN;
  const end = rows + <usize>count * ROW;
  // What the last tile lacks is the last row again.
  for (let i = 0; i < SPARE_ROWS; ++i) store<u64>(end + <usize>i * ROW, load<u64>(end - ROW));
  const rest = count % 6;
  const large = wide() ? count - (rest == 5 ? 0 : rest) : 0;
  const middle = rows + <usize>large * ROW;
  for (let j = 0; j < columns; j += 8) {
    const column = out + (<usize>j << 2);
    const width = columns - j;
    if (large) tiles(true, rows, middle, runs, runsEnd, offset, b, column, width, resume, edge, step, bStep, finish);
    tiles(false, middle, end, runs, runsEnd, offset, b, column, width, resume, edge, step, bStep, finish);
    b += bPanel;
  }
}

/**
 * sums[row, 0 … columns) = (resume ? sums : 0) + Σ over the runs of A·B.
 * @param rows   entries of ROW bytes, with room for SPARE_ROWS more
 * @param runs   entries of RUN bytes, at least one
 * @param offset added to where rows begin, `out` to where their sums go
 * @param b      panels of 8 columns, k-major, `bPanel` bytes apart
 * @param edge   EDGE_BYTES
 */
export function windowTiles(
  rows: usize, count: i32, runs: usize, runCount: i32, offset: usize, b: usize, bPanel: usize, out: usize, columns: i32, resume: bool,
  edge: usize,
): void {
  multiply(rows, count, runs, runCount, offset, b, bPanel, out, columns, resume, edge, 4, 32, 0);
}

/** The same, and what `finish`, a Finish or 0, does to the sums. Apart, for the loops of `windowTiles` lose a tenth where they can do it. */
export function finishedTiles(
  rows: usize, count: i32, runs: usize, runCount: i32, offset: usize, b: usize, bPanel: usize, out: usize, columns: i32, resume: bool,
  edge: usize, finish: usize,
): void {
  multiply(rows, count, runs, runCount, offset, b, bPanel, out, columns, resume, edge, 4, 32, finish);
}

/**
 * The same where k goes in steps: `step` bytes along a row of A, `bStep` bytes along B. So the gradient by the weights goes over the
 * pixels of an image and of its gradient where they stand.
 */
export function stridedTiles(
  rows: usize, count: i32, runs: usize, runCount: i32, offset: usize, b: usize, bPanel: usize, out: usize, columns: i32, resume: bool,
  edge: usize, step: usize, bStep: usize,
): void {
  multiply(rows, count, runs, runCount, offset, b, bPanel, out, columns, resume, edge, step, bStep, 0);
}
