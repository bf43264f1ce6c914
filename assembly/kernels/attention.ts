/**
 * Attention y = softmax(scale·Q·Kᵀ + mask)·V, without the matrix of all scores: tile by tile, with the softmax corrected on the way.
 * What stays of it is log Σ exp of each row, from which the gradient computes the probabilities again.
 * @source Dao et al. 2022, arXiv:2205.14135 (FlashAttention), algorithms 1 and 4; Milakov & Gimelshein 2018, arXiv:1805.02867
 *
 * q, k and v are columns of matrices: row l of head h of sequence b begins at x + At + (b·length + l)·Row + h·size if `inner` (heads side
 * by side in a row), else at x + At + ((b·heads + h)·length + l)·Row. y and dy are laid out likewise, without gaps. So the columns of
 * one projection serve as q, k and v, and no head is ever moved.
 *
 * A row that may attend to nothing gives NaN, as softmax does in PyTorch, and no gradient to q and k.
 */
import { dotRow, expRow, gradRow, scaleRow, scoreRow } from "../attention/scores";
import { LARGEST_AT, OTHER_AT, TILE_ROW, TOTAL_AT, tileTimes, timesTransposed, turnedTimes } from "../attention/products";
import { exp, log } from "../math";
import { ATTENTION_KEYS, ATTENTION_ROWS } from "../tune";

// @ts-ignore: decorator
@inline
function bytes(elements: i32): usize {
  return (<usize>elements) << 2;
}

/** Where head h of sequence b begins. */
// @ts-ignore: decorator
@inline
function headOf(x: usize, at: i32, b: i32, h: i32, heads: i32, length: i32, row: i32, size: i32, inner: i32): usize {
  const rows = inner ? b * length : (b * heads + h) * length;
  return x + bytes(at) + <usize>rows * bytes(row) + (inner ? bytes(h * size) : 0);
}

/** A function of one number, by the vector form. */
// @ts-ignore: decorator
@inline
function expOf(x: f32): f32 {
  return f32x4.extract_lane(exp(f32x4.splat(x)), 0);
}

/** Keys of a tile beginning at key j that row q may attend to, before its ends are minded. */
// @ts-ignore: decorator
@inline
function seen(causal: i32, q: i32, j: i32): i32 {
  return causal ? q + 1 - j : i32.MAX_VALUE >> 1;
}

/**
 * Scores of a tile become probabilities, up to a factor; what its rows have of y, their largest score and their total so far is made
 * to fit. Row r may attend to visible + r keys.
 */
function addTile(
  scratch: usize, y: usize, yRow: usize, mask: usize, kind: i32, maskRow: usize, scale: f32, rows: i32, keys: i32, visible: i32,
  first: bool, size: i32,
): void {
  const width = (keys + 7) & ~7;
  for (let r = 0; r < rows; ++r) {
    const s = scratch + <usize>r * TILE_ROW;
    const at = scratch + bytes(r);
    const here = scoreRow(s, mask + <usize>r * maskRow, kind, scale, min(keys, max(visible + r, 0)), width);
    const before: f32 = first ? -Infinity : load<f32>(at, LARGEST_AT);
    const largest = max<f32>(here, before);
    const shift: f32 = largest == -Infinity ? 0 : largest; // all blocked so far: exp(−∞ − 0) says so
    let total = expRow(s, shift, width);
    if (!first) {
      const shrink = expOf(before - shift);
      total += load<f32>(at, TOTAL_AT) * shrink;
      if (shrink != 1) scaleRow(y + <usize>r * yRow, size, shrink);
    }
    store<f32>(at, largest, LARGEST_AT);
    store<f32>(at, total, TOTAL_AT);
  }
}

/** `count` rows of zeros. */
function clear(x: usize, row: usize, count: i32, size: i32): void {
  for (let r = 0; r < count; ++r, x += row) memory.fill(x, 0, bytes(size));
}

/** Rows without keys: y is 0, log Σ exp −∞. */
function withoutKeys(y: usize, yRow: usize, count: i32, size: i32, scratch: usize): void {
  clear(y, yRow, count, size);
  for (let r = 0; r < count; ++r) {
    store<f32>(scratch + bytes(r), -Infinity, LARGEST_AT);
    store<f32>(scratch + bytes(r), 1, TOTAL_AT);
  }
}

/**
 * y = softmax(scale·Q·Kᵀ + mask)·V and log Σ exp of each row. Items: batch·heads·⌈rows / ATTENTION_ROWS⌉ blocks of rows.
 * @param q    in  f32[batch, rows, heads, size] or [batch, heads, rows, size], as columns of a matrix
 * @param k    in  f32, likewise, with `keys` rows
 * @param v    in  f32, likewise, with `keys` rows and valueSize columns
 * @param mask in  f32[batch, heads, rows, keys], broadcast by its strides (the last is 1); any memory where kind is 0
 * @param y    out f32[batch, rows, heads, valueSize] or [batch, heads, rows, valueSize]
 * @param logZ out f32[batch, heads, rows]
 * @param kind   what the mask means: 0 nothing, 1 blocked where it is 0, 2 added to the scores
 * @param causal 1: row i attends to keys 0 … i
 * @each q = (heads + inner - inner * heads) * rows * qRow per heads * ((rows + 63) >> 6);
 * k = (heads + inner - inner * heads) * keys * kRow per heads * ((rows + 63) >> 6);
 * v = (heads + inner - inner * heads) * keys * vRow per heads * ((rows + 63) >> 6);
 * y = heads * rows * valueSize per heads * ((rows + 63) >> 6);
 * logZ = heads * rows per heads * ((rows + 63) >> 6)
 * @flop 2 * rows * keys * (size + valueSize) * (causal ? 0.5 : 1) * items / ((rows + 63) >> 6)
 */
export function attention(
  q: usize, k: usize, v: usize, mask: usize, y: usize, logZ: usize, heads: i32, rows: i32, keys: i32, size: i32, valueSize: i32,
  inner: i32, qAt: i32, kAt: i32, vAt: i32, qRow: i32, kRow: i32, vRow: i32, kind: i32, maskBatch: i32, maskHead: i32, maskRow: i32,
  causal: i32, scale: f32, scratch: usize, begin: i32, end: i32,
): void {
  const blocks = (rows + ATTENTION_ROWS - 1) / ATTENTION_ROWS;
  const yRow = inner ? heads * valueSize : valueSize;
  for (let item = begin; item < end; ++item) {
    const head = item / blocks;
    const first = (item - head * blocks) * ATTENTION_ROWS;
    const b = head / heads;
    const h = head - b * heads;
    const count = min(ATTENTION_ROWS, rows - first);
    const qHere = headOf(q, qAt, b, h, heads, rows, qRow, size, inner) + <usize>first * bytes(qRow);
    const kHead = headOf(k, kAt, b, h, heads, keys, kRow, size, inner);
    const vHead = headOf(v, vAt, b, h, heads, keys, vRow, valueSize, inner);
    const yHere = headOf(y, 0, b, h, heads, rows, yRow, valueSize, inner) + <usize>first * bytes(yRow);
    const maskHere = mask + bytes(b * maskBatch + h * maskHead + first * maskRow);
    const last = causal ? min(keys, first + count) : keys;
    if (!keys) withoutKeys(yHere, bytes(yRow), count, valueSize, scratch);
    for (let j = 0; j < last; j += ATTENTION_KEYS) {
      const n = min(ATTENTION_KEYS, last - j);
      timesTransposed(qHere, bytes(qRow), kHead + <usize>j * bytes(kRow), bytes(kRow), scratch, count, n, size, scratch);
      const visible = seen(causal, first, j);
      addTile(scratch, yHere, bytes(yRow), maskHere + bytes(j), kind, bytes(maskRow), scale, count, n, visible, j == 0, valueSize);
      tileTimes(scratch, vHead + <usize>j * bytes(vRow), bytes(vRow), yHere, bytes(yRow), count, n, valueSize, j > 0, scratch);
    }
    for (let r = 0; r < count; ++r) {
      const at = scratch + bytes(r);
      const total = load<f32>(at, TOTAL_AT);
      scaleRow(yHere + <usize>r * bytes(yRow), valueSize, 1 / total);
      store<f32>(logZ + bytes(head * rows + first + r), load<f32>(at, LARGEST_AT) + f32x4.extract_lane(log(f32x4.splat(total)), 0));
    }
  }
}

/** Scores of a tile become probabilities, dP beside them the scores' gradients. */
function gradTile(
  scratch: usize, y: usize, dy: usize, yRow: usize, logZ: usize, mask: usize, kind: i32, maskRow: usize, scale: f32, rows: i32,
  keys: i32, visible: i32, size: i32,
): void {
  const width = (keys + 7) & ~7;
  for (let r = 0; r < rows; ++r) {
    const s = scratch + <usize>r * TILE_ROW;
    const at = <usize>r * yRow;
    scoreRow(s, mask + <usize>r * maskRow, kind, scale, min(keys, max(visible + r, 0)), width);
    gradRow(s, s + OTHER_AT, load<f32>(logZ + bytes(r)), dotRow(dy + at, y + at, size), scale, width);
  }
}

/**
 * Gradients of q, k and v, which lie as these do. Items: the batch·heads heads, each of which one chunk sums in one order.
 * @param q    in  f32, as for attention
 * @param k    in  f32
 * @param v    in  f32
 * @param mask in  f32
 * @param y    in  f32
 * @param logZ in  f32[batch, heads, rows]
 * @param dy   in  f32, laid out as y
 * @param dq   out f32, laid out as q: the columns of these heads are written, no others
 * @param dk   out f32, laid out as k
 * @param dv   out f32, laid out as v
 * @each q = (heads + inner - inner * heads) * rows * qRow per heads; k = (heads + inner - inner * heads) * keys * kRow per heads;
 * v = (heads + inner - inner * heads) * keys * vRow per heads; dq = (heads + inner - inner * heads) * rows * qRow per heads;
 * dk = (heads + inner - inner * heads) * keys * kRow per heads; dv = (heads + inner - inner * heads) * keys * vRow per heads;
 * y = heads * rows * valueSize per heads; dy = heads * rows * valueSize per heads; logZ = heads * rows per heads
 * @flop rows * keys * (6 * size + 4 * valueSize) * (causal ? 0.5 : 1) * items
 */
export function attentionGrad(
  q: usize, k: usize, v: usize, mask: usize, y: usize, logZ: usize, dy: usize, dq: usize, dk: usize, dv: usize, heads: i32, rows: i32,
  keys: i32, size: i32, valueSize: i32, inner: i32, qAt: i32, kAt: i32, vAt: i32, qRow: i32, kRow: i32, vRow: i32, kind: i32,
  maskBatch: i32, maskHead: i32, maskRow: i32, causal: i32, scale: f32, scratch: usize, begin: i32, end: i32,
): void {
  const yRow = inner ? heads * valueSize : valueSize;
  const other = scratch + OTHER_AT;
  for (let head = begin; head < end; ++head) {
    const b = head / heads;
    const h = head - b * heads;
    const qHead = headOf(0, qAt, b, h, heads, rows, qRow, size, inner);
    const kHead = headOf(0, kAt, b, h, heads, keys, kRow, size, inner);
    const vHead = headOf(0, vAt, b, h, heads, keys, vRow, valueSize, inner);
    const yHead = headOf(0, 0, b, h, heads, rows, yRow, valueSize, inner);
    const maskHere = mask + bytes(b * maskBatch + h * maskHead);
    if (!keys) clear(dq + qHead, bytes(qRow), rows, size);
    for (let j = 0; j < keys; j += ATTENTION_KEYS) {
      const n = min(ATTENTION_KEYS, keys - j);
      const kHere = kHead + <usize>j * bytes(kRow);
      const vHere = vHead + <usize>j * bytes(vRow);
      const start = causal ? (j / ATTENTION_ROWS) * ATTENTION_ROWS : 0;
      if (start >= rows) {
        clear(dk + kHere, bytes(kRow), n, size);
        clear(dv + vHere, bytes(vRow), n, valueSize);
      }
      for (let i = start; i < rows; i += ATTENTION_ROWS) {
        const count = min(ATTENTION_ROWS, rows - i);
        const qHere = qHead + <usize>i * bytes(qRow);
        const yHere = yHead + <usize>i * bytes(yRow);
        const again = i > start;
        timesTransposed(q + qHere, bytes(qRow), k + kHere, bytes(kRow), scratch, count, n, size, scratch);
        timesTransposed(dy + yHere, bytes(yRow), v + vHere, bytes(vRow), other, count, n, valueSize, scratch);
        const maskAt = maskHere + bytes(i * maskRow + j);
        const logs = logZ + bytes(head * rows + i);
        const visible = seen(causal, i, j);
        gradTile(scratch, y + yHere, dy + yHere, bytes(yRow), logs, maskAt, kind, bytes(maskRow), scale, count, n, visible, valueSize);
        turnedTimes(scratch, dy + yHere, bytes(yRow), dv + vHere, bytes(vRow), count, n, valueSize, again, scratch);
        tileTimes(other, k + kHere, bytes(kRow), dq + qHere, bytes(qRow), count, n, size, j > 0, scratch);
        turnedTimes(other, q + qHere, bytes(qRow), dk + kHere, bytes(kRow), count, n, size, again, scratch);
      }
    }
  }
}
