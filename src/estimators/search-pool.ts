/** Threads that each train one candidate at a time. Where they cannot be had, candidates are trained here, one after the other. */

import type { Fold } from "../data/folds.ts";
import { builtin, cores, isNode } from "../wasm/host.ts";
import type { Params } from "./candidates.ts";
import { withOptions } from "./clone.ts";
import { type Scoring, type Targets, type Validated, validateFold } from "./cross-validation.ts";
import { type Recipe, recipeOf } from "./kinds.ts";
import { type PackedRows, packRows } from "./packed-rows.ts";
import type { Rows } from "./rows.ts";
import type { ScoringName } from "./scoring.ts";

/** One candidate on one fold. */
export type Task = { readonly params: Params; readonly fold: Fold };
export type Result = { readonly score: number; readonly seconds: number };
/** What all tasks of a search have in common. */
export type Job = {
  readonly estimator: Validated;
  readonly x: Rows;
  readonly y: Targets;
  readonly scoring: ScoringName | Scoring<Validated> | undefined;
};
/** The same as data. */
export type PackedJob = {
  readonly recipe: Recipe;
  readonly x: PackedRows;
  readonly y: PackedRows;
  readonly scoring: ScoringName | undefined;
};

/** Learns from a fold's rows with a candidate's options, and scores the others. */
export async function perform({ estimator, x, y, scoring }: Job, { params, fold }: Task): Promise<Result> {
  const candidate = withOptions("search", estimator, params);
  const { test, seconds } = await validateFold(candidate, x, y, fold, scoring === undefined ? {} : { scoring });
  return { score: test, seconds };
}

type Answer = Result | { readonly error: string; readonly name?: string };
type Helper = { ask(task: Task): Promise<Answer>; end(): void };

/** The module that a thread runs: beside this one, in the package and in its sources. */
function workerModule(): URL | null {
  const { url } = import.meta;
  const fs = builtin("node:fs");
  if (!isNode || !fs || !url?.startsWith("file:")) return null;
  const module = new URL(url.endsWith(".ts") ? "./search-worker.ts" : "./search-worker.js", url);
  return fs.existsSync(module) ? module : null;
}

async function startHelper(module: URL, job: PackedJob): Promise<Helper | null> {
  const worker = new (builtin("node:worker_threads")!.Worker)(module, { workerData: job });
  worker.unref();
  let settle: (answer: Answer | "ready") => void = () => {};
  const next = (): Promise<Answer | "ready"> => new Promise((resolve) => (settle = resolve));
  worker.on("message", (answer: Answer | "ready") => settle(answer));
  worker.on("error", (error: Error) => settle({ error: error.message }));
  worker.on("exit", () => settle({ error: "search: a thread has ended before its task" })); // nobody waits for it for ever
  if ((await next()) !== "ready") return null; // a host that cannot run the module
  return {
    ask(task) {
      const answer = next() as Promise<Answer>;
      worker.ref();
      worker.postMessage(task);
      return answer.finally(() => worker.unref());
    },
    end: () => void worker.terminate(),
  };
}

/** As many threads as are asked for, or none where the search cannot be told to others. */
async function startHelpers(job: Job, count: number): Promise<Helper[]> {
  const module = workerModule();
  const recipe = recipeOf(job.estimator);
  if (count < 2 || !module || !recipe || typeof job.scoring === "function") return [];
  const packed: PackedJob = { recipe, x: packRows(job.x), y: packRows(job.y), scoring: job.scoring };
  const started = await Promise.all(Array.from({ length: count }, () => startHelper(module, packed).catch(() => null)));
  return started.filter((helper) => helper !== null);
}

/**
 * Performs tasks, several at a time.
 *
 * @param nJobs threads; each computes with one thread of the engine. Default: one a processor
 * @param done told of each result, in the order in which they come
 * @param stopped asked before each task
 * @throws what a task throws, naming its options
 */
export async function performAll(
  job: Job,
  tasks: readonly Task[],
  nJobs: number | undefined,
  done: (task: number, result: Result) => void,
  stopped: () => boolean,
): Promise<void> {
  const helpers = await startHelpers(job, Math.min(nJobs ?? cores(), tasks.length));
  let next = 0;
  const work = async (ask: (task: Task) => Promise<Answer>): Promise<void> => {
    while (next < tasks.length && !stopped()) {
      const number = next++;
      const answer = await ask(tasks[number]!);
      if ("error" in answer) throw Object.assign(new Error(answer.error), answer.name && { name: answer.name });
      done(number, answer);
    }
  };
  try {
    await Promise.all(helpers.length > 0 ? helpers.map(({ ask }) => work(ask)) : [work((task) => perform(job, task))]);
  } finally {
    for (const helper of helpers) helper.end();
  }
}
