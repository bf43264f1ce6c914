/** The network of a multi-layer perceptron and how it learns. What its outputs mean is the estimators' matter. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { exp, ln, sqrt } from "../core/math.ts";
import type { Dataset } from "../data/dataset.ts";
import { rowsOf } from "../data/dataset.ts";
import { type TensorLike, tensorFor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Metric } from "../metrics/metric.ts";
import { uniform } from "../nn/initialisers.ts";
import { Linear } from "../nn/layers.ts";
import type { LossOptions } from "../nn/losses/index.ts";
import { init } from "../nn/model.ts";
import { type Layer, Sequential } from "../nn/sequential.ts";
import { add, mul, relu, sigmoid, tanh } from "../ops/pointwise.ts";
import { sum } from "../ops/reduce.ts";
import { lbfgs } from "../optim/lbfgs.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { adam, type Rule, type Schedule, sgd } from "../optim/rules.ts";
import { fit } from "../train/fit.ts";
import { breathe } from "../train/turn.ts";
import { unfitted } from "./estimator.ts";
import type { DescribedEstimator, Learnt } from "./learnt.ts";
import type { MLPOptions, MLPSettings } from "./mlp-options.ts";
import { Stopping } from "./stopping.ts";

const ACTIVATIONS = { identity: null, logistic: sigmoid, tanh, relu } as const;
/** Rows of a batch at most, where nothing is said. */
const BATCH = 200;
/** Iterations of L-BFGS between two turns for the rest of the program. */
const TURN = 5;
/** Evaluations that the search along a direction may take. */
const SEARCHES = 20;
/** No smaller gradient can be told from 0 in single precision. */
const LEAST_GRADIENT = 1e-7;

/** Compares what the network gives with targets, each row counting as much as its weight says. */
export type WeightedLoss = (prediction: Tensor, target: Tensor, options?: LossOptions) => Tensor;
/** What stops training early: rows set aside, and how they are scored. */
export type Watched = { data: Dataset; score: Metric<number> };

/** First weights and biases, as scikit-learn draws them: Glorot & Bengio 2010, with the logistic function's smaller bound. */
function linear(inputs: number, outputs: number, { activation }: MLPSettings): Linear {
  const bound = sqrt((activation === "logistic" ? 2 : 6) / (inputs + outputs));
  return new Linear(inputs, outputs, { init: uniform(-bound, bound), biasInit: uniform(-bound, bound) });
}

function network(sizes: readonly number[], settings: MLPSettings): Sequential {
  const activation = ACTIVATIONS[settings.activation];
  const layers = sizes.slice(1).flatMap((outputs, i): Layer[] => {
    const layer = linear(sizes[i]!, outputs, settings);
    return activation && i < sizes.length - 2 ? [layer, activation] : [layer];
  });
  return new Sequential(...layers);
}

/** A network being trained, pass after pass. */
export class Training {
  readonly network: Sequential;
  readonly sizes: readonly number[];
  /** Loss of each pass, penalty included. */
  lossCurve: number[] = [];
  /** Score of the rows set aside after each pass. */
  validationScores: number[] = [];
  readonly #settings: MLPSettings;
  readonly #loss: WeightedLoss;
  readonly #stopping: Stopping;
  #optimizer: Optimizer | null = null;
  /** Passes and rows before the ones that are running, of which partial fits may have made some. */
  #passes = 0;
  #rows = 0;

  /** @param sizes features, units of each hidden layer, outputs */
  constructor(sizes: readonly number[], settings: MLPSettings, loss: WeightedLoss) {
    this.sizes = sizes;
    this.#settings = settings;
    this.#loss = loss;
    this.#stopping = new Stopping(settings);
    this.network = init(network(sizes, settings), { seed: settings.randomState });
  }

  get layers(): Linear[] {
    return this.network.layers.filter((layer): layer is Linear => layer instanceof Linear);
  }

  get iterations(): number {
    return this.#passes;
  }

  get bestLoss(): number {
    return this.#stopping.bestLoss;
  }

  /** Whether training ended because nothing improved any more, and not for want of passes. */
  get converged(): boolean {
    return this.#stopping.converged;
  }

  /** Trains until nothing improves, or for `maxIter` passes. */
  async train(data: Dataset, watched: Watched | null): Promise<void> {
    if (this.#settings.solver === "lbfgs") await this.#minimize(data);
    else await this.#descend(data, this.#settings.maxIter, watched);
  }

  /** A single pass. */
  async pass(data: Dataset): Promise<void> {
    await this.#descend(data, 1, null);
  }

  async #descend(data: Dataset, epochs: number, watched: Watched | null): Promise<void> {
    const { shuffle, randomState, verbose } = this.#settings;
    const n = rowsOf(data);
    const batchSize = Math.min(this.#batch(n), n);
    const ended = new AbortController();
    let best: Float32Array[] | null = null;
    const rule = this.#rule(batchSize);
    this.#optimizer ??= rule.for(this.network);
    const optimizer = this.#optimizer;
    await fit(this.network, data, {
      loss: this.#loss,
      optimizer: { ...rule, for: () => optimizer },
      ...{ epochs, batchSize, shuffle, verbose, seed: randomState + this.#passes, signal: ended.signal },
      ...(watched && { validation: watched.data, metrics: { score: watched.score } }),
      on: {
        epoch: ({ loss, metrics }) => {
          this.#passes += 1;
          this.#rows += n;
          this.lossCurve.push(loss + this.#penalty(batchSize));
          const score = watched ? Number(metrics.score) : null;
          if (score !== null) this.validationScores.push(score);
          const found = this.#stopping.after(this.lossCurve.at(-1)!, score);
          if (found.best) best = this.layers.flatMap(({ weight, bias }) => [weight, bias!]).map((p) => p.data() as Float32Array);
          if (found.stop) ended.abort();
        },
      },
    });
    if (best) this.set(best);
  }

  /** Sets weights and biases, layer after layer. */
  set(values: readonly TensorLike[]): void {
    for (const [i, { weight, bias }] of this.layers.entries()) {
      weight.set(tensorFor("weights", values[2 * i]!, weight.shape));
      bias!.set(tensorFor("weights", values[2 * i + 1]!, bias!.shape));
    }
  }

  /** All that it is, and all that the next passes depend on. */
  state(): Readonly<Record<string, unknown>> {
    const { lossCurve, validationScores } = this;
    return {
      coefs: this.layers.map(({ weight }) => weight),
      intercepts: this.layers.map(({ bias }) => bias!),
      ...{ lossCurve, validationScores, passes: this.#passes, rows: this.#rows },
      stopping: this.#stopping.state(),
      optimizer: this.#optimizer?.state() ?? null,
    };
  }

  /** The one that `state` described. @throws FormatError on anything else */
  static from(learnt: Learnt, outputs: number | null, settings: MLPSettings, loss: WeightedLoss): Training {
    const [coefs, intercepts] = [learnt.tensors("coefs", 2), learnt.tensors("intercepts", 1)];
    const sizes = sizesOf("coefs and intercepts", coefs, intercepts);
    const wanted = settings.hiddenLayerSizes.join(", ");
    if (sizes.slice(1, -1).join(", ") !== wanted || sizes.at(-1) !== (outputs ?? sizes.at(-1)))
      throw learnt.wrong(`layers are of [${wanted}] units and ${outputs ?? "some"} outputs`, `[${sizes.slice(1).join(", ")}]`);
    const made = new Training(sizes, settings, loss);
    made.set(coefs.flatMap((weight, i) => [weight, intercepts[i]!]));
    made.lossCurve = learnt.numbers("lossCurve");
    made.validationScores = learnt.numbers("validationScores");
    [made.#passes, made.#rows] = [learnt.count("passes"), learnt.count("rows")];
    made.#stopping.restore(learnt.part("stopping"));
    if (learnt.has("optimizer")) {
      // What depends on the rows of a batch is part of its state.
      made.#optimizer = made.#rule(BATCH).for(made.network);
      made.#optimizer.restore(learnt.part("optimizer").arrays());
    }
    return made;
  }

  #batch(n: number): number {
    const { batchSize } = this.#settings;
    return batchSize === "auto" ? Math.min(BATCH, n) : batchSize;
  }

  /** alpha/2 · Σ weight² / rows. */
  #penalty(rows: number): number {
    const squares = this.layers.map(({ weight }) => sum(mul(weight, weight)).item());
    return (this.#settings.alpha / 2 / rows) * squares.reduce((a, b) => a + b, 0);
  }

  #rule(batchSize: number): Rule {
    const { solver, alpha, momentum, nesterovsMomentum, beta1, beta2, epsilon } = this.#settings;
    const groups = [{ match: /bias$/, weightDecay: 0 }];
    const weightDecay = alpha / batchSize;
    if (solver === "adam") return adam({ lr: this.#rate(), betas: [beta1, beta2], eps: epsilon, weightDecay, groups });
    return sgd({ lr: this.#rate(), momentum, nesterov: nesterovsMomentum && momentum > 0, weightDecay, groups });
  }

  #rate(): Schedule {
    const { solver, learningRate, learningRateInit, powerT } = this.#settings;
    if (solver === "adam" || learningRate === "constant") return () => learningRateInit;
    if (learningRate === "adaptive") return () => this.#stopping.lr;
    return () => learningRateInit * exp(-powerT * ln(this.#rows + 1));
  }

  async #minimize(data: Dataset): Promise<void> {
    const { maxIter, tol, alpha } = this.#settings;
    const n = rowsOf(data);
    const tolerances = { toleranceGrad: Math.max(tol, LEAST_GRADIENT), maxEval: TURN * SEARCHES };
    const optimizer = lbfgs({ maxIter: TURN, lineSearch: "strongWolfe", ...tolerances }).for(this.network);
    const options = data.weight && { sampleWeight: data.weight };
    const loss = (): Tensor => {
      const squares = this.layers.map(({ weight }) => sum(mul(weight, weight)));
      const penalty = mul(
        squares.reduce((a, b) => add(a, b)),
        alpha / 2 / n,
      );
      return add(this.#loss(this.network.forward(data.x, "train"), data.y, options), penalty);
    };
    while (this.#passes < maxIter && !this.#stopping.converged) {
      const before = optimizer.step;
      this.lossCurve.push(optimizer.minimize(loss).item());
      this.#passes = optimizer.step;
      this.#stopping.bestLoss = Math.min(this.#stopping.bestLoss, this.lossCurve.at(-1)!);
      this.#stopping.converged = optimizer.step < before + TURN;
      await breathe();
    }
  }
}

/** What both estimators show of what they have learned. */
export abstract class MLP {
  abstract readonly kind: string;
  abstract readonly options: MLPOptions;
  /** @internal null before `fit`. */
  protected training: Training | null = null;

  /** What there is to say beside the network. */
  protected abstract get meaning(): Readonly<Record<string, unknown>>;
  /** @internal What `describe` said was learned. @throws FormatError on anything else */
  abstract restore(learnt: unknown): this;

  /** All of it as data, for files: what it was made with, what it has learned, and what `partialFit` goes on from. */
  describe(): DescribedEstimator {
    const state = this.known("save").state();
    return { kind: this.kind, options: this.options, learnt: { ...this.meaning, ...state } };
  }

  protected known(call: string): Training {
    if (!this.training) throw unfitted(this.kind, call);
    return this.training;
  }

  /** The network itself, for `save`, `summary` and whatever else takes one. */
  get network(): Sequential {
    return this.known("network").network;
  }

  /** Weights [in, out] of each layer. */
  get coefs(): Tensor[] {
    return this.known("coefs").layers.map(({ weight }) => weight);
  }

  /** Biases [out] of each layer. */
  get intercepts(): Tensor[] {
    return this.known("intercepts").layers.map(({ bias }) => bias!);
  }

  /** Loss of each pass, penalty included; for lbfgs, of every fifth iteration. */
  get lossCurve(): readonly number[] {
    return this.known("lossCurve").lossCurve;
  }

  /** Score of the rows set aside after each pass, with `earlyStopping`: accuracy, or R². */
  get validationScores(): readonly number[] {
    return this.known("validationScores").validationScores;
  }

  get bestLoss(): number {
    return this.known("bestLoss").bestLoss;
  }

  /** Passes, or iterations, made. */
  get nIter(): number {
    return this.known("nIter").iterations;
  }

  /** Whether training ended because nothing improved any more; false: `maxIter` was too few. */
  get converged(): boolean {
    return this.known("converged").converged;
  }
}

/** The layers' sizes that given weights and biases make. @throws ShapeError when they do not follow each other  @throws ValueError on none */
export function sizesOf(where: string, coefs: readonly Tensor[], intercepts: readonly Tensor[]): number[] {
  if (coefs.length === 0 || coefs.length !== intercepts.length)
    throw new ValueError(where, "coefs and intercepts are one for each layer", `${coefs.length} and ${intercepts.length}`);
  const sizes = [coefs[0]!.shape[0] ?? 0];
  for (const [i, coef] of coefs.entries()) {
    const intercept = intercepts[i]!;
    if (coef.rank !== 2 || coef.shape[0] !== sizes[i] || intercept.rank !== 1 || intercept.shape[0] !== coef.shape[1])
      throw new ShapeError(where, `layer ${i} expects [${sizes[i]}, outputs] and [outputs]`, { coef, intercept });
    sizes.push(coef.shape[1]!);
  }
  return sizes;
}
