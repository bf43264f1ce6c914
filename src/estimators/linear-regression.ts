/** `LinearRegression`: ordinary least squares, in double precision. */
import { ValueError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import { type TensorLike, tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { matmul } from "../ops/matmul.ts";
import { add } from "../ops/pointwise.ts";
import { reshape } from "../ops/shape.ts";
import { explainedShare, type FitWeights, rowsFor, targetsFor, unfitted, weightsFor } from "./estimator.ts";
import { type DescribedEstimator, Learnt } from "./learnt.ts";
import { leastSquares } from "./least-squares.ts";
import { settle } from "./settle.ts";

export type LinearRegressionOptions = {
  /** Whether there is a constant term. Default true. */
  fitIntercept?: boolean;
};

type Learned = { coef: Tensor; intercept: Tensor; list: boolean };

/**
 * y = x·coef + intercept with the least squared error; scikit-learn's `LinearRegression`.
 *
 * Rows `x` [n, features], targets `y` [n] or [n, outputs]. Where features depend on each other, of all solutions the smallest is taken.
 *
 * @throws ValueError using it before `fit`  @throws ShapeError on rows of another width
 * @throws NumericError on NaN and infinity, naming row and column
 * @source Gauss 1809; solved by Householder's QR and a one-sided Jacobi SVD of R (Golub & Van Loan 2013, §5.2 and §8.6)
 * @example
 * const line = await new LinearRegression().fit([[0], [1], [2]], [1, 3, 5]);
 * line.predict([[3]]).data();
 */
export class LinearRegression {
  readonly kind = "LinearRegression";
  readonly options: LinearRegressionOptions;
  readonly #settings: Required<LinearRegressionOptions>;
  #learned: Learned | null = null;

  constructor(options: LinearRegressionOptions = {}) {
    this.options = options;
    this.#settings = settle<Required<LinearRegressionOptions>>(this.kind, options, { fitIntercept: true });
    const { fitIntercept } = this.#settings;
    if (typeof fitIntercept !== "boolean")
      throw new ValueError("LinearRegression", "fitIntercept is true or false", String(fitIntercept));
  }

  /** @param x [n, features]  @param y [n] or [n, outputs] */
  async fit(x: TensorLike, y: TensorLike, given: FitWeights = {}): Promise<this> {
    const where = "LinearRegression.fit";
    const rows = rowsFor(where, x);
    const targets = targetsFor(where, rows, y);
    const weights = weightsFor(where, rows, given);
    const [n, d, k] = [rows.shape[0]!, rows.shape[1]!, targets.shape[1] ?? 1];
    const a = Float64Array.from(rows.data());
    const b = Float64Array.from(targets.data());
    const { fitIntercept } = this.#settings;
    const [means, heights] = [a, b].map((matrix, i) => {
      const width = i === 0 ? d : k;
      const mean = fitIntercept ? columnMeans(matrix, width, weights) : new Float64Array(width);
      for (let row = 0; row < n; ++row) {
        const factor = weights ? sqrt(weights[row]!) : 1;
        for (let c = 0; c < width; ++c) matrix[row * width + c] = (matrix[row * width + c]! - mean[c]!) * factor;
      }
      return mean;
    });
    const coef = leastSquares(a, b, n, d, k);
    const intercept = heights!.map((height, c) => means!.reduce((rest, mean, i) => rest - mean * coef[i * k + c]!, height));
    this.#learned = {
      coef: tensor(Float32Array.from(coef), { shape: [d, k] }),
      intercept: tensor(Float32Array.from(intercept)),
      list: targets.rank === 1,
    };
    return this;
  }

  /** Numbers [n], or [n, outputs] where y had that shape. */
  predict(x: TensorLike): Tensor {
    const { coef, intercept, list } = this.#known("predict");
    const y = add(matmul(rowsFor("LinearRegression.predict", x, coef.shape[0]), coef), intercept);
    return list ? reshape(y, [y.size]) : y;
  }

  /** R²: the share of the variance of y that is explained. */
  score(x: TensorLike, y: TensorLike, weights: FitWeights = {}): number {
    return explainedShare(this.predict(x), y, weights);
  }

  /** [features], or [features, outputs]. */
  get coef(): Tensor {
    const { coef, list } = this.#known("coef");
    return list ? reshape(coef, [coef.size]) : coef;
  }

  /** The constant term of each output. */
  get intercept(): Tensor {
    return this.#known("intercept").intercept;
  }

  /** All of it as data, for files. */
  describe(): DescribedEstimator {
    return { kind: this.kind, options: this.options, learnt: this.#known("save") };
  }

  /** @internal What `describe` said was learned. @throws FormatError on anything else */
  restore(given: unknown): this {
    const learnt = new Learnt(this.kind, given);
    const [coef, intercept, list] = [learnt.tensor("coef", 2), learnt.tensor("intercept", 1), learnt.flag("list")];
    if (intercept.size !== coef.shape[1] || (list && intercept.size !== 1))
      throw learnt.wrong("there is a constant term for each output", `${intercept.size} for [${coef.shape.join(", ")}]`);
    this.#learned = { coef, intercept, list };
    return this;
  }

  #known(call: string): Learned {
    if (!this.#learned) throw unfitted("LinearRegression", call);
    return this.#learned;
  }
}

function columnMeans(matrix: Float64Array, width: number, weights: Float32Array | null): Float64Array {
  const sums = new Float64Array(width);
  let total = 0;
  for (let row = 0; row < matrix.length / width; ++row) {
    const weight = weights ? weights[row]! : 1;
    total += weight;
    for (let c = 0; c < width; ++c) sums[c]! += weight * matrix[row * width + c]!;
  }
  return sums.map((sum) => sum / total);
}
