/**
 * Timing. Cases take turns, sample by sample, so that a busy stretch of a shared machine meets them all alike; each is warm before
 * its first sample and checked after its last, on output that was overwritten first.
 */
import { type Result, summarise, type Unit } from "./figures.ts";

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
  /** Floating-point operations of one call, where `work` counts something else. */
  readonly flop?: number;
  /** Rows of data that one call handles. */
  readonly items?: number;
  /** The best that the others are compared with. */
  readonly peak?: boolean;
  /** The case this one does the same work as. */
  readonly reference?: string;
  /** Whose work it is. Default nabla. */
  readonly by?: string;
  /** Whether the others go on where this one fails: another library's work. */
  readonly optional?: boolean;
  setup(): Prepared | Promise<Prepared>;
};

export type MeasureOptions = {
  rounds: number;
  /** What one sample should last, in seconds. */
  sample?: number;
  /** What each case runs before its first sample, in seconds: V8's second compiler needs 10 to 30 ms. */
  warmUp?: number;
  /** Samples that even slow cases take. Default 5; cases slower than PATIENCE take fewer. */
  leastSamples?: number;
};

/** Who wants to know how it goes. */
export type Watch = {
  /** A share from 0 to 1 of the rounds, and whose turn it is. */
  progress?(share: number, name: string): void;
  /** What went wrong with an optional case. */
  note?(line: string): void;
};

/** A case with samples longer than this, in seconds, sits rounds out. */
const LONG = 0.002;
/** Seconds all samples of one case may take before it sits out even more rounds, down to FEWEST samples. */
const PATIENCE = 20;
const FEWEST = 2;

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

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs a case until it is warm, and finds how many calls make a sample. */
async function warm(of: Case, prepared: Prepared, { sample = 0.0005, warmUp = 0.05 }: MeasureOptions): Promise<Turn> {
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

/** How many samples a case takes: all rounds' where they are short. */
function samplesOf({ seconds }: Turn, { rounds, leastSamples = 5 }: MeasureOptions): number {
  const fitting = Math.max(Math.floor((rounds * LONG) / seconds), Math.min(leastSamples, rounds));
  const patient = Math.max(Math.floor(PATIENCE / seconds), FEWEST);
  return Math.max(1, Math.min(rounds, fitting, patient));
}

/** Whether `samples` spread evenly over all rounds fall on this one. */
function takesPart(round: number, samples: number, rounds: number): boolean {
  return Math.floor(((round + 1) * samples) / rounds) > Math.floor((round * samples) / rounds);
}

async function takeSample({ prepared, calls, seconds, samples }: Turn): Promise<void> {
  if (seconds < LONG) await prepared.sample(1); // brings its data back into the caches
  const taken = await prepared.sample(calls);
  samples.push(taken.seconds / taken.calls);
}

/** @throws Error when a case's results are wrong after timing */
async function verify({ of, prepared }: Turn): Promise<void> {
  prepared.poison();
  await prepared.sample(1);
  try {
    prepared.check();
  } catch (error) {
    throw new Error(`${of.name}: wrong result after timing: ${textOf(error)}`);
  }
}

/**
 * Measures all cases, interleaved.
 *
 * @param rounds turns each case gets; those with long samples sit some out
 * @throws Error when a case that is not optional fails, or its results are wrong
 */
export async function measure(cases: readonly Case[], options: MeasureOptions, watch: Watch = {}): Promise<Result[]> {
  const { rounds } = options;
  const opened: Prepared[] = [];
  const failed = new Set<Case>();
  /** Runs what may fail; the failure of an optional case takes it out and is told. */
  const attempt = async (of: Case, run: () => Promise<void>): Promise<void> => {
    if (failed.has(of)) return;
    try {
      await run();
    } catch (error) {
      if (!of.optional) throw error;
      failed.add(of);
      const text = textOf(error);
      watch.note?.(text.startsWith(of.name) ? text : `${of.name}: ${text}`);
    }
  };
  const turns: Turn[] = [];
  try {
    for (const of of cases) {
      watch.progress?.(0, of.name);
      await attempt(of, async () => {
        const prepared = await of.setup();
        opened.push(prepared);
        turns.push(await warm(of, prepared, options));
      });
    }
    for (let round = 0; round < rounds; ++round) {
      for (const turn of turns) {
        if (!takesPart(round, samplesOf(turn, options), rounds)) continue;
        watch.progress?.(round / rounds, turn.of.name);
        await attempt(turn.of, () => takeSample(turn));
      }
      await breathe();
    }
    for (const turn of turns) await attempt(turn.of, () => verify(turn));
    return summarise(turns.filter(({ of }) => !failed.has(of)).map(({ of, samples }) => ({ of, seconds: samples })));
  } finally {
    for (const prepared of opened) prepared.close?.();
  }
}
