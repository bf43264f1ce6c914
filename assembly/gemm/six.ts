/**
 * The larger tile, 6 rows × 8 columns of c in 12 registers, for engines that keep it (`wide` in isa.ts). The 4 × 8 tile has 8 sums,
 * just as many as Zen 5 has multiply-adds in flight (2 a cycle, 4 cycles each), so that every hitch shows; 12 hide it.
 * Two tiles are three panels of packA: a panel and 2 rows of the next, then its other 2 rows and the third. So panels and the
 * tiles at the edges are the same with it and without, and so is every bit.
 * The k loop ends where B does: V8 has no register left for a count, which on its way through the stack would set the pace.
 */
import { fma, settled, wide } from "../isa";
import { panelA } from "./pack";
import { tilesPacked, tilesRows, wideRow } from "./tile";
import { tilesOfTwelve } from "./twelve";

/** Whole tiles: rows and columns are multiples of 12 and 8. A tile is four rows together, from p on, and two, from s on. */
// @ts-ignore: decorator
@inline
function tilesOfSix(
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
): void {
  const panel = packed ? panelA(depth) : aRow << 2;
  const pair: usize = packed ? 8 : aRow << 1;
  for (let j = 0; j < columns; j += 8) {
    const end = b + <usize>depth * bStep;
    let p = a;
    let four = c;
    let s = p + panel;
    let two = four + (cRow << 2);
    let first = true;
    for (let i = 0; i < rows; i += 6) {
      let p0 = p;
      let s0 = s;
      const four1 = four + cRow;
      const four2 = four1 + cRow;
      const four3 = four2 + cRow;
      const two1 = two + cRow;
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
        c00 = v128.load(four);
        c01 = v128.load(four, 16);
        c10 = v128.load(four1);
        c11 = v128.load(four1, 16);
        c20 = v128.load(four2);
        c21 = v128.load(four2, 16);
        c30 = v128.load(four3);
        c31 = v128.load(four3, 16);
        c40 = v128.load(two);
        c41 = v128.load(two, 16);
        c50 = v128.load(two1);
        c51 = v128.load(two1, 16);
      }
      let p1 = p0 + aRow;
      let p2 = p1 + aRow;
      let p3 = p2 + aRow;
      let s1 = s0 + aRow;
      let q = b;
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
        const x4 = v128.load32_splat(s0);
        c40 = fma(x4, b0, c40);
        c41 = fma(x4, b1, c41);
        const x5 = packed ? v128.load32_splat(s0, 4) : v128.load32_splat(s1);
        c50 = fma(x5, b0, c50);
        c51 = fma(x5, b1, c51);
        q += bStep;
        if (packed) {
          p0 += 16;
          s0 += 16;
        } else {
          p0 += 4;
          p1 += 4;
          p2 += 4;
          p3 += 4;
          s0 += 4;
          s1 += 4;
        }
      } while (q != end);
      v128.store(four, settled(c00));
      v128.store(four, settled(c01), 16);
      v128.store(four1, settled(c10));
      v128.store(four1, settled(c11), 16);
      v128.store(four2, settled(c20));
      v128.store(four2, settled(c21), 16);
      v128.store(four3, settled(c30));
      v128.store(four3, settled(c31), 16);
      v128.store(two, settled(c40));
      v128.store(two, settled(c41), 16);
      v128.store(two1, settled(c50));
      v128.store(two1, settled(c51), 16);
      // The last 2 rows of the middle panel, then the third panel; after those the next three.
      if (first) {
        p += 2 * panel;
        s += pair;
        four += cRow << 3;
        two += cRow << 1;
      } else {
        p += panel;
        s += 3 * panel - pair;
        four += cRow << 2;
        two += 10 * cRow;
      }
      first = !first;
    }
    b += bPanel;
    c += 32;
  }
}

/** The larger tile, with A where it lies: multiples of 6 rows and 8 columns. */
function sixRows(
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
): void {
  tilesOfSix(false, a, aRow, b, bStep, bPanel, c, cRow, rows, columns, depth, resume);
}

/** Columns in whole panels, but for the last where the tile of 12 columns takes it along with 1 to 4 that remain. */
export function wholePanels(columns: i32): i32 {
  const rest = columns & 7;
  return columns - rest - (rest >= 1 && rest <= 4 && columns > 8 ? 8 : 0);
}

/**
 * tilesPacked, by the larger tile where it fits and the engine keeps it: in whole groups of 12 rows and 8 columns. The other rows are
 * left to the smaller one, and the last columns to that of 12.
 */
export function mixedPacked(
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
  const panel = panelA(depth);
  const whole = wholePanels(columns);
  if (whole) {
    const sixes = wide() ? rows - (rows % 12) : 0;
    if (sixes) tilesOfSix(true, a, 0, b, bStep, bPanel, c, cRow, sixes, whole, depth, resume);
    const left = a + <usize>(sixes >> 2) * panel;
    tilesPacked(left, b, bStep, bPanel, c + <usize>sixes * cRow, cRow, rows - sixes, whole, depth, resume, edge);
    b += <usize>(whole >> 3) * bPanel;
    c += (<usize>whole) << 2;
    columns -= whole;
  }
  if (columns > 8) tilesOfTwelve(a, panel, 4, 16, b, bStep, bPanel, c, cRow, rows, columns, depth, resume);
  else tilesPacked(a, b, bStep, bPanel, c, cRow, rows, columns, depth, resume, edge);
}

/**
 * tilesRows, likewise, but the larger tile leaves out the first 8 columns. They bring the rows of A near; where these come from the
 * third-level cache, 6 at once defeat the machine's prefetching: 200 × 128 times 8 columns took 1.8 times as long (Zen 5, Node 26.10).
 */
export function mixedRows(
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
  const whole = wholePanels(columns);
  if (whole) {
    const sixes = wide() && whole > 8 ? rows - (rows % 12) : 0;
    const first = sixes ? 8 : whole;
    tilesRows(a, aRow, b, bStep, bPanel, c, cRow, rows, first, depth, resume, edge);
    if (sixes) {
      const bAt = b + bPanel;
      const cAt = c + 32;
      sixRows(a, aRow, bAt, bStep, bPanel, cAt, cRow, sixes, whole - 8, depth, resume);
      const left = a + <usize>sixes * aRow;
      tilesRows(left, aRow, bAt, bStep, bPanel, cAt + <usize>sixes * cRow, cRow, rows - sixes, whole - 8, depth, resume, edge);
    }
    b += <usize>(whole >> 3) * bPanel;
    c += (<usize>whole) << 2;
    columns -= whole;
  }
  if (columns > 8) tilesOfTwelve(a, aRow << 2, aRow, 4, b, bStep, bPanel, c, cRow, rows, columns, depth, resume);
  else tilesRows(a, aRow, b, bStep, bPanel, c, cRow, rows, columns, depth, resume, edge);
}

/**
 * The same for few rows that are in the first or second cache already: the larger tile takes all it can, 1 to 3 rows that are left go
 * one by one, 32 columns at a time.
 */
export function nearRows(
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
  const whole = columns & ~7;
  const sixes = wide() && whole ? rows - (rows % 6) : 0;
  if (sixes) sixRows(a, aRow, b, bStep, bPanel, c, cRow, sixes, whole, depth, resume);
  const fours = rows - ((rows - sixes) & 3);
  if (sixes < fours) {
    tilesRows(a + <usize>sixes * aRow, aRow, b, bStep, bPanel, c + <usize>sixes * cRow, cRow, fours - sixes, whole, depth, resume, edge);
  }
  if (fours && whole < columns) {
    const bAt = b + <usize>(whole >> 3) * bPanel;
    tilesRows(a, aRow, bAt, bStep, bPanel, c + ((<usize>whole) << 2), cRow, fours, columns - whole, depth, resume, edge);
  }
  if (fours == rows) return;
  a += <usize>fours * aRow;
  c += <usize>fours * cRow;
  let done = 0;
  for (let i = 0; i < rows - fours; ++i) done = wideRow(a + <usize>i * aRow, b, bStep, bPanel, c + <usize>i * cRow, columns, depth, resume);
  if (done == columns) return;
  b += <usize>(done >> 3) * bPanel;
  tilesRows(a, aRow, b, bStep, bPanel, c + ((<usize>done) << 2), cRow, rows - fours, columns - done, depth, resume, edge);
}
