/** `MLPClassifier`. */
import { ValueError } from "../core/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import { distinct, type Label, type Labels, labelsOf } from "../data/labels.ts";
import { split } from "../data/split.ts";
import { type TensorLike, tensor, tensorFor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { accuracy } from "../metrics/accuracy.ts";
import { type Metric, metric } from "../metrics/metric.ts";
import { bceWithLogits, crossEntropy } from "../nn/losses/index.ts";
import { zeros } from "../ops/create.ts";
import { greater } from "../ops/pointwise.ts";
import { concat } from "../ops/shape.ts";
import { logSoftmax, softmax } from "../ops/softmax.ts";
import { predict } from "../train/evaluate.ts";
import { classWeights } from "./class-weights.ts";
import { checkCount, type FitWeights, rightShare, rowsFor, weightsFor, winners } from "./estimator.ts";
import { encodeLabels } from "./labels.ts";
import { Learnt } from "./learnt.ts";
import { MLP, sizesOf, Training, type WeightedLoss } from "./mlp.ts";
import { type ClassWeight, type MLPClassifierOptions, type MLPSettings, settleMLP } from "./mlp-options.ts";

/** Accuracy of logits [n, 1]: above 0 is the second class. */
const signAccuracy: Metric<number> = metric(() => {
  const stream = accuracy.stream();
  return {
    add: ({ actual, predicted }) => stream.add({ actual, predicted: greater(tensorFor("accuracy", predicted), 0) }),
    value: () => stream.value(),
  };
});

function outputsOf(classes: readonly Label[]): number {
  return classes.length === 2 ? 1 : classes.length;
}

function lossOf(outputs: number): WeightedLoss {
  return outputs === 1 ? bceWithLogits : crossEntropy;
}

/**
 * A multi-layer perceptron that tells classes apart; scikit-learn's `MLPClassifier`.
 *
 * Rows `x` [n, features] should be scaled (`StandardScaler`); labels are text or numbers. More than two classes: softmax and cross-entropy; two: one
 * logistic output. The loss has alpha/2 · Σ weight² / rows added; biases are not penalised. Training ends when `nIterNoChange` passes
 * bring less than `tol`, or after `maxIter`; `converged` says which. Options and defaults are scikit-learn's, in camelCase, and `classWeight`.
 *
 * @throws ValueError on an option out of range, one class only, a label that partialFit was not told of; using it before `fit`
 * @throws ShapeError on rows of another width  @throws NumericError on NaN and infinity, naming row and column
 * @source Rumelhart, Hinton, Williams 1986, Nature 323; scikit-learn 1.2's stopping rules
 * @example
 * const classifier = await new MLPClassifier({ hiddenLayerSizes: [8], maxIter: 50 }).fit([[0, 0], [1, 1]], ["no", "yes"]);
 * classifier.predict([[1, 1]]);
 */
export class MLPClassifier extends MLP {
  readonly kind: string = "MLPClassifier";
  readonly options: object;
  readonly #classWeight: ClassWeight | undefined;
  readonly #settings: MLPSettings;
  /** The classes seen by `fit`, ascending; column i of `predictProba` is that of classes[i]. */
  classes: readonly Label[] = [];

  constructor(options: MLPClassifierOptions = {}) {
    super();
    this.options = options;
    const { classWeight, ...settings } = options;
    this.#classWeight = classWeight;
    this.#settings = settleMLP(this.kind, settings);
  }

  /** One that has learned elsewhere: coefs [in, out] and intercepts [out] of each layer, as scikit-learn has them. */
  static fromWeights(
    { coefs, intercepts, classes }: { coefs: readonly TensorLike[]; intercepts: readonly TensorLike[]; classes: readonly Label[] },
    options: MLPClassifierOptions = {},
  ): MLPClassifier {
    const where = "MLPClassifier.fromWeights";
    const [weights, biases] = [coefs, intercepts].map((list) => list.map((values) => tensorFor(where, values)));
    const sizes = sizesOf(where, weights!, biases!);
    const made = new MLPClassifier({ ...options, hiddenLayerSizes: sizes.slice(1, -1) });
    const outputs = outputsOf(classes);
    if (sizes.at(-1) !== outputs)
      throw new ValueError(where, `${classes.length} classes need ${outputs} outputs`, String(sizes.at(-1)));
    made.classes = classes;
    made.training = new Training(sizes, made.#settings, made.#loss);
    made.training.set(weights!.flatMap((weight, i) => [weight, biases![i]!]));
    return made;
  }

  /** Learns anew. @param x [n, features]  @param y one label a row */
  async fit(x: TensorLike, y: Labels, weights: FitWeights = {}): Promise<this> {
    const where = `${this.kind}.fit`;
    const rows = rowsFor(where, x);
    const labels = labelsOf(where, y);
    checkCount(where, rows, labels.length);
    const classes = distinct(labels);
    if (classes.length < 2) throw new ValueError(where, "needs two classes or more", `only ${JSON.stringify(classes[0])}`);
    const data = this.#dataset(where, rows, labels, classes, weights);
    this.classes = classes;
    const training = this.#begin(rows);
    const { earlyStopping, validationFraction, randomState } = this.#settings;
    if (earlyStopping) {
      const parts = { train: 1 - validationFraction, watched: validationFraction };
      const { train, watched } = split(data, parts, { seed: randomState, stratify: true });
      await training.train(train, { data: watched, score: this.#outputs === 1 ? signAccuracy : accuracy });
    } else await training.train(data, null);
    return this;
  }

  /**
   * One pass over these rows, going on from what was learned before; not for lbfgs.
   *
   * @param classes all there will ever be: needed at the first call, unless `y` has them all
   */
  async partialFit(
    x: TensorLike,
    y: Labels,
    { classes, ...weights }: FitWeights & { classes?: readonly Label[] } = {},
  ): Promise<this> {
    const where = `${this.kind}.partialFit`;
    if (this.#settings.solver === "lbfgs")
      throw new ValueError(where, "cannot learn bit by bit with lbfgs", undefined, 'solver: "adam"');
    const rows = rowsFor(where, x, this.training?.sizes[0]);
    const labels = labelsOf(where, y);
    checkCount(where, rows, labels.length);
    const all = this.training ? this.classes : distinct(classes ?? labels);
    if (all.length < 2)
      throw new ValueError(where, "needs two classes or more", `only ${JSON.stringify(all[0])}`, "classes: [ … ]");
    const data = this.#dataset(where, rows, labels, all, weights);
    this.classes = all;
    await (this.training ?? this.#begin(rows)).pass(data);
    return this;
  }

  /** Scores [n, classes], of which the largest wins. */
  decisionFunction(x: TensorLike): Tensor {
    const { network, sizes } = this.known("predict");
    const scores = predict(network, rowsFor(`${this.kind}.predict`, x, sizes[0]));
    // The logistic function of z is the softmax of 0 and z.
    return this.#outputs === 1 ? concat([zeros(scores.shape), scores], 1) : scores;
  }

  /** Probabilities [n, classes], each row adding up to 1. */
  predictProba(x: TensorLike): Tensor {
    return softmax(this.decisionFunction(x));
  }

  /** The class of each row: the most probable, the first among equals. */
  predict(x: TensorLike): Label[] {
    return winners(this.decisionFunction(x), this.classes);
  }

  /** Accuracy: the share of rows whose class is right. */
  score(x: TensorLike, y: Labels, weights: FitWeights = {}): number {
    return rightShare(`${this.kind}.score`, this.predict(x), y, weights);
  }

  /** Logarithms of the probabilities, without underflow. */
  predictLogProba(x: TensorLike): Tensor {
    return logSoftmax(this.decisionFunction(x));
  }

  protected get meaning(): { classes: readonly Label[] } {
    return { classes: this.classes };
  }

  /** @internal */
  restore(given: unknown): this {
    const learnt = new Learnt(this.kind, given);
    const classes = learnt.classes("classes");
    const outputs = outputsOf(classes);
    this.training = Training.from(learnt, outputs, this.#settings, lossOf(outputs));
    this.classes = classes;
    return this;
  }

  get #outputs(): number {
    return outputsOf(this.classes);
  }

  get #loss(): WeightedLoss {
    return lossOf(this.#outputs);
  }

  #begin(rows: Tensor): Training {
    const sizes = [rows.shape[1]!, ...this.#settings.hiddenLayerSizes, this.#outputs];
    this.training = new Training(sizes, this.#settings, this.#loss);
    return this.training;
  }

  #dataset(where: string, x: Tensor, labels: readonly Label[], classes: readonly Label[], given: FitWeights): Dataset {
    const y = encodeLabels(where, labels, classes);
    const weight = classWeights(where, this.#classWeight, y, classes, weightsFor(where, x, given));
    return { x, y: tensor(y), ...(weight && { weight: tensor(weight) }) };
  }
}
