/**
 * What formulas of metrics are written in, so that each is written once: in f64 over numbers that came from outside, in tensors within a
 * compiled pass. A value is a column, a number for each row, or a single number for all of them.
 */
import { ln } from "../core/math.ts";
import type { Tensor } from "../graph/tensor.ts";
import { full } from "../ops/create.ts";
import { log1p } from "../ops/functions.ts";
import { abs, div, log, maximum, minimum, square, sub } from "../ops/pointwise.ts";
import { max, mean, sum } from "../ops/reduce.ts";

export type Arithmetic<T> = {
  readonly sub: (a: T, b: T) => T;
  readonly div: (a: T, b: T) => T;
  readonly square: (a: T) => T;
  readonly abs: (a: T) => T;
  /** ln(1 + a). */
  readonly log1p: (a: T) => T;
  readonly ln: (a: T) => T;
  readonly atLeast: (a: T, least: number) => T;
  readonly atMost: (a: T, most: number) => T;
  /** Σ weight·a. */
  readonly sum: (a: T) => T;
  /** Σ weight·a / Σ weight, or close to it. */
  readonly mean: (a: T) => T;
  /** Of rows whose weight is not 0. */
  readonly max: (a: T) => T;
};

/** Of columns [n, outputs], each on its own: single numbers are [1, outputs]. */
export const inTensors: Arithmetic<Tensor> = {
  sub,
  div,
  square,
  abs,
  log1p,
  ln: log,
  atLeast: (a, least) => maximum(a, full([], least)),
  atMost: (a, most) => minimum(a, full([], most)),
  sum: (a) => sum(a, 0, { keepDims: true }),
  mean: (a) => mean(a, 0, { keepDims: true }),
  max: (a) => max(a, 0, { keepDims: true }),
};

type Column = readonly number[];

/** Of one column; a single number is one of length 1. @param weights null: all rows count alike */
export function inNumbers(rows: number, weights: ArrayLike<number> | null): Arithmetic<Column> {
  const weightOf = (row: number): number => (weights ? weights[row]! : 1);
  const pairs = (f: (a: number, b: number) => number) => (a: Column, b: Column) =>
    a.map((value, row) => f(value, b.length === 1 ? b[0]! : b[row]!));
  const each = (f: (a: number) => number) => (a: Column) => a.map(f);
  const total = (a: Column): number => a.reduce((all, value, row) => all + value * weightOf(row), 0);
  const whole = total(new Array<number>(rows).fill(1));
  return {
    sub: pairs((a, b) => a - b),
    div: pairs((a, b) => a / b),
    square: each((a) => a * a),
    abs: each(Math.abs),
    log1p: each((a) => ln(1 + a)),
    ln: each(ln),
    atLeast: (a, least) => a.map((value) => Math.max(value, least)),
    atMost: (a, most) => a.map((value) => Math.min(value, most)),
    sum: (a) => [total(a)],
    mean: (a) => [whole > 0 ? total(a) / whole : 0],
    max: (a) => [a.reduce((most, value, row) => (weightOf(row) > 0 ? Math.max(most, value) : most), -Infinity)],
  };
}
