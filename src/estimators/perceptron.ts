/** `Perceptron`: Rosenblatt's rule, one row after the other, in double precision. */
import { ValueError } from "../core/errors.ts";
import { distinct, type Labels, labelsOf } from "../data/labels.ts";
import { type TensorLike, tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { matmul } from "../ops/matmul.ts";
import { add, neg } from "../ops/pointwise.ts";
import { Stream } from "../ops/random.ts";
import { concat } from "../ops/shape.ts";
import { breathe } from "../train/turn.ts";
import { classWeights } from "./class-weights.ts";
import { Classifier, checkCount, type FitWeights, rowsFor, unfitted, weightsFor } from "./estimator.ts";
import { encodeLabels } from "./labels.ts";
import { type DescribedEstimator, Learnt } from "./learnt.ts";
import type { ClassWeight } from "./mlp-options.ts";
import { settle } from "./settle.ts";

export type PerceptronOptions = {
  /** What a mistake adds of its row to the weights. Default 1. */
  eta0?: number;
  /** Passes over the data at most. Default 1000. */
  maxIter?: number;
  /** Passes that lessen the mean loss by less do not count as progress. Default 0.001. */
  tol?: number;
  /** Passes without progress after which it ends. Default 5. */
  nIterNoChange?: number;
  /** Whether each pass takes the rows in another order. Default true. */
  shuffle?: boolean;
  /** Governs the order. Default 0. */
  randomState?: number;
  /** How much the rows of each class count. Default: each row 1. */
  classWeight?: ClassWeight;
};

type Settings = Required<Omit<PerceptronOptions, "classWeight">> & { classWeight: ClassWeight | undefined };
const DEFAULTS = { eta0: 1, maxIter: 1000, tol: 1e-3, nIterNoChange: 5, shuffle: true, randomState: 0, classWeight: undefined };

type Plane = { weights: Float64Array; bias: number; passes: number };
type Learned = { weight: Tensor; bias: Tensor; passes: number };

/**
 * Classes apart by planes, learned from mistakes alone; scikit-learn's `Perceptron`. With more than two classes, each is told from the rest.
 *
 * Rows `x` [n, features], labels text or numbers. Finds a plane where there is one; where there is none it ends when the loss stalls.
 *
 * @throws ValueError on an option out of range, one class only; using it before `fit`
 * @throws ShapeError on rows of another width  @throws NumericError on NaN and infinity, naming row and column
 * @source Rosenblatt 1958, Psychological Review 65(6); the convergence theorem is Novikoff's, 1962
 * @example
 * const or = await new Perceptron().fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1]);
 * or.predict([[0, 1]]);
 */
export class Perceptron extends Classifier {
  readonly kind = "Perceptron";
  readonly options: PerceptronOptions;
  readonly #settings: Settings;
  #learned: Learned | null = null;

  constructor(options: PerceptronOptions = {}) {
    super();
    this.options = options;
    this.#settings = settle<Settings>(this.kind, options, DEFAULTS);
    const { eta0, maxIter, tol, nIterNoChange } = this.#settings;
    if (!(eta0 > 0 && eta0 < Infinity)) throw new ValueError(this.kind, "eta0 is a number > 0", String(eta0));
    if (!(tol >= 0)) throw new ValueError(this.kind, "tol is a number ≥ 0", String(tol));
    for (const [name, value] of Object.entries({ maxIter, nIterNoChange })) {
      if (!(Number.isInteger(value) && value >= 1)) throw new ValueError(this.kind, `${name} is a whole number ≥ 1`, String(value));
    }
  }

  async fit(x: TensorLike, y: Labels, given: FitWeights = {}): Promise<this> {
    const where = "Perceptron.fit";
    const rows = rowsFor(where, x);
    const labels = labelsOf(where, y);
    checkCount(where, rows, labels.length);
    const classes = distinct(labels);
    if (classes.length < 2) throw new ValueError(where, "needs two classes or more", `only ${JSON.stringify(classes[0])}`);
    const numbers = encodeLabels(where, labels, classes);
    const weights = classWeights(where, this.#settings.classWeight, numbers, classes, weightsFor(where, rows, given));
    const width = rows.shape[1]!;
    const data = rows.data() as Float32Array;
    const planes: Plane[] = [];
    // Of two classes one plane tells both; it is the second's.
    for (const own of classes.length === 2 ? [1] : classes.keys()) {
      const signs = numbers.map((number) => (number === own ? 1 : -1));
      planes.push(await this.#plane(data, width, signs, weights));
    }
    const weight = new Float32Array(width * planes.length);
    for (const [c, plane] of planes.entries()) for (let i = 0; i < width; ++i) weight[i * planes.length + c] = plane.weights[i]!;
    this.classes = classes;
    this.#learned = {
      weight: tensor(weight, { shape: [width, planes.length] }),
      bias: tensor(Float32Array.from(planes, ({ bias }) => bias)),
      passes: Math.max(...planes.map(({ passes }) => passes)),
    };
    return this;
  }

  /** Distances from each class' plane, [n, classes], in lengths of its weights. */
  decisionFunction(x: TensorLike): Tensor {
    const { weight, bias } = this.#known("predict");
    const scores = add(matmul(rowsFor("Perceptron.predict", x, weight.shape[0]), weight), bias);
    return scores.shape[1] === 1 ? concat([neg(scores), scores], 1) : scores;
  }

  /** [features, planes]; one plane for two classes, the second's. */
  get coef(): Tensor {
    return this.#known("coef").weight;
  }

  get intercept(): Tensor {
    return this.#known("intercept").bias;
  }

  /** Passes made, of the plane that took most. */
  get nIter(): number {
    return this.#known("nIter").passes;
  }

  describe(): DescribedEstimator {
    return { kind: this.kind, options: this.options, learnt: { classes: this.classes, ...this.#known("save") } };
  }

  /** @internal */
  restore(given: unknown): this {
    const learnt = new Learnt(this.kind, given);
    const [classes, weight, bias] = [learnt.classes("classes"), learnt.tensor("weight", 2), learnt.tensor("bias", 1)];
    const planes = classes.length === 2 ? 1 : classes.length;
    if (weight.shape[1] !== planes || bias.size !== planes)
      throw learnt.wrong(`${classes.length} classes have ${planes} planes`, `[${weight.shape.join(", ")}] and ${bias.size}`);
    this.#learned = { weight, bias, passes: learnt.count("passes") };
    this.classes = classes;
    return this;
  }

  /** @param signs 1 for the class, −1 for the rest */
  async #plane(data: Float32Array, width: number, signs: Int32Array, weights: Float32Array | null): Promise<Plane> {
    const { eta0, maxIter, tol, nIterNoChange, shuffle, randomState } = this.#settings;
    const plane: Plane = { weights: new Float64Array(width), bias: 0, passes: 0 };
    const order = new Stream(randomState, "Perceptron");
    let [best, stalled] = [Infinity, 0];
    while (plane.passes < maxIter && stalled < nIterNoChange) {
      const rows = shuffle ? order.permutation(signs.length).data() : signs.keys();
      let loss = 0;
      for (const row of rows) {
        let score = plane.bias;
        for (let i = 0; i < width; ++i) score += plane.weights[i]! * data[row * width + i]!;
        const sign = signs[row]!;
        if (score * sign > 0) continue;
        loss -= score * sign;
        const rate = eta0 * sign * (weights ? weights[row]! : 1);
        for (let i = 0; i < width; ++i) plane.weights[i]! += rate * data[row * width + i]!;
        plane.bias += rate;
      }
      plane.passes += 1;
      stalled = loss > best - tol * signs.length ? stalled + 1 : 0;
      best = Math.min(best, loss);
      await breathe();
    }
    return plane;
  }

  #known(call: string): Learned {
    if (!this.#learned) throw unfitted("Perceptron", call);
    return this.#learned;
  }
}
