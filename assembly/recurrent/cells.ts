/**
 * The arithmetic of one row of a recurrent step after its matrix product: gates, cell, hidden state; and backwards, from the state's
 * gradient to those of the gates before their activation. The gates of a row lie one after the other, `units` numbers each.
 * Short loops one after the other, for each function its own: in one loop an LSTM's step is a chain of two functions and so many
 * instructions that the processor does not see the next units' before it is through; that took twice as long (Zen 4, Node 26.10).
 * @source LSTM: Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000; GRU: Cho et al. 2014, arXiv:1406.1078, with
 * the reset gate behind the product, as in PyTorch and cuDNN
 */
import { fma, fnma } from "../isa";
import { loadPart, storePart } from "../lanes";
import { sigmoid, tanh } from "../math";

/** Functions of a gate. */
const SIGMOID = 0;
const TANH = 1;
const RELU = 2;

// @ts-ignore: decorator
@inline
function bytes(elements: i32): usize {
  return (<usize>elements) << 2;
}

/** Four numbers, or the last `left`, and 0 in the other lanes. */
// @ts-ignore: decorator
@inline
function take(whole: bool, x: usize, left: i32): v128 {
  return whole ? v128.load(x) : loadPart(x, left, f32x4.splat(0));
}

// @ts-ignore: decorator
@inline
function give(whole: bool, y: usize, left: i32, v: v128): void {
  if (whole) v128.store(y, v);
  else storePart(y, left, v);
}

/** y·(1 − y): sigmoid's slope where its value is y. */
// @ts-ignore: decorator
@inline
function sigmoidSlope(y: v128): v128 {
  return f32x4.mul(y, f32x4.sub(f32x4.splat(1), y));
}

/** 1 − y²: tanh's slope where its value is y. */
// @ts-ignore: decorator
@inline
function tanhSlope(y: v128): v128 {
  return fnma(y, y, f32x4.splat(1));
}

// @ts-ignore: decorator
@inline
function gate(f: i32, whole: bool, a: usize, p: usize, bias: usize, y: usize, left: i32): void {
  const x = f32x4.add(take(whole, a, left), f32x4.add(take(whole, p, left), take(whole, bias, left)));
  give(whole, y, left, f == SIGMOID ? sigmoid(x) : f == TANH ? tanh(x) : f32x4.pmax(x, f32x4.splat(0)));
}

/** y = f(a + p + bias); y may be a or p. */
// @ts-ignore: decorator
@inline
function activate(f: i32, a: usize, p: usize, bias: usize, y: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    gate(f, true, a, p, bias, y, 4);
    a += 16;
    p += 16;
    bias += 16;
    y += 16;
  }
  if (count) gate(f, false, a, p, bias, y, count);
}

function sigmoids(a: usize, p: usize, bias: usize, y: usize, count: i32): void {
  activate(SIGMOID, a, p, bias, y, count);
}

function tanhs(a: usize, p: usize, bias: usize, y: usize, count: i32): void {
  activate(TANH, a, p, bias, y, count);
}

/** h = tanh or relu of a + p + bias. */
export function rnnRow(relu: bool, a: usize, p: usize, bias: usize, h: usize, units: i32): void {
  if (relu) activate(RELU, a, p, bias, h, units);
  else tanhs(a, p, bias, h, units);
}

// @ts-ignore: decorator
@inline
function rnnUnitsBack(whole: bool, relu: bool, h: usize, dh: usize, dy: usize, dp: usize, left: i32): void {
  const state = take(whole, h, left);
  const d = f32x4.add(take(whole, dh, left), take(whole, dy, left));
  // NaN lets the gradient pass, as relu alone does.
  give(whole, dp, left, relu ? v128.andnot(d, f32x4.le(state, f32x4.splat(0))) : f32x4.mul(d, tanhSlope(state)));
}

/** dp = (dh + dy)·slope, h being the state after the step. */
export function rnnRowBack(relu: bool, h: usize, dh: usize, dy: usize, dp: usize, units: i32): void {
  for (; units >= 4; units -= 4) {
    rnnUnitsBack(true, relu, h, dh, dy, dp, 4);
    h += 16;
    dh += 16;
    dy += 16;
    dp += 16;
  }
  if (units) rnnUnitsBack(false, relu, h, dh, dy, dp, units);
}

// @ts-ignore: decorator
@inline
function lstmUnits(whole: bool, gates: usize, gap: usize, cell: usize, nextCell: usize, h: usize, left: i32): void {
  const kept = f32x4.mul(take(whole, gates, left), take(whole, gates + 2 * gap, left));
  const c = fma(take(whole, gates + gap, left), take(whole, cell, left), kept);
  give(whole, nextCell, left, c);
  give(whole, h, left, f32x4.mul(take(whole, gates + 3 * gap, left), tanh(c)));
}

/** Gates i, f, g, o, from what the input gives and the state's product a; cell = f·cell + i·g; h = o·tanh(cell). */
export function lstmRow(gates: usize, a: usize, bias: usize, cell: usize, nextCell: usize, h: usize, units: i32): void {
  const gap = bytes(units);
  sigmoids(a, gates, bias, gates, 2 * units);
  tanhs(a + 2 * gap, gates + 2 * gap, bias + 2 * gap, gates + 2 * gap, units);
  sigmoids(a + 3 * gap, gates + 3 * gap, bias + 3 * gap, gates + 3 * gap, units);
  for (; units >= 4; units -= 4) {
    lstmUnits(true, gates, gap, cell, nextCell, h, 4);
    gates += 16;
    cell += 16;
    nextCell += 16;
    h += 16;
  }
  if (units) lstmUnits(false, gates, gap, cell, nextCell, h, units);
}

// @ts-ignore: decorator
@inline
function lstmUnitsBack(
  whole: bool, gates: usize, gap: usize, cell: usize, nextCell: usize, dh: usize, dy: usize, dc: usize, dp: usize, left: i32,
): void {
  const input = take(whole, gates, left);
  const forget = take(whole, gates + gap, left);
  const fresh = take(whole, gates + 2 * gap, left);
  const output = take(whole, gates + 3 * gap, left);
  const squashed = tanh(take(whole, nextCell, left));
  const d = f32x4.add(take(whole, dh, left), take(whole, dy, left));
  const dCell = fma(f32x4.mul(d, output), tanhSlope(squashed), take(whole, dc, left));
  give(whole, dp, left, f32x4.mul(f32x4.mul(dCell, fresh), sigmoidSlope(input)));
  give(whole, dp + gap, left, f32x4.mul(f32x4.mul(dCell, take(whole, cell, left)), sigmoidSlope(forget)));
  give(whole, dp + 2 * gap, left, f32x4.mul(f32x4.mul(dCell, input), tanhSlope(fresh)));
  give(whole, dp + 3 * gap, left, f32x4.mul(f32x4.mul(d, squashed), sigmoidSlope(output)));
  give(whole, dc, left, f32x4.mul(dCell, forget));
}

/** dc goes from the cell after the step to the one before it. */
export function lstmRowBack(
  gates: usize, cell: usize, nextCell: usize, dh: usize, dy: usize, dc: usize, dp: usize, units: i32,
): void {
  const gap = bytes(units);
  for (; units >= 4; units -= 4) {
    lstmUnitsBack(true, gates, gap, cell, nextCell, dh, dy, dc, dp, 4);
    gates += 16;
    cell += 16;
    nextCell += 16;
    dh += 16;
    dy += 16;
    dc += 16;
    dp += 16;
  }
  if (units) lstmUnitsBack(false, gates, gap, cell, nextCell, dh, dy, dc, dp, units);
}

/** a += b */
function addRun(a: usize, b: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(a, f32x4.add(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  if (count) give(false, a, count, f32x4.add(take(false, a, count), take(false, b, count)));
}

// @ts-ignore: decorator
@inline
function gruUnits(
  whole: bool, gates: usize, gap: usize, a: usize, bias: usize, inner: usize, now: usize, h: usize, left: i32,
): void {
  const past = take(whole, a, left);
  const ahead = f32x4.add(take(whole, gates + 2 * gap, left), take(whole, bias, left));
  const fresh = tanh(fma(take(whole, gates, left), past, ahead));
  give(whole, inner, left, past);
  give(whole, gates + 2 * gap, left, fresh);
  give(whole, h, left, fma(take(whole, gates + gap, left), f32x4.sub(take(whole, now, left), fresh), fresh));
}

/** Gates r, z, n, likewise; inner keeps what r multiplies; h = (1 − z)·n + z·now. */
export function gruRow(
  gates: usize, a: usize, bias: usize, hiddenBias: usize, inner: usize, now: usize, h: usize, units: i32,
): void {
  const gap = bytes(units);
  addRun(a, hiddenBias, 3 * units);
  sigmoids(a, gates, bias, gates, 2 * units);
  a += 2 * gap;
  bias += 2 * gap;
  for (; units >= 4; units -= 4) {
    gruUnits(true, gates, gap, a, bias, inner, now, h, 4);
    gates += 16;
    a += 16;
    bias += 16;
    inner += 16;
    now += 16;
    h += 16;
  }
  if (units) gruUnits(false, gates, gap, a, bias, inner, now, h, units);
}

// @ts-ignore: decorator
@inline
function gruUnitsBack(
  whole: bool, gates: usize, gap: usize, inner: usize, now: usize, dh: usize, dy: usize, dp: usize, dr: usize, left: i32,
): void {
  const reset = take(whole, gates, left);
  const update = take(whole, gates + gap, left);
  const fresh = take(whole, gates + 2 * gap, left);
  const d = f32x4.add(take(whole, dh, left), take(whole, dy, left));
  const dFresh = f32x4.mul(f32x4.mul(d, f32x4.sub(f32x4.splat(1), update)), tanhSlope(fresh));
  const dUpdate = f32x4.mul(f32x4.mul(d, f32x4.sub(take(whole, now, left), fresh)), sigmoidSlope(update));
  const dReset = f32x4.mul(f32x4.mul(dFresh, take(whole, inner, left)), sigmoidSlope(reset));
  give(whole, dp, left, dReset);
  give(whole, dp + gap, left, dUpdate);
  give(whole, dp + 2 * gap, left, dFresh);
  give(whole, dr, left, dReset);
  give(whole, dr + gap, left, dUpdate);
  give(whole, dr + 2 * gap, left, f32x4.mul(dFresh, reset));
  give(whole, dh, left, f32x4.mul(d, update));
}

/** dp of the gates' sums, dr of the state's products alone; dh becomes the part of its gradient that goes past the product. */
export function gruRowBack(
  gates: usize, inner: usize, now: usize, dh: usize, dy: usize, dp: usize, dr: usize, units: i32,
): void {
  const gap = bytes(units);
  for (; units >= 4; units -= 4) {
    gruUnitsBack(true, gates, gap, inner, now, dh, dy, dp, dr, 4);
    gates += 16;
    inner += 16;
    now += 16;
    dh += 16;
    dy += 16;
    dp += 16;
    dr += 16;
  }
  if (units) gruUnitsBack(false, gates, gap, inner, now, dh, dy, dp, dr, units);
}
