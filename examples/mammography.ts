/**
 * A rare class: 260 of 11,183 findings on X-ray pictures are calcifications, 2.3 %. With and without class weights, 5-fold.
 * node examples/mammography.ts --data mammography.csv[.gz] [--target class] [--passes 100] [--seeds 3]
 *
 * Any CSV of numbers with the classes 0 and 1 will do. docs/rare-classes.md has the figures and says what they mean.
 * Source of the data: Woods et al. 1993, Int. J. Pattern Recognition and Artificial Intelligence 7(6).
 */
import { parseArgs } from "node:util";
import {
  accuracy,
  averagePrecision,
  balancedAccuracy,
  LogisticRegression,
  MLPClassifier,
  Pipeline,
  precision,
  recall,
  rocAuc,
  StandardScaler,
  stratifiedKFold,
} from "nabla";
import { readCsv } from "nabla/readers";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    target: { type: "string", default: "class" },
    passes: { type: "string", default: "100" },
    seeds: { type: "string", default: "3" },
  },
});
if (!values.data) throw new Error("mammography: say where the data are — try --data mammography.csv.gz");
const table = await readCsv(values.data);
const y = Array.from(table.numbers(values.target));
const x = table.drop([values.target]);

type Observed = { actual: number[]; predicted: number[] };
const metrics: Readonly<Record<string, (labels: Observed, scores: Observed) => number>> = {
  accuracy: (labels) => accuracy(labels),
  "balanced accuracy": (labels) => balancedAccuracy(labels),
  precision: (labels) => precision(labels, { average: "binary" }),
  recall: (labels) => recall(labels, { average: "binary" }),
  "PR area": (_, scores) => averagePrecision(scores),
  "ROC area": (_, scores) => rocAuc(scores) as number,
};

const maxIter = Number(values.passes);
const share = y.reduce((sum, label) => sum + label, 0) / y.length;
/** Weight of a row of class 1: half-way, on a scale of ratios, between that of a row of class 0 and "balanced". */
const halfway = Math.sqrt((1 - share) / share);

type Classifier = LogisticRegression | MLPClassifier;
type ClassWeight = "balanced" | Record<string, number>;
const logistic = (classWeight?: ClassWeight) => () => new LogisticRegression(classWeight ? { classWeight } : {});
const mlp = (classWeight?: ClassWeight) => (randomState: number) =>
  new MLPClassifier({ hiddenLayerSizes: [64], learningRateInit: 0.003, maxIter, randomState, ...(classWeight && { classWeight }) });

/** What learns, and from which chance on a row is taken for class 1. */
type Candidate = { make: ((seed: number) => Classifier) | null; from?: number };
const candidates: Readonly<Record<string, Candidate>> = {
  "always 0": { make: null },
  LogisticRegression: { make: logistic() },
  "… weights half-way": { make: logistic({ 0: 1, 1: halfway }) },
  "… weights balanced": { make: logistic("balanced") },
  MLPClassifier: { make: mlp() },
  "… weights half-way ": { make: mlp({ 0: 1, 1: halfway }) },
  "… weights balanced ": { make: mlp("balanced") },
  "… no weights, 1 from its share on": { make: mlp(), from: share },
};

type Split = { train: Int32Array<ArrayBuffer>; test: Int32Array<ArrayBuffer> };

/** Metrics of the rows of one fold, by what was learnt from all others. */
async function scoresOf({ make, from = 0.5 }: Candidate, seed: number, { train, test }: Split): Promise<number[]> {
  const actual = Array.from(test, (row) => y[row]!);
  let scores = actual.map(() => 0);
  if (make) {
    const model = new Pipeline([
      ["scale", new StandardScaler()],
      ["model", make(seed)],
    ]);
    await model.fit(
      x.take(train),
      Array.from(train, (row) => y[row]!),
    );
    const chances = model.predictProba(x.take(test)).data();
    scores = actual.map((_, row) => chances[2 * row + 1]!);
  }
  const labels = scores.map((score) => Number(score > from));
  return Object.values(metrics).map((of) => of({ actual, predicted: labels }, { actual, predicted: scores }));
}

console.log(`${table.rows} rows, ${(100 * share).toFixed(1)} % of class 1 · ${maxIter} passes · 5 folds · ${values.seeds} seeds`);
console.log(["".padEnd(33), ...Object.keys(metrics)].join("  "));
for (const [name, candidate] of Object.entries(candidates)) {
  const all: number[][] = [];
  for (let seed = 0; seed < Number(values.seeds); ++seed) {
    for (const fold of stratifiedKFold(y, 5, { shuffle: true, seed })) all.push(await scoresOf(candidate, seed, fold));
  }
  const means = Object.keys(metrics).map((metric, m) => {
    const mean = all.reduce((sum, scores) => sum + scores[m]!, 0) / all.length;
    return mean.toFixed(3).padStart(metric.length);
  });
  console.log([name.padEnd(33), ...means].join("  "));
}
