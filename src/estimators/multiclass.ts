/** Many classes from classifiers of two: `OneVsRest` and `OneVsOne`. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { distinct, type Label, type Labels, labelsOf } from "../data/labels.ts";
import { type TensorLike, tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { gather } from "../ops/gather.ts";
import { lacking } from "./check.ts";
import { clone } from "./clone.ts";
import { Classifier, checkCount, type FitWeights, rowsFor, unfitted } from "./estimator.ts";
import { type DescribedEstimator, Learnt, learntOf, restorePart } from "./learnt.ts";

type Parts = readonly { readonly pair: readonly [against: number, own: number]; readonly classifier: Classifier }[];
export type MultiClassOptions = {
  readonly estimator: Pick<Classifier, "kind" | "options" | "fit" | "decisionFunction" | "classes">;
};

/** How sure a classifier of two is of the second: the difference of its scores. */
function margins(classifier: Classifier, x: TensorLike): Float64Array {
  const scores = classifier.decisionFunction(x);
  if (scores.shape[1] !== 2) throw new ShapeError(classifier.kind, "a classifier of two gives [n, 2] scores", { scores });
  const data = scores.data();
  return Float64Array.from({ length: scores.shape[0]! }, (_, row) => data[2 * row + 1]! - data[2 * row]!);
}

abstract class MultiClass extends Classifier {
  readonly options: MultiClassOptions;
  protected parts: Parts = [];

  constructor(options: MultiClassOptions) {
    super();
    const missing = lacking(options?.estimator, ["fit", "decisionFunction"]);
    if (missing)
      throw new ValueError("OneVsRest and OneVsOne", "need a classifier", missing, "{ estimator: new LogisticRegression() }");
    this.options = options;
  }

  /** Pairs of classes to be told apart; −1 is the rest. */
  protected abstract pairs(classes: number): [against: number, own: number][];

  /** The classifiers, in order of the classes or pairs. */
  get estimators(): readonly Classifier[] {
    return this.parts.map(({ classifier }) => classifier);
  }

  async fit(x: TensorLike, y: Labels, { sampleWeight }: FitWeights = {}): Promise<this> {
    const where = `${this.kind}.fit`;
    const rows = rowsFor(where, x);
    const labels = labelsOf(where, y);
    checkCount(where, rows, labels.length);
    const classes = distinct(labels);
    if (classes.length < 2) throw new ValueError(where, "needs two classes or more", `only ${JSON.stringify(classes[0])}`);
    const parts: { pair: [number, number]; classifier: Classifier }[] = [];
    for (const pair of this.pairs(classes.length)) {
      const [against, own] = pair.map((number): Label | undefined => classes[number]);
      const chosen = [...labels.keys()].filter((row) => against === undefined || labels[row] === own || labels[row] === against);
      const classifier = clone(this.options.estimator) as Classifier;
      const part = chosen.length === labels.length ? rows : gather(rows, tensor(Int32Array.from(chosen)));
      const weights = sampleWeight && { sampleWeight: chosen.map((row) => sampleWeight[row]!) };
      await classifier.fit(
        part,
        chosen.map((row) => (labels[row] === own ? 1 : 0)),
        weights,
      );
      parts.push({ pair, classifier });
    }
    this.classes = classes;
    this.parts = parts;
    return this;
  }

  describe(): DescribedEstimator {
    const estimators = this.known("save").map(({ classifier }) => learntOf("save", classifier));
    return { kind: this.kind, options: this.options, learnt: { classes: this.classes, estimators } };
  }

  /** @internal */
  restore(given: unknown): this {
    const learnt = new Learnt(this.kind, given);
    const [classes, estimators] = [learnt.classes("classes"), learnt.list("estimators")];
    const pairs = this.pairs(classes.length);
    if (pairs.length !== estimators.length)
      throw learnt.wrong(`${classes.length} classes have ${pairs.length} classifiers`, String(estimators.length));
    this.parts = pairs.map((pair, i) => {
      const classifier = clone(this.options.estimator) as Classifier;
      restorePart(this.kind, classifier, estimators[i]);
      return { pair, classifier };
    });
    this.classes = classes;
    return this;
  }

  protected known(call = "predict"): Parts {
    if (this.parts.length === 0) throw unfitted(this.kind, call);
    return this.parts;
  }
}

/**
 * A classifier of two for each class against all others; the surest wins. scikit-learn's `OneVsRestClassifier`.
 *
 * @throws ValueError on one class only; using it before `fit`
 * @source Rifkin & Klautau 2004, JMLR 5, 101–141
 * @example const model = await new OneVsRest({ estimator: new Perceptron() }).fit([[0], [1], [2]], ["a", "b", "c"]);
 */
export class OneVsRest extends MultiClass {
  readonly kind = "OneVsRest";

  protected pairs(classes: number): [number, number][] {
    // With two classes, the first's classifier would be the second's with its signs changed.
    return classes === 2 ? [[-1, 1]] : Array.from({ length: classes }, (_, own) => [-1, own]);
  }

  /** How sure each class' classifier is, [n, classes]. */
  decisionFunction(x: TensorLike): Tensor {
    const found = this.known().map(({ classifier }) => margins(classifier, x));
    const columns = found.length === 1 ? [found[0]!.map((value) => -value), found[0]!] : found;
    return columnsAsRows(columns);
  }
}

/**
 * A classifier for each pair of classes; most votes win, among equals the surer. scikit-learn's `OneVsOneClassifier`.
 *
 * @throws ValueError on one class only; using it before `fit`
 * @source Hastie & Tibshirani 1998, Annals of Statistics 26(2)
 * @example const model = await new OneVsOne({ estimator: new Perceptron() }).fit([[0], [1], [2]], ["a", "b", "c"]);
 */
export class OneVsOne extends MultiClass {
  readonly kind = "OneVsOne";

  protected pairs(classes: number): [number, number][] {
    return Array.from({ length: classes }, (_, own) => own).flatMap((own) =>
      Array.from({ length: own }, (_, against): [number, number] => [against, own]),
    );
  }

  /** Votes, plus less than half a vote for how sure they were, [n, classes]. */
  decisionFunction(x: TensorLike): Tensor {
    const parts = this.known();
    const n = rowsFor("OneVsOne.predict", x).shape[0]!;
    const [votes, sums] = [0, 1].map(() => this.classes.map(() => new Float64Array(n)));
    for (const { pair, classifier } of parts) {
      const [against, own] = pair;
      for (const [row, margin] of margins(classifier, x).entries()) {
        votes![margin > 0 ? own : against]![row]! += 1;
        sums![own]![row]! += margin;
        sums![against]![row]! -= margin;
      }
    }
    // Between −1/3 and 1/3: never more than what a vote counts.
    return columnsAsRows(
      votes!.map((own, c) => own.map((count, row) => count + sums![c]![row]! / (3 * (Math.abs(sums![c]![row]!) + 1)))),
    );
  }
}

/** Columns beside each other, as an f32 tensor [n, columns]. */
function columnsAsRows(columns: readonly Float64Array[]): Tensor {
  const n = columns[0]!.length;
  const data = new Float32Array(n * columns.length);
  for (const [c, column] of columns.entries()) for (let row = 0; row < n; ++row) data[row * columns.length + c] = column[row]!;
  return tensor(data, { shape: [n, columns.length] });
}
