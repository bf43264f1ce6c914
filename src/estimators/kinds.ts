/** Estimators and preparations by their kind: what another thread is told, to make one of its own. */
import { ValueError } from "../core/errors.ts";
import { STEPS } from "../preparation/steps.ts";
import { isMade, type Made } from "./clone.ts";
import { KMeans } from "./k-means.ts";
import { KNeighborsClassifier } from "./k-neighbors.ts";
import { LinearRegression } from "./linear-regression.ts";
import { LogisticRegression } from "./logistic-regression.ts";
import { MLPClassifier } from "./mlp-classifier.ts";
import { MLPRegressor } from "./mlp-regressor.ts";
import { OneVsOne, OneVsRest } from "./multiclass.ts";
import { Perceptron } from "./perceptron.ts";
import { Pipeline } from "./pipeline.ts";

type Kinds = Readonly<Record<string, new (options: never) => Made>>;

const kinds = (): Kinds => ({
  ...STEPS,
  ...{ KMeans, KNeighborsClassifier, LinearRegression, LogisticRegression, MLPClassifier, MLPRegressor },
  ...{ OneVsOne, OneVsRest, Perceptron, Pipeline },
});

/** An estimator as data: its kind and options, those inside it too. */
export type Recipe = { readonly kind: string; readonly options: unknown };

/** The recipe, or null where a part is of a kind of its own, or holds what cannot be told. */
export function recipeOf(estimator: Made): Recipe | null {
  const known = kinds();
  let complete = true;
  const encode = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(encode);
    if (isMade(value)) {
      if (!(Object.hasOwn(known, value.kind) && value instanceof known[value.kind]!)) complete = false;
      return { recipe: { kind: value.kind, options: encode(value.options) } };
    }
    if (typeof value === "function") complete = false;
    if (typeof value !== "object" || value === null || value instanceof Map || ArrayBuffer.isView(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, encode(part)]));
  };
  const { recipe } = encode(estimator) as { recipe: Recipe };
  return complete ? recipe : null;
}

/** The estimator of a recipe. @throws ValueError on a kind that there is not */
export function made({ kind, options }: Recipe): Made {
  const known = kinds();
  if (!Object.hasOwn(known, kind)) throw new ValueError("search", "knows no such kind of estimator", kind);
  const decode = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(decode);
    if (typeof value !== "object" || value === null || value instanceof Map || ArrayBuffer.isView(value)) return value;
    if ("recipe" in value) return made(value.recipe as Recipe);
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, decode(part)]));
  };
  return new known[kind]!(decode(options) as never);
}
