/** How good an estimator is on rows it has not seen: `crossValidate`. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import { checkOptions } from "../core/options.ts";
import { Printed } from "../core/printed.ts";
import { type Fold, groupKFold, kFold, stratifiedKFold } from "../data/folds.ts";
import type { Labels } from "../data/labels.ts";
import type { TensorLike } from "../graph/from.ts";
import { checkTask } from "./check.ts";
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

type Validation<E> = { estimator: E; test: number; train: number | null; seconds: number };

/** What `crossValidate` has found; prints as a line. */
export class CrossValidation<E> extends Printed {
  /** Score of each fold. */
  readonly testScores: readonly number[];
  /** Of the rows each learned from, with `returnTrainScore`. */
  readonly trainScores: readonly number[];
  /** Mean of testScores. */
  readonly mean: number;
  /** Their deviation (population). */
  readonly std: number;
  /** Time each took to learn. */
  readonly seconds: readonly number[];
  /** What each fold has trained. */
  readonly estimators: readonly E[];

  /** @internal */
  constructor(found: readonly Validation<E>[]) {
    super();
    this.testScores = found.map(({ test }) => test);
    this.trainScores = found.flatMap(({ train }) => (train === null ? [] : [train]));
    ({ mean: this.mean, std: this.std } = spread(this.testScores));
    this.seconds = found.map(({ seconds }) => seconds);
    this.estimators = found.map(({ estimator }) => estimator);
  }

  /** `0.9270 ± 0.0073 over 3 folds (0.9167, 0.9322, 0.9322), 0.12 s`; scores of the rows learned from behind it. */
  toString(): string {
    const list = (scores: readonly number[]): string => scores.map((score) => score.toFixed(4)).join(", ");
    const { testScores, trainScores, mean, std } = this;
    const learned = trainScores.length > 0 ? `; of the rows learned from ${list(trainScores)}` : "";
    const seconds = this.seconds.reduce((sum, one) => sum + one, 0);
    return `${mean.toFixed(4)} ± ${std.toFixed(4)} over ${testScores.length} folds (${list(testScores)}), ${seconds.toFixed(2)} s${learned}`;
  }
}

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
    const isFold = (fold: Fold): boolean =>
      [fold?.train, fold?.test].every((rows) => typeof rows?.[Symbol.iterator] === "function");
    if (!(Array.isArray(cv) && cv.every(isFold)))
      throw new ValueError(
        where,
        "cv is a number of folds, or a list of them, { train, test } each",
        JSON.stringify(cv)?.slice(0, 60),
      );
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
): Promise<Validation<E>> {
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
 * @throws ValueError on an option that there is not, what is no estimator, or when a class has fewer rows than there are folds
 * @source Stone 1974, J. Royal Statistical Society B 36
 * @example const { mean } = await crossValidate(new LogisticRegression(), [[0], [1], [2], [3]], [0, 0, 1, 1], { cv: 2 });
 */
export async function crossValidate<E extends Validated>(
  estimator: E,
  x: Rows,
  y: Targets,
  options: CrossValidateOptions<E> = {},
): Promise<CrossValidation<E>> {
  checkOptions("crossValidate", options, ["cv", "shuffle", "seed", "groups", "scoring", "returnTrainScore"]);
  checkTask("crossValidate", estimator, x, y);
  const found: Validation<E>[] = [];
  for (const fold of foldsFor("crossValidate", estimator, x, y, options)) {
    found.push(await validateFold(estimator, x, y, fold, options));
  }
  return new CrossValidation(found);
}

/** Mean and deviation (population). */
export function spread(scores: readonly number[]): { mean: number; std: number } {
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  return { mean, std: sqrt(scores.reduce((sum, score) => sum + (score - mean) * (score - mean), 0) / scores.length) };
}
