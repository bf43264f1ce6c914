/** `nabla bench`: what the engine reaches on this machine, beside its peaks and, if asked, other libraries. */
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { formatTable } from "../core/table.ts";
import type { Dataset } from "../data/dataset.ts";
import { split } from "../data/split.ts";
import { mnist } from "../datasets/mnist.ts";
import { configure, type MathMode } from "../wasm/config.ts";
import { engine } from "../wasm/engine.ts";
import { bandwidth } from "./bench/bandwidth.ts";
import { type Case, type MeasureOptions, measure, type Result } from "./bench/harness.ts";
import { kernels, peak } from "./bench/kernels.ts";
import { startPeers } from "./bench/peers.ts";
import { EPOCH, eagerCase, epochCase, xorCase } from "./bench/steps.ts";

export type BenchOptions = {
  /** Only cases with this in their name; peaks are always measured. */
  filter?: string;
  /** Default 1: the peaks are those of one thread. */
  threads?: number;
  /** Where to write the figures. */
  json?: string;
  /** Whether other libraries take part, on one thread each. */
  peers?: boolean;
  math?: MathMode;
};

/** Short samples, many of them: on a shared machine the best is one that nothing disturbed. */
const KERNEL_ROUNDS: MeasureOptions = { rounds: 500 };
const STEP_ROUNDS: MeasureOptions = { rounds: 100, sample: 0.005 };
const EPOCH_ROUNDS: MeasureOptions = { rounds: 9 };
const XOR_ROUNDS: MeasureOptions = { rounds: 9, sample: 0.3, warmUp: 0.5 };

type Machine = { cpu: string; cores: number; node: string; simd: string; math: string; threads: number; load: number };

function machine(): Machine {
  const { simd, math, threads } = engine();
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    node: process.version,
    simd,
    math,
    threads,
    load: loadavg()[0]!,
  };
}

function headerOf({ cpu, cores, node, simd, threads, load }: Machine): string {
  return `${cpu}, ${cores} cores · Node ${node} · ${simd} SIMD · ${threads} ${threads === 1 ? "thread" : "threads"} · load ${load.toFixed(2)}`;
}

/** Three significant digits, and no exponent. */
function digits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}

function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ name, unit, median, best, spread, shareOfPeak, timesSlower }) => [
    name,
    digits(median),
    digits(best),
    unit,
    `±${(spread * 50).toFixed(0)} %`,
    shareOfPeak === null ? "" : `${(shareOfPeak * 100).toFixed(0)} %`,
    timesSlower === null ? "" : `${digits(timesSlower)} ×`,
  ]);
  const head = ["", "median", "best", "", "spread", "of peak", "slower"];
  return formatTable([head, ...rows], ["left", "right", "right", "left", "right", "right", "right"]);
}

/** The main job's training rows, where its data are installed. */
async function trainingRows(): Promise<Dataset | null> {
  try {
    return split(await mnist(), { train: 0.8, test: 0.2 }, { seed: 1 }).train;
  } catch (error) {
    console.log(`without ${EPOCH}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

type Group = { cases: readonly Case[]; options: MeasureOptions };

function groupsOf(data: Dataset | null, peers: readonly Case[], wanted: (name: string) => boolean): Group[] {
  const withPeers = (own: Case): Case[] => [own, ...peers.filter(({ reference }) => reference === own.name)];
  const groups: Group[] = [
    { cases: kernels, options: KERNEL_ROUNDS },
    { cases: bandwidth, options: KERNEL_ROUNDS },
    { cases: [eagerCase], options: STEP_ROUNDS },
    { cases: withPeers(xorCase), options: XOR_ROUNDS },
    { cases: data ? withPeers(epochCase(data)) : [], options: EPOCH_ROUNDS },
  ];
  return groups
    .map(({ cases, options }) => ({ cases: cases.filter((one) => one.peak || wanted(one.reference ?? one.name)), options }))
    .filter(({ cases }) => cases.some((one) => !one.peak));
}

async function measureAll(groups: readonly Group[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const { cases, options } of groups) {
    // The peak is measured in each group, so that it has met the same stretches of time; the first is shown.
    const found = await measure(cases.includes(peak) ? cases : [peak, ...cases], options);
    results.push(...(results.length > 0 ? found.filter(({ name }) => name !== peak.name) : found));
  }
  return results;
}

/**
 * Measures and prints a table; writes it as JSON too, if asked.
 *
 * @throws Error when what was timed gave wrong results, or nothing is called as the filter says
 */
export async function bench(options: BenchOptions): Promise<void> {
  configure({ threads: options.threads ?? 1, math: options.math ?? "auto" });
  const before = machine();
  console.log(headerOf(before));
  const wanted = (name: string): boolean => name.includes(options.filter ?? "");
  const data = wanted(EPOCH) ? await trainingRows() : null;
  const peers = options.peers ? await startPeers(data, wanted, (line) => console.log(`without ${line}`)) : null;
  let results: Result[];
  try {
    results = await measureAll(groupsOf(data, peers?.cases ?? [], wanted));
  } finally {
    peers?.close();
  }
  if (results.length === 0) throw new Error(`bench: nothing is called '${options.filter}'`);
  console.log(tableOf(results));
  if (!options.json) return;
  const { median, best } = results[0]!;
  writeFileSync(
    options.json,
    `${JSON.stringify({ machine: before, peak: { unit: peak.unit, median, best }, results }, null, 2)}\n`,
  );
}
