/** How good an estimator is on rows it has not seen: `crossValidate`. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import { type Fold, groupKFold, kFold, stratifiedKFold } from "../data/folds.ts";
import type { Labels } from "../data/labels.ts";
import type { TensorLike } from "../graph/from.ts";
import { clone } from "./clone.ts";
import { countRows, type Rows, takeRows } from "./rows.ts";
import { checkScoring, type ScoringName, scoreBy } from "./scoring.ts";

/** What can be validated. `never` accepts whatever kind of rows and targets an estimator takes. */
export type Validated = {
  readonly kind: string;
  readonly options: unknown;
  fit(x: never, y: never): Promise<unknown>;
  score(x: never, y: never): number;
};
export type Targets = Labels | TensorLike;
/** A number that says how good a fitted estimator is on these rows; larger is better. */
export type Scoring<E> = (estimator: E, x: Rows, y: Targets) => number;

export type CrossValidateOptions<E> = {
  /** Folds, or how many; of classes, each fold has its share of each. Default 5. */
  cv?: number | readonly Fold[];
  /** Whether rows are shuffled before they are cut. Default false. */
  shuffle?: boolean;
  /** Chooses the order when shuffling. Default 0. */
  seed?: number;
  /** Keeps together what belongs together: a label a row. */
  groups?: Labels;
  /** A name, such as "balancedAccuracy", or a function. Default: the estimator's own score, accuracy or R². */
  scoring?: ScoringName | Scoring<E>;
  /** Whether to score the rows that were learned from too. Default false. */
  returnTrainScore?: boolean;
};

export type CrossValidation<E> = {
  /** Score of each fold. */
  testScores: number[];
  /** Of the rows each learned from, with `returnTrainScore`. */
  trainScores: number[];
  /** Mean of testScores, and their deviation (population). */
  mean: number;
  std: number;
  /** Time each took to learn. */
  seconds: number[];
  /** What each fold has trained. */
  estimators: E[];
};

/** Whether an estimator tells classes apart: then it has a list of them. */
function isClassifier(estimator: object): boolean {
  return (estimator as { classes?: unknown }).classes !== undefined;
}

/** The folds that options ask for. @throws ValueError, ShapeError */
export function foldsFor<E extends Validated>(
  where: string,
  estimator: E,
  x: Rows,
  y: Targets,
  { cv = 5, shuffle = false, seed = 0, groups, scoring }: CrossValidateOptions<E>,
): readonly Fold[] {
  checkScoring(where, scoring);
  const n = countRows(x);
  if (countRows(y as ArrayLike<unknown>) !== n)
    throw new ShapeError(where, "x and y must have the same number of rows", { x: [n], y: [countRows(y as ArrayLike<unknown>)] });
  if (typeof cv !== "number") {
    const outside = cv.some(({ train, test }) => [...train, ...test].some((row) => !(row >= 0 && row < n)));
    if (cv.length === 0 || outside) throw new ValueError(where, `folds hold row numbers from 0 to ${n - 1}`, `${cv.length} folds`);
    return cv;
  }
  if (groups) return groupKFold(groups, cv);
  return isClassifier(estimator) ? stratifiedKFold(y as Labels, cv, { shuffle, seed }) : kFold(n, cv, { shuffle, seed });
}

/** Learns from one fold's rows and scores the others. */
export async function validateFold<E extends Validated>(
  estimator: E,
  x: Rows,
  y: Targets,
  { train, test }: Fold,
  { scoring, returnTrainScore = false }: CrossValidateOptions<E>,
): Promise<{ estimator: E; test: number; train: number | null; seconds: number }> {
  const own = clone(estimator);
  const score: Scoring<E> = (fitted, rows, targets) => {
    if (typeof scoring === "function") return scoring(fitted, rows, targets);
    return scoring === undefined ? fitted.score(rows as never, targets as never) : scoreBy(scoring, fitted, rows, targets);
  };
  const [rows, targets] = [takeRows(x, train), takeRows(y as ArrayLike<unknown>, train) as Targets];
  const start = performance.now();
  await own.fit(rows as never, targets as never);
  const seconds = (performance.now() - start) / 1000;
  const found = score(own, takeRows(x, test), takeRows(y as ArrayLike<unknown>, test) as Targets);
  return { estimator: own, test: found, train: returnTrainScore ? score(own, rows, targets) : null, seconds };
}

/**
 * Trains an estimator several times, each time without a part of the rows, and scores it on that part; scikit-learn's `cross_validate`.
 *
 * The estimator itself learns nothing: copies with the same options do. Whatever prepares rows belongs inside a `Pipeline`, so that it learns
 * from the training rows of each fold alone.
 *
 * @param x rows, or a table  @param y a label or a number a row
 * @throws ValueError when a class has fewer rows than there are folds
 * @source Stone 1974, J. Royal Statistical Society B 36
 * @example const { mean } = await crossValidate(new LogisticRegression(), [[0], [1], [2], [3]], [0, 0, 1, 1], { cv: 2 });
 */
export async function crossValidate<E extends Validated>(
  estimator: E,
  x: Rows,
  y: Targets,
  options: CrossValidateOptions<E> = {},
): Promise<CrossValidation<E>> {
  const found: Awaited<ReturnType<typeof validateFold<E>>>[] = [];
  for (const fold of foldsFor("crossValidate", estimator, x, y, options)) {
    found.push(await validateFold(estimator, x, y, fold, options));
  }
  const testScores = found.map(({ test }) => test);
  return {
    testScores,
    trainScores: found.flatMap(({ train }) => (train === null ? [] : [train])),
    ...spread(testScores),
    seconds: found.map(({ seconds }) => seconds),
    estimators: found.map((one) => one.estimator),
  };
}

/** Mean and deviation (population). */
export function spread(scores: readonly number[]): { mean: number; std: number } {
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  return { mean, std: sqrt(scores.reduce((sum, score) => sum + (score - mean) * (score - mean), 0) / scores.length) };
}
