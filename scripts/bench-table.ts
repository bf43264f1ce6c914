/**
 * Writes the figures into the papers from what `nabla bench --json` has written: the work that people do into the README, all of it into
 * docs/benchmarks.md. npm run bench:table -- bench/results/FILE.json
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { isRate, type Result } from "../src/cli/bench/figures.ts";
import { digits, type Report } from "../src/cli/bench/report.ts";
import { EMPTY_PROCESS } from "../src/cli/bench/start.ts";
import type { Section } from "../src/cli/bench/workload.ts";

const BEGIN = "<!-- bench:table -->";
const END = "<!-- /bench:table -->";

/** What a paper shows: which sections, and whether the best samples too. */
export type Extent = { readonly sections: readonly Section[]; readonly best: boolean };

const papers: { readonly [path: string]: Extent } = {
  "README.md": { sections: ["train", "inference", "start"], best: false },
  "docs/benchmarks.md": { sections: ["kernels", "layers", "train", "inference", "start", "memory"], best: true },
};

/** The median, and in small the best of all samples where those are shown. */
function figure({ median, best }: Result, extent: Extent): string {
  return extent.best ? `${digits(median)} <sub>${digits(best)}</sub>` : digits(median);
}

function lines(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** Kernels beside the peak, and beside others where there are any. */
function kernelTable(results: readonly Result[], extent: Extent): string {
  const rows = results
    .filter(({ name, workload }) => name === workload)
    .map((own) => {
      const others = results.filter(({ workload, name }) => workload === own.name && name !== own.name);
      const share = own.shareOfPeak === null ? "" : `${(own.shareOfPeak * 100).toFixed(0)} %`;
      return [
        own.name,
        own.unit,
        figure(own, extent),
        share,
        others.map((other) => `${other.by} ${figure(other, extent)}`).join(", "),
      ];
    });
  return lines([["kernel", "", "nabla", "of the peak", "beside it"], ["---", "---", "---", "---", "---"], ...rows]);
}

/** `convnetjs 0.3.0, AdaGrad instead of Adam` is the library before the comma. */
function libraryOf(result: Result): string {
  return result.by.split(",")[0]!;
}

/** Work by the rows, libraries by the columns, the fastest in bold; a star where a library does not do quite the same. */
function workTable(all: readonly Result[], extent: Extent): string {
  const results = all.filter(({ by }) => by !== EMPTY_PROCESS);
  const libraries = [...new Set(results.map(libraryOf))];
  const remarks = new Set<string>();
  const rows = results
    .filter(({ name, workload }) => name === workload)
    .map((own) => {
      const those = results.filter(({ workload }) => workload === own.name);
      const medians = those.map(({ median }) => median);
      const fastest = isRate(own.unit) ? Math.max(...medians) : Math.min(...medians);
      const cells = libraries.map((library) => {
        const result = those.find((one) => libraryOf(one) === library);
        if (!result) return "";
        const differs = result.by !== library;
        if (differs) remarks.add(result.by);
        const text = `${figure(result, extent)}${differs ? "\\*" : ""}`;
        return result.median === fastest && those.length > 1 ? `**${text}**` : text;
      });
      return [own.name, own.unit, ...cells];
    });
  const table = lines([["work", "", ...libraries], ["", "", ...libraries].map(() => "---"), ...rows]);
  return remarks.size === 0 ? table : `${table}\n\n\\* ${[...remarks].join("; ")}`;
}

/**
 * The lines between the markers.
 *
 * @throws Error on a quick run
 */
export function tableFrom({ machine, quick, measurements }: Report, extent: Extent): string {
  if (quick) throw new Error("a quick run is for a look, not for a table");
  const { cpu, family, cores, node, simd, threads } = machine;
  const shown = measurements.filter(({ section }) => extent.sections.includes(section));
  const resultsIn = (kernels: boolean): Result[] =>
    shown.filter(({ section }) => (section === "kernels") === kernels).flatMap(({ results }) => results);
  const days = [...new Set(shown.map(({ started }) => started.slice(0, 10)))].sort();
  const date = days.length > 1 ? `from ${days[0]} to ${days.at(-1)}` : `on ${days[0]}`;
  const loads = shown.flatMap(({ load }) => [load.before, load.after]);
  const load = `load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  const intro = `Measured ${date}: ${cpu}${family ? ` (${family})` : ""}, ${cores} cores, ${load}; Node ${node}, ${simd} SIMD, ${threads === 1 ? "one thread" : `${threads} threads`}.
Medians${extent.best ? ", and in small the best samples" : ""}; what stands in a row took turns in one run.`;
  const [work, kernels] = [resultsIn(false), resultsIn(true)];
  const tables = [work.length > 0 ? workTable(work, extent) : "", kernels.length > 0 ? kernelTable(kernels, extent) : ""];
  return [intro, ...tables.filter((table) => table !== "")].join("\n\n");
}

/** @throws Error without the markers */
export function insert(text: string, table: string, path: string): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${path} needs ${BEGIN} and ${END}, in this order`);
  return `${text.slice(0, from + BEGIN.length)}\n${table}\n${text.slice(to)}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [file] = process.argv.slice(2);
  if (!file) throw new Error("npm run bench:table -- FILE.json");
  const report = JSON.parse(readFileSync(file, "utf8")) as Report;
  for (const [path, extent] of Object.entries(papers)) {
    writeFileSync(path, insert(readFileSync(path, "utf8"), tableFrom(report, extent), path));
  }
}
