/** What metrics share: rows out of tensors and arrays, and the checks. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { type TensorLike, tensorFor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { reshape } from "../ops/shape.ts";
import type { Observed } from "./metric.ts";

/** Greater numbers are taken for a mistake, such as passing what is measured for what is classified. */
const MAX_CLASSES = 1_048_576;

/** The classes of all rows; and where they come from scores, how many there are. */
export type Classes = { rows: ArrayLike<number>; scored: number };

/** Numbers of all rows, `width` of them each. */
export type Columns = { data: ArrayLike<number>; n: number; width: number };

/** The first of the greatest; NaN counts as the greatest, as in PyTorch. */
function argmax(scores: ArrayLike<number>, from: number, to: number): number {
  let best = from;
  for (let i = from + 1; i < to; ++i) {
    if (scores[i]! > scores[best]! || (Number.isNaN(scores[i]) && !Number.isNaN(scores[best]))) best = i;
  }
  return best - from;
}

function checkClasses(where: string, role: string, data: ArrayLike<number>, n: number): void {
  for (let row = 0; row < n; ++row) {
    const number = data[row]!;
    if (Number.isInteger(number) && number >= 0 && number < MAX_CLASSES) continue;
    const remedy = Number.isInteger(number) ? undefined : "rounding or a threshold, where these are probabilities of class 1";
    throw new ValueError(
      where,
      `${role} classes are whole numbers from 0 to ${MAX_CLASSES - 1}`,
      `${number} in row ${row}`,
      remedy,
    );
  }
}

/** Class numbers, of scores the largest. */
export function classesOf(where: string, role: "actual" | "predicted", values: TensorLike): Classes {
  const tensor = tensorFor(where, values);
  const [n, width = 1] = tensor.shape;
  if (n === undefined || tensor.rank > 2 || width === 0) {
    throw new ShapeError(where, `${role} must be class numbers [n] or [n, 1], or scores [n, classes]`, { [role]: tensor });
  }
  const data = tensor.data();
  if (width > 1)
    return { rows: Int32Array.from({ length: n }, (_, row) => argmax(data, row * width, (row + 1) * width)), scored: width };
  checkClasses(where, role, data, n);
  return { rows: data, scored: 0 };
}

/** Where there are scores [n, …, classes] and classes [n, …], such as of each step of sequences, each of them is a row. */
export function stepsAsRows(actual: Tensor, predicted: Tensor): readonly [actual: Tensor, predicted: Tensor] {
  const { rank, shape } = predicted;
  if (rank < 3 || actual.rank !== rank - 1 || actual.shape.some((extent, axis) => extent !== shape[axis]))
    return [actual, predicted];
  return [reshape(actual, [actual.size]), reshape(predicted, [actual.size, shape[rank - 1]!])];
}

/** The same of what was observed. */
export function withSteps(
  where: string,
  { actual, predicted, ...rest }: Observed,
): Observed & { actual: Tensor; predicted: Tensor } {
  const [labels, scores] = stepsAsRows(tensorFor(where, actual), tensorFor(where, predicted));
  return { ...rest, actual: labels, predicted: scores };
}

/** Numbers [n] or [n, width]. */
export function columnsOf(where: string, role: string, values: TensorLike): Columns {
  const tensor = tensorFor(where, values);
  const [n, width = 1] = tensor.shape;
  if (n === undefined || tensor.rank > 2 || width === 0)
    throw new ShapeError(where, `${role} must be numbers [n] or [n, width]`, { [role]: tensor });
  return { data: tensor.data(), n, width };
}

/** @throws ShapeError unless there is one prediction a row */
export function checkRows(where: string, { actual, predicted }: Observed, rows: number, predictions: number): void {
  if (rows === predictions) return;
  const shapes = { actual: tensorFor(where, actual), predicted: tensorFor(where, predicted) };
  throw new ShapeError(where, `one prediction for each row, ${rows} and ${predictions} differ`, shapes);
}

/** What each row counts: 1 where nothing is said. */
export function weightsOf(where: string, { weight }: Observed, n: number): ArrayLike<number> | null {
  if (weight === undefined) return null;
  const tensor = tensorFor(where, weight);
  if (tensor.size !== n) throw new ShapeError(where, `one weight for each row, ${n} and ${tensor.size} differ`, { weight: tensor });
  const data = tensor.data();
  for (let row = 0; row < n; ++row)
    if (!(data[row]! >= 0 && data[row]! < Infinity))
      throw new ValueError(where, "weights are finite numbers ≥ 0", `${data[row]} in row ${row}`);
  return data;
}

/** @throws ValueError where there was no row */
export function checkSome(where: string, rows: number): void {
  if (rows === 0) throw new ValueError(where, "needs at least one row", "none");
}
