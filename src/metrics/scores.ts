/** What metrics of scores share: every row is kept, because the order of all of them counts. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { type MetricWith, metricWith, type Observed } from "./metric.ts";
import { checkRows, checkSome, classesOf, columnsOf, weightsOf, withSteps } from "./rows.ts";

/** Rows as they came: the class, `width` scores and the weight of each. */
export type Scored = { actual: number[]; scores: number[]; weights: number[]; width: number };

/** Rows that came at once. */
export function scoresOf(where: string, given: Observed): Scored {
  const observed = withSteps(where, given);
  const actual = Array.from(classesOf(where, "actual", observed.actual).rows);
  const { data, n, width } = columnsOf(where, "predicted", observed.predicted);
  checkRows(where, observed, actual.length, n);
  const weights = weightsOf(where, observed, n);
  return { actual, scores: Array.from(data), weights: actual.map((_, row) => (weights ? weights[row]! : 1)), width };
}

/** A metric of scores: `value` is asked after the first row only. */
export function scored<Options extends object, Result>(
  where: string,
  value: (rows: Scored, options: Partial<Options>) => Result,
): MetricWith<Options, Result> {
  return metricWith((options) => {
    const kept: Scored = { actual: [], scores: [], weights: [], width: 0 };
    return {
      add(observed) {
        const { actual, scores, weights, width } = scoresOf(where, observed);
        const n = actual.length;
        if (kept.width && n && width !== kept.width)
          throw new ShapeError(where, `all rows have equally many scores, ${kept.width} and ${width} differ`, {
            predicted: [n, width],
          });
        if (n) kept.width = width;
        for (const label of actual) kept.actual.push(label);
        for (const weight of weights) kept.weights.push(weight);
        for (const score of scores) kept.scores.push(score);
      },
      value() {
        checkSome(where, kept.actual.length);
        return value(kept, options);
      },
    };
  });
}

/** Rows of class 1 against all others, by descending score. */
export type Ranked = { hits: number[]; misses: number[]; thresholds: number[] };

/** Cumulated weights of positive and other rows with at least each score that occurs, from the greatest down. */
export function ranked(where: string, positive: readonly boolean[], scores: readonly number[], weights: readonly number[]): Ranked {
  if (scores.some(Number.isNaN)) throw new ValueError(where, "scores are numbers", "NaN");
  const counted = scores.map((_, i) => i).filter((i) => weights[i]! > 0);
  const order = counted.sort((a, b) => scores[b]! - scores[a]!);
  const found: Ranked = { hits: [], misses: [], thresholds: [] };
  let [hits, misses] = [0, 0];
  for (const [rank, i] of order.entries()) {
    if (positive[i]) hits += weights[i]!;
    else misses += weights[i]!;
    const next = order[rank + 1];
    if (next !== undefined && scores[next] === scores[i]) continue;
    found.hits.push(hits);
    found.misses.push(misses);
    found.thresholds.push(scores[i]!);
  }
  return found;
}

/** Scores of class 1: a column, or the second of two. @throws ShapeError where there are more */
export function binaryScores(where: string, { actual, scores, width }: Scored): { positive: boolean[]; scores: number[] } {
  if (width > 2)
    throw new ShapeError(where, "scores are of class 1 [n], or of two classes [n, 2]", { predicted: [actual.length, width] });
  const other = actual.find((label) => label > 1);
  if (other !== undefined) throw new ValueError(where, "classes are 0 and 1", String(other));
  return {
    positive: actual.map((label) => label === 1),
    scores: width === 1 ? scores : actual.map((_, row) => scores[row * 2 + 1]!),
  };
}
