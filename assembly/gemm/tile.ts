/**
 * The tile: 4 rows × 8 columns of c in 8 registers. With its operands it needs 14 registers, the most that every V8 since 11.3
 * keeps without spilling, strict and relaxed; six.ts has a larger one for engines that keep more. Every element is one sum over k
 * in ascending order, whatever the path.
 * The k loop counts down, has one step and stands inside the loops over tiles: V8 unrolls it; unrolled by hand, or called as a
 * function per tile, it loses up to half.
 */
import { fma, settled } from "../isa";
import { loadPart, storePart } from "../lanes";
import { panelA } from "./pack";

/** Copies the `rows` × `columns` (1 to 8) that exist between c and a whole tile. */
function copyTile(from: usize, fromRow: usize, to: usize, toRow: usize, rows: i32, columns: i32): void {
  const count = columns & 3;
  for (let i = 0; i < rows; ++i) {
    let at: usize = 0;
    if (columns >= 4) {
      v128.store(to, v128.load(from));
      at = 16;
    }
    if (columns == 8) v128.store(to, v128.load(from, 16), 16);
    else if (count) storePart(to + at, count, loadPart(from + at, count, f32x4.splat(0)));
    from += fromRow;
    to += toRow;
  }
}

/**
 * The last 4 columns or fewer: 8 rows × 4 columns, so that they do not cost as much as 8. The sums end in `edge`: c has no room for
 * whole vectors.
 */
// @ts-ignore: decorator
@inline
function halfTiles(
  packed: bool,
  a: usize,
  aRow: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cRow: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  resume: bool,
  edge: usize,
): void {
  for (let i = 0; i < rows; i += 8) {
    if (resume) copyTile(c, cRow, edge, 16, 8, columns);
    let c0 = f32x4.splat(0);
    let c1 = c0;
    let c2 = c0;
    let c3 = c0;
    let c4 = c0;
    let c5 = c0;
    let c6 = c0;
    let c7 = c0;
    if (resume) {
      c0 = v128.load(edge);
      c1 = v128.load(edge, 16);
      c2 = v128.load(edge, 32);
      c3 = v128.load(edge, 48);
      c4 = v128.load(edge, 64);
      c5 = v128.load(edge, 80);
      c6 = v128.load(edge, 96);
      c7 = v128.load(edge, 112);
    }
    let p0 = a;
    let p4 = packed ? a + panelA(depth) : a + (aRow << 2);
    let p1 = p0 + aRow;
    let p2 = p1 + aRow;
    let p3 = p2 + aRow;
    let p5 = p4 + aRow;
    let p6 = p5 + aRow;
    let p7 = p6 + aRow;
    let q = b;
    let left = depth;
    do {
      const y = v128.load(q);
      c0 = fma(v128.load32_splat(p0), y, c0);
      c1 = fma(packed ? v128.load32_splat(p0, 4) : v128.load32_splat(p1), y, c1);
      c2 = fma(packed ? v128.load32_splat(p0, 8) : v128.load32_splat(p2), y, c2);
      c3 = fma(packed ? v128.load32_splat(p0, 12) : v128.load32_splat(p3), y, c3);
      c4 = fma(v128.load32_splat(p4), y, c4);
      c5 = fma(packed ? v128.load32_splat(p4, 4) : v128.load32_splat(p5), y, c5);
      c6 = fma(packed ? v128.load32_splat(p4, 8) : v128.load32_splat(p6), y, c6);
      c7 = fma(packed ? v128.load32_splat(p4, 12) : v128.load32_splat(p7), y, c7);
      q += bStep;
      if (packed) {
        p0 += 16;
        p4 += 16;
      } else {
        p0 += 4;
        p1 += 4;
        p2 += 4;
        p3 += 4;
        p4 += 4;
        p5 += 4;
        p6 += 4;
        p7 += 4;
      }
    } while (--left);
    v128.store(edge, settled(c0));
    v128.store(edge, settled(c1), 16);
    v128.store(edge, settled(c2), 32);
    v128.store(edge, settled(c3), 48);
    v128.store(edge, settled(c4), 64);
    v128.store(edge, settled(c5), 80);
    v128.store(edge, settled(c6), 96);
    v128.store(edge, settled(c7), 112);
    copyTile(edge, 16, c, cRow, 8, columns);
    a += packed ? 2 * panelA(depth) : aRow << 3;
    c += cRow << 3;
  }
}

// @ts-ignore: decorator
@inline
function tiles(
  packed: bool,
  a: usize,
  aRow: usize,
  b: usize,
  bStep: usize,
  bPanel: usize,
  c: usize,
  cRow: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  resume: bool,
  edge: usize,
): void {
  const aTile = packed ? panelA(depth) : aRow << 2;
  const lastRow = a + <usize>(rows - 1) * aRow;
  for (let j = 0; j < columns; j += 8) {
    const width = columns - j;
    const halves = width <= 4 ? rows & ~7 : 0;
    if (halves) halfTiles(packed, a, aRow, b, bStep, c, cRow, halves, width, depth, resume, edge);
    let aAt = a + <usize>(halves >> 2) * aTile;
    let cAt = c + <usize>halves * cRow;
    for (let i = halves; i < rows; i += 4) {
      const height = rows - i;
      const partial = height < 4 || width < 8;
      let out = cAt;
      let outRow = cRow;
      if (partial) {
        out = edge;
        outRow = 32;
        if (resume) copyTile(cAt, cRow, edge, 32, min(height, 4), min(width, 8));
      }
      let c00 = f32x4.splat(0);
      let c01 = c00;
      let c10 = c00;
      let c11 = c00;
      let c20 = c00;
      let c21 = c00;
      let c30 = c00;
      let c31 = c00;
      const out1 = out + outRow;
      const out2 = out1 + outRow;
      const out3 = out2 + outRow;
      if (resume) {
        c00 = v128.load(out);
        c01 = v128.load(out, 16);
        c10 = v128.load(out1);
        c11 = v128.load(out1, 16);
        c20 = v128.load(out2);
        c21 = v128.load(out2, 16);
        c30 = v128.load(out3);
        c31 = v128.load(out3, 16);
      }
      let p0 = aAt;
      let p1 = min(p0 + aRow, lastRow);
      let p2 = min(p1 + aRow, lastRow);
      let p3 = min(p2 + aRow, lastRow);
      let q = b;
      let left = depth;
      do {
        const b0 = v128.load(q);
        const b1 = v128.load(q, 16);
        const x0 = v128.load32_splat(p0);
        c00 = fma(x0, b0, c00);
        c01 = fma(x0, b1, c01);
        const x1 = packed ? v128.load32_splat(p0, 4) : v128.load32_splat(p1);
        c10 = fma(x1, b0, c10);
        c11 = fma(x1, b1, c11);
        const x2 = packed ? v128.load32_splat(p0, 8) : v128.load32_splat(p2);
        c20 = fma(x2, b0, c20);
        c21 = fma(x2, b1, c21);
        const x3 = packed ? v128.load32_splat(p0, 12) : v128.load32_splat(p3);
        c30 = fma(x3, b0, c30);
        c31 = fma(x3, b1, c31);
        q += bStep;
        if (packed) p0 += 16;
        else {
          p0 += 4;
          p1 += 4;
          p2 += 4;
          p3 += 4;
        }
      } while (--left);
      v128.store(out, settled(c00));
      v128.store(out, settled(c01), 16);
      v128.store(out1, settled(c10));
      v128.store(out1, settled(c11), 16);
      v128.store(out2, settled(c20));
      v128.store(out2, settled(c21), 16);
      v128.store(out3, settled(c30));
      v128.store(out3, settled(c31), 16);
      if (partial) copyTile(edge, 32, cAt, cRow, min(height, 4), min(width, 8));
      aAt += aTile;
      cAt += cRow << 2;
    }
    b += bPanel;
    c += 32;
  }
}

/**
 * c[rows, columns] = (resume ? c : 0) + A·B over `depth` > 0, with A in panels of packA.
 * @param bStep  bytes from one k of B to the next
 * @param bPanel bytes from 8 columns of B to the next 8; all 8 can be read, even where `columns` ends before
 * @param edge   128 bytes to put a tile that overhangs c
 */
export function tilesPacked(
  a: usize,
  b: usize,
  bStep: usize,
  bPanel: usize,
  c: usize,
  cRow: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  resume: bool,
  edge: usize,
): void {
  tiles(true, a, 0, b, bStep, bPanel, c, cRow, rows, columns, depth, resume, edge);
}

/** The same with A where it lies, `aRow` bytes between its rows. Rows that a tile lacks are read twice instead. */
export function tilesRows(
  a: usize,
  aRow: usize,
  b: usize,
  bStep: usize,
  bPanel: usize,
  c: usize,
  cRow: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  resume: bool,
  edge: usize,
): void {
  tiles(false, a, aRow, b, bStep, bPanel, c, cRow, rows, columns, depth, resume, edge);
}

/**
 * One row of A times as many whole groups of 32 columns as there are: 8 sums hide the latency of fma. Returns their columns.
 * The test of p, never 0, parts the loop's loads for V8 before 13.6, as in sparse.ts.
 */
export function wideRow(a: usize, b: usize, bStep: usize, bPanel: usize, c: usize, columns: i32, depth: i32, resume: bool): i32 {
  let j = 0;
  for (; j + 32 <= columns; j += 32) {
    let c0 = f32x4.splat(0);
    let c1 = c0;
    let c2 = c0;
    let c3 = c0;
    let c4 = c0;
    let c5 = c0;
    let c6 = c0;
    let c7 = c0;
    if (resume) {
      c0 = v128.load(c);
      c1 = v128.load(c, 16);
      c2 = v128.load(c, 32);
      c3 = v128.load(c, 48);
      c4 = v128.load(c, 64);
      c5 = v128.load(c, 80);
      c6 = v128.load(c, 96);
      c7 = v128.load(c, 112);
    }
    let p = a;
    let q0 = b;
    let q1 = q0 + bPanel;
    let q2 = q1 + bPanel;
    let q3 = q2 + bPanel;
    let left = depth;
    do {
      const x = v128.load32_splat(p);
      c0 = fma(x, v128.load(q0), c0);
      c1 = fma(x, v128.load(q0, 16), c1);
      c2 = fma(x, v128.load(q1), c2);
      c3 = fma(x, v128.load(q1, 16), c3);
      if (!p) break;
      c4 = fma(x, v128.load(q2), c4);
      c5 = fma(x, v128.load(q2, 16), c5);
      c6 = fma(x, v128.load(q3), c6);
      c7 = fma(x, v128.load(q3, 16), c7);
      p += 4;
      q0 += bStep;
      q1 += bStep;
      q2 += bStep;
      q3 += bStep;
    } while (--left);
    v128.store(c, settled(c0));
    v128.store(c, settled(c1), 16);
    v128.store(c, settled(c2), 32);
    v128.store(c, settled(c3), 48);
    v128.store(c, settled(c4), 64);
    v128.store(c, settled(c5), 80);
    v128.store(c, settled(c6), 96);
    v128.store(c, settled(c7), 112);
    b += 4 * bPanel;
    c += 128;
  }
  return j;
}
