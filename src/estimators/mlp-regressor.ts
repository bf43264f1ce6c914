/** `MLPRegressor`. */
import { ValueError } from "../core/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import { split } from "../data/split.ts";
import { type TensorLike, tensor, tensorFor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { r2 } from "../metrics/regression.ts";
import { mse } from "../nn/losses/index.ts";
import { mul } from "../ops/pointwise.ts";
import { reshape } from "../ops/shape.ts";
import { predict } from "../train/evaluate.ts";
import { explainedShare, type FitWeights, rowsFor, targetsFor, weightsFor } from "./estimator.ts";
import { Learnt } from "./learnt.ts";
import { MLP, sizesOf, Training, type WeightedLoss } from "./mlp.ts";
import { type MLPOptions, type MLPSettings, settleMLP } from "./mlp-options.ts";

/** scikit-learn's squared loss has a half in front. */
const halfSquares: WeightedLoss = (prediction, target, options) => mul(mse(prediction, target, options), 0.5);

/**
 * A multi-layer perceptron that predicts numbers; scikit-learn's `MLPRegressor`.
 *
 * Rows `x` [n, features] should be scaled (`StandardScaler`), and so should targets `y` [n] or [n, outputs]. The loss is half the mean squared
 * error plus alpha/2 · Σ weight² / rows; biases are not penalised. Training ends when `nIterNoChange` passes bring less than `tol`, or
 * after `maxIter`; `converged` says which. Options and defaults are scikit-learn's, in camelCase.
 *
 * @throws ValueError on an option out of range; using it before `fit`
 * @throws ShapeError on rows of another width  @throws NumericError on NaN and infinity, naming row and column
 * @source Rumelhart, Hinton, Williams 1986, Nature 323; scikit-learn 1.2's stopping rules
 * @example
 * const regressor = await new MLPRegressor({ hiddenLayerSizes: [8], maxIter: 50 }).fit([[0], [1], [2]], [0, 2, 4]);
 * regressor.predict([[1.5]]).data();
 */
export class MLPRegressor extends MLP {
  readonly kind = "MLPRegressor";
  readonly options: MLPOptions;
  readonly #settings: MLPSettings;
  /** Whether y was a list, and predictions are one too. */
  #list = true;

  constructor(options: MLPOptions = {}) {
    super();
    this.options = options;
    this.#settings = settleMLP(this.kind, options);
  }

  /** One that has learned elsewhere: coefs [in, out] and intercepts [out] of each layer, as scikit-learn has them. */
  static fromWeights(
    { coefs, intercepts }: { coefs: readonly TensorLike[]; intercepts: readonly TensorLike[] },
    options: MLPOptions = {},
  ): MLPRegressor {
    const where = "MLPRegressor.fromWeights";
    const [weights, biases] = [coefs, intercepts].map((list) => list.map((values) => tensorFor(where, values)));
    const sizes = sizesOf(where, weights!, biases!);
    const made = new MLPRegressor({ ...options, hiddenLayerSizes: sizes.slice(1, -1) });
    made.#list = sizes.at(-1) === 1;
    made.training = new Training(sizes, made.#settings, halfSquares);
    made.training.set(weights!.flatMap((weight, i) => [weight, biases![i]!]));
    return made;
  }

  /** Learns anew. @param x [n, features]  @param y [n] or [n, outputs] */
  async fit(x: TensorLike, y: TensorLike, weights: FitWeights = {}): Promise<this> {
    const where = "MLPRegressor.fit";
    const data = this.#dataset(where, x, y, undefined, weights);
    const training = this.#begin(data);
    const { earlyStopping, validationFraction, randomState } = this.#settings;
    if (earlyStopping) {
      const parts = { train: 1 - validationFraction, watched: validationFraction };
      const { train, watched } = split(data, parts, { seed: randomState });
      await training.train(train, { data: watched, score: r2 });
    } else await training.train(data, null);
    return this;
  }

  /** One pass over these rows, going on from what was learned before; not for lbfgs. */
  async partialFit(x: TensorLike, y: TensorLike, weights: FitWeights = {}): Promise<this> {
    const where = "MLPRegressor.partialFit";
    if (this.#settings.solver === "lbfgs")
      throw new ValueError(where, "cannot learn bit by bit with lbfgs", undefined, 'solver: "adam"');
    const data = this.#dataset(where, x, y, this.training?.sizes, weights);
    await (this.training ?? this.#begin(data)).pass(data);
    return this;
  }

  /** Numbers [n], or [n, outputs] where y had that shape. */
  predict(x: TensorLike): Tensor {
    const { network, sizes } = this.known("predict");
    const y = predict(network, rowsFor("MLPRegressor.predict", x, sizes[0]));
    return this.#list ? reshape(y, [y.size]) : y;
  }

  /** R²: the share of the variance of y that is explained; 1 at best, 0 for the mean, below 0 for worse. */
  score(x: TensorLike, y: TensorLike, weights: FitWeights = {}): number {
    return explainedShare(this.predict(x), y, weights);
  }

  protected get meaning(): { list: boolean } {
    return { list: this.#list };
  }

  /** @internal */
  restore(given: unknown): this {
    const learnt = new Learnt(this.kind, given);
    const list = learnt.flag("list");
    this.training = Training.from(learnt, list ? 1 : null, this.#settings, halfSquares);
    this.#list = list;
    return this;
  }

  #begin({ x, y }: { x: Tensor; y: Tensor }): Training {
    this.#list = y.rank === 1;
    const sizes = [x.shape[1]!, ...this.#settings.hiddenLayerSizes, y.shape[1] ?? 1];
    this.training = new Training(sizes, this.#settings, halfSquares);
    return this.training;
  }

  #dataset(where: string, x: TensorLike, y: TensorLike, sizes: readonly number[] | undefined, given: FitWeights): Dataset {
    const rows = rowsFor(where, x, sizes?.[0]);
    const targets = targetsFor(where, rows, y, sizes?.at(-1));
    const weight = weightsFor(where, rows, given);
    return { x: rows, y: targets, ...(weight && { weight: tensor(weight) }) };
  }
}
