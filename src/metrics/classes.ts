/** What metrics of classification share: classes out of class numbers or scores, and the checks. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { type TensorLike, tensorFor } from "../graph/from.ts";
import { type Metric, metric } from "./metric.ts";

/** Greater numbers are taken for a mistake, such as passing what is measured for what is classified. */
const MAX_CLASSES = 1_048_576;

/** The classes of all rows, and how many classes there are at least: one more than the greatest number, or the scores of a row. */
type Classes = { rows: ArrayLike<number>; count: number };

/** The first of the greatest; NaN counts as the greatest, as in PyTorch. */
function argmax(scores: ArrayLike<number>, from: number, to: number): number {
  let best = from;
  for (let i = from + 1; i < to; ++i) {
    if (scores[i]! > scores[best]! || (Number.isNaN(scores[i]) && !Number.isNaN(scores[best]))) best = i;
  }
  return best - from;
}

function classesOf(where: string, role: "actual" | "predicted", values: TensorLike): Classes {
  const tensor = tensorFor(where, values);
  const [n, width = 1] = tensor.shape;
  if (n === undefined || tensor.rank > 2 || width === 0) {
    throw new ShapeError(where, `${role} must be class numbers [n] or [n, 1], or scores [n, classes]`, { [role]: tensor });
  }
  const data = tensor.data();
  if (width > 1)
    return { rows: Int32Array.from({ length: n }, (_, row) => argmax(data, row * width, (row + 1) * width)), count: width };
  let count = 0;
  for (let row = 0; row < n; ++row) {
    const number = data[row]!;
    if (!Number.isInteger(number) || number < 0 || number >= MAX_CLASSES) {
      const remedy = Number.isInteger(number) ? undefined : "rounding or a threshold, where these are probabilities of class 1";
      throw new ValueError(
        where,
        `${role} classes are whole numbers from 0 to ${MAX_CLASSES - 1}`,
        `${number} in row ${row}`,
        remedy,
      );
    }
    if (number >= count) count = number + 1;
  }
  return { rows: data, count };
}

/** How a metric of classification takes its rows. */
type Counter<Result> = {
  /** @param count classes there are at least */
  add(actual: ArrayLike<number>, predicted: ArrayLike<number>, count: number): void;
  value(): Result;
};

/**
 * A metric of classification: `begin` receives checked rows only, and is asked for a value after the first row only.
 *
 * @param where the metric's name, for errors
 */
export function classMetric<Result>(where: string, begin: () => Counter<Result>): Metric<Result> {
  return metric(() => {
    const counter = begin();
    let total = 0;
    return {
      add({ actual, predicted }) {
        const truth = classesOf(where, "actual", actual);
        const guess = classesOf(where, "predicted", predicted);
        const { length } = truth.rows;
        if (guess.rows.length !== length) {
          const shapes = { actual: tensorFor(where, actual), predicted: tensorFor(where, predicted) };
          throw new ShapeError(where, `one prediction for each row, ${length} and ${guess.rows.length} differ`, shapes);
        }
        counter.add(truth.rows, guess.rows, Math.max(truth.count, guess.count));
        total += length;
      },
      value() {
        if (total === 0) throw new ValueError(where, "needs at least one row", "none");
        return counter.value();
      },
    };
  });
}
