/** What a run found, and its forms: a table for the terminal, JSON. */
import { formatTable } from "../../core/table.ts";
import type { Result } from "./figures.ts";
import type { Machine } from "./machine.ts";
import { SECTIONS, type Section } from "./workload.ts";

/** Results of cases that took turns. */
export type Measurement = {
  readonly section: Section;
  readonly title: string;
  /** The commit that was measured, where it is known. */
  readonly commit: string | null;
  /** When it began, and how busy the machine was at its ends. */
  readonly started: string;
  readonly load: { readonly before: number; readonly after: number };
  readonly results: readonly Result[];
  /** Why other libraries did not take part. */
  readonly notes: readonly string[];
};

/** What `--json` writes. */
export type Report = {
  readonly format: "nabla bench";
  readonly version: 2;
  readonly date: string;
  readonly machine: Machine;
  readonly quick: boolean;
  readonly measurements: readonly Measurement[];
};

/** What must be the same: figures of two machines are not to stand in one report. */
const SAME = ["cpu", "family", "node", "simd", "math", "threads", "nabla"] as const;

/**
 * One report of several, each of which may hold a part: the later one has the say on what both have measured.
 *
 * @throws Error when they are not of one machine and engine, or some are quick and some are not
 */
export function merge(reports: readonly Report[]): Report {
  const last = reports.at(-1)!;
  const found = new Map<string, Measurement>();
  for (const { format, version, machine, quick, measurements } of reports) {
    if (format !== last.format || version !== last.version)
      throw new Error("not a file that this `nabla bench --json` has written");
    if (quick !== last.quick) throw new Error("quick runs and others do not go together");
    for (const key of SAME)
      if (machine[key] !== last.machine[key]) throw new Error(`reports differ in ${key}: ${machine[key]} and ${last.machine[key]}`);
    for (const measurement of measurements) found.set(`${measurement.section} ${measurement.title}`, measurement);
  }
  const measurements = SECTIONS.flatMap((section) => [...found.values()].filter((measurement) => measurement.section === section));
  return { ...last, measurements };
}

const TITLES: Record<Section, string> = {
  kernels: "Kernels",
  layers: "Layers, forwards and backwards",
  train: "Training",
  inference: "Inference",
  start: "Cold start to the first prediction",
  memory: "Peak memory of training",
};

/** Three significant digits, and no exponent. */
export function digits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}

function times(value: number | null): string {
  return value === null ? "" : `${digits(value)} ×`;
}

/** Name of a result in a list where the case it is compared with stands above it. */
export function nameIn({ name, workload, by }: Result): string {
  return name === workload ? name : `  ${by}`;
}

function rowOf(result: Result): string[] {
  const { unit, median, best, spread, shareOfPeak, timesSlower, timesSlowerMedian, throughput } = result;
  return [
    nameIn(result),
    digits(median),
    digits(best),
    unit,
    `±${(spread * 50).toFixed(0)} %`,
    shareOfPeak === null ? "" : `${(shareOfPeak * 100).toFixed(0)} %`,
    times(timesSlowerMedian),
    times(timesSlower),
    throughput === null ? "" : digits(throughput),
  ];
}

const HEAD = ["median", "best", "", "spread", "of peak", "slower", "(best)", "rows/s"];
const ALIGN = ["left", "right", "right", "left", "right", "right", "right", "right", "right"] as const;

/** A section's results as a table; columns that nothing fills are left out. */
export function tableOf(section: Section, measurements: readonly Measurement[]): string {
  const rows = [[TITLES[section], ...HEAD], ...measurements.flatMap(({ results }) => results.map(rowOf))];
  const used = ALIGN.map((_, column) => column === 3 || rows.slice(1).some((row) => row[column] !== ""));
  const kept = <T>(cells: readonly T[]): T[] => cells.filter((_, column) => used[column]);
  const notes = measurements.flatMap((measurement) => measurement.notes.map((note) => `without ${note}`));
  return [formatTable(rows.map(kept), kept(ALIGN)), ...(notes.length > 0 ? ["", ...notes] : [])].join("\n");
}

export { TITLES };
