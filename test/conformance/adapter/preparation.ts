/** 12: preparation and splits. */
import * as nabla from "../../../src/index.ts";
import { type Case, isNumbers, type Plain } from "../cases.ts";
import { compare, type Finding, type Got } from "../compare.ts";
import type { Adapter, Adapters, Found } from "./adapter.ts";

const camel = (text: string): string => text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The case's options by our names. */
function optionsOf({ config }: Case): never {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [camel(name), value])) as never;
}

function rowsIn({ inputs }: Case, name: string): nabla.NumberRows {
  const value = inputs[name];
  if (!isNumbers(value)) throw new Error(`${name} is no tensor`);
  const [rows, columns] = value.shape as [number, number];
  return Array.from({ length: rows }, (_, r) => value.data.slice(r * columns, (r + 1) * columns));
}

function labelsIn({ inputs }: Case): nabla.Labels {
  const { y } = inputs;
  return isNumbers(y) ? y.data : (y as string[]);
}

const list = (data: ArrayLike<number>): Got => ({ shape: [data.length], data });

type Scaler = {
  fit(x: nabla.NumberRows): Scaler;
  transform(x: nabla.NumberRows): nabla.Tensor;
  inverseTransform(x: nabla.NumberRows): nabla.Tensor;
};

/** @param fields what it learns, by scikit-learn's names */
const scaler = <Own extends Scaler>(
  Kind: new (options: never) => Own,
  fields: Readonly<Record<string, (own: Own) => Float64Array>>,
): Adapter => ({
  run(of): Found {
    const own = new Kind(optionsOf(of));
    own.fit(rowsIn(of, "train"));
    const test = own.transform(rowsIn(of, "test"));
    const learnt = Object.entries(fields).map(([name, get]) => [name, list(get(own))] as const);
    return {
      ...Object.fromEntries(learnt),
      transformed_train: own.transform(rowsIn(of, "train")),
      transformed_test: test,
      inverse_test: own.inverseTransform(rowsIn({ ...of, inputs: { x: of.outputs.transformed_test! } }, "x")),
    };
  },
});

const transformer = (Kind: new (options: never) => { fitTransform(x: nabla.NumberRows): nabla.Tensor }): Adapter => ({
  run: (of) => ({ transformed: new Kind(optionsOf(of)).fitTransform(rowsIn(of, "x")) }),
});

/** Counts of each class of the rows named. */
function countsOf(labels: readonly number[], rows: ArrayLike<number>): number[] {
  const counts = new Array<number>(Math.max(...labels) + 1).fill(0);
  for (const row of Array.from(rows)) counts[labels[row]!]! += 1;
  return counts;
}

/** Class counts within the slack that the case allows; all else to the letter. */
function accept(of: Case, numbers: Readonly<Record<string, Got>>): readonly Finding[] {
  const slack = Number(of.outputs.count_slack ?? 0);
  return Object.entries(of.outputs).flatMap(([name, want]) => {
    if (name === "count_slack" || (name === "test_indices" && of.config.shuffle === true)) return [];
    const tolerance = name.endsWith("_counts") ? { rtol: 0, atol: slack } : of.toleranceOf(`outputs.${name}`);
    const loose = isNumbers(want) && name.endsWith("_counts") ? { ...want, dtype: "float32" as const } : want;
    return [compare(name, numbers[`outputs.${name}`], loose, tolerance)];
  });
}

/** Whether parts are disjoint and complete. */
function checkParts(n: number, parts: readonly ArrayLike<number>[]): void {
  const rows = parts.flatMap((part) => Array.from(part)).sort((a, b) => a - b);
  if (rows.length !== n || rows.some((row, i) => row !== i)) throw new Error(`the parts are not all of ${n} rows: ${rows}`);
}

function splitOf(of: Case): Found {
  const labels = Array.from(labelsIn(of) as ArrayLike<number>);
  const n = labels.length;
  const test = Number(of.config.test_size);
  const rows = new nabla.Table({ row: Array.from({ length: n }, (_, row) => row) });
  const parts = nabla.split(rows, { train: 1 - test, test }, of.config.stratify === true ? { stratify: labels } : {});
  const [train, tested] = [parts.train.numbers("row"), parts.test.numbers("row")];
  checkParts(n, [train, tested]);
  return {
    n_train: train.length,
    n_test: tested.length,
    ...(of.outputs.test_class_counts && {
      test_class_counts: list(countsOf(labels, tested)),
      train_class_counts: list(countsOf(labels, train)),
    }),
  };
}

function kFoldOf(of: Case): Found {
  const n = Number(of.inputs.n);
  const folds = nabla.kFold(n, Number(of.config.n_splits), { shuffle: of.config.shuffle === true });
  for (const { train, test } of folds) checkParts(n, [train, test]);
  return {
    test_sizes: list(folds.map(({ test }) => test.length)),
    ...(of.outputs.test_indices && { test_indices: folds.map(({ test }) => [...test]) }),
  };
}

function stratifiedOf(of: Case): Found {
  const labels = Array.from(labelsIn(of) as ArrayLike<number>);
  const folds = nabla.stratifiedKFold(labels, Number(of.config.n_splits), { shuffle: of.config.shuffle === true });
  checkParts(
    labels.length,
    folds.map(({ test }) => test),
  );
  const counts = folds.map(({ test }) => countsOf(labels, test));
  return {
    test_class_counts: { shape: [counts.length, counts[0]!.length], data: counts.flat() },
    test_indices: folds.map(({ test }) => [...test]),
  };
}

function oneHotOf(of: Case): Found {
  const { handle_unknown, drop } = of.config;
  const encoder = new nabla.OneHotEncoder({
    handleUnknown: handle_unknown as "error" | "ignore",
    drop: (drop ?? null) as "first" | null,
  });
  encoder.fit(of.inputs.train as readonly string[][]);
  const categories = encoder.categories as Plain;
  try {
    return { categories, transformed: encoder.transform(of.inputs.test as readonly string[][]) };
  } catch (error) {
    if (error instanceof nabla.ValueError) return { categories, raises: true };
    throw error;
  }
}

export const preparation: Adapters = {
  StandardScaler: scaler(nabla.StandardScaler, {
    mean_: (own) => own.mean,
    var_: (own) => own.variance,
    scale_: (own) => own.scale,
  }),
  MinMaxScaler: scaler(nabla.MinMaxScaler, {
    min_: (own) => own.min,
    scale_: (own) => own.scale,
    data_min_: (own) => own.dataMin,
    data_max_: (own) => own.dataMax,
  }),
  RobustScaler: scaler(nabla.RobustScaler, { center_: (own) => own.center, scale_: (own) => own.scale }),
  MaxAbsScaler: scaler(nabla.MaxAbsScaler, { max_abs_: (own) => own.maxAbs, scale_: (own) => own.scale }),
  Normalizer: transformer(nabla.Normalizer),
  PolynomialFeatures: transformer(nabla.PolynomialFeatures),
  OneHotEncoder: { run: oneHotOf },
  LabelEncoder: {
    run(of) {
      const encoder = new nabla.LabelEncoder().fit(of.inputs.train as string[]);
      return { classes: encoder.classes as Plain, transformed: encoder.transform(of.inputs.test as string[]) };
    },
  },
  train_test_split: { run: splitOf, accept },
  KFold: { run: kFoldOf, accept },
  StratifiedKFold: { run: stratifiedOf, accept },
  compute_class_weight: {
    run(of) {
      const labels = Array.from(labelsIn(of) as ArrayLike<number>);
      const weights = nabla.classWeight("balanced", labels);
      const classes = [...weights.keys()].filter((label) => labels.includes(label));
      return { classes: list(classes), weights: list(classes.map((label) => weights[label]!)) };
    },
  },
};
