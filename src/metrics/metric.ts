import type { TensorLike } from "../graph/from.ts";

/** What a metric compares, row by row. */
export type Observed = {
  actual: TensorLike;
  predicted: TensorLike;
  /** How much each row counts, [n]; default 1. */
  weight?: TensorLike;
};

/** A metric of what comes batch by batch: the same value as of all rows at once. */
export type MetricStream<Result> = { add(observed: Observed): void; value(): Result };

/** A metric as `evaluate` and `fit` take it. */
export type Metric<Result> = { (observed: Observed): Result; stream(): MetricStream<Result> };

/** A metric that can be asked for in several ways: `f1.with({ average: "macro" })` is a metric too. */
export type MetricWith<Options, Result> = Metric<Result> & {
  (observed: Observed, options: Options): Result;
  with(options: Options): Metric<Result>;
};

/** Metrics by the names their values shall have, and those values. */
export type Metrics = Readonly<Record<string, Metric<unknown>>>;
export type MetricValues<M extends Metrics = Metrics> = {
  [Name in keyof M]: M[Name] extends { stream(): MetricStream<infer Result> } ? Result : never;
};

/**
 * A metric from its streaming form.
 *
 * @param stream begins anew at each call
 */
export function metric<Result>(stream: () => MetricStream<Result>): Metric<Result> {
  return Object.assign((observed: Observed): Result => once(stream(), observed), { stream });
}

/** A metric with options from its streaming form, which receives them. */
export function metricWith<Options extends object, Result>(
  stream: (options: Partial<Options>) => MetricStream<Result>,
): MetricWith<Options, Result> {
  const all = (observed: Observed, options: Partial<Options> = {}): Result => once(stream(options), observed);
  return Object.assign(all, {
    stream: () => stream({}),
    with: (options: Options) => metric(() => stream(options)),
  });
}

function once<Result>(stream: MetricStream<Result>, observed: Observed): Result {
  stream.add(observed);
  return stream.value();
}
