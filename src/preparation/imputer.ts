import { ValueError } from "../core/errors.ts";
import { Columnwise, type Json, type Statistics } from "./fitted.ts";
import type { Matrix } from "./matrix.ts";
import { ascending, quantile } from "./scalers.ts";

export type ImputerStrategy = "mean" | "median" | "mostFrequent" | "constant";
export type ImputerOptions = {
  /** What is filled in. Default `mean`. */
  strategy?: ImputerStrategy;
  /** For `constant`. Default 0. */
  fillValue?: number;
};

/** The value that occurs most, of equals the least. */
function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || a - b)[0]![0];
}

const STRATEGIES: Readonly<Record<ImputerStrategy, (values: readonly number[], fill: number) => number>> = {
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  median: (values) => quantile(ascending(values), 0.5),
  mostFrequent,
  constant: (_, fill) => fill,
};

/**
 * Fills in missing numbers (NaN, null) by what the training rows of the column say.
 *
 * @throws ValueError on a column without any number
 * @source scikit-learn's `SimpleImputer`
 * @example new SimpleImputer({ strategy: "median" }).fitTransform([[1], [null], [3]]) // [[1], [2], [3]]
 */
export class SimpleImputer extends Columnwise {
  readonly kind = "SimpleImputer";
  readonly strategy: ImputerStrategy;
  readonly fillValue: number;

  constructor({ strategy = "mean", fillValue = 0 }: ImputerOptions = {}) {
    super();
    if (!Object.hasOwn(STRATEGIES, strategy))
      throw new ValueError("SimpleImputer", `strategy is one of ${Object.keys(STRATEGIES).join(", ")}`, String(strategy));
    if (!Number.isFinite(fillValue)) throw new ValueError("SimpleImputer", "fillValue is a finite number", String(fillValue));
    this.strategy = strategy;
    this.fillValue = fillValue;
  }

  /** What is filled in, a number a column. */
  get fill(): Float64Array {
    return this.learnt.fill!;
  }

  protected statistics(columns: readonly number[][]): Statistics {
    return { fill: Float64Array.from(columns, (values) => STRATEGIES[this.strategy](values, this.fillValue)) };
  }

  protected forwards(value: number): number {
    return value;
  }

  /** What was filled in stays. */
  protected backwards(value: number): number {
    return value;
  }

  /** @internal */
  override transformMatrix(matrix: Matrix): Matrix {
    const same = super.transformMatrix(matrix);
    const { fill } = this;
    return { ...same, data: same.data.map((value, i) => (Number.isNaN(value) ? fill[i % matrix.columns]! : value)) };
  }

  get options(): Json {
    return { strategy: this.strategy, fillValue: this.fillValue };
  }
}
