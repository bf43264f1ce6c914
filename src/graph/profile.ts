/** Where the time of a compiled program goes. */
import { Printed } from "../core/printed.ts";
import { formatTable } from "../core/table.ts";
import { engineOf } from "../wasm/engine.ts";
import { factOf } from "../wasm/kernel.ts";
import { Value } from "../wasm/program.ts";
import type { Compiled } from "./compile.ts";
import { accessesOf } from "./passes/access.ts";
import type { Step } from "./passes/step.ts";
import { runPieces } from "./pieces.ts";
import type { Instruction } from "./plan.ts";

/** One instruction, or a group of them with its members behind it. */
export type ProfileRow = {
  /** What the program does first is 0. */
  step: number;
  /** Whether it belongs to the group above, whose time is that of all members together. */
  member: boolean;
  /** Whether it runs only where state that it reads has changed; it has then no share. */
  once: boolean;
  /** The op that it comes of, and the kernel; "" and "group" for a group. */
  op: string;
  kernel: string;
  /** Of what it computes. */
  shape: readonly number[];
  /** Median of all runs. A member's is measured on one thread. */
  microseconds: number;
  /** Of the time of all steps; a member's of that of its group. */
  share: number;
  /** Floating-point operations, where it is they that take the time; else 0. */
  flop: number;
  /** Read and written. */
  bytes: number;
  /** A nanosecond, and over the multiply-adds that one thread reaches in registers. */
  gflops: number;
  ofPeak: number;
  /** Bytes a nanosecond. */
  gbytes: number;
};

/** What `profile` gives; printed it is a table. */
export class Profile extends Printed {
  readonly rows: readonly ProfileRow[];
  readonly runs: number;
  readonly threads: number;
  readonly simd: string;
  /** Multiply-adds in registers on one thread, the best measured between the runs, in flop a nanosecond. */
  readonly peak: number;
  /** Time of a whole run in one call, median, and of all steps timed one by one. */
  readonly microseconds: number;
  readonly sum: number;
  /** Bytes for values between instructions, and what they would take side by side. */
  readonly memory: { readonly bytes: number; readonly sum: number };

  constructor(fields: Omit<Profile, keyof Printed>) {
    super();
    this.rows = fields.rows;
    this.runs = fields.runs;
    this.threads = fields.threads;
    this.simd = fields.simd;
    this.peak = fields.peak;
    this.microseconds = fields.microseconds;
    this.sum = fields.sum;
    this.memory = fields.memory;
  }

  override toString(): string {
    const head = ["", "op", "kernel", "shape", "µs", "share", "GFLOP/s", "of peak", "GB/s", "bytes"];
    const align = ["right", "left", "left", "left", "right", "right", "right", "right", "right", "right"] as const;
    const rows = this.rows.map((row) => {
      const indent = row.member ? "  " : "";
      const share = `${(row.share * 100).toFixed(1)} %`;
      return [
        row.member ? "" : String(row.step),
        `${indent}${row.op}`,
        row.kernel,
        row.shape.join("×"),
        digits(row.microseconds),
        row.member ? `(${share})` : row.once ? "once" : share,
        row.flop > 0 ? digits(row.gflops) : "",
        row.flop > 0 ? `${(row.ofPeak * 100).toFixed(0)} %` : "",
        digits(row.gbytes),
        String(row.bytes),
      ];
    });
    const { bytes, sum } = this.memory;
    return [
      formatTable([head, ...rows], align),
      `${digits(this.microseconds)} µs a run, ${digits(this.sum)} µs step by step; median of ${this.runs}`,
      `${this.threads} threads, ${this.simd} SIMD; peak of one ${digits(this.peak)} GFLOP/s; ${bytes} bytes for values of ${sum}`,
    ].join("\n");
  }
}

/** Three significant digits, and no exponent. */
function digits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

function median(samples: number[]): number {
  samples.sort((a, b) => a - b);
  return samples[samples.length >> 1] ?? 0;
}

function shapeOf(instruction: Instruction): readonly number[] {
  const accesses = accessesOf(instruction);
  const { ref } = accesses.find(({ writes }) => writes) ?? accesses[0]!;
  return ref instanceof Value ? ref.shape : [ref.length];
}

function bytesOf(instruction: Instruction): number {
  const { bytes } = instruction.info;
  if (bytes !== undefined) return factOf(bytes, instruction) as number;
  return accessesOf(instruction).reduce((sum, { ref, reads, writes }) => sum + ref.bytes * (reads && writes ? 2 : 1), 0);
}

function flopOf(instruction: Instruction): number {
  return factOf(instruction.info.flop ?? 0, instruction) as number;
}

const PEAK_ROUNDS = 5000;
/** Calls between two runs: so many altogether that the engine compiles the loop in earnest, which it does not for 30. */
const PEAK_CALLS = 10;
const PEAK_FLOP = 96;

/** Times by name, run by run. */
class Samples {
  readonly #lists = new Map<string, number[]>();

  time(key: string, run: () => void): void {
    const start = performance.now();
    run();
    this.note(key, performance.now() - start);
  }

  note(key: string, milliseconds: number): void {
    const list = this.#lists.get(key);
    if (list) list.push(milliseconds);
    else this.#lists.set(key, [milliseconds]);
  }

  /** Median in µs. */
  of(key: string): number {
    return median(this.#lists.get(key) ?? []) * 1000;
  }

  /** Least in µs. */
  least(key: string): number {
    return Math.min(...(this.#lists.get(key) ?? [])) * 1000;
  }
}

function rowsOf(steps: readonly Step[], once: number, samples: Samples, peak: number): ProfileRow[] {
  const overhead = samples.of("nothing");
  const timeOf = (key: string, pieces = 1): number => Math.max(0, samples.of(key) - pieces * overhead);
  const rate = (flop: number, bytes: number, microseconds: number) => {
    const perNanosecond = microseconds > 0 ? 1 / (microseconds * 1000) : 0;
    const gflops = flop * perNanosecond;
    return { microseconds, flop, bytes, gflops, ofPeak: gflops / peak, gbytes: bytes * perNanosecond };
  };
  const total = steps.reduce((sum, _, step) => sum + (step < once ? 0 : timeOf(`${step}`)), 0);
  return steps.flatMap(({ isGroup, members, units, tile }, step) => {
    const time = timeOf(`${step}`);
    const one = (instruction: Instruction, microseconds: number) => ({
      op: instruction.op,
      kernel: instruction.info.name,
      shape: shapeOf(instruction),
      ...rate(flopOf(instruction), bytesOf(instruction), microseconds),
    });
    const isOnce = step < once;
    const own = { step, member: false, once: isOnce, share: isOnce ? 0 : time / total };
    if (!isGroup) return [{ ...own, ...one(members[0].instruction, time) }];
    const parts = members.map(({ instruction }, i) => one(instruction, timeOf(`${step}/${i}`, Math.ceil(units / tile))));
    const all = parts.reduce((sum, { microseconds }) => sum + microseconds, 0);
    const [flop, bytes] = [parts.reduce((sum, part) => sum + part.flop, 0), parts.reduce((sum, part) => sum + part.bytes, 0)];
    const group = { ...own, op: "", kernel: "group", shape: [], ...rate(flop, bytes, time) };
    return [group, ...parts.map((part) => ({ step, member: true, once: isOnce, share: part.microseconds / all, ...part }))];
  });
}

/** Runs of a program, at least; and for how long, in ms, where it is short. */
const RUNS = 30;
const LASTING = 300;
const MOST_RUNS = 5000;

/**
 * Where the time of a compiled function goes: each instruction's, with its share, its operations and bytes a second beside what the
 * machine reaches in registers. Runs it many times, so a training step trains.
 *
 * Each run is taken as a whole, then step by step, then instruction by instruction on one thread, where a group's members take turns
 * tile by tile as they do together.
 *
 * @param step what `compile` returned
 * @param args what it is called with
 * @throws what the function throws
 * @example console.log(profile(step, x, y)); // a table
 */
export function profile<Args extends readonly unknown[]>(step: Compiled<Args, unknown>, ...args: Args): Profile {
  step(...args); // compiles, and throws what there is to be thrown
  const program = step.prepared(args);
  const engine = engineOf();
  const samples = new Samples();
  const at = engine.allocate(32);
  const start = performance.now();
  let runs = 0;
  for (; runs < RUNS || (runs < MOST_RUNS && performance.now() - start < LASTING); ++runs) {
    samples.time("run", () => program.run());
    samples.time("nothing", () => {});
    runPieces(program, false, (step, _, milliseconds) => samples.note(`${step}`, milliseconds));
    const sums = new Map<string, number>();
    runPieces(program, true, (step, member, milliseconds) => {
      const key = `${step}/${member}`;
      sums.set(key, (sums.get(key) ?? 0) + milliseconds);
    });
    for (const [key, milliseconds] of sums) samples.note(key, milliseconds);
    for (let i = 0; i < PEAK_CALLS; ++i) samples.time("peak", () => engine.exports.peakFma(at, PEAK_ROUNDS));
  }
  engine.heap.free(at);
  const peak = (PEAK_ROUNDS * PEAK_FLOP) / (samples.least("peak") * 1000);
  const rows = rowsOf(program.steps, program.once, samples, peak);
  const sum = rows.reduce((total, { member, once, microseconds }) => total + (member || once ? 0 : microseconds), 0);
  const { threads, simd } = engine;
  return new Profile({ rows, runs, threads, simd, peak, microseconds: samples.of("run"), sum, memory: program.memory });
}
