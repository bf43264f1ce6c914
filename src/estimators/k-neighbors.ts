/** `KNeighborsClassifier`. */
import { ValueError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import { distinct, type Labels, labelsOf } from "../data/labels.ts";
import { type TensorLike, tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { topk } from "../ops/along.ts";
import { slice } from "../ops/shape.ts";
import { squaredDistances } from "./distances.ts";
import { Classifier, checkCount, rowsFor, unfitted } from "./estimator.ts";
import { encodeLabels } from "./labels.ts";
import { type DescribedEstimator, Learnt } from "./learnt.ts";
import { settle } from "./settle.ts";

export type KNeighborsOptions = {
  /** Neighbours asked. Default 5. */
  nNeighbors?: number;
  /** Whether all count alike or by 1 / distance. Default "uniform". */
  weights?: "uniform" | "distance";
};

const DEFAULTS: Required<KNeighborsOptions> = { nNeighbors: 5, weights: "uniform" };
/** Distances held at once, at most. */
const AT_ONCE = 4_000_000;

/**
 * The class that most of the nearest rows have, by Euclidean distance; scikit-learn's `KNeighborsClassifier`, which see for options.
 *
 * @throws ValueError on options out of range, fewer rows than neighbours; using it before `fit`
 * @throws ShapeError on rows of another width  @throws NumericError on NaN and infinity, naming row and column
 * @source Fix & Hodges 1951; Cover & Hart 1967, IEEE Trans. Information Theory 13(1)
 * @example
 * const model = await new KNeighborsClassifier({ nNeighbors: 1 }).fit([[0], [10]], ["low", "high"]);
 * model.predict([[7]]);
 */
export class KNeighborsClassifier extends Classifier {
  readonly kind = "KNeighborsClassifier";
  readonly options: KNeighborsOptions;
  readonly #settings: Required<KNeighborsOptions>;
  #known: { x: Tensor; y: Int32Array } | null = null;

  constructor(options: KNeighborsOptions = {}) {
    super();
    this.options = options;
    this.#settings = settle(this.kind, options, DEFAULTS);
    const { nNeighbors, weights } = this.#settings;
    if (!(Number.isInteger(nNeighbors) && nNeighbors >= 1))
      throw new ValueError(this.kind, "nNeighbors is a whole number ≥ 1", String(nNeighbors));
    if (weights !== "uniform" && weights !== "distance")
      throw new ValueError(this.kind, "weights are uniform or distance", String(weights));
  }

  async fit(x: TensorLike, y: Labels): Promise<this> {
    const where = "KNeighborsClassifier.fit";
    const { nNeighbors } = this.#settings;
    const rows = rowsFor(where, x);
    const labels = labelsOf(where, y);
    checkCount(where, rows, labels.length);
    if (labels.length < nNeighbors)
      throw new ValueError(where, `needs ${nNeighbors} rows for as many neighbours`, String(labels.length));
    this.classes = distinct(labels);
    this.#known = { x: rows, y: encodeLabels(where, labels, this.classes) };
    return this;
  }

  /** The share of votes for each class, [n, classes]. */
  decisionFunction(x: TensorLike): Tensor {
    if (!this.#known) throw unfitted(this.kind, "predict");
    const { y } = this.#known;
    const { weights } = this.#settings;
    const { indices, squares, n, k } = this.#neighbours(x, this.#known.x);
    const shares = new Float32Array(n * this.classes.length);
    for (let row = 0; row < n; ++row) {
      const nearest = squares[row * k]!;
      let total = 0;
      const votes = Array.from({ length: k }, (_, i) => {
        const distance = squares[row * k + i]!;
        // A row that lies on another asks only those.
        const vote = weights === "uniform" ? 1 : nearest === 0 ? Number(distance === 0) : 1 / sqrt(distance);
        total += vote;
        return vote;
      });
      for (const [i, vote] of votes.entries()) shares[row * this.classes.length + y[indices[row * k + i]!]!]! += vote / total;
    }
    return tensor(shares, { shape: [n, this.classes.length] });
  }

  /** The share of votes for each class, [n, classes]. */
  predictProba(x: TensorLike): Tensor {
    return this.decisionFunction(x);
  }

  /** All of it as data: the rows it was given, too. */
  describe(): DescribedEstimator {
    if (!this.#known) throw unfitted(this.kind, "save");
    return { kind: this.kind, options: this.options, learnt: { classes: this.classes, ...this.#known } };
  }

  /** @internal */
  restore(given: unknown): this {
    const learnt = new Learnt(this.kind, given);
    const [classes, x] = [learnt.classes("classes", 1), learnt.tensor("x", 2)];
    const y = learnt.numbersBelow("y", classes.length);
    const { nNeighbors } = this.#settings;
    if (y.length !== x.shape[0] || y.length < nNeighbors)
      throw learnt.wrong(`there are ${nNeighbors} rows or more, with a class each`, `${x.shape[0]} and ${y.length}`);
    this.#known = { x, y };
    this.classes = classes;
    return this;
  }

  /** Row numbers of the nearest, nearest first, and their squared distances, both [n, k]. */
  #neighbours(x: TensorLike, known: Tensor): { indices: Int32Array; squares: Float32Array; n: number; k: number } {
    const rows = rowsFor("KNeighborsClassifier.predict", x, known.shape[1]);
    const [n, k] = [rows.shape[0]!, this.#settings.nNeighbors];
    const [indices, squares] = [new Int32Array(n * k), new Float32Array(n * k)];
    const step = Math.max(1, Math.floor(AT_ONCE / known.shape[0]!));
    for (let from = 0; from < n; from += step) {
      const part = slice(rows, from, Math.min(n, from + step));
      const found = topk(squaredDistances(part, known), k, { largest: false });
      indices.set(found.indices.data(), from * k);
      squares.set(found.values.data(), from * k);
    }
    return { indices, squares, n, k };
  }
}
