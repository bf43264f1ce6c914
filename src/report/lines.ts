/** Lines over numbers: drawn with characters, and as SVG. */
import { ValueError } from "../core/errors.ts";
import { exp, LOG10E, ln } from "../core/math.ts";

/** Points (x[i], y[i]); what is not finite is left out. */
export type Line = { readonly name: string; readonly x: ArrayLike<number>; readonly y: ArrayLike<number> };

export type LineOptions = {
  /** Above the chart. Default none. */
  title?: string;
  /** What the axes measure. Default none. */
  xLabel?: string;
  yLabel?: string;
  /** Whether the horizontal axis counts powers of ten. Default false. */
  logX?: boolean;
  /** A place on the horizontal axis to mark, and what to say there. */
  mark?: { x: number; text: string };
};

type Point = { x: number; y: number };
type Range = { low: number; high: number };
type Frame = { lines: readonly { name: string; points: readonly Point[] }[]; x: Range; y: Range; log: boolean };

const log10 = (x: number): number => ln(x) * LOG10E;

function rangeOf(values: readonly number[]): Range {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = low === high ? Math.abs(low) / 2 || 1 : 0;
  return { low: low - margin, high: high + margin };
}

/** Points on the axes' own scale, and what they span. */
function frameOf(where: string, lines: readonly Line[], { logX: log = false }: LineOptions): Frame {
  const found = lines.map(({ name, x, y }) => {
    if (x.length !== y.length) throw new ValueError(where, "a line has as many x as y", `${x.length} and ${y.length}`);
    const points = Array.from(x, (value, i) => ({ x: log ? log10(value) : value, y: y[i]! }));
    return { name, points: points.filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y)) };
  });
  const all = found.flatMap(({ points }) => points);
  if (all.length === 0) throw new ValueError(where, "needs at least one finite point");
  return { lines: found, x: rangeOf(all.map(({ x }) => x)), y: rangeOf(all.map(({ y }) => y)), log };
}

const share = (value: number, { low, high }: Range): number => (value - low) / (high - low);

/** A number in few characters. */
function short(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

/** Where an axis says its numbers: powers of ten, or its ends and quarters. */
function ticksOf({ low, high }: Range, log: boolean): { at: number; text: string }[] {
  if (log && high - low >= 1) {
    const first = Math.ceil(low - 1e-9);
    const every = Math.ceil((high - low) / 8);
    const powers = Array.from({ length: Math.floor(high - first + 1e-9) + 1 }, (_, i) => first + i);
    return powers.filter((power) => (power - first) % every === 0).map((at) => ({ at, text: `1e${at}` }));
  }
  return [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = low + (high - low) * part;
    return { at, text: short(log ? exp(at / LOG10E) : at) };
  });
}

const SIGNS = ["●", "○", "▲", "△", "■", "□"];
const [COLUMNS, ROWS] = [60, 16];

/**
 * A chart for a terminal, 16 rows of 60 columns and the axes' numbers.
 *
 * @throws ValueError when no point is finite
 * @example console.log(drawLines([{ name: "loss", x: [1, 2, 3], y: history.loss }]))
 */
export function drawLines(lines: readonly Line[], options: LineOptions = {}): string {
  const frame = frameOf("drawLines", lines, options);
  const { title, xLabel, yLabel, mark } = options;
  const cells = Array.from({ length: ROWS }, () => new Array<string>(COLUMNS).fill(" "));
  const column = (x: number): number => Math.round(share(x, frame.x) * (COLUMNS - 1));
  const marked = mark && (frame.log ? log10(mark.x) : mark.x);
  if (marked !== undefined && marked >= frame.x.low && marked <= frame.x.high) for (const row of cells) row[column(marked)] = "│";
  for (const [i, { points }] of frame.lines.entries())
    for (const { x, y } of points) cells[Math.round((1 - share(y, frame.y)) * (ROWS - 1))]![column(x)] = SIGNS[i % SIGNS.length]!;
  const numbers = cells.map((_, row) =>
    row % 5 === 0 ? short(frame.y.high - ((frame.y.high - frame.y.low) * row) / (ROWS - 1)) : "",
  );
  const width = Math.max(...numbers.map((text) => text.length));
  const axis = new Array<string>(COLUMNS + 8).fill(" ");
  for (const { at, text } of ticksOf(frame.x, frame.log)) for (const [i, sign] of [...text].entries()) axis[column(at) + i] = sign;
  const legend = frame.lines.map(({ name }, i) => `${SIGNS[i % SIGNS.length]} ${name}`);
  if (mark) legend.push(`│ ${mark.text}`);
  return [
    ...[title, yLabel].filter((text) => text !== undefined),
    ...cells.map((row, i) => `${numbers[i]!.padStart(width)} ┤${row.join("")}`.trimEnd()),
    `${" ".repeat(width)} └${"─".repeat(COLUMNS)}`,
    `${" ".repeat(width + 2)}${axis.join("")}${xLabel ?? ""}`.trimEnd(),
    legend.join("   "),
  ].join("\n");
}

/** Colours that those who confuse red and green can tell apart: Okabe & Ito 2008. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const BOX = { left: 70, right: 620, top: 40, bottom: 300 };

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const label = (x: number, y: number, anchor: string, text: string): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(text)}</text>`;
const stroke = (x1: number, y1: number, x2: number, y2: number, look: string): string =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" ${look}/>`;

/**
 * The same chart as SVG, a picture of 640 × 360 that stands alone.
 *
 * @returns the text of an SVG file
 * @throws ValueError when no point is finite
 * @example await writeFile("loss.svg", lineChart([{ name: "loss", x: [1, 2, 3], y: history.loss }], { title: "Training" }))
 */
export function lineChart(lines: readonly Line[], options: LineOptions = {}): string {
  const frame = frameOf("lineChart", lines, options);
  const { title = "", xLabel = "", yLabel = "", mark } = options;
  const { left, right, top, bottom } = BOX;
  const across = (x: number): number => left + share(x, frame.x) * (right - left);
  const down = (y: number): number => bottom - share(y, frame.y) * (bottom - top);
  const grid = 'stroke="#ddd"';
  const parts = [label(left, 24, "start", title), label(right, 344, "end", xLabel), label(8, top - 8, "start", yLabel)];
  for (const { at, text } of ticksOf(frame.x, frame.log))
    parts.push(stroke(across(at), top, across(at), bottom, grid), label(across(at), bottom + 18, "middle", text));
  for (const { at, text } of ticksOf(frame.y, false))
    parts.push(stroke(left, down(at), right, down(at), grid), label(left - 8, down(at) + 4, "end", text));
  for (const [i, { name, points }] of frame.lines.entries()) {
    const colour = COLOURS[i % COLOURS.length]!;
    const path = points.map(({ x, y }) => `${across(x).toFixed(1)},${down(y).toFixed(1)}`).join(" ");
    parts.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    parts.push(`<g fill="${colour}">${label(left + 110 * i, 344, "start", name)}</g>`);
  }
  if (mark) {
    const at = across(frame.log ? log10(mark.x) : mark.x);
    parts.push(stroke(at, top, at, bottom, 'stroke="#666" stroke-dasharray="4 3"'), label(at + 4, top + 12, "start", mark.text));
  }
  const head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" font-family="sans-serif" font-size="12">';
  return `${head}<rect width="640" height="360" fill="#fff"/>${parts.join("")}</svg>\n`;
}
