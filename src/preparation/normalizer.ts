import { ValueError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Described, Json } from "./fitted.ts";
import { type Matrix, matrixOf, type NumberRows, tensorFrom } from "./matrix.ts";

export type Norm = "l1" | "l2" | "max";

const NORMS: Readonly<Record<Norm, (row: Float64Array) => number>> = {
  l1: (row) => row.reduce((sum, value) => sum + Math.abs(value), 0),
  l2: (row) => sqrt(row.reduce((sum, value) => sum + value * value, 0)),
  max: (row) => row.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
};

/**
 * Each row to norm 1; a row of zeros stays. It learns nothing.
 *
 * @param norm `l2` (default), `l1`, or `max`, the greatest absolute value
 * @source scikit-learn's `Normalizer`
 * @example new Normalizer().transform([[3, 4]]) // [[0.6, 0.8]]
 */
export class Normalizer {
  readonly kind = "Normalizer";
  readonly norm: Norm;

  constructor({ norm = "l2" }: { norm?: Norm } = {}) {
    if (!Object.hasOwn(NORMS, norm)) throw new ValueError("Normalizer", "norm is l1, l2 or max", String(norm));
    this.norm = norm;
  }

  /** What its constructor was given. */
  get options(): { norm: Norm } {
    return { norm: this.norm };
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
  transformMatrix(matrix: Matrix): Matrix {
    const { rows, columns } = matrix;
    const data = matrix.data.slice();
    for (let r = 0; r < rows; ++r) {
      const row = data.subarray(r * columns, (r + 1) * columns);
      const norm = NORMS[this.norm](row);
      if (norm > 0) row.set(row.map((value) => value / norm));
    }
    return { ...matrix, data };
  }

  describe(): Described {
    return { kind: this.kind, options: this.options, learnt: {} };
  }

  /** @internal */
  restore(_learnt: Json): this {
    return this;
  }
}
