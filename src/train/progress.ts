/** What `fit` prints: one line on what runs, a line of progress, a verdict. */
import type { MetricValues } from "../metrics/metric.ts";
import { countParameters, initMissing, parameters } from "../nn/model.ts";
import { engine } from "../wasm/engine.ts";
import type { EpochEvent } from "./callback.ts";

/** Told of training as it goes. */
export interface Progress {
  step(step: number, loss: number, mean: number): void;
  epoch(event: EpochEvent): void;
  /** A line of its own. */
  say(line: string): void;
  end(verdict: string): void;
}

/** What is to be shown; `first` is the step it begins with. */
type Plan = { seed: number; steps: number; batches: number; epochs: number; first: number };

/** Milliseconds between two drawings of the line. */
const REDRAW = 100;
const BAR = 24;

const silent: Progress = { step() {}, epoch() {}, say() {}, end() {} };

/** Widths of the layers with weights in a row, `784-50-10`; empty where they do not follow each other, or are of other kinds. */
export function shapeInWords(model: object): string {
  const widths: number[] = [];
  for (const { shape } of parameters(model).values()) {
    if (shape.length > 2) return "";
    if (shape.length < 2) continue;
    if (widths.length > 0 && widths.at(-1) !== shape[0]) return "";
    if (widths.length === 0) widths.push(shape[0]!);
    widths.push(shape[1]!);
  }
  return widths.join("-");
}

/** `784-50-10, 39,760 parameters · 2 threads, relaxed SIMD · seed 0`. */
export function describeRun(model: object, seed: number): string {
  initMissing(model, undefined);
  const { threads, simd, math, reason } = engine();
  const shape = shapeInWords(model);
  const count = countParameters(model).toLocaleString("en-US");
  const line = `${shape ? `${shape}, ` : ""}${count} parameters · ${threads} ${threads === 1 ? "thread" : "threads"}, ${simd} SIMD, math ${math} · seed ${seed}`;
  return reason ? `${line}\n  ${reason}` : line;
}

export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

function formatMetrics(metrics: MetricValues): string {
  const named = Object.entries(metrics).flatMap(([name, value]) =>
    typeof value === "number" ? [`${name === "loss" ? "validation loss" : name} ${value.toFixed(4)}`] : [],
  );
  return named.length ? `  ${named.join("  ")}` : "";
}

class TerminalLine implements Progress {
  readonly #start = performance.now();
  #drawn = 0;
  #width = 0;
  readonly #plan: Plan;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  step(step: number, loss: number, mean: number): void {
    const now = performance.now();
    if (now - this.#drawn < REDRAW) return;
    this.#drawn = now;
    const { steps, batches, epochs, first } = this.#plan;
    const share = (step + 1) / steps;
    const left = ((now - this.#start) / 1000 / (step + 1 - first)) * (steps - step - 1);
    const filled = Math.round(share * BAR);
    const bar = "█".repeat(filled) + "░".repeat(BAR - filled);
    const epoch = Math.floor(step / batches) + 1;
    this.#draw(
      `${bar} ${Math.round(share * 100)} %  epoch ${epoch}/${epochs}  loss ${mean.toFixed(4)} (now ${loss.toFixed(4)})  ${formatSeconds(left)} left`,
    );
  }

  epoch(event: EpochEvent): void {
    this.say(epochLine(event));
  }

  say(line: string): void {
    this.#draw("");
    process.stdout.write(`${line}\n`);
    this.#width = 0;
  }

  end(verdict: string): void {
    this.say(verdict);
  }

  #draw(text: string): void {
    process.stdout.write(`\r${text.padEnd(this.#width)}${text ? "" : "\r"}`);
    this.#width = text.length;
  }
}

function epochLine({ epoch, epochs, loss, seconds, metrics }: EpochEvent): string {
  return `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}  loss ${loss.toFixed(4)}  ${seconds.toFixed(2)} s${formatMetrics(metrics)}`;
}

/** Plain lines: piped output, and consoles of pages. */
const plain: Progress = {
  step() {},
  epoch(event) {
    console.log(epochLine(event));
  },
  say(line) {
    console.log(line);
  },
  end(verdict) {
    console.log(verdict);
  },
};

/** How a run is shown here. */
export function progressFor(verbose: boolean, model: object, plan: Plan): Progress {
  if (!verbose) return silent;
  console.log(describeRun(model, plan.seed));
  const terminal = typeof process !== "undefined" && process.stdout?.isTTY;
  return terminal ? new TerminalLine(plan) : plain;
}
