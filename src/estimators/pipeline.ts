/** `Pipeline`: preparations and an estimator as one, so that nothing learns from rows it is tested on. */
import { ValueError } from "../core/errors.ts";
import type { Label } from "../data/labels.ts";
import type { Tensor } from "../graph/tensor.ts";
import { lacking } from "./check.ts";
import type { Validated } from "./cross-validation.ts";
import { unfitted } from "./estimator.ts";
import { type DescribedEstimator, Learnt, learntOf, restorePart } from "./learnt.ts";
import type { Rows } from "./rows.ts";

/** Something that learns how to make rows of rows. */
export type Transformer = {
  readonly kind: string;
  fit(x: never, y?: never): unknown;
  transform(x: never): Tensor;
};
type Final = Validated & { predict(x: never): unknown; classes?: readonly Label[] };
export type Steps<E extends Final> = readonly [
  ...(readonly [name: string, step: Transformer])[],
  readonly [name: string, estimator: E],
];

/**
 * Preparations one after the other, then an estimator; scikit-learn's `Pipeline`. `fit` fits each step on what the ones before make of the
 * training rows; `predict` and `score` pass new rows through them.
 *
 * @param steps pairs of a name and a transformer, the last of a name and an estimator
 * @throws ValueError on steps that cannot do their part, two of one name; using it before `fit`
 * @example
 * const pipeline = await new Pipeline([["scale", new StandardScaler()], ["model", new LogisticRegression()]]).fit([[0], [9]], ["a", "b"]);
 * pipeline.predict([[7]]);
 */
export class Pipeline<E extends Final> {
  readonly kind = "Pipeline";
  /** The steps: what another like it is made of. */
  readonly options: Steps<E>;
  #fitted = false;

  constructor(steps: Steps<E>) {
    const isPair = (step: unknown): boolean => Array.isArray(step) && step.length === 2 && typeof step[0] === "string";
    if (!(Array.isArray(steps) && steps.every(isPair)))
      throw new ValueError(
        "Pipeline",
        "takes a list of pairs, name and step",
        undefined,
        '[["scale", new StandardScaler()], ["model", …]]',
      );
    this.options = steps;
    const names = new Set<string>();
    for (const [i, [name, step]] of steps.entries()) {
      const last = i === steps.length - 1;
      const wanted = last ? ["fit", "predict", "score"] : ["fit", "transform"];
      const missing = lacking(step, wanted);
      if (missing) throw new ValueError("Pipeline", `step '${name}' needs ${wanted.join(", ")}`, missing);
      if (name.includes("."))
        throw new ValueError("Pipeline", "names of steps are without dots, which part options from them", name);
      if (names.has(name)) throw new ValueError("Pipeline", "each step has a name of its own", `'${name}' twice`);
      names.add(name);
    }
    if (steps.length === 0) throw new ValueError("Pipeline", "needs an estimator", "no steps");
  }

  /** The last step. */
  get estimator(): E {
    return this.options.at(-1)![1] as E;
  }

  /** A step by its name. @throws ValueError when there is none */
  step(name: string): Transformer | E {
    const found = this.options.find(([known]) => known === name);
    if (!found) throw new ValueError("Pipeline", "has no such step", name, this.options.map(([known]) => known).join(", "));
    return found[1];
  }

  /** The classes of the estimator, where it has such. */
  get classes(): readonly Label[] | undefined {
    return this.estimator.classes;
  }

  async fit(x: Rows, y: Parameters<E["fit"]>[1]): Promise<this> {
    let rows: unknown = x;
    for (const transformer of this.#transformers) {
      transformer.fit(rows as never);
      rows = transformer.transform(rows as never);
    }
    await this.estimator.fit(rows as never, y as never);
    this.#fitted = true;
    return this;
  }

  predict(x: Rows): ReturnType<E["predict"]> {
    return this.estimator.predict(this.transform(x) as never) as ReturnType<E["predict"]>;
  }

  /** Probabilities [n, classes]. @throws ValueError where the estimator knows none */
  predictProba(x: Rows): Tensor {
    const { estimator } = this;
    if (!("predictProba" in estimator && typeof estimator.predictProba === "function"))
      throw new ValueError("Pipeline.predictProba", "the estimator gives no probabilities", estimator.kind);
    return estimator.predictProba(this.transform(x));
  }

  score(x: Rows, y: Parameters<E["score"]>[1]): number {
    return this.estimator.score(this.transform(x) as never, y as never);
  }

  /** Rows as the estimator sees them. */
  transform(x: Rows): Tensor {
    if (!this.#fitted) throw unfitted("Pipeline", "predict");
    let rows: unknown = x;
    for (const transformer of this.#transformers) rows = transformer.transform(rows as never);
    return rows as Tensor;
  }

  /** All of it as data, for files: what each step was made with, and what it has learned. */
  describe(): DescribedEstimator {
    if (!this.#fitted) throw unfitted("Pipeline", "save");
    const steps = this.options.map(([, step]) => learntOf("save", step));
    return { kind: this.kind, options: this.options, learnt: { steps } };
  }

  /** @internal What `describe` said was learned. @throws FormatError on anything else */
  restore(given: unknown): this {
    const learnt = new Learnt(this.kind, given);
    const steps = learnt.list("steps");
    if (steps.length !== this.options.length) throw learnt.wrong(`there are ${this.options.length} steps`, String(steps.length));
    for (const [i, [, step]] of this.options.entries()) restorePart(this.kind, step, steps[i]);
    this.#fitted = true;
    return this;
  }

  get #transformers(): Transformer[] {
    return this.options.slice(0, -1).map(([, step]) => step as Transformer);
  }
}
