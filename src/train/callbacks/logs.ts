import type { Callback } from "../callback.ts";
import { toText } from "../saved.ts";
import { LogFile, numbersOf } from "./log-file.ts";

/** A cell as RFC 4180 has it. */
function cell(value: string | number): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A table of epochs as CSV: epoch (from 1), step, seconds, loss, validationLoss, metrics that are numbers, lr. A resumed training goes
 * on with the file as it was at the checkpoint; another training begins it anew.
 *
 * @throws ValueError when the file cannot be written
 * @example callbacks: [csvLog("run/log.csv")]
 */
export function csvLog(path: string): Callback {
  const file = new LogFile("csvLog", path);
  return {
    name: "csvLog",
    start: () => file.open(),
    async epoch(event, training) {
      const row = numbersOf(event, training);
      if (file.isEmpty) await file.append(`${Object.keys(row).map(cell).join()}\n`);
      await file.append(`${Object.values(row).map(cell).join()}\n`);
    },
    state: () => file.state(),
    restore: (saved) => file.restore(saved),
  };
}

/**
 * Epochs as lines of JSON: what `csvLog` has, and metrics of every kind under `metrics`. NaN and infinities are `{ "number": "NaN" }`.
 *
 * @throws ValueError when the file cannot be written
 * @example callbacks: [jsonLog("run/log.jsonl")]
 */
export function jsonLog(path: string): Callback {
  const file = new LogFile("jsonLog", path);
  return {
    name: "jsonLog",
    start: () => file.open(),
    epoch: (event, training) => file.append(`${toText({ ...numbersOf(event, training), metrics: event.metrics })}\n`),
    state: () => file.state(),
    restore: (saved) => file.restore(saved),
  };
}
