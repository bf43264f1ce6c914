/** `nabla bench`: what the engine reaches on this machine, beside its peaks and, if asked, other libraries. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Dataset } from "../data/dataset.ts";
import { split } from "../data/split.ts";
import { mnist } from "../datasets/mnist.ts";
import { configure, type MathMode } from "../wasm/config.ts";
import { inWords, load, machine } from "./bench/machine.ts";
import { pageOf } from "./bench/page.ts";
import { type Command, findAdapters } from "./bench/peers.ts";
import { type Progress, progressOn } from "./bench/progress.ts";
import { type Measurement, merge, type Report, tableOf } from "./bench/report.ts";
import { type Task, tasksOf } from "./bench/tasks.ts";
import { SECTIONS, type Section } from "./bench/workload.ts";

export type BenchOptions = {
  /** Default all. */
  sections?: readonly Section[];
  /** Only what has this in its name; peaks are always measured. */
  filter?: string;
  /** Default 1: the peaks are those of one thread. */
  threads?: number;
  math?: MathMode;
  /** Whether other libraries take part, on one thread each. */
  peers?: boolean;
  /** Fewer rounds: for a look, not for a claim. */
  quick?: boolean;
  /** Where to write the figures. */
  json?: string;
  /** Keeps what that file holds of other work. */
  merge?: boolean;
  /** Where to write a page with charts. */
  html?: string;
};

/** The main job's training rows, where their data are installed. */
async function trainingRows(): Promise<Dataset | null> {
  try {
    return split(await mnist(), { train: 0.8, test: 0.2 }, { seed: 1 }).train;
  } catch (error) {
    console.log(`without MNIST: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** This program, begun anew as an adapter for one job. */
const SELF: Command = { command: process.execPath, args: [...process.execArgv, process.argv[1] ?? "", "bench-job"] };

async function measureTask({ section, title, run }: Task, commit: string | null, progress: Progress): Promise<Measurement> {
  const [started, before] = [new Date().toISOString(), load()];
  const notes: string[] = [];
  progress.begin(title);
  const results = await run({
    progress: (share, name) => progress.update(share, name),
    note: (line) => notes.push(line),
  });
  progress.clear();
  return { section, title, commit, started, load: { before, after: load() }, results, notes };
}

/** What an earlier run has written, where that is to be kept. */
function earlier({ json, merge: kept }: BenchOptions): Report[] {
  return json && kept && existsSync(json) ? [JSON.parse(readFileSync(json, "utf8")) as Report] : [];
}

function write(report: Report, { json, html }: BenchOptions): void {
  if (json) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  if (html) writeFileSync(html, pageOf(report));
}

/**
 * Measures, and prints a table for each section; writes JSON and a page, if asked.
 *
 * @throws Error when what was timed gave wrong results, or nothing is called as the filter says
 */
export async function bench(options: BenchOptions): Promise<Report> {
  const { sections = SECTIONS, filter = "", quick = false } = options;
  configure({ threads: options.threads ?? 1, math: options.math ?? "auto" });
  const adapters = options.peers ? findAdapters() : new Map();
  const [date, ran] = [new Date().toISOString(), machine()];
  console.log(`${inWords(ran)} · load ${load().toFixed(2)}`);
  const data = sections.some((section) => section === "train" || section === "memory") ? await trainingRows() : null;
  const tasks = tasksOf({ data, quick, filter, adapters, self: SELF }).filter(({ section }) => sections.includes(section));
  if (tasks.length === 0) throw new Error(`bench: nothing is called '${filter}' in ${sections.join(", ")}`);
  const progress = progressOn();
  const measurements: Measurement[] = [];
  const report: Report = { format: "nabla bench", version: 2, date, machine: ran, quick, measurements };
  const before = earlier(options);
  merge([...before, report]); // what does not go together is told first
  for (const section of sections) {
    const own = tasks.filter((task) => task.section === section);
    if (own.length === 0) continue;
    for (const task of own) {
      measurements.push(await measureTask(task, ran.commit, progress));
      write(merge([...before, report]), options); // what has been measured stays, if the rest is broken off
    }
    console.log(`\n${tableOf(section, measurements.slice(-own.length))}`);
  }
  console.log(`\nload ${load().toFixed(2)}`);
  return report;
}
