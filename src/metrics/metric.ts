import type { TensorLike } from "../graph/from.ts";

/** What a metric compares, row by row. */
export type Observed = { actual: TensorLike; predicted: TensorLike };

/** A metric of what comes batch by batch: the same value as of all rows at once. */
export type MetricStream<Result> = { add(observed: Observed): void; value(): Result };

/** A function of all rows at once, and of batches by way of `stream`. */
export type Metric<Result> = { (observed: Observed): Result; stream(): MetricStream<Result> };

/** Metrics by the names their values shall have, and those values. */
export type Metrics = Readonly<Record<string, Metric<unknown>>>;
export type MetricValues<M extends Metrics = Metrics> = {
  [Name in keyof M]: M[Name] extends Metric<infer Result> ? Result : never;
};

/**
 * A metric from its streaming form.
 *
 * @param stream begins anew at each call
 */
export function metric<Result>(stream: () => MetricStream<Result>): Metric<Result> {
  const all = (observed: Observed): Result => {
    const once = stream();
    once.add(observed);
    return once.value();
  };
  return Object.assign(all, { stream });
}
