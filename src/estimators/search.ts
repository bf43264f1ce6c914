/** `GridSearch` and `RandomSearch`: which options are best on rows that were not learned from. */
import { ValueError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import { Printed } from "../core/printed.ts";
import { formatTable } from "../core/table.ts";
import type { Fold } from "../data/folds.ts";
import type { Labels } from "../data/labels.ts";
import { Stream } from "../ops/random.ts";
import { combinations, type Distributions, draws, type Grid, type Params, paramsText } from "./candidates.ts";
import { checkTask } from "./check.ts";
import { withOptions } from "./clone.ts";
import { foldsFor, type Scoring, spread, type Targets, type Validated } from "./cross-validation.ts";
import { unfitted } from "./estimator.ts";
import { countRows, type Rows } from "./rows.ts";
import type { ScoringName } from "./scoring.ts";
import { SearchLog } from "./search-log.ts";
import { type Job, performAll, type Result, type Task } from "./search-pool.ts";

export type SearchOptions<E> = {
  /** Whose options are looked for; in a pipeline they are named by their step: `model.C`. */
  estimator: E;
  /** Folds, or how many. Default 5. */
  cv?: number | readonly Fold[];
  /** Whether rows are shuffled before they are cut. Default false. */
  shuffle?: boolean;
  /** Keeps together what belongs together: a label a row. */
  groups?: Labels;
  /** A name, or a function, which keeps the search on one thread. Default: the estimator's own score. */
  scoring?: ScoringName | Scoring<E>;
  /** Threads; each trains one candidate at a time. Default one a processor. */
  nJobs?: number;
  /** Whether to learn from all rows with the best options at the end. Default true. */
  refit?: boolean;
  /** Successive halving: begin with few rows, keep the best 1/factor, give them factor times as many rows, until all are used. */
  halving?: { factor?: number; minRows?: number };
  /** A file of results, a line each: what stands there is not computed again. */
  resume?: string;
  /** Governs order and draws. Default 0. */
  randomState?: number;
  /** Whether to print a line for each candidate, and a table at the end. Default true. */
  verbose?: boolean;
  /** Stops after the running candidates. */
  signal?: AbortSignal;
};
export type GridSearchOptions<E> = SearchOptions<E> & {
  /** Values to try of each option; all combinations are tried. Several grids: each by itself. */
  grid: Grid | readonly Grid[];
};
export type RandomSearchOptions<E> = SearchOptions<E> & {
  /** Of each option a list, or a distribution such as `logUniform(0.001, 1)`. */
  distributions: Distributions;
  /** Candidates drawn. Default 10. */
  nIter?: number;
};

/** What came of one candidate, on as many rows as it got last. */
export type SearchRow = { params: Params; mean: number; std: number; scores: number[]; rows: number; seconds: number };

type Searched = Validated & { predict(x: never): unknown };

/** What both kinds take. */
const OPTIONS = [
  ...["estimator", "cv", "shuffle", "groups", "scoring", "nJobs", "refit", "halving", "resume", "randomState", "verbose", "signal"],
];
/** Fewer rows tell candidates apart by chance alone. */
const LEAST_ROWS = 20;

abstract class Search<E extends Searched> extends Printed {
  abstract readonly kind: string;
  abstract readonly options: SearchOptions<E>;
  /** All candidates, the best first. */
  results: SearchRow[] = [];
  #best: E | null = null;

  protected abstract candidates(): Params[];

  async fit(x: Rows, y: Targets): Promise<this> {
    const {
      estimator,
      cv = 5,
      shuffle = false,
      groups,
      refit = true,
      randomState: seed = 0,
      verbose = true,
      resume,
      scoring,
    } = this.options;
    this.#check();
    checkTask(this.kind, estimator, x, y);
    const candidates = this.candidates();
    for (const params of candidates) withOptions(this.kind, estimator, params); // wrong options are told before any thread starts
    const folds = foldsFor(this.kind, estimator, x, y, {
      cv,
      shuffle,
      seed,
      ...(groups && { groups }),
      ...(scoring && { scoring }),
    });
    const job: Job = { estimator, x, y, scoring: scoring as Job["scoring"] };
    const log = resume === undefined ? null : new SearchLog(this.kind, resume, job);
    let left = candidates;
    const found = new Map<Params, SearchRow>();
    for (const rows of this.#rounds(candidates.length, countRows(x))) {
      if (verbose) console.log(`${left.length} candidates, ${folds.length} folds of ${rows} rows`);
      const round = await this.#round(job, left, thinned(folds, rows / countRows(x), seed), log, verbose);
      for (const row of round) found.set(row.params, row);
      left = round.slice(0, Math.max(1, Math.ceil(round.length / this.#factor))).map(({ params }) => params);
    }
    this.results = [...found.values()].sort((a, b) => b.rows - a.rows || b.mean - a.mean);
    if (verbose) console.log(`\n${this.toString()}`);
    this.#best = withOptions(this.kind, estimator, this.bestParams);
    if (refit) await this.#best.fit(x as never, y as never);
    return this;
  }

  /** The best options. */
  get bestParams(): Params {
    return this.#top.params;
  }

  /** Their mean score over the folds. */
  get bestScore(): number {
    return this.#top.mean;
  }

  /** What has learned from all rows with them. */
  get bestEstimator(): E {
    if (!this.#best) throw unfitted(this.kind, "bestEstimator");
    return this.#best;
  }

  predict(x: Rows): ReturnType<E["predict"]> {
    return this.bestEstimator.predict(x as never) as ReturnType<E["predict"]>;
  }

  score(x: Rows, y: Targets): number {
    return this.bestEstimator.score(x as never, y as never);
  }

  /** The best ten as a table. */
  toString(): string {
    const rows = this.results.slice(0, 10).map(({ params, mean, std, rows: count, seconds }, i) => {
      return [String(i + 1), paramsText(params), mean.toFixed(4), std.toFixed(4), String(count), seconds.toFixed(2)];
    });
    return formatTable(
      [["rank", "options", "mean", "std", "rows", "seconds"], ...rows],
      ["right", "left", "right", "right", "right", "right"],
    );
  }

  get #top(): SearchRow {
    const top = this.results[0];
    if (!top) throw unfitted(this.kind, "bestParams");
    return top;
  }

  #check(): void {
    const { nJobs = 1, halving } = this.options;
    if (!(Number.isInteger(nJobs) && nJobs >= 1))
      throw new ValueError(this.kind, "nJobs is a whole number ≥ 1", String(nJobs), "leaving it out: one a processor");
    if (halving === undefined) return;
    checkOptions(`${this.kind}: halving`, halving, ["factor", "minRows"]);
    const { minRows = 0 } = halving;
    if (!(Number.isInteger(minRows) && minRows >= 0))
      throw new ValueError(this.kind, "halving's minRows is a whole number ≥ 0", String(minRows));
  }

  get #factor(): number {
    const { halving } = this.options;
    const factor = halving?.factor ?? 3;
    if (halving && !(factor > 1)) throw new ValueError(this.kind, "halving's factor is a number > 1", String(factor));
    return factor;
  }

  /** How many rows each round gets: the last one all. */
  #rounds(candidates: number, n: number): number[] {
    if (!this.options.halving) return [n];
    const factor = this.#factor;
    const { minRows = 0 } = this.options.halving;
    const rounds = [n];
    for (let count = candidates; count > 1; count /= factor) {
      const rows = Math.floor(rounds[0]! / factor);
      if (rows < Math.max(minRows, LEAST_ROWS)) break;
      rounds.unshift(rows);
    }
    return rounds;
  }

  async #round(
    job: Job,
    candidates: readonly Params[],
    folds: readonly Fold[],
    log: SearchLog | null,
    verbose: boolean,
  ): Promise<SearchRow[]> {
    const tasks: Task[] = candidates.flatMap((params) => folds.map((fold) => ({ params, fold })));
    const results = new Map<Task, Result>();
    const rows = folds[0]!.train.length + folds[0]!.test.length;
    const finished = (params: Params): SearchRow | null => {
      const own = tasks.filter((task) => task.params === params).flatMap((task) => results.get(task) ?? []);
      if (own.length < folds.length) return null;
      const scores = own.map(({ score }) => score);
      return { params, ...spread(scores), scores, rows, seconds: own.reduce((sum, { seconds }) => sum + seconds, 0) };
    };
    let count = 0;
    const tell = (task: Task): void => {
      const row = finished(task.params);
      if (!row || !verbose) return;
      count += 1;
      console.log(
        `${count}/${candidates.length}  ${paramsText(row.params)}  ${row.mean.toFixed(4)} ± ${row.std.toFixed(4)}  ${row.seconds.toFixed(2)} s`,
      );
    };
    const open = tasks.filter((task) => {
      const known = log?.find(task);
      if (known) results.set(task, known);
      return !known;
    });
    count = candidates.filter(finished).length;
    if (verbose && open.length < tasks.length)
      console.log(`${tasks.length - open.length} of ${tasks.length} results stand in ${this.options.resume}`);
    const aborted = (): boolean => this.options.signal?.aborted ?? false;
    await performAll(
      job,
      open,
      this.options.nJobs,
      (number, result) => {
        const task = open[number]!;
        results.set(task, result);
        log?.add(task, result);
        tell(task);
      },
      aborted,
    );
    const all = candidates.flatMap((params) => finished(params) ?? []);
    if (all.length === 0) throw new ValueError(this.kind, "was stopped before any candidate was done");
    return all.sort((a, b) => b.mean - a.mean);
  }
}

/** A share of each fold's rows, training and test alike, at random but the same for all candidates. */
function thinned(folds: readonly Fold[], share: number, seed: number): readonly Fold[] {
  if (share === 1) return folds;
  const some = (rows: Int32Array<ArrayBuffer>, part: string, fold: number): Int32Array<ArrayBuffer> => {
    const order = new Stream(seed, `halving.${fold}.${part}`).permutation(rows.length).data() as Int32Array;
    return Int32Array.from(order.subarray(0, Math.max(1, Math.round(rows.length * share))), (i) => rows[i]!).sort();
  };
  return folds.map(({ train, test }, i) => ({ train: some(train, "train", i), test: some(test, "test", i) }));
}

/**
 * Tries all combinations of options; scikit-learn's `GridSearchCV`, with `halving` its `HalvingGridSearchCV`.
 *
 * Candidates are trained on several threads, each with one thread of the engine, where estimator and score can be told to others: kinds
 * that nabla has, and scores by name. The same options, rows and seed give the same scores for any number of threads.
 *
 * @throws ValueError on an option without values, of a step that there is not, or out of its estimator's range
 * @source Jamieson & Talwalkar 2016, AISTATS (successive halving)
 * @example
 * const search = new GridSearch({ estimator: new LogisticRegression(), grid: { C: [0.1, 1, 10] }, cv: 2, verbose: false });
 * await search.fit([[0], [1], [2], [3]], [0, 0, 1, 1]);
 */
export class GridSearch<E extends Searched> extends Search<E> {
  readonly kind = "GridSearch";
  readonly options: GridSearchOptions<E>;

  constructor(options: GridSearchOptions<E>) {
    super();
    checkOptions("GridSearch", options, ["grid", ...OPTIONS]);
    this.options = options;
  }

  protected candidates(): Params[] {
    return combinations(this.kind, this.options.grid);
  }
}

/**
 * Tries options drawn at random; scikit-learn's `RandomizedSearchCV`, with `halving` its `HalvingRandomSearchCV`. Otherwise as `GridSearch`.
 *
 * @throws ValueError on an option without a list or a distribution, of a step that there is not, or out of its estimator's range
 * @source Bergstra & Bengio 2012, JMLR 13, 281–305
 * @example
 * const search = new RandomSearch({ estimator: new LogisticRegression(), distributions: { C: logUniform(0.01, 10) }, nIter: 3, cv: 2, verbose: false });
 * await search.fit([[0], [1], [2], [3]], [0, 0, 1, 1]);
 */
export class RandomSearch<E extends Searched> extends Search<E> {
  readonly kind = "RandomSearch";
  readonly options: RandomSearchOptions<E>;

  constructor(options: RandomSearchOptions<E>) {
    super();
    checkOptions("RandomSearch", options, ["distributions", "nIter", ...OPTIONS]);
    this.options = options;
  }

  protected candidates(): Params[] {
    const { distributions, nIter = 10, randomState = 0 } = this.options;
    if (!(Number.isInteger(nIter) && nIter >= 1)) throw new ValueError(this.kind, "nIter is a whole number ≥ 1", String(nIter));
    return draws(this.kind, distributions, nIter, randomState);
  }
}
