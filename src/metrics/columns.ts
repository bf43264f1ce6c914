/** Metrics of numbers: what they remember of each output, and how rows are added to it. */
import { ShapeError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { cast } from "../ops/cast.ts";
import { concat, reshape } from "../ops/shape.ts";
import { type Arithmetic, inNumbers, inTensors } from "./arithmetic.ts";
import type { MetricStream, Observed } from "./metric.ts";
import { checkRows, checkSome, columnsOf, weightsOf } from "./rows.ts";

/** The rows of one output. */
export type Rows = { readonly actual: readonly number[]; readonly predicted: readonly number[] };

/** A few numbers that stand for any number of rows of one output. */
export type Fold = {
  readonly key: string;
  /** Those of no row at all. */
  readonly begin: readonly number[];
  /** What some rows come to: `count` single numbers. */
  readonly count: number;
  readonly parts: <T>(in_: Arithmetic<T>, actual: T, predicted: T) => readonly T[];
  /** Those of all rows until now, of weight `before`, and of some more, of weight `own`. */
  readonly join: (all: readonly number[], before: number, parts: readonly number[], own: number) => readonly number[];
  /** Throws on numbers that it is not for. */
  readonly check?: (rows: Rows) => void;
};

/** A sum. */
export const summed = (key: string, parts: Fold["parts"], check?: Fold["check"]): Fold => ({
  key,
  begin: [0],
  count: 1,
  parts,
  join: ([all], _, [own]) => [all! + own!],
  ...(check && { check }),
});

/** What observed rows are, output by output. @param outputs as many as there must be; 0: any number */
function outputsOf(
  where: string,
  observed: Observed,
  outputs: number,
): { columns: Rows[]; weights: ArrayLike<number> | null; n: number } {
  const actual = columnsOf(where, "actual", observed.actual);
  const predicted = columnsOf(where, "predicted", observed.predicted);
  checkRows(where, observed, actual.n, predicted.n);
  const { n } = actual;
  const width = outputs || actual.width;
  if (actual.width !== width || predicted.width !== width)
    throw new ShapeError(where, "actual and predicted have equally many outputs", {
      actual: [n, actual.width],
      predicted: [predicted.n, predicted.width],
    });
  const column = (data: ArrayLike<number>, c: number): number[] => Array.from({ length: n }, (_, row) => data[row * width + c]!);
  const weights = weightsOf(where, observed, n);
  const columns = Array.from({ length: width }, (_, c) => ({
    actual: column(actual.data, c),
    predicted: column(predicted.data, c),
  }));
  return { columns, weights, n };
}

/** Targets and predictions as [n, outputs]; null where they do not agree, or are empty. */
function asColumns(actual: Tensor, predicted: Tensor): [actual: Tensor, predicted: Tensor] | null {
  const [n, outputs = 1] = predicted.shape;
  const fits = predicted.rank <= 2 && actual.rank <= 2 && actual.shape[0] === n && actual.size === predicted.size;
  if (!n || !fits || actual.size === 0 || predicted.dtype !== "f32") return null;
  return [reshape(cast(actual, "f32"), [n, outputs]), reshape(predicted, [n, outputs])];
}

/** The stream of a metric that folds rows. @param finish from each output's numbers, and the weight of all rows */
export function folded<Result>(
  where: string,
  { key, begin, count, parts, join, check }: Fold,
  finish: (outputs: readonly (readonly number[])[], weight: number) => Result,
): MetricStream<Result> {
  let outputs: (readonly number[])[] = [];
  let [weight, rows] = [0, 0];
  const include = (found: readonly (readonly number[])[], own: number, n: number): void => {
    outputs = found.map((some, c) => join(outputs[c] ?? begin, weight, some, own));
    weight += own;
    rows += n;
  };
  return {
    add(observed) {
      const { columns, weights, n } = outputsOf(where, observed, outputs.length);
      if (n === 0) return;
      for (const column of columns) check?.(column);
      const arithmetic = inNumbers(n, weights);
      const found = columns.map(({ actual, predicted }) => parts(arithmetic, actual, predicted).map(([single]) => single!));
      include(found, arithmetic.sum(new Array<number>(n).fill(1))[0]!, n);
    },
    value() {
      checkSome(where, rows);
      return finish(outputs, weight);
    },
    sums: {
      key,
      of(actual, predicted) {
        const columns = asColumns(actual, predicted);
        return columns && concat([...parts(inTensors, ...columns)]);
      },
      take(numbers, n) {
        // What is beyond f32's bounds, or no number, may be one in f64, or an error.
        for (let i = 0; i < numbers.length; ++i) if (!Number.isFinite(numbers[i])) return false;
        const width = numbers.length / count;
        const some = (c: number): number[] => Array.from({ length: count }, (_, i) => numbers[i * width + c]!);
        include(
          Array.from({ length: width }, (_, c) => some(c)),
          n,
          n,
        );
        return true;
      },
    },
  };
}

/** The stream of a metric that needs all rows at once. */
export function kept<Result>(
  where: string,
  finish: (outputs: readonly Rows[], weights: readonly number[]) => Result,
): MetricStream<Result> {
  const outputs: { actual: number[]; predicted: number[] }[] = [];
  const all: number[] = [];
  return {
    add(observed) {
      const { columns, weights, n } = outputsOf(where, observed, outputs.length);
      if (n === 0) return;
      for (const [c, { actual, predicted }] of columns.entries()) {
        outputs[c] ??= { actual: [], predicted: [] };
        for (let row = 0; row < n; ++row) {
          outputs[c].actual.push(actual[row]!);
          outputs[c].predicted.push(predicted[row]!);
        }
      }
      for (let row = 0; row < n; ++row) all.push(weights ? weights[row]! : 1);
    },
    value() {
      checkSome(where, all.length);
      return finish(outputs, all);
    },
  };
}
