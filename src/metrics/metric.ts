import type { TensorLike } from "../graph/from.ts";
import { noGrad } from "../graph/op.ts";
import { Tensor } from "../graph/tensor.ts";

/** What a metric compares, row by row. */
export type Observed = {
  actual: TensorLike;
  predicted: TensorLike;
  /** How much each row counts, [n]; default 1. */
  weight?: TensorLike;
};

/** What a batch of tensors comes to, computed where they are: only these sums leave WASM's memory, instead of every row. */
export type BatchSums = {
  /** Names them: the sums of one name are computed once, whichever metrics ask for them. */
  readonly key: string;
  /** In ops, of rows that all count alike; null where such rows must be looked at one by one. */
  of(actual: Tensor, predicted: Tensor): Tensor | null;
  /** Adds those of a batch. False, with nothing changed, where they do not tell all: its rows must be looked at. */
  take(sums: readonly number[], rows: number): boolean;
};

/** A metric of what comes batch by batch: the same value as of all rows at once. */
export type MetricStream<Result> = {
  add(observed: Observed): void;
  value(): Result;
  /** Where there is a cheaper way to add tensors. */
  readonly sums?: BatchSums;
};

/** A metric as `evaluate` and `fit` take it. */
export type Metric<Result> = { (observed: Observed): Result; stream(): MetricStream<Result> };

/** A metric that can be asked for in several ways: `f1.with({ average: "macro" })` is a metric too. */
export type MetricWith<Options, Result> = Metric<Result> & {
  (observed: Observed, options: Options): Result;
  with(options: Options): Metric<Result>;
};

/** A metric whose options decide what it gives: `Usual`, or `Other` where they say so. */
export type MetricOf<Options, UsualOptions, Usual, OtherOptions, Other> = {
  (observed: Observed, options: OtherOptions): Other;
  (observed: Observed, options: UsualOptions): Usual;
  (observed: Observed, options: Options): Usual | Other;
  with(options: OtherOptions): Metric<Other>;
  with(options: UsualOptions): Metric<Usual>;
  with(options: Options): Metric<Usual | Other>;
} & Metric<Usual>; // last: what is inferred of an overloaded function

/** Metrics by the names their values shall have, and those values. */
export type Metrics = Readonly<Record<string, Metric<unknown>>>;
export type MetricValues<M extends Metrics = Metrics> = {
  [Name in keyof M]: M[Name] extends { stream(): MetricStream<infer Result> } ? Result : never;
};

/** The sums that were computed last: metrics that go through the same data ask for the same ones. */
let last: { key: string; actual: Tensor; predicted: Tensor; sums: readonly number[] | null } | null = null;

function sumsOf({ key, of }: BatchSums, actual: Tensor, predicted: Tensor): readonly number[] | null {
  if (last?.key !== key || last.actual !== actual || last.predicted !== predicted) {
    const sums = noGrad(() => of(actual, predicted));
    last = { key, actual, predicted, sums: sums && [...sums.data()] };
  }
  return last.sums;
}

/** A stream that takes batches of tensors by their sums. */
function bySums<Result>({ add, value, sums }: MetricStream<Result>): MetricStream<Result> {
  if (!sums) return { add, value };
  return {
    add(observed) {
      const { actual, predicted, weight } = observed;
      const found = !weight && actual instanceof Tensor && predicted instanceof Tensor ? sumsOf(sums, actual, predicted) : null;
      if (!(found && sums.take(found, (predicted as Tensor).shape[0]!))) add(observed);
    },
    value() {
      last = null;
      return value();
    },
    sums,
  };
}

/**
 * A metric from its streaming form.
 *
 * @param stream begins anew at each call
 */
export function metric<Result>(stream: () => MetricStream<Result>): Metric<Result> {
  return Object.assign((observed: Observed): Result => once(stream(), observed), { stream: () => bySums(stream()) });
}

/** A metric with options from its streaming form, which receives them. */
export function metricWith<Options extends object, Result>(
  stream: (options: Partial<Options>) => MetricStream<Result>,
): MetricWith<Options, Result> {
  const all = (observed: Observed, options: Partial<Options> = {}): Result => once(stream(options), observed);
  return Object.assign(all, {
    stream: () => bySums(stream({})),
    with: (options: Options) => metric(() => stream(options)),
  });
}

/** A metric with two streaming forms. @param isOther which one options ask for */
export function metricOf<Options extends object, UsualOptions extends Options, Usual, OtherOptions extends Options, Other>(
  isOther: (options: Partial<Options>) => options is OtherOptions,
  usual: (options: Partial<Options>) => MetricStream<Usual>,
  other: (options: OtherOptions) => MetricStream<Other>,
): MetricOf<Options, UsualOptions, Usual, OtherOptions, Other> {
  const stream = (options: Partial<Options>) => (isOther(options) ? other(options) : usual(options));
  function all(observed: Observed): Usual;
  function all(observed: Observed, options: OtherOptions): Other;
  function all(observed: Observed, options: UsualOptions): Usual;
  function all(observed: Observed, options: Options): Usual | Other;
  function all(observed: Observed, options: Partial<Options> = {}): Usual | Other {
    return once<Usual | Other>(stream(options), observed);
  }
  function asked(options: OtherOptions): Metric<Other>;
  function asked(options: UsualOptions): Metric<Usual>;
  function asked(options: Options): Metric<Usual | Other>;
  function asked(options: Options): Metric<Usual | Other> {
    return metric<Usual | Other>(() => stream(options));
  }
  return Object.assign(all, { stream: () => bySums(usual({})), with: asked });
}

function once<Result>(stream: MetricStream<Result>, observed: Observed): Result {
  stream.add(observed);
  return stream.value();
}
