/** The settings of multi-layer perceptrons, with scikit-learn's names and defaults. */
import { ValueError } from "../core/errors.ts";
import type { Label } from "../data/labels.ts";
import { settle } from "./settle.ts";

export type MLPOptions = {
  /** Units of each hidden layer. Default [100]. */
  hiddenLayerSizes?: readonly number[];
  /** Of the hidden layers. Default "relu". */
  activation?: "identity" | "logistic" | "tanh" | "relu";
  /** How weights are found: "lbfgs" takes all rows at once and suits small data. Default "adam". */
  solver?: "lbfgs" | "sgd" | "adam";
  /** Strength of the L2 penalty: alpha/2 · Σ weight² / rows of a batch is added to the loss. Default 0.0001. */
  alpha?: number;
  /** Rows a step takes; "auto" is min(200, n). Not for lbfgs. Default "auto". */
  batchSize?: number | "auto";
  /** For sgd: "constant"; "invscaling" divides by (rows seen + 1)^powerT; "adaptive" divides by 5 when the loss stalls. Default "constant". */
  learningRate?: "constant" | "invscaling" | "adaptive";
  /** The learning rate of sgd and adam at the start. Default 0.001. */
  learningRateInit?: number;
  /** The exponent of "invscaling". Default 0.5. */
  powerT?: number;
  /** Passes over the data at most; for lbfgs, iterations. Default 200. */
  maxIter?: number;
  /** Whether each pass takes the rows in another order. Default true. */
  shuffle?: boolean;
  /** Governs first weights, order and what is set aside. Default 0. */
  randomState?: number;
  /** Passes that bring less than this do not count as progress. Default 0.0001. */
  tol?: number;
  /** Whether to print a line of progress. Default false. */
  verbose?: boolean;
  /** For sgd. Default 0.9. */
  momentum?: number;
  /** For sgd with momentum. Default true. */
  nesterovsMomentum?: boolean;
  /** Whether to set rows aside and stop when their score stalls; the best weights are kept. Default false. */
  earlyStopping?: boolean;
  /** The share set aside for that. Default 0.1. */
  validationFraction?: number;
  /** For adam. Default 0.9. */
  beta1?: number;
  /** For adam. Default 0.999. */
  beta2?: number;
  /** For adam. Default 1e-8. */
  epsilon?: number;
  /** Passes without progress after which training ends. Default 10. */
  nIterNoChange?: number;
};

/** How much each class counts: "balanced" is n / (classes · rows of the class). */
export type ClassWeight = "balanced" | Readonly<Record<string, number>> | ReadonlyMap<Label, number>;
export type MLPClassifierOptions = MLPOptions & {
  /** How much the rows of each class count. Default: each row 1. */
  classWeight?: ClassWeight;
};

export type MLPSettings = Required<MLPOptions>;

const DEFAULTS: MLPSettings = {
  hiddenLayerSizes: [100],
  activation: "relu",
  solver: "adam",
  alpha: 0.0001,
  batchSize: "auto",
  learningRate: "constant",
  learningRateInit: 0.001,
  powerT: 0.5,
  maxIter: 200,
  shuffle: true,
  randomState: 0,
  tol: 1e-4,
  verbose: false,
  momentum: 0.9,
  nesterovsMomentum: true,
  earlyStopping: false,
  validationFraction: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  nIterNoChange: 10,
};

const count = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1;
const within = (value: number, low: number, high: number): boolean => value >= low && value < high;

/** All settings, defaults filled in. @throws ValueError on one out of range, or of an unknown name */
export function settleMLP(kind: string, given: MLPOptions): MLPSettings {
  const s = settle(kind, given, DEFAULTS);
  const rules: Readonly<Record<string, [holds: boolean, got: unknown]>> = {
    "hiddenLayerSizes are whole numbers ≥ 1": [
      Array.isArray(s.hiddenLayerSizes) && s.hiddenLayerSizes.every(count),
      s.hiddenLayerSizes,
    ],
    "activation is identity, logistic, tanh or relu": [
      ["identity", "logistic", "tanh", "relu"].includes(s.activation),
      s.activation,
    ],
    "solver is lbfgs, sgd or adam": [["lbfgs", "sgd", "adam"].includes(s.solver), s.solver],
    "learningRate is constant, invscaling or adaptive": [
      ["constant", "invscaling", "adaptive"].includes(s.learningRate),
      s.learningRate,
    ],
    'batchSize is a whole number ≥ 1 or "auto"': [s.batchSize === "auto" || count(s.batchSize), s.batchSize],
    "maxIter and nIterNoChange are whole numbers ≥ 1": [
      count(s.maxIter) && count(s.nIterNoChange),
      `${s.maxIter}, ${s.nIterNoChange}`,
    ],
    "alpha and tol are numbers ≥ 0": [within(s.alpha, 0, Infinity) && within(s.tol, 0, Infinity), `${s.alpha}, ${s.tol}`],
    "learningRateInit and epsilon are numbers > 0": [
      s.learningRateInit > 0 && within(s.learningRateInit, 0, Infinity) && s.epsilon > 0,
      `${s.learningRateInit}, ${s.epsilon}`,
    ],
    "momentum is from 0 to 1": [s.momentum >= 0 && s.momentum <= 1, s.momentum],
    "validationFraction is between 0 and 1": [s.validationFraction > 0 && s.validationFraction < 1, s.validationFraction],
    "beta1 and beta2 are from 0 to below 1": [within(s.beta1, 0, 1) && within(s.beta2, 0, 1), `${s.beta1}, ${s.beta2}`],
  };
  for (const [rule, [holds, got]] of Object.entries(rules)) if (!holds) throw new ValueError(kind, rule, String(got));
  return s;
}
