/** `LogisticRegression`: a perceptron without hidden layers, found by L-BFGS. */
import { ValueError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { MLPClassifier } from "./mlp-classifier.ts";
import type { ClassWeight } from "./mlp-options.ts";
import { settle } from "./settle.ts";

export type LogisticRegressionOptions = {
  /** Inverse strength of the penalty Σ weight² / 2; Infinity: none. Default 1. */
  C?: number;
  /** Ends where no gradient of the mean loss is larger. Default 0.000001. */
  tol?: number;
  /** Iterations at most. Default 200. */
  maxIter?: number;
  /** How much the rows of each class count. Default: each row 1. */
  classWeight?: ClassWeight;
};

type Settings = Required<Omit<LogisticRegressionOptions, "classWeight">> & { classWeight: ClassWeight | undefined };
const DEFAULTS = { C: 1, tol: 1e-6, maxIter: 200, classWeight: undefined };

/**
 * Probabilities of classes by a linear function of the features; scikit-learn's `LogisticRegression` with an L2 penalty.
 *
 * Minimises C · Σ cross-entropy + Σ weight² / 2; the constant term is not penalised. Two classes have one logistic output, more a softmax.
 * Rows `x` [n, features] should be scaled (`StandardScaler`); labels are text or numbers.
 *
 * @throws ValueError on C or maxIter out of range or an option that there is not, one class only; using it before `fit`
 * @throws ShapeError on rows of another width  @throws NumericError on NaN and infinity, naming row and column
 * @source Cox 1958, J. Royal Statistical Society B 20; Nocedal & Wright 2006, Algorithm 7.5
 * @example
 * const model = await new LogisticRegression().fit([[-1], [0], [2]], ["cold", "cold", "hot"]);
 * model.predictProba([[1]]).data();
 */
export class LogisticRegression extends MLPClassifier {
  override readonly kind = "LogisticRegression";
  override readonly options: LogisticRegressionOptions;

  constructor(options: LogisticRegressionOptions = {}) {
    const { C, tol, maxIter, classWeight } = settle<Settings>("LogisticRegression", options, DEFAULTS);
    if (!(C > 0)) throw new ValueError("LogisticRegression", "C is a number > 0", String(C));
    super({ ...{ hiddenLayerSizes: [], solver: "lbfgs", alpha: 1 / C, tol, maxIter }, ...(classWeight && { classWeight }) });
    this.options = options;
  }

  /** [features, outputs]; one output for two classes, the second's. */
  get coef(): Tensor {
    return this.coefs[0]!;
  }

  /** The constant term of each output. */
  get intercept(): Tensor {
    return this.intercepts[0]!;
  }
}
