/**
 * Estimators by 5-fold cross-validation beside scikit-learn's figures on the same data (scikit-learn 1.2.1, StandardScaler, stratified folds
 * shuffled by seed 0; LR = logistic or linear regression, MLP = one hidden layer of 64 ReLU, Adam, 200 passes).
 * node bench/estimators.ts
 */

import { formatTable } from "../src/core/table.ts";
import { breastCancer, diabetes, digits, iris, wine } from "../src/datasets/index.ts";
import {
  crossValidate,
  LinearRegression,
  LogisticRegression,
  MLPClassifier,
  MLPRegressor,
  Pipeline,
  StandardScaler,
  type tensor,
} from "../src/index.ts";

type Data = { x: ReturnType<typeof tensor>; y: number[] };

/** The package's own data. */
const SETS = { iris, wine, digits, "breast cancer": breastCancer, diabetes };

async function read(name: keyof typeof SETS): Promise<Data> {
  const { x, y } = await SETS[name]();
  return { x: x.reshape([x.shape[0]!, x.size / x.shape[0]!]).cast("f32"), y: Array.from(y.data()) };
}

/** scikit-learn's scores of LR and MLP. */
const PEERS: Readonly<Record<keyof typeof SETS, [lr: number, mlp: number]>> = {
  iris: [0.96, 0.947],
  wine: [0.983, 0.972],
  digits: [0.969, 0.972],
  "breast cancer": [0.979, 0.977],
  diabetes: [0.489, 0.47],
};
const SEEDS = [0, 1, 2, 3, 4];

const rows: string[][] = [];
for (const [name, [lr, mlp]] of Object.entries(PEERS)) {
  const { x, y } = await read(name as keyof typeof SETS);
  const numbers = name === "diabetes";
  // Targets of a network should be scaled; R² does not change with that.
  const mean = y.reduce((a, b) => a + b, 0) / y.length;
  const deviation = Math.sqrt(y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / y.length);
  const targets = numbers ? y.map((value) => (value - mean) / deviation) : y;
  /** Mean of the folds' scores, over several seeds of folds and first weights. */
  const score = async (
    make: (randomState: number) => LinearRegression | LogisticRegression | MLPClassifier | MLPRegressor,
  ): Promise<number> => {
    let sum = 0;
    for (const seed of SEEDS) {
      const model = new Pipeline([
        ["scale", new StandardScaler()],
        ["model", make(seed) as MLPClassifier],
      ]);
      sum += (await crossValidate(model, x, targets, { cv: 5, shuffle: true, seed })).mean;
    }
    return sum / SEEDS.length;
  };
  const found = [
    await score(() => (numbers ? new LinearRegression() : new LogisticRegression())),
    await score((randomState) => {
      const options = { hiddenLayerSizes: [64], maxIter: 200, randomState };
      return numbers ? new MLPRegressor(options) : new MLPClassifier(options);
    }),
  ];
  rows.push([name, found[0]!.toFixed(3), lr.toFixed(3), found[1]!.toFixed(3), mlp.toFixed(3)]);
}
console.log(
  formatTable([["", "LR", "scikit-learn", "MLP", "scikit-learn"], ...rows], ["left", "right", "right", "right", "right"]),
);
