import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { KMeans, KNeighborsClassifier, tensor } from "../../src/index.ts";

const iris = JSON.parse(readFileSync(new URL("../fixtures/dataset_iris.json", import.meta.url), "utf8"));
const x = tensor(Float32Array.from(iris.data.data), { shape: iris.data.shape });
const y = iris.target.data as number[];
const even = Int32Array.from({ length: 75 }, (_, i) => 2 * i);
const odd = even.map((row) => row + 1);
const of = (rows: Int32Array<ArrayBuffer>) => [x.gather(tensor(rows)), [...rows].map((row) => y[row]!)] as const;

describe("KNeighborsClassifier", () => {
  // scikit-learn 1.2 on the same halves.
  test.each([
    [1, 0.96, 0.96],
    [5, 0.98667, 0.98667],
    [15, 0.92, 0.94667],
  ])("%i neighbours", async (nNeighbors, uniform, distance) => {
    const [train, test] = [of(even), of(odd)];
    const plain = await new KNeighborsClassifier({ nNeighbors }).fit(...train);
    expect(plain.score(...test)).toBeCloseTo(uniform, 4);
    const weighted = await new KNeighborsClassifier({ nNeighbors, weights: "distance" }).fit(...train);
    expect(weighted.score(...test)).toBeCloseTo(distance, 4);
  });

  test("rows far from 0 keep their distances; a row on another asks that one", async () => {
    const far = [[1e5], [1e5 + 1], [1e5 + 3]];
    const model = await new KNeighborsClassifier({ nNeighbors: 1 }).fit(far, ["a", "b", "c"]);
    expect(model.predict([[1e5 + 0.4], [1e5 + 0.6], [1e5 + 2.2]])).toEqual(["a", "b", "c"]);
    const weighted = await new KNeighborsClassifier({ nNeighbors: 3, weights: "distance" }).fit(far, ["a", "b", "c"]);
    expect([...weighted.predictProba([[1e5 + 1]]).data()]).toEqual([0, 1, 0]);
    await expect(new KNeighborsClassifier().fit([[1]], [0])).rejects.toThrow(/needs 5 rows for as many neighbours; got 1/);
  });
});

describe("KMeans", () => {
  test("scikit-learn's clusters of the iris data", async () => {
    const model = await new KMeans({ nClusters: 3 }).fit(x);
    expect(model.inertia).toBeCloseTo(78.8514, 2);
    const lengths = [...model.clusterCenters.data()].filter((_, i) => i % 4 === 2).sort();
    for (const [i, want] of [1.462, 4.39355, 5.74211].entries()) expect(lengths[i]).toBeCloseTo(want, 3);
    expect(model.predict(x)).toEqual([...model.labels]);
    expect(model.transform(x).shape).toEqual([150, 3]);
    expect(model.score(x)).toBeCloseTo(-model.inertia, 2);
  });

  test("as many clusters as rows; equal rows; too few rows", async () => {
    const model = await new KMeans({ nClusters: 3, nInit: 1 }).fit([[0], [5], [9]]);
    expect([...model.labels].sort()).toEqual([0, 1, 2]);
    const same = await new KMeans({ nClusters: 2, nInit: 2 }).fit([[1], [1], [1]]);
    expect(same.inertia).toBe(0);
    await expect(new KMeans().fit([[1]])).rejects.toThrow(/needs 8 rows for as many clusters; got 1/);
  });
});
