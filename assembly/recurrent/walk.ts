/**
 * The walk over time, for a block of rows of the batch: forwards and backwards, for every kind of cell. Rows do not meet but in matrix
 * products, whose rows do not depend on each other; so a block runs through the whole sequence alone, with no barrier between steps.
 * Memory is [steps, rows, units]: what a step needs lies together. `before[t]` is the state that step t begins with, so that the rows of
 * `before` belong to those of the gates' gradient, and one tall product makes the weights' gradient of them.
 */
import { panelB } from "../gemm/pack";
import { nearRows } from "../gemm/six";
import { GEMM_BLOCK_K } from "../tune";
import { copyRun, fillRun } from "../move";
import { gruRow, gruRowBack, lstmRow, lstmRowBack, rnnRow, rnnRowBack } from "./cells";

/** Kinds of cells. */
export const RNN_TANH = 0;
export const RNN_RELU = 1;
export const LSTM = 2;
export const GRU = 3;

// @ts-ignore: decorator
@inline
function bytes(elements: i32): usize {
  return (<usize>elements) << 2;
}

/** c[rows, columns] = (resume ? c : 0) + a·W with W in packB's panels: each element one sum over k in ascending order. */
function times(
  a: usize, aRow: usize, panels: usize, c: usize, cRow: usize, rows: i32, columns: i32, depth: i32, resume: bool, edge: usize,
): void {
  const parts = (depth + GEMM_BLOCK_K - 1) / GEMM_BLOCK_K;
  const part = (depth + parts - 1) / parts;
  const panel = panelB(depth);
  for (let k = 0; k < depth; k += part) {
    const b = panels + (<usize>k << 5);
    nearRows(a + bytes(k), aRow, b, 32, panel, c, cRow, rows, columns, min(part, depth - k), resume || k > 0, edge);
  }
}

// @ts-ignore: decorator
@inline
function lengthAt(lengths: usize, i: i32): i32 {
  return load<i32>(lengths + bytes(i));
}

/** One past the rows from i on that are alike: at work in step t, or past their ends. */
function alike(lengths: usize, t: i32, i: i32, stop: i32): i32 {
  const atWork = t < lengthAt(lengths, i);
  let end = i + 1;
  while (end < stop && t < lengthAt(lengths, end) == atWork) ++end;
  return end;
}

/** Runs of units in a row of gates. */
// @ts-ignore: decorator
@inline
function gatesOf(kind: i32): i32 {
  return kind == LSTM ? 4 : kind == GRU ? 3 : 1;
}

/**
 * @param gates   what the input gives; a plain RNN's stay so, others become gates
 * @param work    a row of products for each of the batch, used step after step so that they stay near
 * @param y       of row i in step t at yRow·i + yStep·t, in elements
 * @param last    the states after the last step  @param lastCell likewise
 * @param scratch 128 bytes
 */
export function forward(
  kind: i32, gates: usize, panels: usize, bias: usize, hiddenBias: usize, h0: usize, c0: usize, lengths: usize, work: usize,
  y: usize, last: usize, lastCell: usize, inner: usize, before: usize, cells: usize,
  n: i32, hidden: i32, steps: i32, yRow: i32, yStep: i32, reverse: i32, first: i32, stop: i32, scratch: usize,
): void {
  const runs = gatesOf(kind);
  const row = bytes(hidden);
  const wide = <usize>runs * row;
  const state = <usize>n * row;
  const start = <usize>first * row;
  const block = <usize>(stop - first) * row;
  const t0 = steps && reverse ? <usize>(steps - 1) * state : 0;
  memory.copy((steps ? before + t0 : last) + start, h0 + start, block);
  if (kind == LSTM) memory.copy((steps ? cells + t0 : lastCell) + start, c0 + start, block);
  for (let s = 1; s <= steps; ++s) {
    const t = reverse ? steps - s : s - 1;
    const here = <usize>t * state;
    const there = reverse ? here - state : here + state;
    const now = before + here;
    const next = s < steps ? before + there : last;
    const nextCell = s < steps ? cells + there : lastCell;
    const yAt = y + bytes(t * yStep);
    for (let i = first; i < stop; ) {
      const end = alike(lengths, t, i, stop);
      const atWork = t < lengthAt(lengths, i);
      let a = work + <usize>i * wide;
      let g = gates + (<usize>t * n + i) * wide;
      if (atWork) times(now + <usize>i * row, row, panels, a, wide, end - i, runs * hidden, hidden, false, scratch);
      for (; i < end; ++i) {
        const at = <usize>i * row;
        const h = next + at;
        if (!atWork) {
          copyRun(now + at, h, <i32>row);
          if (kind == LSTM) copyRun(cells + here + at, nextCell + at, <i32>row);
          fillRun(yAt + <usize>i * bytes(yRow), 0, hidden);
          continue;
        }
        if (kind == LSTM) lstmRow(g, a, bias, cells + here + at, nextCell + at, h, hidden);
        else if (kind == GRU) gruRow(g, a, bias, hiddenBias, inner + here + at, now + at, h, hidden);
        else rnnRow(kind == RNN_RELU, a, g, bias, h, hidden);
        copyRun(h, yAt + <usize>i * bytes(yRow), <i32>row);
        g += wide;
        a += wide;
      }
    }
  }
}

/** dh and dc begin as the gradients of the last state and cell, and end as those of the first. */
export function backward(
  kind: i32, panels: usize, lengths: usize, dy: usize, dLast: usize, dLastCell: usize,
  gates: usize, inner: usize, before: usize, cells: usize, last: usize, lastCell: usize,
  dp: usize, dr: usize, dh: usize, dc: usize,
  n: i32, hidden: i32, steps: i32, yRow: i32, yStep: i32, reverse: i32, first: i32, stop: i32, scratch: usize,
): void {
  const runs = gatesOf(kind);
  const row = bytes(hidden);
  const wide = <usize>runs * row;
  const state = <usize>n * row;
  const start = <usize>first * row;
  const block = <usize>(stop - first) * row;
  memory.copy(dh + start, dLast + start, block);
  if (kind == LSTM) memory.copy(dc + start, dLastCell + start, block);
  for (let s = steps; s > 0; --s) {
    const t = reverse ? steps - s : s - 1;
    const here = <usize>t * state;
    const there = reverse ? here - state : here + state;
    const next = s < steps ? before + there : last;
    const nextCell = s < steps ? cells + there : lastCell;
    const dyAt = dy + bytes(t * yStep);
    for (let i = first; i < stop; ) {
      const end = alike(lengths, t, i, stop);
      const item = (<usize>t * n + i) * wide;
      const drAt = kind == GRU ? dr + item : dp + item;
      const rows = end - i;
      if (t >= lengthAt(lengths, i)) {
        memory.fill(dp + item, 0, <usize>rows * wide);
        if (kind == GRU) memory.fill(drAt, 0, <usize>rows * wide);
        i = end;
        continue;
      }
      const from = dh + <usize>i * row;
      for (let offset: usize = 0; i < end; ++i, offset += wide) {
        const at = <usize>i * row;
        const a = gates + item + offset;
        const d = dp + item + offset;
        const dyRow = dyAt + <usize>i * bytes(yRow);
        if (kind == LSTM) lstmRowBack(a, cells + here + at, nextCell + at, dh + at, dyRow, dc + at, d, hidden);
        else if (kind == GRU) gruRowBack(a, inner + here + at, before + here + at, dh + at, dyRow, d, drAt + offset, hidden);
        else rnnRowBack(kind == RNN_RELU, next + at, dh + at, dyRow, d, hidden);
      }
      times(drAt, wide, panels, from, row, rows, hidden, runs * hidden, kind == GRU, scratch);
    }
  }
}
