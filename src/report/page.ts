/** A report as one page that needs nothing else. */
import type { Chart, ChartLibrary } from "./chart.ts";
import { chartMarkup, DRAW } from "./chart.ts";
import type { ClassFindings, Mistake } from "./findings.ts";
import type { Contents } from "./report.ts";

const STYLE = `
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1180px; margin: 2rem auto; padding: 0 1rem; color: #1f2937; background: #fff; }
h1 { margin-bottom: 0; } h2 { margin: 2.5rem 0 0.5rem; } .quiet { color: #6b7280; }
.verdict { font-size: 1.25rem; padding: 0.75rem 1rem; border-left: 4px solid #0b6e99; background: #f0f9ff; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(340px, 1fr)); gap: 1.5rem; } figure { margin: 0; overflow: hidden; } figcaption { font-weight: 600; }
table { border-collapse: collapse; } th, td { padding: 0.2rem 0.6rem; text-align: right; } th { font-weight: 600; } td:first-child, th:first-child { text-align: left; }
.chart { overflow: hidden; } .u-legend { font-size: 0.75rem; white-space: normal; }
.table { overflow-x: auto; } .matrix td { text-align: center; min-width: 2.2rem; } .matrix th { text-align: center; }
.mistakes { display: flex; flex-wrap: wrap; gap: 1rem; } .mistakes figure { width: 130px; font-size: 0.85rem; } canvas { width: 112px; image-rendering: pixelated; border: 1px solid #e5e7eb; }`;

const IMAGES = `
function paint(id, width, height, channels, bytes) {
  const canvas = document.getElementById(id);
  [canvas.width, canvas.height] = [width, height];
  const data = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; ++i) {
    for (let c = 0; c < 3; ++c) image.data[4 * i + c] = data[i * channels + (channels === 3 ? c : 0)];
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}`;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function table(rows: readonly (readonly string[])[], kind = ""): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("")}</tr>`;
  return `<div class="table"><table class="${kind}">${line(head, "th")}${body.map((cells) => line(cells, "td")).join("")}</table></div>`;
}

/** The darker, the more of the true class' rows. */
function matrix({ names, counts }: ClassFindings): string {
  const head = `<tr><th>true \\ predicted</th>${names.map((name) => `<th>${escaped(name)}</th>`).join("")}</tr>`;
  const rows = counts.map((row, i) => {
    const total = row.reduce((a, b) => a + b, 0);
    const cells = row.map((count, j) => {
      const share = total > 0 ? count / total : 0;
      const colour =
        i === j ? `rgba(21, 128, 61, ${(0.85 * share).toFixed(3)})` : `rgba(185, 28, 28, ${Math.min(0.85, 4 * share).toFixed(3)})`;
      return `<td style="background: ${colour}${share > 0.6 ? "; color: #fff" : ""}">${count}</td>`;
    });
    return `<tr><th>${escaped(names[i]!)}</th>${cells.join("")}</tr>`;
  });
  return `<div class="table"><table class="matrix">${head}${rows.join("")}</table></div>`;
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function mistake({ row, actual, predicted, confidence, image }: Mistake, id: string): string {
  const words = `${escaped(actual)}, taken for ${escaped(predicted)} (${(100 * confidence).toFixed(0)} %), row ${row}`;
  if (!image) return `<figure><figcaption>${words}</figcaption></figure>`;
  const [height, width, channels] = image.shape as [number, number, number];
  const values = Array.from(image.data());
  const most = values.reduce((a, b) => Math.max(a, b), 0) || 1;
  const bytes = Uint8Array.from(values, (value) => (image.dtype === "u8" ? value : (255 * value) / most));
  return `<figure><canvas id="${id}"></canvas><script>paint("${id}", ${width}, ${height}, ${channels}, "${base64(bytes)}");</script><div>${words}</div></figure>`;
}

function classSections(found: ClassFindings): string {
  const charts: Chart[] = [
    { title: "ROC", x: "false positive rate", y: "true positive rate", lines: found.roc, diagonal: true },
    { title: "Precision and recall", x: "recall", y: "precision", lines: found.precisionRecall },
    {
      title: `Calibration (error ${found.calibrationError.toFixed(3)})`,
      x: "confidence",
      y: "share right",
      lines: [found.calibration],
      diagonal: true,
    },
  ];
  const { table: scores } = found;
  const line = (name: string, row: (typeof scores)["macroAverage"]): string[] => [
    name,
    ...[row.precision, row.recall, row.f1].map((value) => value.toFixed(3)),
    String(row.support),
  ];
  const rows = [
    ["class", "precision", "recall", "f1", "rows"],
    ...Object.entries(scores.classes).map(([name, row]) => line(name, row)),
    line("macro average", scores.macroAverage),
    line("weighted average", scores.weightedAverage),
  ];
  return [
    `<h2>Classes</h2><p>accuracy ${scores.accuracy.toFixed(4)}</p>${table(rows)}`,
    `<h2>Confusion matrix</h2>${matrix(found)}`,
    `<h2>How sure it is</h2><div class="charts">${charts.map((chart, i) => chartMarkup(chart, `sure-${i}`)).join("")}</div>`,
    `<h2>Worst mistakes</h2><div class="mistakes">${found.mistakes.map((one, i) => mistake(one, `mistake-${i}`)).join("") || "none"}</div>`,
  ].join("\n");
}

/** The whole page. */
export function page({ title, verdict, curves, found, network, settings }: Contents, library: ChartLibrary): string {
  const learning = curves.map((chart, i) => chartMarkup(chart, `learning-${i}`)).join("");
  const own =
    found.task === "classes"
      ? classSections(found)
      : `<h2>Predictions</h2><p>R² ${found.scores.r2.toFixed(4)}, RMSE ${found.scores.rmse.toPrecision(4)}, MAE ${found.scores.mae.toPrecision(4)}</p>${chartMarkup(
          {
            title: "Predicted by actual",
            x: "actual",
            y: "predicted",
            lines: [{ name: "rows", x: found.actual, y: found.predicted }],
            diagonal: true,
            points: true,
          },
          "numbers",
        )}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)}</title>
<style>${library.style}${STYLE}</style><script>${library.script}</script><script>${DRAW}${IMAGES}</script></head><body>
<h1>${escaped(title)}</h1>
<p class="verdict">${escaped(verdict)}</p>
${learning ? `<h2>Learning</h2><div class="charts">${learning}</div>` : ""}
${own}
<h2>Network</h2><pre>${escaped(network)}</pre>
<h2>Settings</h2>${table([["", ""], ...settings])}
</body></html>
`;
}
