/** Pictures: as text for a terminal, as SVG for a page. */
export { drawImage } from "./image.ts";
export { drawLearningRates, learningRateChart } from "./learning-rate.ts";
export { drawLines, type Line, type LineOptions, lineChart } from "./lines.ts";
