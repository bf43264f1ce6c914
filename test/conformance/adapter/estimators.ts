/** 15: multi-layer perceptrons by scikit-learn's names: trained on data beside the case, and with given weights. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Tensor } from "../../../src/index.ts";
import * as nabla from "../../../src/index.ts";
import { type Case, isNumbers, type Numbers, type Plain } from "../cases.ts";
import type { Finding, Got } from "../compare.ts";
import { tensorOf } from "../run.ts";
import type { Adapter, Adapters, Config, Found } from "./adapter.ts";

type Dataset = { readonly data: Numbers; readonly target: Numbers };
type Estimator = {
  fit(x: Tensor, y: number[]): Promise<unknown>;
  score(x: Tensor, y: number[]): number;
};
type Make = (options: nabla.MLPOptions) => Estimator;

/** What is not an option of the estimator. */
const REST = ["dataset", "scaling", "seeds", "out_activation", "n_outputs"];
const camel = (text: string): string => text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function optionsOf(config: Config): nabla.MLPOptions {
  const own = Object.entries(config).filter(([name]) => !REST.includes(name));
  return Object.fromEntries(own.map(([name, value]) => [camel(name), value]));
}

function numbers(of: Case, place: "inputs" | "outputs", name: string): readonly number[] {
  const value = of[place][name];
  if (!isNumbers(value)) throw new Error(`the case has no '${name}'`);
  return value.data;
}

function scaledBy(values: readonly number[]): (value: number) => number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return (value) => (value - mean) / deviation;
}

async function trained(of: Case, make: Make, standardise: boolean): Promise<Found> {
  const { data, target } = JSON.parse(readFileSync(join(of.folder, `dataset_${of.config.dataset}.json`), "utf8")) as Dataset;
  const [train, test] = ["train", "test"].map((part) => numbers(of, "inputs", `${part}_indices`));
  const rows = (index: readonly number[]): Tensor =>
    tensorOf({ ...data, dtype: "float32" }).gather(nabla.tensor(Int32Array.from(index)));
  const targets = (index: readonly number[]): number[] => index.map((row) => target.data[row]!);
  const scaler = new nabla.StandardScaler();
  const [xTrain, xTest] = [scaler.fitTransform(rows(train!)), scaler.transform(rows(test!))];
  const scale = standardise ? scaledBy(targets(train!)) : (value: number) => value;
  const [yTrain, yTest] = [targets(train!).map(scale), targets(test!).map(scale)];
  const scores: number[] = [];
  for (const seed of of.config.seeds as number[]) {
    const estimator = make({ ...optionsOf(of.config), randomState: seed });
    await estimator.fit(xTrain, yTrain);
    scores.push(estimator.score(xTest, yTest));
  }
  return { test_score: { shape: [scores.length], data: scores } };
}

/** "The mean test score over 5 seeds at or above `accept_if_mean_test_score_at_least`." */
function accept(of: Case, got: Readonly<Record<string, Got>>): Finding[] {
  const scores = (got["outputs.test_score"] as Numbers).data;
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  const [least, peer] = ["accept_if_mean_test_score_at_least", "test_score_mean"].map((name) => numbers(of, "outputs", name)[0]!);
  const multiple = Math.max(0, (peer! - mean) / (peer! - least!));
  return [{ place: "outputs.test_score_mean", multiple, relative: multiple, detail: `got ${mean}, at least ${least}` }];
}

function layersOf({ params }: Case): { coefs: Tensor[]; intercepts: Tensor[] } {
  const all = (kind: string): Tensor[] =>
    Object.keys(params)
      .filter((name) => name.startsWith(kind))
      .sort()
      .map((name) => tensorOf(params[name]!));
  return { coefs: all("coefs_"), intercepts: all("intercepts_") };
}

/** In the shape that is expected. */
function shaped(data: ArrayLike<number>, want: Numbers | Plain | undefined): Got {
  return { shape: (want as Numbers).shape, data };
}

const fitted = (make: Make, standardise: boolean): Adapter => ({ run: (of) => trained(of, make, standardise), accept });

const exactly = (run: (of: Case, x: Tensor) => Found): Adapter => ({ run: (of) => run(of, tensorOf(of.inputs.x as Numbers)) });

export const estimators: Adapters = {
  "MLPClassifier.fit": fitted((options) => new nabla.MLPClassifier(options), false),
  "MLPRegressor.fit": fitted((options) => new nabla.MLPRegressor(options), true),
  "MLPClassifier.predict": exactly((of, x) => {
    const classes = Array.from({ length: Number(of.config.n_outputs) }, (_, i) => i);
    const model = nabla.MLPClassifier.fromWeights({ ...layersOf(of), classes }, optionsOf(of.config));
    return {
      predict_proba: model.predictProba(x),
      predict: shaped(model.predict(x) as number[], of.outputs.predict),
      log_proba: model.predictLogProba(x),
    };
  }),
  "MLPRegressor.predict": exactly((of, x) => {
    const model = nabla.MLPRegressor.fromWeights(layersOf(of), optionsOf(of.config));
    return { predict: shaped(model.predict(x).data(), of.outputs.predict) };
  }),
};
