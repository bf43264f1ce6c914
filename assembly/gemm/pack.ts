/**
 * Packing: copies a slice of a matrix into panels, 4 (of Aᵀ) or 8 (of B) wide and k-major, so that the tiles read memory in order.
 * What a panel lacks in width is filled with zeros.
 */
import { fma } from "../isa";
import { loadPart } from "../lanes";

/** Between the panels of A, in bytes: without it panels of 256 k would begin in the same cache set. */
const GAP: usize = 64;

/** sum + 0·x: stays 0 while all is finite, becomes NaN where x is NaN or ±∞. */
// @ts-ignore: decorator
@inline
function check(x: v128, sum: v128): v128 {
  return fma(x, f32x4.splat(0), sum);
}

/** Four rows of x across, `step` bytes from one k to the next: half a panel of transposed B, or one of A. Returns checks, in no order. */
function transpose4(x: usize, row: usize, out: usize, step: usize, depth: i32): v128 {
  let sum = f32x4.splat(0);
  let other = sum;
  let p0 = x;
  let p1 = p0 + row;
  let p2 = p1 + row;
  let p3 = p2 + row;
  let left = depth;
  for (; left >= 4; left -= 4) {
    const r0 = v128.load(p0);
    const r1 = v128.load(p1);
    const r2 = v128.load(p2);
    const r3 = v128.load(p3);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(out, v128.shuffle<f64>(low01, low23, 0, 2));
    v128.store(out + step, v128.shuffle<f64>(low01, low23, 1, 3));
    v128.store(out + 2 * step, v128.shuffle<f64>(high01, high23, 0, 2));
    v128.store(out + 3 * step, v128.shuffle<f64>(high01, high23, 1, 3));
    sum = check(r2, check(r0, sum));
    other = check(r3, check(r1, other));
    p0 += 16;
    p1 += 16;
    p2 += 16;
    p3 += 16;
    out += 4 * step;
  }
  for (; left > 0; --left) {
    store<f32>(out, load<f32>(p0));
    store<f32>(out, load<f32>(p1), 4);
    store<f32>(out, load<f32>(p2), 8);
    store<f32>(out, load<f32>(p3), 12);
    sum = check(v128.load(out), sum);
    p0 += 4;
    p1 += 4;
    p2 += 4;
    p3 += 4;
    out += step;
  }
  return f32x4.add(sum, other);
}

/** Any width and any strides: the edge of a matrix. `across` bytes lead to the panel's next column, `along` to the next k. */
function packEdge(x: usize, across: usize, along: usize, out: usize, width: i32, valid: i32, depth: i32): void {
  for (let kk = 0; kk < depth; ++kk) {
    let at = x;
    for (let j = 0; j < valid; ++j) {
      store<f32>(out, load<f32>(at));
      at += across;
      out += 4;
    }
    for (let j = valid; j < width; ++j) {
      store<f32>(out, 0);
      out += 4;
    }
    x += along;
  }
}

/** The same for columns that lie side by side, 1 to 7 of a panel of 8. */
function packLastColumns(x: usize, row: usize, out: usize, columns: i32, depth: i32): void {
  const zero = f32x4.splat(0);
  const count = columns & 3;
  const whole = columns >= 4;
  const at: usize = whole ? 16 : 0;
  for (let kk = 0; kk < depth; ++kk) {
    const part = count ? loadPart(x + at, count, zero) : zero;
    v128.store(out, whole ? v128.load(x) : part);
    v128.store(out, whole ? part : zero, 16);
    x += row;
    out += 32;
  }
}

/** Bytes from one panel of packA to the next. */
// @ts-ignore: decorator
@inline
export function panelA(depth: i32): usize {
  return ((<usize>depth) << 4) + GAP;
}

/**
 * `rows` rows of Aᵀ, `depth` of each, in panels of 4, panelA(depth) apart: [⌈rows/4⌉][depth, 4].
 * @param row bytes between the rows of A as it is stored, so from one k to the next
 */
export function packA(a: usize, row: usize, out: usize, rows: i32, depth: i32): void {
  const panel = panelA(depth);
  const whole = rows >> 2;
  if (rows & 3) packEdge(a + ((<usize>whole) << 4), 4, row, out + <usize>whole * panel, 4, rows & 3, depth);
  let left = depth;
  for (; left >= 4; left -= 4) {
    let to = out;
    for (let i: usize = 0; i < (<usize>whole) << 4; i += 16) {
      const from = a + i;
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from + row), 16);
      v128.store(to, v128.load(from + 2 * row), 32);
      v128.store(to, v128.load(from + 3 * row), 48);
      to += panel;
    }
    a += 4 * row;
    out += 64;
  }
  for (; left > 0; --left) {
    for (let i = 0; i < whole; ++i) v128.store(out + <usize>i * panel, v128.load(a + ((<usize>i) << 4)));
    a += row;
    out += 16;
  }
}

/** `rows` rows of A as it lies, `row` bytes apart, likewise. */
export function packRows(a: usize, row: usize, out: usize, rows: i32, depth: i32): void {
  const panel = panelA(depth);
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    transpose4(a, row, out, 16, depth);
    a += row << 2;
    out += panel;
  }
  if (i < rows) packEdge(a, row, 4, out, 4, rows - i, depth);
}

/** Bytes from one panel of packB to the next: k rows of 8, then the row of checks. */
// @ts-ignore: decorator
@inline
export function panelB(depth: i32): usize {
  return (<usize>depth + 1) << 5;
}

/** Two panels of B at once, together a cache line of each row. */
// @ts-ignore: decorator
@inline
function copy16(checked: bool, x: usize, row: usize, out: usize, panel: usize, depth: i32): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let left = depth;
  do {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    const x2 = v128.load(x, 32);
    const x3 = v128.load(x, 48);
    v128.store(out, x0);
    v128.store(out, x1, 16);
    v128.store(out + panel, x2);
    v128.store(out + panel, x3, 16);
    if (checked) {
      s0 = check(x0, s0);
      s1 = check(x1, s1);
      s2 = check(x2, s2);
      s3 = check(x3, s3);
    }
    x += row;
    out += 32;
  } while (--left);
  if (checked) {
    v128.store(out, s0);
    v128.store(out, s1, 16);
    v128.store(out + panel, s2);
    v128.store(out + panel, s3, 16);
  }
}

/** Writes the row of checks behind a panel: two rows at a time, for each sum has to wait for the one before. */
function checkPanel(panel: usize, depth: i32): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let left = depth;
  for (; left >= 2; left -= 2) {
    s0 = check(v128.load(panel), s0);
    s1 = check(v128.load(panel, 16), s1);
    s2 = check(v128.load(panel, 32), s2);
    s3 = check(v128.load(panel, 48), s3);
    panel += 64;
  }
  if (left) {
    s0 = check(v128.load(panel), s0);
    s1 = check(v128.load(panel, 16), s1);
    panel += 32;
  }
  v128.store(panel, f32x4.add(s0, s2));
  v128.store(panel, f32x4.add(s1, s3), 16);
}

/** Whether the panels of packB from `b` on hold finite numbers only. */
export function panelsFinite(b: usize, columns: i32, depth: i32): bool {
  const zero = f32x4.splat(0);
  const panel = panelB(depth);
  let sum = zero;
  for (let at = b + (<usize>depth << 5); columns > 0; columns -= 8) {
    sum = f32x4.add(sum, f32x4.add(v128.load(at), v128.load(at, 16)));
    at += panel;
  }
  return i32x4.all_true(f32x4.eq(sum, zero));
}

// @ts-ignore: decorator
@inline
function packPanels(checked: bool, b: usize, row: usize, trans: i32, out: usize, panel: usize, columns: i32, depth: i32): void {
  if (!depth) return;
  let j = 0;
  if (trans) {
    for (; j + 8 <= columns; j += 8) {
      const from = b + <usize>j * row;
      const low = transpose4(from, row, out, 32, depth);
      const high = transpose4(from + 4 * row, row, out + 16, 32, depth);
      if (checked) {
        v128.store(out + panel - 32, low);
        v128.store(out + panel - 16, high);
      }
      out += panel;
    }
    if (j < columns) packEdge(b + <usize>j * row, row, 4, out, 8, columns - j, depth);
  } else {
    for (; j + 16 <= columns; j += 16) {
      copy16(checked, b + ((<usize>j) << 2), row, out, panel, depth);
      out += 2 * panel;
    }
    if (j + 8 <= columns) {
      let from = b + ((<usize>j) << 2);
      let to = out;
      for (let kk = 0; kk < depth; ++kk) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        from += row;
        to += 32;
      }
      if (checked) checkPanel(out, depth);
      out += panel;
      j += 8;
    }
    if (j < columns) packLastColumns(b + ((<usize>j) << 2), row, out, columns - j, depth);
  }
  if (checked && j < columns) checkPanel(out, depth);
}

/**
 * `columns` columns of op(B), `depth` of each, in panels of 8: [⌈columns/8⌉, depth, 8].
 * @param row bytes between the rows of B as it is stored, so between two k unless `trans`
 */
export function packColumns(b: usize, row: usize, trans: i32, out: usize, columns: i32, depth: i32): void {
  packPanels(false, b, row, trans, out, <usize>depth << 5, columns, depth);
}

/** The same with a row of checks behind each panel, [⌈columns/8⌉, depth + 1, 8]: zeros if it is finite, else NaN among them. */
export function packChecked(b: usize, row: usize, trans: i32, out: usize, columns: i32, depth: i32): void {
  packPanels(true, b, row, trans, out, panelB(depth), columns, depth);
}
