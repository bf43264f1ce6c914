/** Pictures of a search for a learning rate. */
import type { LearningRateSearch } from "../train/find-learning-rate.ts";
import { drawLines, type Line, type LineOptions, lineChart } from "./lines.ts";

function chartOf({ rates, losses, smoothed, suggestion }: LearningRateSearch): [lines: Line[], options: LineOptions] {
  const lines = [
    { name: "loss", x: rates, y: losses },
    { name: "running mean", x: rates, y: smoothed },
  ];
  const mark = suggestion === null ? {} : { mark: { x: suggestion, text: `steepest at ${suggestion.toPrecision(2)}` } };
  return [lines, { title: "Loss while the learning rate grows", xLabel: "learning rate", logX: true, ...mark }];
}

/** A search as a chart for a terminal. @example console.log(drawLearningRates(await findLearningRate(model, train, options))) */
export function drawLearningRates(search: LearningRateSearch): string {
  return drawLines(...chartOf(search));
}

/** The same as the text of an SVG file. */
export function learningRateChart(search: LearningRateSearch): string {
  return lineChart(...chartOf(search));
}
