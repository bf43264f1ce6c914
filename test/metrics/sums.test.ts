/** What metrics make of tensors by sums in ops is what they make of rows, one by one. */
import { describe, expect, test } from "vitest";
import type { Metric } from "../../src/index.ts";
import * as nabla from "../../src/index.ts";
import { evaluate, random, softmax, type Tensor, tensor, where } from "../../src/index.ts";

/** Stands for a prediction that is no number: data must be some. */
const NOT = 77;
/** A model that predicts what it is given; one of its own for each pass, and for its programs. */
const identity = () => ({ forward: (x: Tensor): Tensor => where(x.equal(NOT), NaN, x) });
/** Rows at a time: the last batch is a smaller one. */
const options = { batchSize: 64 };
const n = 300;

/** Batch by batch, by sums that tell all; and all rows at once, one by one. */
async function both<Result>(own: Metric<Result>, x: Tensor, y: Tensor): Promise<{ sums: Result; rows: Result }> {
  const predicted = identity().forward(x);
  const { sums } = own.stream();
  const found = sums!.of(y, predicted)!;
  expect(sums!.take([...found.data()], x.shape[0]!)).toBe(true);
  const { one } = await evaluate(identity(), { x, y }, { one: own }, options);
  return { sums: one as Result, rows: own({ actual: y, predicted }) };
}

const scores = random(1).normal([n, 5]);
const classes = tensor(Int32Array.from({ length: n }, (_, i) => (i * i + (i >> 3)) % 5));
/** Rows with equal scores, and some that are no numbers. */
const awkward = where(
  tensor(
    Float32Array.from({ length: n * 5 }, (_, i) => Number(i % 31 === 0)),
    { shape: [n, 5] },
  ),
  NOT,
  nabla.round(scores),
);

describe("counts are the same", () => {
  const { accuracy, hammingLoss, balancedAccuracy, precision, recall, f1, fBeta, jaccard } = nabla;
  const { confusionMatrix, classificationReport, matthewsCorrcoef, cohenKappa, topKAccuracy } = nabla;
  const metrics: Record<string, Metric<unknown>> = {
    ...{ accuracy, hammingLoss, balancedAccuracy, precision, recall, f1, fBeta, jaccard },
    ...{ confusionMatrix, classificationReport, matthewsCorrcoef, cohenKappa, topKAccuracy },
    "f1, averaged": f1.with({ average: "macro" }),
    "right rows": accuracy.with({ normalize: false }),
    "top 1": topKAccuracy.with({ k: 1 }),
    "top 5": topKAccuracy.with({ k: 5 }),
  };
  const targets: Record<string, Tensor> = {
    i32: classes,
    u8: classes.cast("u8"),
    f32: classes.cast("f32"),
    "a column": classes.reshape([n, 1]),
  };
  for (const [name, own] of Object.entries(metrics)) {
    test.each(Object.entries(targets))(`${name}, of classes as %s`, async (_, y) => {
      for (const x of [scores, awkward]) {
        const { sums, rows } = await both(own, x, y);
        expect(JSON.stringify(sums)).toBe(JSON.stringify(rows));
      }
    });
  }

  test("classes as probabilities", async () => {
    const { sums, rows } = await both(confusionMatrix, scores, softmax(random(2).normal([n, 5])));
    expect(sums).toEqual(rows);
  });
});

/** Of which each number is rounded so often on its way; sums themselves are kept in f64 and rounded once. */
const ROUNDINGS = 8;
const near = (sums: number, rows: number, scale = Math.abs(rows)): void =>
  expect(Math.abs(sums - rows)).toBeLessThanOrEqual(ROUNDINGS * 2 ** -24 * scale);

describe("sums are the same but for f32's rounding", () => {
  const y = random(3).uniform([n, 2], 1, 3);
  const x = y.add(random(4).normal([n, 2], 0.01, 0.1));
  const relative = {
    ...{ meanSquaredError: nabla.meanSquaredError, rootMeanSquaredError: nabla.rootMeanSquaredError },
    ...{ meanAbsoluteError: nabla.meanAbsoluteError, meanAbsolutePercentageError: nabla.meanAbsolutePercentageError },
    maxError: nabla.maxError,
  };
  test.each(Object.entries(relative))("%s", async (_, own) => {
    const { sums, rows } = await both(own, x, y);
    near(sums, rows);
    const raw = await both(own.with({ multioutput: "rawValues" }), x, y);
    for (const [c, value] of raw.rows.entries()) near(raw.sums[c]!, value);
    const single = await both(own, x.slice(0, 1, 1), y.slice(0, 1, 1).reshape([n]));
    near(single.sums, single.rows);
  });

  test.each([
    ["r2", nabla.r2],
    ["explainedVariance", nabla.explainedVariance],
  ])("%s, far from zero too", async (_, own) => {
    for (const offset of [0, 1000]) {
      const { sums, rows } = await both(own, x.add(offset), y.add(offset));
      near(sums, rows, 1);
      expect(rows).toBeGreaterThan(0.9);
      near((await both(own.with({ multioutput: "varianceWeighted" }), x.add(offset), y.add(offset))).sums, rows, 10_000);
    }
  });

  test("meanSquaredLogError: its logarithms are rounded to their own size", async () => {
    const { sums, rows } = await both(nabla.meanSquaredLogError, x, y);
    near(sums, rows, 2 * Math.sqrt(rows) * Math.log(4));
  });

  test.each([
    ["logLoss", nabla.logLoss],
    ["perplexity", nabla.perplexity],
  ])("%s", async (_, own) => {
    const several = await both(own, softmax(scores), classes);
    near(several.sums, several.rows);
    const one = await both(own, nabla.sigmoid(scores.slice(0, 1, 1)), classes.cast("f32").greater(2));
    near(one.sums, one.rows);
  });

  test("constant targets have no variance", async () => {
    expect((await both(nabla.r2, x, nabla.full([n, 2], 0.1))).sums).toBe(0);
    expect((await both(nabla.r2, nabla.full([n, 2], 0.1), nabla.full([n, 2], 0.1))).sums).toBe(1);
  });
});

describe("rows are looked at where sums do not tell all", () => {
  const value = async (own: Metric<unknown>, x: Tensor, y: Tensor): Promise<unknown> => {
    const told = async (find: () => unknown): Promise<string> => {
      try {
        return JSON.stringify(await find());
      } catch (error) {
        return String(error).replaceAll(/\d+ in row \d+/g, "row");
      }
    };
    const found = await told(async () => (await evaluate(identity(), { x, y }, { one: own }, options)).one);
    expect(found).toBe(await told(() => own({ actual: y, predicted: identity().forward(x) })));
    return found;
  };
  const set = (y: Tensor, at: number, to: number): Tensor =>
    tensor(
      Float32Array.from(y.data() as ArrayLike<number>, (old, i) => (i === at ? to : old)),
      { shape: y.shape },
    );

  test("a class that has no score is one more", async () => {
    expect(await value(nabla.confusionMatrix, scores, set(classes, 100, 7))).toMatch(/"labels":\[0,1,2,3,4,7\]/);
    expect(await value(nabla.accuracy, scores, set(classes, 100, 7))).toMatch(/^0\.\d+$/);
  });

  test.each([-1, 0.5])("the class %d is an error", async (wrong) => {
    expect(await value(nabla.accuracy, scores, set(classes, 100, wrong))).toMatch(/actual classes are whole numbers/);
    expect(await value(nabla.topKAccuracy, scores, set(classes, 100, wrong))).toMatch(/actual classes are whole numbers/);
  });

  test("what overflows in f32, is no number or out of range", async () => {
    const [x, y] = [random(5).normal([n]), random(6).normal([n])];
    expect(await value(nabla.meanSquaredError, set(x, 7, 1e30), y)).toMatch(/e\+57$/);
    expect(await value(nabla.meanSquaredError, set(x, 7, NOT), y)).toBe("null");
    expect(await value(nabla.meanSquaredLogError, x, y)).toMatch(/numbers are above −1/);
    expect(await value(nabla.logLoss, scores, classes)).toMatch(/probabilities from 0 to 1/);
  });

  test("more classes than are worth while to count", async () => {
    const many = random(7).normal([n, 200]);
    expect(nabla.accuracy.stream().sums!.of(classes, many)).toBeNull();
    await value(nabla.accuracy, many, classes);
  });
});

test("each step of sequences is a row, by sums and one by one", async () => {
  const [x, y] = [scores.reshape([n / 10, 10, 5]), classes.reshape([n / 10, 10])];
  const { accuracy, confusionMatrix, topKAccuracy, logLoss } = nabla;
  for (const own of [accuracy, confusionMatrix, topKAccuracy] as Metric<unknown>[]) {
    const { sums, rows } = await both(own, x, y);
    expect([sums, rows]).toEqual([own({ actual: classes, predicted: scores }), own({ actual: classes, predicted: scores })]);
  }
  const { sums, rows } = await both(logLoss, softmax(x), y);
  near(sums, rows);
  expect(rows).toBe(logLoss({ actual: classes, predicted: softmax(scores) }));
  expect(accuracy({ actual: y, predicted: x, weight: nabla.ones([n / 10, 10]) })).toBe(accuracy({ actual: y, predicted: x }));
});

test("evaluate has sums computed by the program that predicts, those of one name once, of models with several inputs too", async () => {
  const sum = { forward: ({ a, b }: { a: Tensor; b: Tensor }): Tensor => a.add(b) };
  const [a, b] = [random(8).normal([n, 5]), random(9).normal([n, 5])];
  const { accuracy, f1 } = nabla;
  const whole = <Result>(own: Metric<Result>): Metric<Result> => {
    const stream = (): ReturnType<typeof own.stream> => ({ ...own.stream(), add: () => expect.unreachable("rows came") });
    return Object.assign((observed: Parameters<typeof own>[0]) => own(observed), { stream });
  };
  const found = await evaluate(sum, { x: { a, b }, y: classes }, { accuracy: whole(accuracy), f1: whole(f1) }, options);
  const observed = { actual: classes, predicted: a.add(b) };
  expect(found).toEqual({ accuracy: accuracy(observed), f1: f1(observed) });
});
