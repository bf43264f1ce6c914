/**
 * Recurrent layers over whole sequences. The input's products with its weights are there already, for all steps at once; a kernel
 * walks through time and, for each step, multiplies the state by the recurrent weights and makes gates, cell and state of both.
 * Rows whose sequence is shorter than the others keep their state and cost nothing past their ends; there y is 0.
 *
 * Items are strips of `strip` rows, each through the whole sequence: threads share the batch and never wait for each other's steps.
 * Arrays are [steps, n, ...], but for y and dy, which lie as yRow and yStep say: elements from a row of the batch to the next, and from a
 * step to the next. `reverse` walks from the last step to the first. Operands alias each other only where it says so.
 */
import { report } from "../fault";
import { backward, forward, GRU, LSTM, RNN_RELU, RNN_TANH } from "../recurrent/walk";
import { RECURRENT_ROWS } from "../tune";

/** Reports sequences that are longer than there are steps, or shorter than nothing. */
function checkLengths(lengths: usize, steps: i32, fault: usize, first: i32, stop: i32): void {
  for (let i = first; i < stop; ++i) {
    if (load<u32>(lengths + (<usize>i << 2)) > <u32>steps) report(fault, i);
  }
}

/**
 * h = tanh(p + bias + before·weight), or relu of it.
 * @param p       in  f32[steps, n, hidden]: the input's products
 * @param panels  in  f32[⌈hidden/8⌉, hidden + 1, 8], packB's of the recurrent weights
 * @param bias    in  f32[hidden]
 * @param h0      in  f32[n, hidden]
 * @param lengths in  i32[n], each from 0 to steps
 * @param work    out f32[n, hidden]: the products of a step
 * @param y       out f32[n, steps, hidden] or as yRow and yStep say
 * @param last    out f32[n, hidden]
 * @param before  out f32[steps, n, hidden]: the state each step begins with
 * @flop 2 * steps * n * hidden * hidden
 */
export function rnn(
  p: usize, panels: usize, bias: usize, h0: usize, lengths: usize, work: usize, y: usize, last: usize, before: usize,
  n: i32, hidden: i32, steps: i32, yRow: i32, yStep: i32, reverse: i32, relu: i32, strip: i32,
  fault: usize, scratch: usize, begin: i32, end: i32,
): void {
  const stop = min(n, end * strip);
  checkLengths(lengths, steps, fault, begin * strip, stop);
  for (let i = begin * strip; i < stop; i += RECURRENT_ROWS) {
    forward(
      relu ? RNN_RELU : RNN_TANH, p, panels, bias, 0, h0, 0, lengths, work, y, last, 0, 0, before, 0,
      n, hidden, steps, yRow, yStep, reverse, i, min(stop, i + RECURRENT_ROWS), scratch,
    );
  }
}

/**
 * From the gradients of y and the last state to those of p and of the first state.
 * @param panels  in  f32[⌈hidden/8⌉, hidden + 1, 8], packB's of the recurrent weights transposed
 * @param lengths in  i32[n]
 * @param dy      in  f32, as y
 * @param dLast   in  f32[n, hidden]
 * @param before  in  f32[steps, n, hidden]
 * @param last    in  f32[n, hidden]
 * @param dp      out f32[steps, n, hidden]
 * @param dh0     out f32[n, hidden]
 * @flop 2 * steps * n * hidden * hidden
 */
export function rnnGrad(
  panels: usize, lengths: usize, dy: usize, dLast: usize, before: usize, last: usize, dp: usize, dh0: usize,
  n: i32, hidden: i32, steps: i32, yRow: i32, yStep: i32, reverse: i32, relu: i32, strip: i32,
  scratch: usize, begin: i32, end: i32,
): void {
  const stop = min(n, end * strip);
  for (let i = begin * strip; i < stop; i += RECURRENT_ROWS) {
    backward(
      relu ? RNN_RELU : RNN_TANH, panels, lengths, dy, dLast, 0, 0, 0, before, 0, last, 0, dp, 0, dh0, 0,
      n, hidden, steps, yRow, yStep, reverse, i, min(stop, i + RECURRENT_ROWS), scratch,
    );
  }
}

/**
 * Gates i, f, g, o = σ, σ, tanh, σ of p + bias + before·weight; cell = f·cell + i·g; h = o·tanh(cell).
 * @param gates   inout f32[steps, n, 4·hidden]: p, the input's products, become gates up to each row's end
 * @param panels  in  f32[⌈4·hidden/8⌉, hidden + 1, 8], packB's of the recurrent weights
 * @param bias    in  f32[4·hidden]
 * @param h0      in  f32[n, hidden]
 * @param c0      in  f32[n, hidden]
 * @param lengths in  i32[n], each from 0 to steps
 * @param work    out f32[n, 4·hidden]: the products of a step
 * @param y       out f32[n, steps, hidden] or as yRow and yStep say
 * @param last    out f32[n, hidden]
 * @param lastCell out f32[n, hidden]
 * @param before  out f32[steps, n, hidden]: the state each step begins with
 * @param cells   out f32[steps, n, hidden]: the cell each step begins with
 * @flop 8 * steps * n * hidden * hidden
 */
export function lstm(
  gates: usize, panels: usize, bias: usize, h0: usize, c0: usize, lengths: usize, work: usize,
  y: usize, last: usize, lastCell: usize, before: usize, cells: usize,
  n: i32, hidden: i32, steps: i32, yRow: i32, yStep: i32, reverse: i32, strip: i32,
  fault: usize, scratch: usize, begin: i32, end: i32,
): void {
  const stop = min(n, end * strip);
  checkLengths(lengths, steps, fault, begin * strip, stop);
  for (let i = begin * strip; i < stop; i += RECURRENT_ROWS) {
    forward(
      LSTM, gates, panels, bias, 0, h0, c0, lengths, work, y, last, lastCell, 0, before, cells,
      n, hidden, steps, yRow, yStep, reverse, i, min(stop, i + RECURRENT_ROWS), scratch,
    );
  }
}

/**
 * From the gradients of y and the last state and cell to those of p and of the first state and cell.
 * @param panels  in  f32[⌈hidden/8⌉, 4·hidden + 1, 8], packB's of the recurrent weights transposed
 * @param lengths in  i32[n]
 * @param dy      in  f32, as y
 * @param dLast   in  f32[n, hidden]
 * @param dLastCell in f32[n, hidden]
 * @param gates   in  f32[steps, n, 4·hidden]
 * @param cells   in  f32[steps, n, hidden]
 * @param lastCell in f32[n, hidden]
 * @param dp      out f32[steps, n, 4·hidden], may alias gates
 * @param dh0     out f32[n, hidden]
 * @param dc0     out f32[n, hidden]
 * @each gates = steps * n * 4 * hidden per items; dp = steps * n * 4 * hidden per items
 * @flop 8 * steps * n * hidden * hidden
 */
export function lstmGrad(
  panels: usize, lengths: usize, dy: usize, dLast: usize, dLastCell: usize, gates: usize, cells: usize, lastCell: usize,
  dp: usize, dh0: usize, dc0: usize,
  n: i32, hidden: i32, steps: i32, yRow: i32, yStep: i32, reverse: i32, strip: i32, scratch: usize, begin: i32, end: i32,
): void {
  const stop = min(n, end * strip);
  for (let i = begin * strip; i < stop; i += RECURRENT_ROWS) {
    backward(
      LSTM, panels, lengths, dy, dLast, dLastCell, gates, 0, 0, cells, 0, lastCell, dp, 0, dh0, dc0,
      n, hidden, steps, yRow, yStep, reverse, i, min(stop, i + RECURRENT_ROWS), scratch,
    );
  }
}

/**
 * Gates r, z = σ of p + bias + before·weight + hiddenBias; n = tanh(p + bias + r·(before·weight + hiddenBias)); h = n + z·(before − n).
 * @param gates   inout f32[steps, n, 3·hidden]: p, the input's products, become gates up to each row's end
 * @param panels  in  f32[⌈3·hidden/8⌉, hidden + 1, 8], packB's of the recurrent weights
 * @param bias    in  f32[3·hidden]
 * @param hiddenBias in f32[3·hidden]
 * @param h0      in  f32[n, hidden]
 * @param lengths in  i32[n], each from 0 to steps
 * @param work    out f32[n, 3·hidden]: the products of a step
 * @param y       out f32[n, steps, hidden] or as yRow and yStep say
 * @param last    out f32[n, hidden]
 * @param inner   out f32[steps, n, hidden]: what r multiplies, undefined past a row's end
 * @param before  out f32[steps, n, hidden]: the state each step begins with
 * @flop 6 * steps * n * hidden * hidden
 */
export function gru(
  gates: usize, panels: usize, bias: usize, hiddenBias: usize, h0: usize, lengths: usize, work: usize,
  y: usize, last: usize, inner: usize, before: usize,
  n: i32, hidden: i32, steps: i32, yRow: i32, yStep: i32, reverse: i32, strip: i32,
  fault: usize, scratch: usize, begin: i32, end: i32,
): void {
  const stop = min(n, end * strip);
  checkLengths(lengths, steps, fault, begin * strip, stop);
  for (let i = begin * strip; i < stop; i += RECURRENT_ROWS) {
    forward(
      GRU, gates, panels, bias, hiddenBias, h0, 0, lengths, work, y, last, 0, inner, before, 0,
      n, hidden, steps, yRow, yStep, reverse, i, min(stop, i + RECURRENT_ROWS), scratch,
    );
  }
}

/**
 * From the gradients of y and the last state to those of p, of the products with the recurrent weights, and of the first state.
 * @param panels  in  f32[⌈hidden/8⌉, 3·hidden + 1, 8], packB's of the recurrent weights transposed
 * @param lengths in  i32[n]
 * @param dy      in  f32, as y
 * @param dLast   in  f32[n, hidden]
 * @param gates   in  f32[steps, n, 3·hidden]
 * @param inner   in  f32[steps, n, hidden]
 * @param before  in  f32[steps, n, hidden]
 * @param dp      out f32[steps, n, 3·hidden], may alias gates
 * @param dr      out f32[steps, n, 3·hidden]
 * @param dh0     out f32[n, hidden]
 * @each gates = steps * n * 3 * hidden per items; dp = steps * n * 3 * hidden per items
 * @flop 6 * steps * n * hidden * hidden
 */
export function gruGrad(
  panels: usize, lengths: usize, dy: usize, dLast: usize, gates: usize, inner: usize, before: usize,
  dp: usize, dr: usize, dh0: usize,
  n: i32, hidden: i32, steps: i32, yRow: i32, yStep: i32, reverse: i32, strip: i32, scratch: usize, begin: i32, end: i32,
): void {
  const stop = min(n, end * strip);
  for (let i = begin * strip; i < stop; i += RECURRENT_ROWS) {
    backward(
      GRU, panels, lengths, dy, dLast, 0, gates, inner, before, 0, 0, 0, dp, dr, dh0, 0,
      n, hidden, steps, yRow, yStep, reverse, i, min(stop, i + RECURRENT_ROWS), scratch,
    );
  }
}
