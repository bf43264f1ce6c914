/** Estimators in files: what comes back answers and goes on as the one that was saved, to the last bit. */
import { describe, expect, test } from "vitest";
import {
  ColumnTransformer,
  decodeModel,
  encodeModel,
  KMeans,
  KNeighborsClassifier,
  LinearRegression,
  LogisticRegression,
  MinMaxScaler,
  MLPClassifier,
  MLPRegressor,
  OneHotEncoder,
  OneVsOne,
  OneVsRest,
  Perceptron,
  Pipeline,
  PolynomialFeatures,
  SimpleImputer,
  StandardScaler,
  Table,
  Tensor,
} from "../../src/index.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/io/safetensors.ts";
import { generator } from "../support/problems.ts";

const next = generator(5);
const x = Array.from({ length: 60 }, (_, i) => [next() + (i % 3), next() - (i % 3) / 2, next()]);
const words = x.map((_, i) => ["red", "green", "blue"][i % 3]!);
const two = x.map((_, i) => (i % 3 === 0 ? 1 : 0));
const numbers = x.map(([a, b]) => 3 * a! - b!);
const pairs = x.map(([a, b]) => [a!, 2 * b!]);
const table = new Table({
  size: x.map(([a], i) => (i % 7 === 0 ? null : a!)),
  colour: words,
  age: x.map(([, b]) => b!),
});
const other = x.map((row) => row.map((value) => value * 1.1 + 0.05));

type Answering = { predict(x: never): unknown };

/** What it answers, as plain data. */
function answers(estimator: Answering, rows: unknown): unknown[] {
  const plain = (value: unknown): unknown => (value instanceof Tensor ? [value.shape, [...value.data()]] : value);
  const last = estimator instanceof Pipeline ? estimator.estimator : estimator;
  const calls = ["predict", ...("predictProba" in last ? ["predictProba"] : [])];
  return calls.map((call) => plain((estimator as never as Record<string, (x: unknown) => unknown>)[call]!(rows)));
}

const small = { hiddenLayerSizes: [7, 5], maxIter: 5, randomState: 3 };
const columns = (): ColumnTransformer =>
  new ColumnTransformer([
    [
      [new SimpleImputer({ strategy: "median" }), new StandardScaler()],
      ["size", "age"],
    ],
    [new OneHotEncoder({ handleUnknown: "ignore" }), ["colour"]],
  ]);
const cases = {
  "MLPClassifier, words": async () => new MLPClassifier(small).fit(x, words),
  "MLPClassifier, two numbers, class weights": async () =>
    new MLPClassifier({ ...small, classWeight: new Map([[0, 1], [1, 2.5]]) }).fit(x, two), // biome-ignore format: one line
  "MLPClassifier, lbfgs": async () => new MLPClassifier({ ...small, solver: "lbfgs" }).fit(x, words),
  "MLPClassifier, early stopping": async () => new MLPClassifier({ ...small, earlyStopping: true }).fit(x, words),
  "MLPRegressor, list": async () => new MLPRegressor({ ...small, solver: "sgd" }).fit(x, numbers),
  "MLPRegressor, two outputs": async () => new MLPRegressor(small).fit(x, pairs),
  "LinearRegression, list": async () => new LinearRegression().fit(x, numbers),
  "LinearRegression, two outputs": async () => new LinearRegression({ fitIntercept: false }).fit(x, pairs),
  LogisticRegression: async () => new LogisticRegression({ classWeight: "balanced" }).fit(x, words),
  "LogisticRegression without penalty": async () => new LogisticRegression({ C: Infinity, maxIter: 20 }).fit(x, two),
  Perceptron: async () => new Perceptron({ randomState: 2 }).fit(x, words),
  "Perceptron of two": async () => new Perceptron().fit(x, two),
  OneVsRest: async () => new OneVsRest({ estimator: new LogisticRegression({ C: 0.5 }) }).fit(x, words),
  OneVsOne: async () => new OneVsOne({ estimator: new Perceptron() }).fit(x, words),
  KNeighborsClassifier: async () => new KNeighborsClassifier({ nNeighbors: 4, weights: "distance" }).fit(x, words),
  KMeans: async () => new KMeans({ nClusters: 3, nInit: 2 }).fit(x),
  "Pipeline of scalers": async () =>
    new Pipeline([
      ["products", new PolynomialFeatures({ degree: 2 })],
      ["range", new MinMaxScaler({ featureRange: [-1, 1] })],
      ["model", new LogisticRegression({ maxIter: 20 })],
    ]).fit(x, words),
  "Pipeline that ends with OneVsRest": async () =>
    new Pipeline([
      ["scale", new StandardScaler()],
      ["model", new OneVsRest({ estimator: new Perceptron({ maxIter: 9 }) })],
    ]).fit(x, words),
};

describe("a file gives back what was saved", () => {
  test.each(Object.entries(cases))("%s", async (_, make) => {
    const estimator = await make();
    const again = decodeModel<typeof estimator>(encodeModel(estimator));
    expect(again.constructor).toBe(estimator.constructor);
    expect(answers(again, other)).toEqual(answers(estimator, other));
    expect([...encodeModel(again)]).toEqual([...encodeModel(estimator)]);
  });

  test("a pipeline that begins with a table's columns", async () => {
    const pipeline = await new Pipeline([["columns", columns()], ["model", new MLPRegressor(small)]]).fit(table, numbers); // biome-ignore format: one line
    const again = decodeModel<typeof pipeline>(encodeModel(pipeline));
    const rows = table.take(Int32Array.from({ length: 20 }, (_, i) => 40 + i));
    expect(answers(again, rows)).toEqual(answers(pipeline, rows));
    expect(again.step("model")).toBeInstanceOf(MLPRegressor);
  });

  test("what it tells of its training", async () => {
    const mlp = await cases["MLPClassifier, early stopping"]();
    const again = decodeModel<MLPClassifier>(encodeModel(mlp));
    const told = ({ lossCurve, validationScores, bestLoss, nIter, converged, classes, options }: MLPClassifier): unknown => [
      ...[lossCurve, validationScores, bestLoss, nIter, converged, classes, options],
    ];
    expect(told(again)).toEqual(told(mlp));
  });
});

describe("partialFit goes on where the saved one stood", () => {
  test.each([
    { solver: "adam" },
    { solver: "sgd", momentum: 0.9 },
    { solver: "sgd", learningRate: "invscaling", learningRateInit: 0.1 },
    { solver: "sgd", learningRate: "adaptive", learningRateInit: 0.1, batchSize: 16, alpha: 0.1 },
  ] as const)("%o", async (solver) => {
    const straight = new MLPClassifier({ ...small, ...solver });
    for (let pass = 0; pass < 3; ++pass) await straight.partialFit(x, words);
    let resumed = new MLPClassifier({ ...small, ...solver });
    for (let pass = 0; pass < 3; ++pass) {
      await resumed.partialFit(x, words);
      resumed = decodeModel<MLPClassifier>(encodeModel(resumed));
    }
    expect(answers(resumed, other)).toEqual(answers(straight, other));
    expect(resumed.lossCurve).toEqual(straight.lossCurve);
  });
});

/** The same file with something else in its note, or among its arrays. */
function changed(bytes: Uint8Array, change: (note: { made: never; learnt: never }) => void, drop = ""): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(bytes, "test");
  const note = JSON.parse(metadata.estimator!);
  change(note);
  const arrays = [...tensors].filter(([name]) => name !== drop).map(([name, array]) => ({ name, ...array }));
  return encodeSafetensors(arrays, { ...metadata, estimator: JSON.stringify(note) });
}

type Changeable = { $made: { kind: string; options: Record<string, unknown> } };

describe("errors", () => {
  const message = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
    return "none";
  };

  test("saving what has learned nothing", () => {
    expect(message(() => encodeModel(new MLPClassifier()))).toBe(
      "ValueError: MLPClassifier.save: has learned nothing yet — try await fit(x, y) before",
    );
    expect(message(() => encodeModel(new Pipeline([["model", new Perceptron()]])))).toContain(
      "Pipeline.save: has learned nothing yet",
    );
  });

  test("files that do not hold together", async () => {
    const bytes = encodeModel(await cases["MLPClassifier, words"]());
    const of = (change: (note: { made: Changeable; learnt: Record<string, unknown> }) => void, drop?: string): string =>
      message(() => decodeModel(changed(bytes, change as never, drop)));
    expect([
      of(({ made }) => (made.$made.kind = "RandomForest")),
      of(({ made }) => (made.$made.options.hiddenLayerSizes = [1_000_000, 1_000_000])),
      of(({ made }) => (made.$made.options.solver = "newton")),
      of(({ learnt }) => (learnt.classes = ["red"])),
      of(({ learnt }) => (learnt.classes = ["red", "blue"])),
      of(({ learnt }) => (learnt.passes = "many")),
      of(({ learnt }) => (learnt.optimizer = {})),
      of(() => {}, "coefs.0"),
      of((note) => ((note as { made: unknown }).made = null)),
      of((note) => ((note as { made: unknown }).made = 7)),
      of((note) => ((note as { learnt: unknown }).learnt = null)),
    ]).toMatchInlineSnapshot(`
      [
        "FormatError: load: knows no such kind of estimator; got RandomForest — try load(path, estimator), with one of that kind",
        "FormatError: load: MLPClassifier cannot be made as the file says; got MLPClassifier: of what was learnt, layers are of [1000000, 1000000] units and 3 outputs; got [7, 5, 3]",
        "FormatError: load: MLPClassifier cannot be made as the file says; got MLPClassifier: solver is lbfgs, sgd or adam; got newton",
        "FormatError: load: MLPClassifier cannot be made as the file says; got MLPClassifier: of what was learnt, classes is a list of classes; got ["red"]",
        "FormatError: load: MLPClassifier cannot be made as the file says; got MLPClassifier: of what was learnt, layers are of [7, 5] units and 1 outputs; got [7, 5, 3]",
        "FormatError: load: MLPClassifier cannot be made as the file says; got MLPClassifier: of what was learnt, passes is a whole number ≥ 0; got many",
        "FormatError: load: MLPClassifier cannot be made as the file says; got adam: the state needs 'settings' with 384 numbers; got none",
        "FormatError: load: the file lacks an array; got "coefs.0"",
        "FormatError: load: the estimator has parts of its own kind, which a file cannot make — try load(path, estimator), with a new one of that kind",
        "FormatError: load: the note 'estimator' is not that of an estimator; got number",
        "FormatError: load: MLPClassifier cannot be made as the file says; got MLPClassifier: what was learnt is values by name; got object",
      ]
    `);
    const { tensors, metadata } = decodeSafetensors(bytes, "test");
    const arrays = [...tensors].map(([name, array]) => ({ name, ...array }));
    expect(message(() => decodeModel(encodeSafetensors(arrays, { ...metadata, version: "9" })))).toContain("up to version 1");
    expect(message(() => decodeModel(encodeSafetensors(arrays, { ...metadata, estimator: "{" })))).toContain("is not JSON");
  });

  test("an estimator to fill must be made alike", async () => {
    const bytes = encodeModel(await cases["Perceptron of two"]());
    expect(decodeModel(bytes, new Perceptron()).predict(other)).toEqual((await cases["Perceptron of two"]()).predict(other));
    expect(message(() => decodeModel(bytes, new Perceptron({ eta0: 2 })))).toMatchInlineSnapshot(
      `"FormatError: load: the estimator to fill has another kind or other options; got {"$made":{"kind":"Perceptron","options":{"eta0":2}}} where the file has {"$made":{"kind":"Perceptron","options":{}}}"`,
    );
    expect(message(() => decodeModel(bytes, {}))).toMatchInlineSnapshot(
      `"FormatError: load: the file holds an estimator; got another kind of model to fill — try load(path), without one"`,
    );
  });
});

test("a step of one's own comes back into a pipeline that has one", async () => {
  class Doubler {
    readonly kind = "Doubler";
    readonly options = {};
    fit(): this {
      return this;
    }
    transform(rows: number[][]): Tensor {
      return new StandardScaler({ withMean: false, withStd: false }).fitTransform(rows.map((row) => row.map((value) => 2 * value)));
    }
    describe(): { learnt: unknown } {
      return { learnt: {} };
    }
    restore(): this {
      return this;
    }
  }
  const make = () => new Pipeline([["twice", new Doubler()], ["model", new LinearRegression()]]); // biome-ignore format: one line
  const pipeline = await make().fit(x, numbers);
  const bytes = encodeModel(pipeline);
  expect(() => decodeModel(bytes)).toThrow("knows no such kind of estimator; got Doubler");
  expect(answers(decodeModel(bytes, make()), other)).toEqual(answers(pipeline, other));
});
