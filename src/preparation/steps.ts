/** Preparations of columns that can be chained, and come back from what they said of themselves. */
import { FormatError, ValueError } from "../core/errors.ts";
import { OneHotEncoder, OrdinalEncoder } from "./encoders.ts";
import type { Described, Json } from "./fitted.ts";
import { SimpleImputer } from "./imputer.ts";
import type { Columns, Matrix } from "./matrix.ts";
import { Normalizer } from "./normalizer.ts";
import { PolynomialFeatures } from "./polynomial.ts";
import { MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler } from "./scalers.ts";

/** Numbers to numbers: scalers, imputers, products. */
export interface NumberStep {
  readonly kind: string;
  /** What its constructor was given. */
  readonly options: unknown;
  fitMatrix(matrix: Matrix): unknown;
  transformMatrix(matrix: Matrix): Matrix;
  describe(): Described;
  restore(learnt: Json): unknown;
}

/** Values of any kind to numbers: encoders. */
export interface ValueStep {
  readonly kind: string;
  /** What its constructor was given. */
  readonly options: unknown;
  fitColumns(columns: Columns): unknown;
  transformColumns(columns: Columns): Matrix;
  describe(): Described;
  restore(learnt: Json): unknown;
}

export type Step = NumberStep | ValueStep;

/** Each by its kind. */
export const STEPS: Readonly<Record<string, new (options: never) => Step>> = {
  MaxAbsScaler,
  MinMaxScaler,
  Normalizer,
  OneHotEncoder,
  OrdinalEncoder,
  PolynomialFeatures,
  RobustScaler,
  SimpleImputer,
  StandardScaler,
};

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Calls a constructor with options out of a file.
 *
 * @throws FormatError where it refuses them
 */
export function built<T>(where: string, kind: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof ValueError || error instanceof TypeError)
      throw new FormatError(where, `${kind} cannot be built as the file says`, error.message);
    throw error;
  }
}

/** The step that `describe` described. @throws FormatError on anything else */
export function buildStep(where: string, described: unknown): Step {
  const { kind, options, learnt } = isRecord(described) ? described : ({} as Record<string, unknown>);
  if (typeof kind !== "string" || !Object.hasOwn(STEPS, kind) || !isRecord(options))
    throw new FormatError(where, "unknown kind of preparation", String(kind), "a later version of nabla");
  return built(where, kind, () => {
    const step = new STEPS[kind]!(options as never);
    step.restore(learnt as Json);
    return step;
  });
}
