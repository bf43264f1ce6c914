/** From seconds to figures: rates, times, shares of the peak, how many times slower. */
import type { Case } from "./harness.ts";

/** How seconds become a figure: work per second, or time per piece of work. Bytes of memory are no time; they come as they are. */
const UNITS = {
  "GFLOP/s": { rate: true, scale: 1e9 },
  "GB/s": { rate: true, scale: 1e9 },
  "steps/s": { rate: true, scale: 1 },
  "ns/element": { rate: false, scale: 1e9 },
  "µs/call": { rate: false, scale: 1e6 },
  "ms/call": { rate: false, scale: 1e3 },
  "ms/step": { rate: false, scale: 1e3 },
  "ms/start": { rate: false, scale: 1e3 },
  "s/epoch": { rate: false, scale: 1 },
  MB: { rate: false, scale: 1 },
} as const;

export type Unit = keyof typeof UNITS;

/** Of all samples, in the unit. */
export type Quantiles = { min: number; p10: number; p25: number; median: number; p75: number; p90: number; max: number };

export type Result = {
  readonly name: string;
  /** What was done: the name of the case this one is compared with, or its own. */
  readonly workload: string;
  /** Whose work it is: `nabla`, or another library and its version. */
  readonly by: string;
  readonly unit: Unit;
  readonly median: number;
  readonly best: number;
  /** Distance of the quartiles over the median. */
  readonly spread: number;
  readonly quantiles: Quantiles;
  readonly samples: number;
  /** Best over the best of the peak measured beside it; null where there is none to compare with. */
  readonly shareOfPeak: number | null;
  /** How many times slower than the case it is compared with, best over best and median over median; null for the others. */
  readonly timesSlower: number | null;
  readonly timesSlowerMedian: number | null;
  /** Samples a second, at the median; null where calls do not handle any. */
  readonly throughput: number | null;
};

/** A case and the seconds its calls took. */
export type Measured = { readonly of: Case; readonly seconds: readonly number[] };

export function isRate(unit: Unit): boolean {
  return UNITS[unit].rate;
}

function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
}

function figure({ unit, work }: Case, secondsPerCall: number): number {
  const { rate, scale } = UNITS[unit];
  return rate ? work / secondsPerCall / scale : (secondsPerCall * scale) / work;
}

function quantilesOf(sorted: readonly number[]): Quantiles {
  const at = (share: number): number => quantile(sorted, share);
  return { min: at(0), p10: at(0.1), p25: at(0.25), median: at(0.5), p75: at(0.75), p90: at(0.9), max: at(1) };
}

type Row = { of: Case; quantiles: Quantiles; best: number; shortest: number; samples: number };

function rowOf({ of, seconds }: Measured): Row {
  const quantiles = quantilesOf(seconds.map((each) => figure(of, each)).sort((a, b) => a - b));
  const best = isRate(of.unit) ? quantiles.max : quantiles.min;
  return { of, quantiles, best, shortest: Math.min(...seconds), samples: seconds.length };
}

/** Against the peak of the same unit; or, where the case counts its floating-point operations, against that of arithmetic. */
function shareOfPeak({ of, best, shortest }: Row, rows: readonly Row[]): number | null {
  const peakIn = (unit: Unit): Row | undefined => rows.find((row) => row.of.peak && row.of.unit === unit);
  const own = peakIn(of.unit);
  if (own) return best / own.best;
  const arithmetic = peakIn("GFLOP/s");
  return of.flop && arithmetic ? figure({ ...arithmetic.of, work: of.flop }, shortest) / arithmetic.best : null;
}

function slower(unit: Unit, mine: number, other: number | undefined): number | null {
  if (other === undefined) return null;
  return isRate(unit) ? other / mine : mine / other;
}

/** Figures of cases that were measured together. */
export function summarise(measured: readonly Measured[]): Result[] {
  const rows = measured.map(rowOf);
  return rows.map((row) => {
    const { of, quantiles, best, samples } = row;
    const { median } = quantiles;
    const reference = rows.find(({ of: other }) => other.name === of.reference);
    const secondsPerCall = isRate(of.unit) ? null : (median * of.work) / UNITS[of.unit].scale;
    return {
      name: of.name,
      workload: of.reference ?? of.name,
      by: of.by ?? "nabla",
      unit: of.unit,
      median,
      best,
      spread: (quantiles.p75 - quantiles.p25) / median,
      quantiles,
      samples,
      shareOfPeak: shareOfPeak(row, rows),
      timesSlower: slower(of.unit, best, reference?.best),
      timesSlowerMedian: slower(of.unit, median, reference?.quantiles.median),
      throughput: of.items && secondsPerCall ? of.items / secondsPerCall : null,
    };
  });
}
