import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { clone, withOptions } from "../../src/estimators/clone.ts";
import {
  balancedAccuracy,
  crossValidate,
  kFold,
  LinearRegression,
  LogisticRegression,
  MLPClassifier,
  OneVsRest,
  Perceptron,
  Pipeline,
  StandardScaler,
  tensor,
} from "../../src/index.ts";

const wine = JSON.parse(readFileSync(new URL("../fixtures/dataset_wine.json", import.meta.url), "utf8"));
const x = tensor(Float32Array.from(wine.data.data), { shape: wine.data.shape });
const y = wine.target.data as number[];
const scaledModel = () =>
  new Pipeline([
    ["scale", new StandardScaler()],
    ["model", new LogisticRegression()],
  ]);

describe("Pipeline", () => {
  test("each step learns from what the ones before make", async () => {
    const pipeline = await scaledModel().fit(x, y);
    const alone = await new LogisticRegression().fit(new StandardScaler().fitTransform(x), y);
    expect(pipeline.predict(x)).toEqual(alone.predict(new StandardScaler().fitTransform(x)));
    expect(pipeline.score(x, y)).toBeGreaterThan(0.98);
    expect(pipeline.predictProba(x).shape).toEqual([178, 3]);
    expect(pipeline.classes).toEqual([0, 1, 2]);
    expect(() => scaledModel().predict(x)).toThrow(/^Pipeline\.predict: has learned nothing yet/);
    expect(
      () =>
        new Pipeline([
          ["a", new LogisticRegression() as never],
          ["b", new LogisticRegression()],
        ]),
    ).toThrow(/step 'a' needs fit, transform; got no transform/);
  });

  test("copies have the options, and nothing learned", async () => {
    const pipeline = await scaledModel().fit(x, y);
    const other = withOptions("test", pipeline, { "model.C": 0.1 });
    expect([other.estimator.options, pipeline.estimator.options]).toEqual([{ C: 0.1 }, {}]);
    expect(() => other.predict(x)).toThrow(/nothing yet/);
    expect(() => withOptions("search", pipeline, { "nothing.C": 1 })).toThrow(
      /is named by its step; got nothing.C — try scale.…, model.…/,
    );
    const many = clone(new OneVsRest({ estimator: new Perceptron({ eta0: 2 }) }));
    expect((many.options.estimator as Perceptron).options).toEqual({ eta0: 2 });
  });
});

describe("crossValidate", () => {
  test("scores each part by what learned from the others", async () => {
    const found = await crossValidate(scaledModel(), x, y, { shuffle: true, returnTrainScore: true });
    expect(found.testScores).toHaveLength(5);
    expect(found.mean).toBeGreaterThan(0.96);
    expect(Math.min(...found.trainScores)).toBeGreaterThan(0.98);
    expect(found.estimators[0]!.score(x, y)).toBeGreaterThan(0.95);
  });

  test("numbers, own folds, own score", async () => {
    const line = Array.from({ length: 20 }, (_, i) => [i]);
    const linear = await crossValidate(
      new LinearRegression(),
      line,
      line.map(([v]) => 3 * v!),
      { cv: 4 },
    );
    expect(linear.mean).toBeCloseTo(1, 5);
    const scoring = (model: MLPClassifier, rows: never, targets: never) =>
      balancedAccuracy({ actual: targets, predicted: model.predict(rows) as number[] });
    const options = { hiddenLayerSizes: [4], maxIter: 5 };
    const found = await crossValidate(new MLPClassifier(options), x, y, {
      cv: kFold(178, 3, { shuffle: true }),
      scoring: scoring as never,
    });
    expect(found.testScores).toHaveLength(3);
    await expect(crossValidate(new LinearRegression(), line, [1, 2])).rejects.toThrow(/same number of rows/);
  });
});
