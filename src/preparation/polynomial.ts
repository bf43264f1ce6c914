import { ValueError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Described, Json } from "./fitted.ts";
import { type Matrix, matrixOf, type NumberRows, tensorFrom } from "./matrix.ts";

export type PolynomialOptions = {
  /** Most factors of a product. Default 2. */
  degree?: number;
  /** Whether each column occurs at most once in a product. Default false. */
  interactionOnly?: boolean;
  /** Whether the first column is 1. Default true. */
  includeBias?: boolean;
};

/** More columns than this are a mistake. */
const MAX_COLUMNS = 1_000_000;

/** How many products of exactly 1, 2, … degree columns there are, all together. */
function countProducts(columns: number, { degree, interactionOnly }: Required<PolynomialOptions>): number {
  let [all, ofDegree] = [1, 1];
  for (let d = 1; d <= degree && all <= MAX_COLUMNS; ++d) {
    ofDegree *= (interactionOnly ? columns - d + 1 : columns + d - 1) / d;
    all += ofDegree;
  }
  return all;
}

/** Products of up to `degree` columns, as lists of column numbers: those of fewer factors first, then in order. */
function productsOf(columns: number, options: Required<PolynomialOptions>): number[][] {
  const { degree, interactionOnly, includeBias } = options;
  if (countProducts(columns, options) > MAX_COLUMNS)
    throw new ValueError("PolynomialFeatures", `makes at most ${MAX_COLUMNS} columns`, `${columns} columns, degree ${degree}`);
  const all: number[][] = includeBias ? [[]] : [];
  let longest: number[][] = [[]];
  for (let d = 1; d <= degree; ++d) {
    longest = longest.flatMap((product) => {
      const last = product.at(-1);
      const from = last === undefined ? 0 : interactionOnly ? last + 1 : last;
      return Array.from({ length: Math.max(0, columns - from) }, (_, i) => [...product, from + i]);
    });
    all.push(...longest);
  }
  return all;
}

/**
 * All products of columns up to a degree: 1, a, b, a², ab, b², … It learns nothing.
 *
 * @returns f32 [n, products]
 * @throws ValueError unless degree is a whole number ≥ 0
 * @source scikit-learn's `PolynomialFeatures`, in its order
 * @example new PolynomialFeatures().transform([[2, 3]]) // [[1, 2, 3, 4, 6, 9]]
 */
export class PolynomialFeatures {
  readonly kind = "PolynomialFeatures";
  readonly degree: number;
  readonly interactionOnly: boolean;
  readonly includeBias: boolean;

  constructor({ degree = 2, interactionOnly = false, includeBias = true }: PolynomialOptions = {}) {
    if (!Number.isInteger(degree) || degree < 0)
      throw new ValueError("PolynomialFeatures", "degree is a whole number ≥ 0", String(degree));
    this.degree = degree;
    this.interactionOnly = interactionOnly;
    this.includeBias = includeBias;
  }

  /** What its constructor was given. */
  get options(): Required<PolynomialOptions> {
    const { degree, interactionOnly, includeBias } = this;
    return { degree, interactionOnly, includeBias };
  }

  fit(_x: NumberRows): this {
    return this;
  }

  transform(x: NumberRows): Tensor {
    return tensorFrom(this.transformMatrix(matrixOf(this.kind, x)));
  }

  fitTransform(x: NumberRows): Tensor {
    return this.transform(x);
  }

  /** @internal */
  fitMatrix(_matrix: Matrix): this {
    return this;
  }

  /** @internal */
  transformMatrix({ data, rows, columns }: Matrix): Matrix {
    const products = productsOf(columns, this);
    const made = new Float64Array(rows * products.length);
    for (let r = 0; r < rows; ++r) {
      for (const [p, product] of products.entries())
        made[r * products.length + p] = product.reduce((value, c) => value * data[r * columns + c]!, 1);
    }
    return { data: made, rows, columns: products.length, names: null };
  }

  describe(): Described {
    return { kind: this.kind, options: this.options, learnt: {} };
  }

  /** @internal */
  restore(_learnt: Json): this {
    return this;
  }
}
