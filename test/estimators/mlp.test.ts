import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  load,
  MLPClassifier,
  type MLPOptions,
  MLPRegressor,
  NumericError,
  ShapeError,
  StandardScaler,
  save,
  tensor,
  ValueError,
} from "../../src/index.ts";

const iris = JSON.parse(readFileSync(new URL("../fixtures/dataset_iris.json", import.meta.url), "utf8")) as {
  data: { shape: number[]; data: number[] };
  target: { data: number[] };
};
const x = new StandardScaler().fitTransform(tensor(Float32Array.from(iris.data.data), { shape: iris.data.shape }));
const y = iris.target.data;
const names = y.map((c) => ["setosa", "versicolor", "virginica"][c]!);
const small: MLPOptions = { hiddenLayerSizes: [8], learningRateInit: 0.02, maxIter: 60 };
const weightsOf = (model: { coefs: { data(): ArrayLike<number> }[] }) => model.coefs.flatMap((coef) => Array.from(coef.data()));

describe("MLPClassifier", () => {
  test("labels may be text; probabilities add up to 1; the classes are sorted", async () => {
    const model = await new MLPClassifier(small).fit(x, names);
    expect(model.classes).toEqual(["setosa", "versicolor", "virginica"]);
    expect(model.score(x, names)).toBeGreaterThan(0.95);
    const sums = model.predictProba(x).sum(1).data();
    for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
    expect(model.predict(x.slice(0, 2))).toEqual(["setosa", "setosa"]);
    expect(model.coefs.map(({ shape }) => shape)).toEqual([
      [4, 8],
      [8, 3],
    ]);
    expect(model.lossCurve).toHaveLength(model.nIter);
  });

  test("two classes have one logistic output", async () => {
    const two = names.map((name) => (name === "setosa" ? "yes" : "no"));
    const model = await new MLPClassifier(small).fit(x, two);
    expect(model.coefs.at(-1)!.shape).toEqual([8, 1]);
    expect(model.score(x, two)).toBe(1);
    expect(model.predictProba(x).shape).toEqual([150, 2]);
  });

  test("the same state gives the same bits, another does not", async () => {
    const [a, b, c] = await Promise.all([0, 0, 1].map((randomState) => new MLPClassifier({ ...small, randomState }).fit(x, y)));
    expect(weightsOf(a!)).toEqual(weightsOf(b!));
    expect(weightsOf(a!)).not.toEqual(weightsOf(c!));
  });

  test.each<MLPOptions>([
    { solver: "sgd", learningRate: "constant" },
    { solver: "sgd", learningRate: "invscaling", powerT: 0.1 },
    { solver: "sgd", learningRate: "adaptive", nIterNoChange: 2 },
    { solver: "adam", activation: "logistic" },
    { solver: "lbfgs", activation: "tanh" },
    { solver: "adam", activation: "identity", hiddenLayerSizes: [] },
  ])("learns with %j", async (options) => {
    const model = await new MLPClassifier({ ...small, learningRateInit: 0.1, ...options }).fit(x, y);
    expect(model.score(x, y)).toBeGreaterThan(0.93);
  });

  test("stops when nothing improves, and says whether it did", async () => {
    const model = await new MLPClassifier({ ...small, tol: 1, nIterNoChange: 3 }).fit(x, y);
    expect([model.nIter, model.converged]).toEqual([5, true]);
    const short = await new MLPClassifier({ ...small, maxIter: 2 }).fit(x, y);
    expect([short.nIter, short.converged]).toEqual([2, false]);
  });

  test("early stopping scores rows set aside, and keeps the best weights", async () => {
    const model = await new MLPClassifier({ ...small, earlyStopping: true, validationFraction: 0.2, maxIter: 40 }).fit(x, y);
    expect(model.validationScores).toHaveLength(model.nIter);
    expect(Math.max(...model.validationScores)).toBeGreaterThan(0.8);
    const two = await new MLPClassifier({ ...small, earlyStopping: true }).fit(
      x,
      y.map((c) => Number(c > 0)),
    );
    expect(Math.max(...two.validationScores)).toBeGreaterThan(0.9);
  });

  test("class weights move the border towards the rare class", async () => {
    const rare = y.slice(50).map((c) => (c === 2 ? "rare" : "common"));
    const rows = Array.from({ length: 60 }, (_, row) => row + 50);
    const part = x.gather(tensor(Int32Array.from(rows)));
    const labels = rows.map((row) => rare[row - 50]!);
    const found = (model: MLPClassifier) => model.predict(x.slice(100)).filter((label) => label === "rare").length;
    const options = { ...small, hiddenLayerSizes: [], maxIter: 30 };
    const plain = await new MLPClassifier(options).fit(part, labels);
    const balanced = await new MLPClassifier({ ...options, classWeight: "balanced" }).fit(part, labels);
    const given = await new MLPClassifier({ ...options, classWeight: { rare: 3, common: 0.6 } }).fit(part, labels);
    expect(found(balanced)).toBeGreaterThan(found(plain));
    expect(weightsOf(given)).toEqual(weightsOf(balanced));
    await expect(new MLPClassifier({ classWeight: { other: 2 } }).fit(x, names)).rejects.toThrow(
      /names a class that there is not; got other/,
    );
  });

  test("partialFit goes on, and knows all classes from the first call", async () => {
    const model = new MLPClassifier({ ...small, batchSize: 10 });
    await expect(model.partialFit(x.slice(0, 50), names.slice(0, 50))).rejects.toThrow(/needs two classes or more/);
    for (let pass = 0; pass < 15; ++pass) await model.partialFit(x, names);
    expect(model.nIter).toBe(15);
    expect(model.score(x, names)).toBeGreaterThan(0.9);
    await expect(model.partialFit(x.slice(0, 1), ["tulip"])).rejects.toThrow(
      /knows the classes setosa, versicolor, virginica; got "tulip" in row 0/,
    );
    await expect(new MLPClassifier({ solver: "lbfgs" }).partialFit(x, y)).rejects.toThrow(ValueError);
  });

  test("mistakes are told, and change nothing", async () => {
    const model = await new MLPClassifier({ ...small, maxIter: 3 }).fit(x, y);
    const before = weightsOf(model);
    await expect(model.fit(x, y.slice(1))).rejects.toThrow(ShapeError);
    await expect(
      model.fit(
        x,
        y.map(() => 1),
      ),
    ).rejects.toThrow("MLPClassifier.fit: needs two classes or more; got only 1");
    await expect(
      model.fit(
        [
          [1, Number.NaN],
          [0, 1],
        ],
        [0, 1],
      ),
    ).rejects.toThrow(NumericError);
    await expect(model.fit(x, y, { sampleWeight: y.map(() => -1) })).rejects.toThrow(/weights are numbers ≥ 0/);
    expect(weightsOf(model)).toEqual(before);
    expect(() => model.predict([[1, 2]])).toThrow(/was fitted on 4 features/);
    expect(() => new MLPClassifier().predict([[1]])).toThrow(
      "MLPClassifier.predict: has learned nothing yet — try await fit(x, y) before",
    );
    expect(() => new MLPClassifier({ alpha: -1 })).toThrow(/alpha and tol are numbers ≥ 0; got -1/);
    expect(() => new MLPClassifier({ hiddenLayers: [3] } as MLPOptions)).toThrow(/has no such option; got hiddenLayers/);
  });

  test("its network is a model like others", async () => {
    const model = await new MLPClassifier({ ...small, maxIter: 5 }).fit(x, y);
    const path = `/tmp/nabla-mlp-${process.pid}.safetensors`;
    await save(model.network, path);
    const again = await load(path);
    expect(again.forward(x, "eval").data()).toEqual(model.network.forward(x).data());
  });
});

describe("MLPRegressor", () => {
  const line = Array.from({ length: 64 }, (_, i) => [i / 32 - 1]);

  test("one output or several; R²", async () => {
    const options: MLPOptions = { hiddenLayerSizes: [16], solver: "lbfgs", maxIter: 200 };
    const one = await new MLPRegressor(options).fit(
      line,
      line.map(([v]) => v! * v!),
    );
    expect(one.predict(line).shape).toEqual([64]);
    expect(
      one.score(
        line,
        line.map(([v]) => v! * v!),
      ),
    ).toBeGreaterThan(0.99);
    const two = line.map(([v]) => [v!, -2 * v!]);
    const both = await new MLPRegressor(options).fit(line, two);
    expect(both.predict(line).shape).toEqual([64, 2]);
    expect(both.score(line, two)).toBeGreaterThan(0.99);
  });

  test("partialFit keeps the number of outputs; sample weights of 0 are as rows left out", async () => {
    const model = new MLPRegressor({ hiddenLayerSizes: [4] });
    await model.partialFit(
      line,
      line.map(([v]) => v!),
    );
    await expect(
      model.partialFit(
        line,
        line.map(([v]) => [v!, v!]),
      ),
    ).rejects.toThrow(/was fitted on 1 outputs/);
    const half = line.map((_, i) => (i < 32 ? 1 : 0));
    const bent = line.map(([v], i) => (i < 32 ? v! : 100));
    const weighted = await new MLPRegressor({ hiddenLayerSizes: [], solver: "lbfgs", alpha: 0 }).fit(line, bent, {
      sampleWeight: half,
    });
    expect(weighted.coefs[0]!.item()).toBeCloseTo(1, 3);
  });
});
