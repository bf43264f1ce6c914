/** Scalers: each column to a common size, by what the training rows say of it. Formulas are scikit-learn's. */
import { ValueError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import { Columnwise, type Json, type Statistics } from "./fitted.ts";

const EPSILON = 2.220446049250313e-16;

/** A spread below ten roundings is none. */
const NO_SPREAD = 2.220446049250313e-15;

function perColumn(
  columns: readonly number[][],
  f: (values: readonly number[], column: number) => number,
): Float64Array<ArrayBuffer> {
  return Float64Array.from(columns, (values, column) => f(values, column));
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => (b < a ? b : a));
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => (b > a ? b : a));
}

/** What to divide by: 1 where a column is constant. */
function divisor(spread: number): number {
  return spread < NO_SPREAD ? 1 : spread;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export type StandardScalerOptions = {
  /** Whether to take off the mean. Default true. */
  withMean?: boolean;
  /** Whether to divide by the standard deviation. Default true. */
  withStd?: boolean;
};

/**
 * (x − mean) / standard deviation (of all rows: divided by n). A constant column is not divided.
 *
 * @source scikit-learn's `StandardScaler`
 * @example new StandardScaler().fitTransform([[1], [3]]) // [[-1], [1]]
 */
export class StandardScaler extends Columnwise {
  readonly kind = "StandardScaler";
  readonly withMean: boolean;
  readonly withStd: boolean;

  constructor({ withMean = true, withStd = true }: StandardScalerOptions = {}) {
    super();
    this.withMean = withMean;
    this.withStd = withStd;
  }

  /** Mean of each column. */
  get mean(): Float64Array {
    return this.learnt.mean!;
  }

  /** Variance of each column. */
  get variance(): Float64Array {
    return this.learnt.variance!;
  }

  /** What each column is divided by. */
  get scale(): Float64Array {
    return this.learnt.scale!;
  }

  protected statistics(columns: readonly number[][]): Statistics {
    const mean = perColumn(columns, meanOf);
    const variance = perColumn(columns, (values, c) => meanOf(values.map((value) => (value - mean[c]!) * (value - mean[c]!))));
    // Constant but for rounding, as scikit-learn decides it.
    const scale = perColumn(columns, ({ length: n }, c) => {
      const rounding = n * mean[c]! * EPSILON;
      return !this.withStd || variance[c]! <= n * EPSILON * variance[c]! + rounding * rounding ? 1 : sqrt(variance[c]!);
    });
    return { mean, variance, scale };
  }

  protected forwards(value: number, c: number, { mean, scale }: Statistics): number {
    return (value - (this.withMean ? mean![c]! : 0)) / scale![c]!;
  }

  protected backwards(value: number, c: number, { mean, scale }: Statistics): number {
    return value * scale![c]! + (this.withMean ? mean![c]! : 0);
  }

  get options(): Json {
    return { withMean: this.withMean, withStd: this.withStd };
  }
}

export type MinMaxScalerOptions = {
  /** Where the least and the greatest training value go. Default [0, 1]. */
  featureRange?: readonly [number, number];
  /** Whether other rows are held to that range too. Default false. */
  clip?: boolean;
};

/**
 * Each column's least training value to 0 and its greatest to 1, or to another range.
 *
 * @throws ValueError unless the range's start is below its end
 * @source scikit-learn's `MinMaxScaler`
 * @example new MinMaxScaler({ featureRange: [-1, 1] }).fitTransform([[0], [5], [10]]) // [[-1], [0], [1]]
 */
export class MinMaxScaler extends Columnwise {
  readonly kind = "MinMaxScaler";
  readonly featureRange: readonly [number, number];
  readonly clip: boolean;

  constructor({ featureRange = [0, 1], clip = false }: MinMaxScalerOptions = {}) {
    super();
    if (!(featureRange[0] < featureRange[1]))
      throw new ValueError("MinMaxScaler", "featureRange goes from less to more", `[${featureRange.join(", ")}]`);
    this.featureRange = featureRange;
    this.clip = clip;
  }

  /** What each column is multiplied by. */
  get scale(): Float64Array {
    return this.learnt.scale!;
  }

  /** What is added to each column then. */
  get min(): Float64Array {
    return this.learnt.min!;
  }

  /** Least training value of each column. */
  get dataMin(): Float64Array {
    return this.learnt.dataMin!;
  }

  /** Greatest training value of each column. */
  get dataMax(): Float64Array {
    return this.learnt.dataMax!;
  }

  protected statistics(columns: readonly number[][]): Statistics {
    const [low, high] = this.featureRange;
    const dataMin = perColumn(columns, least);
    const dataMax = perColumn(columns, greatest);
    const scale = dataMax.map((most, c) => (high - low) / divisor(most - dataMin[c]!));
    return { scale, min: dataMin.map((value, c) => low - value * scale[c]!), dataMin, dataMax };
  }

  protected forwards(value: number, c: number, { scale, min }: Statistics): number {
    const scaled = value * scale![c]! + min![c]!;
    return this.clip ? Math.min(this.featureRange[1], Math.max(this.featureRange[0], scaled)) : scaled;
  }

  protected backwards(value: number, c: number, { scale, min }: Statistics): number {
    return (value - min![c]!) / scale![c]!;
  }

  get options(): Json {
    return { featureRange: [...this.featureRange], clip: this.clip };
  }
}

/** @param share from 0 to 1, between two values in proportion */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [a, b] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return a + (b - a) * (place - below);
}

export function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

export type RobustScalerOptions = {
  /** Whether to take off the median. Default true. */
  withCentering?: boolean;
  /** Whether to divide by the range between the quantiles. Default true. */
  withScaling?: boolean;
  /** In percent. Default [25, 75]. */
  quantileRange?: readonly [number, number];
};

/**
 * (x − median) / distance between two quantiles: outliers, however far away, change neither.
 *
 * @throws ValueError unless 0 ≤ first quantile < second ≤ 100
 * @source scikit-learn's `RobustScaler`
 * @example new RobustScaler().fitTransform([[1], [2], [3], [4], [1000]])
 */
export class RobustScaler extends Columnwise {
  readonly kind = "RobustScaler";
  readonly withCentering: boolean;
  readonly withScaling: boolean;
  readonly quantileRange: readonly [number, number];

  constructor({ withCentering = true, withScaling = true, quantileRange = [25, 75] }: RobustScalerOptions = {}) {
    super();
    const [low, high] = quantileRange;
    if (!(low >= 0 && low < high && high <= 100))
      throw new ValueError("RobustScaler", "quantileRange is two percentages, the lower first", `[${quantileRange.join(", ")}]`);
    this.withCentering = withCentering;
    this.withScaling = withScaling;
    this.quantileRange = quantileRange;
  }

  /** Median of each column. */
  get center(): Float64Array {
    return this.learnt.center!;
  }

  /** What each column is divided by. */
  get scale(): Float64Array {
    return this.learnt.scale!;
  }

  protected statistics(columns: readonly number[][]): Statistics {
    const [low, high] = this.quantileRange;
    const sorted = columns.map(ascending);
    return {
      center: perColumn(sorted, (values) => quantile(values, 0.5)),
      scale: perColumn(sorted, (values) =>
        this.withScaling ? divisor(quantile(values, high / 100) - quantile(values, low / 100)) : 1,
      ),
    };
  }

  protected forwards(value: number, c: number, { center, scale }: Statistics): number {
    return (value - (this.withCentering ? center![c]! : 0)) / scale![c]!;
  }

  protected backwards(value: number, c: number, { center, scale }: Statistics): number {
    return value * scale![c]! + (this.withCentering ? center![c]! : 0);
  }

  get options(): Json {
    return { withCentering: this.withCentering, withScaling: this.withScaling, quantileRange: [...this.quantileRange] };
  }
}

/**
 * x / greatest absolute training value of the column: zeros stay zeros.
 *
 * @source scikit-learn's `MaxAbsScaler`
 * @example new MaxAbsScaler().fitTransform([[-4], [2]]) // [[-1], [0.5]]
 */
export class MaxAbsScaler extends Columnwise {
  readonly kind = "MaxAbsScaler";

  /** Greatest absolute training value of each column. */
  get maxAbs(): Float64Array {
    return this.learnt.maxAbs!;
  }

  /** What each column is divided by. */
  get scale(): Float64Array {
    return this.learnt.scale!;
  }

  protected statistics(columns: readonly number[][]): Statistics {
    const maxAbs = perColumn(columns, (values) => greatest(values.map(Math.abs)));
    return { maxAbs, scale: maxAbs.map(divisor) };
  }

  protected forwards(value: number, c: number, { scale }: Statistics): number {
    return value / scale![c]!;
  }

  protected backwards(value: number, c: number, { scale }: Statistics): number {
    return value * scale![c]!;
  }

  get options(): Json {
    return {};
  }
}
