/** Charts of a page, drawn by uPlot, whose code the page carries. */
import { ValueError } from "../core/errors.ts";
import { readBytes } from "../io/file.ts";
import { builtin } from "../wasm/host.ts";
import type { Curve } from "./findings.ts";

export type Chart = {
  readonly title: string;
  /** What the axes show. */
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Curve[];
  /** Whether to draw a broken line from corner to corner. */
  readonly diagonal?: boolean;
  /** Points alone, without lines between them. */
  readonly points?: boolean;
};

/** The library's code and style. */
export type ChartLibrary = { readonly script: string; readonly style: string };

/** uPlot as installed beside nabla. @throws ValueError where it is not to be found: in a page, or when it was not installed */
export async function chartLibrary(): Promise<ChartLibrary> {
  const modules = builtin("node:module");
  const { url } = import.meta;
  if (!modules || !url)
    throw new ValueError("report", "reads uPlot from the disk", "no file system here", "charts: { script, style }");
  const text = async (file: string): Promise<string> => {
    const path = modules.createRequire(url).resolve(`uplot/dist/${file}`);
    return new TextDecoder().decode(await readBytes(path, "report"));
  };
  return { script: await text("uPlot.iife.min.js"), style: await text("uPlot.min.css") };
}

const COLOURS = [
  "#0b6e99",
  "#c2410c",
  "#15803d",
  "#7c3aed",
  "#b91c1c",
  "#0f766e",
  "#a16207",
  "#be185d",
  "#1d4ed8",
  "#4d7c0f",
  "#525252",
];

/** All x in one ascending list, and each line's y at them, as uPlot wants it; null between a line's points. */
function aligned(lines: readonly Curve[]): (number | null)[][] {
  const xs = [...new Set(lines.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const at = new Map(xs.map((x, i) => [x, i]));
  const columns = lines.map(({ x, y }) => {
    const column = new Array<number | null>(xs.length).fill(null);
    for (const [i, value] of x.entries()) column[at.get(value)!] = Number.isFinite(y[i]!) ? y[i]! : null;
    return column;
  });
  return [xs, ...columns];
}

/** A chart as markup: a place, and the script that draws into it. Quotes and brackets are escaped by JSON and the `<` below. */
export function chartMarkup(chart: Chart, id: string): string {
  const ends = chart.diagonal ? diagonalOf(chart.lines) : [];
  const lines = [...chart.lines, ...ends];
  const series = lines.map(({ name }, i) => {
    const own = i < chart.lines.length;
    const colour = own ? COLOURS[i % COLOURS.length]! : "#9ca3af";
    return {
      label: name,
      stroke: colour,
      width: chart.points && own ? 0 : 2,
      spanGaps: true,
      ...(own ? {} : { dash: [6, 4] }),
      dots: chart.points && own,
    };
  });
  const data = JSON.stringify({ data: aligned(lines), series, x: chart.x, y: chart.y }).replace(/</g, "\\u003c");
  return `<figure><figcaption>${chart.title}</figcaption><div class="chart" id="${id}"></div><script>draw("${id}", ${data});</script></figure>`;
}

function diagonalOf(lines: readonly Curve[]): Curve[] {
  const values = lines.flatMap(({ x, y }) => [...x, ...y]).filter(Number.isFinite);
  const [low, high] = [values.reduce((a, b) => Math.min(a, b), 0), values.reduce((a, b) => Math.max(a, b), 0)];
  return [{ name: "ideal", x: [low, high], y: [low, high] }];
}

/** What the page's charts are drawn by. */
export const DRAW = `
// Once all of the page is there, so that columns have their widths.
function draw(id, chart) { addEventListener("load", () => drawNow(id, chart)); }
function drawNow(id, { data, series, x, y }) {
  const place = document.getElementById(id);
  const dots = { show: true, size: 5 };
  new uPlot({
    width: Math.min(560, place.parentElement.clientWidth || 560), height: 300, scales: { x: { time: false } },
    axes: [{ label: x }, { label: y, size: 60 }],
    series: [{ label: x }, ...series.map(({ dots: alone, ...own }) => (alone ? { ...own, points: { ...dots, fill: own.stroke } } : { ...own, points: { show: data[0].length < 40 } }))],
  }, data, place);
}`;
