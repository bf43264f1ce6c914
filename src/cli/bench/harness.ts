/**
 * Timing. Cases take turns, sample by sample, so that a busy stretch of a shared machine meets them all alike; each is warm before
 * its first sample and checked after its last, on output that was overwritten first.
 */

/** How seconds become a figure: work per second, or time per piece of work. */
const UNITS = {
  "GFLOP/s": { rate: true, scale: 1e9 },
  "GB/s": { rate: true, scale: 1e9 },
  "steps/s": { rate: true, scale: 1 },
  "ns/element": { rate: false, scale: 1e9 },
  "µs/call": { rate: false, scale: 1e6 },
  "s/epoch": { rate: false, scale: 1 },
} as const;

export type Unit = keyof typeof UNITS;

export type Sample = { readonly seconds: number; readonly calls: number };

/** What is measured, ready to run. */
export type Prepared = {
  /** Does the work `calls` times, or as often as it does at once. */
  sample(calls: number): Sample | Promise<Sample>;
  /** Overwrites the results, so that `check` can only pass if the next call brings them about anew. */
  poison(): void;
  /** Throws unless the results are right. */
  check(): void;
  close?(): void;
};

export type Case = {
  readonly name: string;
  readonly unit: Unit;
  /** Flop, bytes, elements, steps of one call. */
  readonly work: number;
  /** The best that the others of the same unit are compared with. */
  readonly peak?: boolean;
  /** The case this one is a peer of. */
  readonly reference?: string;
  setup(): Prepared | Promise<Prepared>;
};

export type Result = {
  readonly name: string;
  readonly unit: Unit;
  readonly median: number;
  readonly best: number;
  /** Distance of the quartiles over the median. */
  readonly spread: number;
  readonly samples: number;
  /** Best over the best of the peak of the same unit; null where there is none. */
  readonly shareOfPeak: number | null;
  /** How many times slower than the case it is a peer of, best over best; null for the others. */
  readonly timesSlower: number | null;
};

export type MeasureOptions = {
  rounds: number;
  /** What one sample should last, in seconds. */
  sample?: number;
  /** What each case runs before its first sample, in seconds: V8's second compiler needs 10 to 30 ms. */
  warmUp?: number;
};

/** A case with samples longer than this sits rounds out, down to MIN_SAMPLES. */
const LONG = 0.002;
const MIN_SAMPLES = 5;

/** `sample` of a function that is called again and again. */
export function loop(run: () => void, clock: () => number = () => performance.now()): Prepared["sample"] {
  return (calls) => {
    const start = clock();
    for (let i = 0; i < calls; ++i) run();
    return { seconds: (clock() - start) / 1000, calls };
  };
}

/** A case in play: `calls` make a sample of about `seconds`. */
type Turn = {
  readonly of: Case;
  readonly prepared: Prepared;
  readonly calls: number;
  readonly seconds: number;
  readonly samples: number[];
};

/** Runs a case until it is warm, and finds how many calls make a sample. */
async function warm(of: Case, { sample = 0.0005, warmUp = 0.05 }: MeasureOptions): Promise<Turn> {
  const prepared = await of.setup();
  let last = await prepared.sample(1);
  for (let total = last.seconds; total < warmUp; total += last.seconds) {
    last = await prepared.sample(last.seconds < sample / 2 ? last.calls * 2 : last.calls);
  }
  const perCall = last.seconds / last.calls;
  const calls = Math.max(1, Math.round(sample / perCall));
  return { of, prepared, calls, seconds: calls * perCall, samples: [] };
}

/** Finalizers run between turns of the event loop only. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
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

function slower(unit: Unit, mine: number, other: number): number {
  return UNITS[unit].rate ? other / mine : mine / other;
}

function summarise(turns: readonly Turn[]): Result[] {
  const rows = turns.map(({ of, samples }) => {
    const sorted = samples.map((seconds) => figure(of, seconds)).sort((a, b) => a - b);
    const median = quantile(sorted, 0.5);
    const best = UNITS[of.unit].rate ? sorted.at(-1)! : sorted[0]!;
    return { of, median, best, spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / median, samples: sorted.length };
  });
  return rows.map(({ of, median, best, spread, samples }) => {
    const peak = rows.find((row) => row.of.peak && row.of.unit === of.unit);
    const reference = rows.find((row) => row.of.name === of.reference);
    return {
      name: of.name,
      unit: of.unit,
      median,
      best,
      spread,
      samples,
      shareOfPeak: peak ? best / peak.best : null,
      timesSlower: reference ? slower(of.unit, best, reference.best) : null,
    };
  });
}

/** @throws Error when a case's results are wrong after timing */
async function verify({ of, prepared }: Turn): Promise<void> {
  prepared.poison();
  await prepared.sample(1);
  try {
    prepared.check();
  } catch (error) {
    throw new Error(`${of.name}: wrong result after timing: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Measures all cases, interleaved.
 *
 * @param rounds turns each case gets; those with long samples sit some out
 * @throws Error when a case's results are wrong
 */
export async function measure(cases: readonly Case[], options: MeasureOptions): Promise<Result[]> {
  const { rounds } = options;
  const turns: Turn[] = [];
  try {
    for (const one of cases) turns.push(await warm(one, options));
    for (let round = 0; round < rounds; ++round) {
      for (const { prepared, calls, seconds, samples } of turns) {
        const every = Math.min(Math.ceil(seconds / LONG), Math.max(1, Math.floor(rounds / MIN_SAMPLES)));
        if (round % every !== 0) continue;
        if (seconds < LONG) await prepared.sample(1); // brings its data back into the caches
        const taken = await prepared.sample(calls);
        samples.push(taken.seconds / taken.calls);
      }
      await breathe();
    }
    for (const turn of turns) await verify(turn);
    return summarise(turns);
  } finally {
    for (const { prepared } of turns) prepared.close?.();
  }
}
