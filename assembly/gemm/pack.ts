/**
 * Packing: copies a slice of a matrix into panels, 4 (of Aᵀ) or 8 (of B) wide and k-major, so that the tiles read memory in order.
 * What a panel lacks in width is filled with zeros. A as it lies is never packed: that gained nothing up to 1024 × 1024.
 */

/** Between the panels of A, in bytes: without it panels of 256 k would begin in the same cache set. */
const GAP: usize = 64;

/** Half a panel of transposed B: out[kk][j] = x[j][kk] for 4 rows of x. */
function transpose4(x: usize, row: usize, out: usize, depth: i32): void {
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
    v128.store(out, v128.shuffle<f64>(low01, low23, 1, 3), 32);
    v128.store(out, v128.shuffle<f64>(high01, high23, 0, 2), 64);
    v128.store(out, v128.shuffle<f64>(high01, high23, 1, 3), 96);
    p0 += 16;
    p1 += 16;
    p2 += 16;
    p3 += 16;
    out += 128;
  }
  for (; left > 0; --left) {
    store<f32>(out, load<f32>(p0));
    store<f32>(out, load<f32>(p1), 4);
    store<f32>(out, load<f32>(p2), 8);
    store<f32>(out, load<f32>(p3), 12);
    p0 += 4;
    p1 += 4;
    p2 += 4;
    p3 += 4;
    out += 32;
  }
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

/** Two panels of B at once, together a cache line of each row. */
// @ts-ignore: decorator
@inline
function copy16(x: usize, row: usize, out: usize, panel: usize, depth: i32): void {
  let left = depth;
  do {
    v128.store(out, v128.load(x));
    v128.store(out, v128.load(x, 16), 16);
    v128.store(out + panel, v128.load(x, 32));
    v128.store(out + panel, v128.load(x, 48), 16);
    x += row;
    out += 32;
  } while (--left);
}

/**
 * `columns` columns of op(B), `depth` of each, in panels of 8: [⌈columns/8⌉, depth, 8].
 * @param row bytes between the rows of B as it is stored, so between two k unless `trans`
 */
export function packColumns(b: usize, row: usize, trans: i32, out: usize, columns: i32, depth: i32): void {
  if (!depth) return;
  const panel = (<usize>depth) << 5;
  let j = 0;
  if (trans) {
    for (; j + 8 <= columns; j += 8) {
      const from = b + <usize>j * row;
      transpose4(from, row, out, depth);
      transpose4(from + 4 * row, row, out + 16, depth);
      out += panel;
    }
    if (j < columns) packEdge(b + <usize>j * row, row, 4, out, 8, columns - j, depth);
    return;
  }
  for (; j + 16 <= columns; j += 16) {
    copy16(b + ((<usize>j) << 2), row, out, panel, depth);
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
    out = to;
    j += 8;
  }
  if (j < columns) packEdge(b + ((<usize>j) << 2), 4, row, out, 8, columns - j, depth);
}
