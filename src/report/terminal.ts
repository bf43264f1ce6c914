/** A report as text. */
import { formatTable } from "../core/table.ts";
import type { Chart } from "./chart.ts";
import { drawImage } from "./image.ts";
import type { Contents } from "./report.ts";

const BARS = "▁▂▃▄▅▆▇█";
/** Characters of a curve. */
const WIDTH = 60;

/** A curve in a line of text, from its least to its greatest. */
export function sparkline(values: readonly number[]): string {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const step = Math.max(1, values.length / WIDTH);
  return Array.from({ length: Math.min(WIDTH, values.length) }, (_, i) => {
    const share = high > low ? (values[Math.floor(i * step)]! - low) / (high - low) : 0;
    return Number.isFinite(share) ? BARS[Math.round(share * (BARS.length - 1))] : " ";
  }).join("");
}

function curve({ lines }: Chart): string {
  const rows = lines.map(({ name, y }) => [name, sparkline(y), `${y[0]!.toPrecision(4)} → ${y.at(-1)!.toPrecision(4)}`]);
  return formatTable([["", "", ""], ...rows], ["left", "left", "left"])
    .split("\n")
    .slice(2)
    .join("\n");
}

/** The same as the page, without its pictures of curves. */
export function terminal({ title, verdict, curves, found, network, settings }: Contents): string {
  const own =
    found.task === "numbers"
      ? [`R² ${found.scores.r2.toFixed(4)}   RMSE ${found.scores.rmse.toPrecision(4)}   MAE ${found.scores.mae.toPrecision(4)}`]
      : [
          String(found.table),
          formatTable(
            [["true \\ predicted", ...found.names], ...found.counts.map((row, i) => [found.names[i]!, ...row.map(String)])],
            ["left", ...found.names.map(() => "right" as const)],
          ),
          `calibration error ${found.calibrationError.toFixed(3)}`,
          ...found.mistakes.slice(0, 3).map(({ row, actual, predicted, confidence, image }) => {
            const words = `row ${row}: ${actual}, taken for ${predicted} (${(100 * confidence).toFixed(0)} %)`;
            return image && image.shape[2] === 1 ? `${words}\n${drawImage(image)}` : words;
          }),
        ];
  const set = formatTable([["setting", "value"], ...settings], ["left", "left"]);
  return [title, verdict, ...curves.map(curve), ...own, network, set].join("\n\n");
}
