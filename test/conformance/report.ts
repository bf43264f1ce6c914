/** What is said of a run: tables per family and per tag, each failure with its worst element, and the bits that differ. */
import { createHash } from "node:crypto";
import { formatTable } from "../../src/core/table.ts";
import type { Case } from "./cases.ts";
import type { Finding, Got } from "./compare.ts";
import type { Mode, Outcome } from "./run.ts";

export type CaseReport = {
  readonly name: string;
  readonly tags: readonly string[];
  readonly passed: boolean;
  /** The operation, where it is not offered. */
  readonly missing: string | null;
  /** Largest multiple of the tolerance, over both modes; null where nothing could be compared. */
  readonly multiple: number | null;
  /** Largest multiple of the default tolerance, and PyTorch's where it is recorded. */
  readonly own: number | null;
  readonly torch: number | null;
  readonly failures: readonly string[];
  /** Of every number in each mode. */
  readonly hashes: Readonly<Record<Mode, string>>;
};
export type FamilyReport = { readonly name: string; readonly cases: readonly CaseReport[] };
export type Report = {
  readonly simd: string;
  readonly threads: number;
  readonly node: string;
  readonly families: readonly FamilyReport[];
};

export function hashOf(numbers: Readonly<Record<string, Got>>): string {
  const hash = createHash("sha256");
  for (const [place, value] of Object.entries(numbers)) {
    hash.update(place);
    if (typeof value === "object" && value !== null && "data" in value)
      hash.update(Float64Array.from(value.data as ArrayLike<number>));
    else hash.update(JSON.stringify(value));
  }
  return hash.digest("hex").slice(0, 16);
}

function worstOf(findings: readonly Finding[]): Finding | null {
  return findings.reduce<Finding | null>((worst, one) => (!worst || one.multiple > worst.multiple ? one : worst), null);
}

export function reportOf(of: Case, modes: Readonly<Record<Mode, Outcome>>): CaseReport {
  const failures: string[] = [];
  let multiple = 0;
  let own = 0;
  for (const [mode, { findings, error }] of Object.entries(modes)) {
    if (error) failures.push(`${mode}: ${error}`);
    const worst = worstOf(findings);
    if (!worst) continue;
    multiple = Math.max(multiple, worst.multiple);
    own = Math.max(own, ...findings.map(({ relative }) => relative));
    if (worst.multiple > 1) failures.push(`${mode}: ${worst.place}, ${worst.multiple.toPrecision(3)} × tolerance: ${worst.detail}`);
  }
  const compared = modes.eager.findings.length + modes.compiled.findings.length > 0;
  return {
    name: of.name,
    tags: of.tags,
    passed: failures.length === 0,
    missing: modes.eager.missing ? of.op : null,
    multiple: compared ? multiple : null,
    own: compared ? own : null,
    torch: of.torchWorst,
    failures,
    hashes: { eager: hashOf(modes.eager.numbers), compiled: hashOf(modes.compiled.numbers) },
  };
}

function figure(value: number | null): string {
  return value === null || !Number.isFinite(value) ? "" : value.toPrecision(2);
}

function rowOf(name: string, cases: readonly CaseReport[]): string[] {
  const passed = cases.filter((one) => one.passed);
  const median = (values: readonly number[]): number | null => [...values].sort((a, b) => a - b)[values.length >> 1] ?? null;
  const both = passed.filter(({ own, torch }) => own !== null && torch !== null);
  return [
    name,
    String(passed.length),
    String(cases.length - passed.length),
    figure(Math.max(0, ...passed.map(({ multiple }) => multiple ?? 0))),
    figure(median(both.map(({ own }) => own!))),
    figure(median(both.map(({ torch }) => torch!))),
  ];
}

const HEAD = ["", "passed", "failed", "worst × tolerance", "median error", "PyTorch's"];

function tableOf(groups: ReadonlyMap<string, readonly CaseReport[]>, total: readonly CaseReport[]): string {
  const rows = [...groups].map(([name, cases]) => rowOf(name, cases));
  return formatTable([HEAD, ...rows, rowOf("all", total)], ["left", "right", "right", "right", "right", "right"]);
}

/** Cases whose bits differ between modes, or from the first report's of the same SIMD. */
function differences(reports: readonly Report[]): string[] {
  const found: string[] = [];
  for (const report of reports.filter(({ simd }) => simd === "strict")) {
    for (const [f, { name, cases }] of report.families.entries()) {
      for (const [c, { name: of, hashes }] of cases.entries()) {
        const first = reports.find(({ simd }) => simd === "strict")!.families[f]!.cases[c]!;
        if (hashes.eager !== hashes.compiled)
          found.push(`${name}/${of}, ${report.threads} threads: eager and compiled differ in bits`);
        if (hashes.eager !== first.hashes.eager) found.push(`${name}/${of}: 1 and ${report.threads} threads differ in bits`);
      }
    }
  }
  return found;
}

function showOne({ simd, threads, node, families }: Report, print: (line: string) => void): void {
  const all = families.flatMap(({ cases }) => cases);
  print(`\nNode ${node}, ${simd} SIMD, ${threads} ${threads === 1 ? "thread" : "threads"}, eager and compiled`);
  print(tableOf(new Map(families.map(({ name, cases }) => [name, cases])), all));
  const tags = new Map<string, CaseReport[]>();
  for (const one of all) for (const tag of one.tags) tags.set(tag, [...(tags.get(tag) ?? []), one]);
  const tagged = all.filter((one) => one.tags.length > 0);
  if (tags.size > 0) print(tableOf(tags, tagged));
  const missing = new Map<string, number>();
  for (const { name, cases } of families) {
    for (const one of cases) {
      if (one.missing) missing.set(one.missing, (missing.get(one.missing) ?? 0) + 1);
      else for (const failure of one.failures) print(`${name}/${one.name}: ${failure}`);
    }
  }
  const list = [...missing].map(([op, count]) => `${op} (${count})`);
  if (list.length > 0) print(`not offered: ${list.join(", ")}`);
}

/** Prints everything; returns how many cases failed in any configuration. */
export function show(reports: readonly Report[], print: (line: string) => void): number {
  for (const report of reports) showOne(report, print);
  const outcomes = reports.map(({ families }) => families.flatMap(({ cases }) => cases.map((one) => one.passed)));
  const total = outcomes[0]!.length;
  const passed = outcomes[0]!.filter((_, i) => outcomes.every((run) => run[i])).length;
  const bits = differences(reports);
  for (const line of bits) print(line);
  if (reports.length > 1) print(`strict bits: ${bits.length === 0 ? "the same everywhere" : `${bits.length} differences`}`);
  print(`${passed} passed, ${total - passed} failed`);
  return total - passed + bits.length;
}
