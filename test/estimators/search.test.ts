import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import {
  crossValidate,
  GridSearch,
  KNeighborsClassifier,
  LinearRegression,
  LogisticRegression,
  logUniform,
  Pipeline,
  RandomSearch,
  StandardScaler,
  tensor,
  wholeBetween,
} from "../../src/index.ts";

const iris = JSON.parse(readFileSync(new URL("../fixtures/dataset_iris.json", import.meta.url), "utf8"));
const x = tensor(Float32Array.from(iris.data.data), { shape: iris.data.shape });
const y = iris.target.data as number[];
const estimator = () =>
  new Pipeline([
    ["scale", new StandardScaler()],
    ["model", new LogisticRegression({ maxIter: 50 })],
  ]);
const grid = { "model.C": [0.001, 1] };
const quiet = { cv: 3, shuffle: true, verbose: false } as const;

describe("GridSearch", () => {
  test("the best options, learned from all rows; the same on threads and without", async () => {
    const alone = await new GridSearch({ estimator: estimator(), grid, nJobs: 1, ...quiet }).fit(x, y);
    const threads = await new GridSearch({ estimator: estimator(), grid, nJobs: 2, ...quiet }).fit(x, y);
    expect(alone.bestParams).toEqual({ "model.C": 1 });
    expect(alone.bestScore).toBeGreaterThan(0.93);
    expect(threads.results.map(({ scores }) => scores)).toEqual(alone.results.map(({ scores }) => scores));
    expect(alone.score(x, y)).toBeGreaterThan(0.95);
    expect(alone.predict(x.slice(0, 1))).toEqual([0]);
    expect(String(alone)).toMatch(/rank {2}options/);
  });

  test("several grids, scores by name and by function", async () => {
    const two = y.slice(50);
    const options = { ...quiet, nJobs: 1, scoring: "rocAuc" } as const;
    const search = await new GridSearch({
      estimator: estimator(),
      grid: [{ "model.C": [1] }, { "model.tol": [0.1] }],
      ...options,
    }).fit(x.slice(50), two);
    expect(search.results).toHaveLength(2);
    expect(search.bestScore).toBeGreaterThan(0.98);
    const scoring = () => 7;
    const fixed = await new GridSearch({
      estimator: new KNeighborsClassifier(),
      grid: { nNeighbors: [1, 3] },
      ...quiet,
      scoring,
    }).fit(x, y);
    expect(fixed.bestScore).toBe(7);
  });

  test("halving gives the better candidates more rows", async () => {
    const search = new GridSearch({
      estimator: new KNeighborsClassifier(),
      grid: { nNeighbors: [1, 3, 5, 9, 30] },
      halving: {},
      nJobs: 1,
      ...quiet,
    });
    await search.fit(x, y);
    expect(search.results.map(({ rows }) => rows)).toEqual([150, 150, 50, 50, 50]);
    expect(search.bestParams.nNeighbors).not.toBe(30);
  });

  test("goes on from a file of results, whatever broke it off", async () => {
    const resume = join(mkdtempSync(join(tmpdir(), "nabla-search-")), "results.jsonl");
    const first = await new GridSearch({ estimator: estimator(), grid, resume, nJobs: 1, ...quiet }).fit(x, y);
    const lines = readFileSync(resume, "utf8");
    expect(lines.trim().split("\n")).toHaveLength(6);
    writeFileSync(resume, lines.slice(0, lines.indexOf("\n") + 10)); // one result and a half
    const again = await new GridSearch({ estimator: estimator(), grid, resume, nJobs: 1, ...quiet }).fit(x, y);
    expect(again.results.map(({ scores }) => scores)).toEqual(first.results.map(({ scores }) => scores));
  });

  test("prints a line for each candidate and a table", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    await new GridSearch({ estimator: new KNeighborsClassifier(), grid: { nNeighbors: [1, 3] }, cv: 3, nJobs: 1 }).fit(x, y);
    const lines = log.mock.calls.map(([line]) => String(line));
    log.mockRestore();
    expect(lines[0]).toBe("2 candidates, 3 folds of 150 rows");
    expect(lines[1]).toMatch(/^1\/2 {2}nNeighbors=1 {2}0\.9\d+ ± 0\.0\d+ {2}\d/);
    expect(lines).toHaveLength(4);
  });

  test("mistakes are told", async () => {
    const search = (wrong: object) => new GridSearch({ estimator: estimator(), grid, ...quiet, ...wrong }).fit(x, y);
    await expect(search({ grid: { "model.C": [] } })).rejects.toThrow(/each option has a list of values to try/);
    await expect(search({ grid: { C: [1] }, nJobs: 1 })).rejects.toThrow(/is named by its step/);
    await expect(search({ grid: { "model.C": [-1] }, nJobs: 2 })).rejects.toThrow(/C is a number > 0/);
    await expect(search({ scoring: "f2" as never, nJobs: 1 })).rejects.toThrow(
      /^GridSearch: has no such score; got f2 — try accuracy, /,
    );
    expect(() => new GridSearch({ estimator: estimator(), grid }).bestParams).toThrow(/has learned nothing yet/);
  });
});

test("what a validation has found prints as a line", async () => {
  const found = await crossValidate(estimator(), x, y, { cv: 3, shuffle: true, returnTrainScore: true });
  expect(String(found)).toMatch(
    /^0\.9\d{3} ± 0\.\d{4} over 3 folds \(([01]\.\d{4}(, )?){3}\), \d+\.\d\d s; of the rows learned from ([01]\.\d{4}(, )?){3}$/,
  );
  expect(Object.keys(found)).toEqual(["testScores", "trainScores", "mean", "std", "seconds", "estimators"]);
});

test("RandomSearch draws the same for the same state", async () => {
  const distributions = { "model.C": logUniform(0.01, 100), "model.maxIter": wholeBetween(20, 40) };
  const make = (randomState: number) =>
    new RandomSearch({ estimator: estimator(), distributions, nIter: 3, randomState, nJobs: 1, ...quiet });
  const [a, b, c] = [await make(1).fit(x, y), await make(1).fit(x, y), await make(2).fit(x, y)];
  expect(a.results).toHaveLength(3);
  expect(a.bestParams).toEqual(b.bestParams);
  expect(a.bestParams).not.toEqual(c.bestParams);
  for (const { params } of a.results) expect(params["model.C"]).toBeGreaterThan(0.01);
  const line = Array.from({ length: 12 }, (_, i) => [i]);
  const numbers = await new RandomSearch({
    estimator: new LinearRegression(),
    distributions: { fitIntercept: [true, false] },
    nIter: 2,
    ...quiet,
    nJobs: 1,
    scoring: "negRootMeanSquaredError",
  }).fit(
    line,
    line.map(([v]) => v! + 100),
  );
  expect(numbers.bestParams).toEqual({ fitIntercept: true });
});
