/** Writes the README's table of figures from what `nabla bench --json` has written: npm run bench:table -- bench/results/FILE.json */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { isRate, type Result } from "../src/cli/bench/figures.ts";
import { digits, type Report } from "../src/cli/bench/report.ts";
import { EMPTY_PROCESS } from "../src/cli/bench/start.ts";

const README = "README.md";
const BEGIN = "<!-- bench:table -->";
const END = "<!-- /bench:table -->";

/** The median, and in small the best of all samples. */
function figure({ median, best }: Result): string {
  return `${digits(median)} <sub>${digits(best)}</sub>`;
}

function lines(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** Kernels beside the peak, and beside others where there are any. */
function kernelTable(results: readonly Result[]): string {
  const rows = results
    .filter(({ name, workload }) => name === workload)
    .map((own) => {
      const others = results.filter(({ workload, name }) => workload === own.name && name !== own.name);
      const share = own.shareOfPeak === null ? "" : `${(own.shareOfPeak * 100).toFixed(0)} %`;
      return [own.name, own.unit, figure(own), share, others.map((other) => `${other.by} ${figure(other)}`).join(", ")];
    });
  return lines([["kernel", "", "nabla", "of the peak", "beside it"], ["---", "---", "---", "---", "---"], ...rows]);
}

/** `convnetjs 0.3.0, AdaGrad instead of Adam` is the library before the comma. */
function libraryOf(result: Result): string {
  return result.by.split(",")[0]!;
}

/** Work by the rows, libraries by the columns, the fastest in bold; a star where a library does not do quite the same. */
function workTable(all: readonly Result[]): string {
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
        const text = `${figure(result)}${differs ? "\\*" : ""}`;
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
export function tableFrom({ machine, quick, measurements }: Report): string {
  if (quick) throw new Error("a quick run is for a look, not for a table");
  const { cpu, family, cores, node, simd, threads } = machine;
  const resultsIn = (kernels: boolean): Result[] =>
    measurements.filter(({ section }) => (section === "kernels") === kernels).flatMap(({ results }) => results);
  const days = [...new Set(measurements.map(({ started }) => started.slice(0, 10)))].sort();
  const date = days.length > 1 ? `from ${days[0]} to ${days.at(-1)}` : `on ${days[0]}`;
  const loads = measurements.flatMap(({ load }) => [load.before, load.after]);
  const load = `load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  const intro = `Measured ${date}: ${cpu}${family ? ` (${family})` : ""}, ${cores} cores, ${load}; Node ${node}, ${simd} SIMD, ${threads === 1 ? "one thread" : `${threads} threads`}.
Medians, and in small the best samples; what stands in a row took turns in one run.`;
  const tables = [workTable(resultsIn(false)), kernelTable(resultsIn(true))];
  return [intro, ...tables.filter((_, i) => resultsIn(i === 1).length > 0)].join("\n\n");
}

/** @throws Error without the markers */
export function insert(text: string, table: string): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${README} needs ${BEGIN} and ${END}, in this order`);
  return `${text.slice(0, from + BEGIN.length)}\n${table}\n${text.slice(to)}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [file] = process.argv.slice(2);
  if (!file) throw new Error("npm run bench:table -- FILE.json");
  const report = JSON.parse(readFileSync(file, "utf8")) as Report;
  writeFileSync(README, insert(readFileSync(README, "utf8"), tableFrom(report)));
}
