/** A run as a page of its own: charts drawn as SVG, figures as tables, nothing fetched. */
import { isRate, type Result } from "./figures.ts";
import { inWords } from "./machine.ts";
import { STYLE } from "./page-style.ts";
import { digits, type Measurement, nameIn, type Report, TITLES } from "./report.ts";
import { SECTIONS, type Section } from "./workload.ts";

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Where a value stands on an axis, in percent of its width. */
type Axis = { at(value: number): number; readonly ticks: readonly number[]; label(tick: number): string };

/** Powers of ten as ticks; the lowest value keeps a bar that can be seen. */
function logarithmic(results: readonly Result[]): Axis {
  const lowest = Math.min(...results.map(({ quantiles }) => quantiles.min));
  const highest = Math.max(...results.map(({ quantiles }) => quantiles.max));
  const low = Math.floor(Math.log10(lowest / 1.6));
  const high = Math.log10(highest * 1.05);
  const ticks = Array.from({ length: Math.floor(high) - low + 1 }, (_, i) => Number(`1e${low + i}`));
  return {
    at: (value) => ((Math.log10(value) - low) / (high - low)) * 100,
    ticks,
    label: (tick) => tick.toLocaleString("en-US", { maximumFractionDigits: 9 }),
  };
}

/** Shares from none to all; more, where the widest vectors of a native library reach more. */
function shares(results: readonly Result[]): Axis {
  const high = Math.max(1, ...results.map(({ shareOfPeak }) => shareOfPeak ?? 0)) * 1.02;
  return { at: (share) => (share / high) * 100, ticks: [0, 0.25, 0.5, 0.75, 1], label: (tick) => `${tick * 100} %` };
}

type Bar = {
  readonly label: string;
  readonly own: boolean;
  readonly value: number;
  /** The lowest and the highest of all samples. */
  readonly range: readonly [number, number] | null;
  readonly text: string;
};

function barOf({ label, own, value, range, text }: Bar, { at, ticks }: Axis): string {
  const x = (of: number): string => `${at(of).toFixed(2)}%`;
  const grid = ticks.map((tick) => `<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="0" y2="100%"/>`).join("");
  const [low, high] = range ?? [];
  const whisker =
    low === undefined || high === undefined
      ? ""
      : `<line x1="${x(low)}" x2="${x(high)}" y1="50%" y2="50%"/>${[low, high]
          .map((end) => `<line x1="${x(end)}" x2="${x(end)}" y1="32%" y2="68%"/>`)
          .join("")}`;
  return (
    `<div class="row${own ? " own" : ""}"><span class="label">${escaped(label)}</span>` +
    `<svg aria-hidden="true">${grid}<rect y="18%" height="64%" width="${x(value)}"/><g class="whisker">${whisker}</g></svg>` +
    `<span class="value">${escaped(text)}</span></div>`
  );
}

function cardOf(title: string, note: string, bars: readonly Bar[], axis: Axis): string {
  const labels = axis.ticks.map((tick) => `<text x="${axis.at(tick).toFixed(2)}%" y="12">${axis.label(tick)}</text>`).join("");
  return (
    `<figure><figcaption>${escaped(title)} <small>${escaped(note)}</small></figcaption>` +
    `${bars.map((bar) => barOf(bar, axis)).join("")}` +
    `<div class="row axis"><span></span><svg aria-hidden="true">${labels}</svg><span></span></div></figure>`
  );
}

const isOwn = ({ by }: Result): boolean => by.startsWith("nabla");

function comparison({ timesSlowerMedian: times }: Result): string {
  if (times === null) return "";
  return times >= 1 ? ` · ${digits(times)} × slower` : ` · ${digits(1 / times)} × faster`;
}

/** Those who did the same work, the fastest first. */
function comparedCard(workload: string, results: readonly Result[]): string {
  const { unit } = results[0]!;
  const sorted = [...results].sort((a, b) => (isRate(unit) ? b.median - a.median : a.median - b.median));
  const bars = sorted.map((result) => ({
    label: result.by,
    own: isOwn(result),
    value: result.median,
    range: [result.quantiles.min, result.quantiles.max] as const,
    text: `${digits(result.median)}${comparison(result)}`,
  }));
  return cardOf(workload, `${unit}, ${isRate(unit) ? "more" : "less"} is better`, bars, logarithmic(results));
}

/** What nabla reaches of the peak, one bar for each workload. */
function sharesCard(results: readonly Result[]): string {
  const bars = results.map(({ name, shareOfPeak, median, unit }) => ({
    label: name,
    own: true,
    value: shareOfPeak ?? 0,
    range: null,
    text: `${((shareOfPeak ?? 0) * 100).toFixed(0)} % · ${digits(median)} ${unit}`,
  }));
  return cardOf("Share of the peak", "best sample; of multiply-adds in registers, or memory.copy", bars, shares(results));
}

function tableOf(results: readonly Result[]): string {
  const cells = (result: Result): string[] => {
    const { unit, median, best, quantiles, samples, shareOfPeak, timesSlowerMedian, timesSlower, throughput } = result;
    return [
      nameIn(result),
      unit,
      ...[median, best, quantiles.min, quantiles.p25, quantiles.p75, quantiles.max].map(digits),
      String(samples),
      shareOfPeak === null ? "" : `${(shareOfPeak * 100).toFixed(0)} %`,
      ...[timesSlowerMedian, timesSlower].map((times) => (times === null ? "" : digits(times))),
      throughput === null ? "" : digits(throughput),
    ];
  };
  const head = ["", "unit", "median", "best", "min", "25 %", "75 %", "max", "samples", "of peak", "× slower", "× (best)", "rows/s"];
  const rows = results.map((result) => {
    const kind = isOwn(result) ? ' class="own"' : "";
    return `<tr${kind}>${cells(result)
      .map((cell) => `<td>${escaped(cell)}</td>`)
      .join("")}</tr>`;
  });
  const heads = head.map((cell) => `<th>${cell}</th>`).join("");
  return `<details><summary>All figures</summary><div class="wide"><table><thead><tr>${heads}</tr></thead><tbody>${rows.join("")}</tbody></table></div></details>`;
}

function sectionOf(section: Section, measurements: readonly Measurement[]): string {
  const results = measurements.flatMap((measurement) => measurement.results);
  if (results.length === 0) return "";
  const workloads = [...new Set(results.map(({ workload }) => workload))];
  const compared = workloads
    .map((workload) => [workload, results.filter((result) => result.workload === workload)] as const)
    .filter(([, those]) => those.length > 1)
    .map(([workload, those]) => comparedCard(workload, those));
  const reaching = results.filter((result) => result.by === "nabla" && result.shareOfPeak !== null && result.shareOfPeak !== 1);
  const cards = [...(reaching.length > 0 ? [sharesCard(reaching)] : []), ...compared];
  const notes = measurements.flatMap((measurement) => measurement.notes.map((note) => `<li>${escaped(note)}</li>`));
  const missing = notes.length > 0 ? `<details><summary>Did not take part</summary><ul>${notes.join("")}</ul></details>` : "";
  return `<section><h2>${TITLES[section]}</h2><div class="cards">${cards.join("")}</div>${tableOf(results)}${missing}</section>`;
}

function loadIn(measurements: readonly Measurement[]): string {
  const loads = measurements.flatMap(({ load }) => [load.before, load.after]);
  return loads.length > 0 ? `load ${Math.min(...loads).toFixed(2)} to ${Math.max(...loads).toFixed(2)}` : "";
}

/** The page as text. */
export function pageOf({ date, machine, quick, measurements }: Report): string {
  const sections = SECTIONS.map((section) =>
    sectionOf(
      section,
      measurements.filter((measurement) => measurement.section === section),
    ),
  );
  const hurried = quick ? " · a quick run: for a look, not for a claim" : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>nabla bench · ${escaped(machine.cpu)} · ${date.slice(0, 10)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1><span>∇</span> nabla bench</h1>
<p>${escaped(inWords(machine))} · V8 ${escaped(machine.v8)} · ${date.slice(0, 16).replace("T", " ")} UTC · ${loadIn(measurements)}${hurried}</p>
<p>Bars are medians, on a logarithmic scale where libraries are compared; whiskers reach from the lowest to the highest of all samples.
Those in one chart took turns in one run.</p>
</header>
<main>${sections.join("\n")}</main>
</body>
</html>
`;
}
