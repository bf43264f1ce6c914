import { ShapeError, ValueError } from "../core/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import { tensor } from "../graph/from.ts";
import { Tensor } from "../graph/tensor.ts";
import { type Matrix, matrixOf, type NumberRows } from "./matrix.ts";

export type WindowOptions = {
  /** Moments that a window shows. */
  length: number;
  /** Moments after it that are to be predicted. Default 1. */
  horizon?: number;
  /** Moments from one window to the next. Default 1. */
  stride?: number;
  /** Column to predict. Default 0. */
  target?: number;
  /** What came just before: windows may look back into it, and nothing of it is a target. So test windows begin at the first test moment. */
  before?: NumberRows | ArrayLike<number>;
};

/** A series of one column may be given as a plain list. */
function seriesOf(series: NumberRows | ArrayLike<number>): Matrix {
  if (series instanceof Tensor && series.rank === 1) return seriesOf(series.data());
  if (ArrayBuffer.isView(series) || (Array.isArray(series) && typeof series[0] === "number")) {
    const data = Float64Array.from(series as ArrayLike<number>);
    return { data, rows: data.length, columns: 1, names: null };
  }
  return matrixOf("windows", series as NumberRows);
}

/**
 * Windows of a series, each with what follows it. Split the series by time first, then make windows of each part: no window reaches
 * across, but for what `before` allows.
 *
 * @param series [moments] or [moments, features], the earliest first
 * @returns x f32 [n, length, features], y f32 [n, horizon]
 * @throws ValueError when the series is too short for a window
 * @example
 * const { train, test } = split(table, { train: 0.8, test: 0.2 }, { time: true });
 * windows(test, { length: 12, before: train })
 */
export function windows(
  series: NumberRows | ArrayLike<number>,
  { length, horizon = 1, stride = 1, target = 0, before }: WindowOptions,
): Dataset {
  for (const [name, value] of Object.entries({ length, horizon, stride })) {
    if (!Number.isInteger(value) || value < 1) throw new ValueError("windows", `${name} is a whole number ≥ 1`, String(value));
  }
  const own = seriesOf(series);
  const past = before === undefined ? null : seriesOf(before);
  if (past && past.columns !== own.columns)
    throw new ShapeError("windows", "what came before has the same columns", {
      series: [own.rows, own.columns],
      before: [past.rows, past.columns],
    });
  if (!(Number.isInteger(target) && target >= 0 && target < own.columns))
    throw new ValueError("windows", `target is a column from 0 to ${own.columns - 1}`, String(target));
  const kept = past ? Math.min(length, past.rows) : 0;
  const { columns } = own;
  const all = new Float64Array((kept + own.rows) * columns);
  if (past) all.set(past.data.subarray((past.rows - kept) * columns));
  all.set(own.data, kept * columns);
  const n = Math.floor((kept + own.rows - length - horizon) / stride) + 1;
  if (n < 1)
    throw new ValueError("windows", `a window takes ${length} + ${horizon} moments`, `${kept + own.rows}`, "a shorter window");
  const x = new Float32Array(n * length * columns);
  const y = new Float32Array(n * horizon);
  for (let i = 0; i < n; ++i) {
    const start = i * stride;
    x.set(all.subarray(start * columns, (start + length) * columns), i * length * columns);
    for (let h = 0; h < horizon; ++h) y[i * horizon + h] = all[(start + length + h) * columns + target]!;
  }
  return { x: tensor(x, { shape: [n, length, columns] }), y: tensor(y, { shape: [n, horizon] }) };
}
