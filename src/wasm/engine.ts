/** The one WASM instance: its binary, memory, threads and `execute`. Started by whatever first needs it. */
import { MemoryError } from "../core/errors.ts";
import type { MathMode } from "./config.ts";
import { Heap } from "./heap.ts";
import { mayWait, startWorker, type Tell } from "./host.ts";
import { type Exports, type Instance, PAGE, start } from "./instance.ts";
import type { Family } from "./kernel.ts";
import type { Pace } from "./pace.ts";
import * as TUNE from "./tune.gen.ts";

/** What runs, and why not faster. */
export type EngineInfo = {
  /** Threads that compute; workers start at the first program large enough for them. */
  threads: number;
  /** `relaxed`: with fused multiply-add; `strict`: every operation rounded, the same bits everywhere. */
  simd: "relaxed" | "strict";
  math: MathMode;
  /** Why it is not faster: threads or fused multiply-add that cannot be had here; empty where nothing is missing. */
  reason: string;
  /** Bytes of WASM memory, and how many of them are in use. */
  memory: { bytes: number; used: number };
};

/** Byte offsets inside the control block: assembly/control.ts. */
const LINKED = 196;
const READY = 200;
const FAULT = 320;
const CHUNKS = 384;
const CONTROL_BYTES = 1024;

class Engine {
  readonly threads: number;
  readonly simd: "relaxed" | "strict";
  readonly heap: Heap;
  /** Where a program for immediate use is written. */
  readonly control: number;
  u8!: Uint8Array<ArrayBuffer>;
  i32!: Int32Array<ArrayBuffer>;
  f32!: Float32Array<ArrayBuffer>;
  f64!: Float64Array<ArrayBuffer>;
  /** WASM calls made so far. */
  calls = 0;
  /** Whether programs leave threads out where these are not worth while; tests of threads want all of them. */
  paced = true;

  readonly #instance: Instance;
  readonly #linked = new Set<Family>();
  readonly #workers: Tell[] = [];
  /** Memory that the first thread's kernels use as they like; the others' follow. */
  readonly scratch: number;
  readonly #mayWait = mayWait() ? 1 : 0;
  readonly #reasons: string[];
  readonly #math: MathMode;
  #working = false;

  constructor() {
    const { instance, threads, math, reasons } = start();
    this.#instance = instance;
    this.#reasons = reasons;
    this.#math = math;
    this.simd = this.exports.relaxed() ? "relaxed" : "strict";
    this.threads = threads;
    this.#refresh();
    this.heap = new Heap(this.exports.heapBase(), this.bytes);
    this.control = this.allocate(CONTROL_BYTES);
    this.u8.fill(0, this.control, this.control + CONTROL_BYTES);
    this.scratch = this.allocate(threads * TUNE.SCRATCH_BYTES);
  }

  /** The raw exports, for measurements. */
  get exports(): Exports {
    return this.#instance.exports;
  }

  get bytes(): number {
    return this.#instance.memory.buffer.byteLength;
  }

  get info(): EngineInfo {
    return {
      threads: this.threads,
      simd: this.simd,
      math: this.#math,
      reason: this.#reasons.join("; "),
      memory: { bytes: this.bytes, used: this.heap.usedBytes },
    };
  }

  /** Chunks that each thread has run, for tests that every thread works. */
  get chunks(): number[] {
    return Array.from({ length: this.threads }, (_, thread) => this.i32[((this.control + CHUNKS) >>> 2) + thread]!);
  }

  /** Workers at work. */
  get ready(): number {
    return this.i32[(this.control + READY) >>> 2]!;
  }

  /**
   * A block of WASM memory.
   * @param makeRoom frees some where the host gives no more; false when there is nothing to free
   * @throws MemoryError when there is no room
   */
  allocate(bytes: number, makeRoom?: () => boolean): number {
    for (;;) {
      const address = this.heap.allocate(bytes);
      if (address) return address;
      if (!this.#grow(bytes) && !makeRoom?.()) this.#refuse(bytes);
    }
  }

  /**
   * Runs instructions [first, last) of the program at `program`.
   * @param pace measures whether threads are worth while, and decides; null: all of them where it is shared
   * @param work how much there is of it, as `pace` counts
   * @returns null, or the first instruction that met a bad index and the lowest row that had one
   */
  execute(
    program: number,
    first: number,
    last: number,
    shared: boolean,
    pace: Pace | null = null,
    work = 1,
  ): { instruction: number; row: number } | null {
    if (shared && !this.#working) this.#start();
    this.calls += 1;
    const measured = shared && this.paced && this.ready > 0 ? pace : null; // before workers are at work there is nothing to compare
    const start = measured ? performance.now() : 0;
    const threads = shared && measured?.together !== false ? this.threads : 1;
    this.exports.execute(this.control, program, first, last, this.scratch, threads, this.#mayWait);
    measured?.note(performance.now() - start, work);
    const row = this.#takeFault();
    return row === null ? null : { instruction: this.i32[((this.control + FAULT) >>> 2) + 1]!, row };
  }

  /**
   * Runs items [begin, end) of the instruction at `at` on this thread.
   * @returns null, or the lowest row that had a bad index
   */
  executePart(at: number, begin: number, end: number): number | null {
    this.exports.run(at, this.scratch, this.control + FAULT, begin, end);
    return this.#takeFault();
  }

  #takeFault(): number | null {
    const at = (this.control + FAULT) >>> 2;
    const row = this.i32[at]!;
    if (row === 0) return null;
    this.i32[at] = 0;
    return row - 1;
  }

  /** Brings a family's kernels to all threads, if they have not got it. */
  load(family: Family): void {
    if (this.#linked.has(family)) return;
    const part = this.#instance.link(family);
    this.#linked.add(family);
    // Before any program that needs it: workers that lack it claim nothing of that.
    Atomics.store(this.i32, (this.control + LINKED) >>> 2, this.#linked.size);
    for (const tell of this.#workers) tell(part);
  }

  #start(): void {
    this.#working = true;
    try {
      for (let thread = 1; thread < this.threads; ++thread) {
        const scratch = this.scratch + thread * TUNE.SCRATCH_BYTES;
        const { module, memory, wide, parts } = this.#instance;
        this.#workers.push(startWorker({ module, memory, wide, parts, control: this.control, scratch, thread }));
      }
    } catch (error) {
      this.#reasons.push(`one thread: the host refuses a worker (${error instanceof Error ? error.message : String(error)})`);
    }
  }

  #grow(bytes: number): boolean {
    const now = this.bytes / PAGE;
    const least = Math.ceil(bytes / PAGE) + 1;
    for (const pages of [Math.max(least, now >> 1), least]) {
      try {
        this.#instance.memory.grow(pages);
        this.#refresh();
        this.heap.extend(this.bytes);
        return true;
      } catch {
        // try less
      }
    }
    return false;
  }

  #refuse(bytes: number): never {
    const { bytes: all, used } = this.info.memory;
    throw new MemoryError(
      "nabla",
      `WASM memory is exhausted: ${bytes} bytes wanted`,
      `${used} of ${all} bytes in use`,
      "smaller batches or a smaller data set",
    );
  }

  #refresh(): void {
    // TypeScript tells shared buffers from others; every view here is used alike.
    const buffer = this.#instance.memory.buffer as ArrayBuffer;
    this.u8 = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }
}

let running: Engine | null = null;

/** The engine, started at the first call. */
export function engineOf(): Engine {
  running ??= new Engine();
  return running;
}

/**
 * What runs: threads, SIMD, mathematics, memory, and in `reason` why it is not faster.
 *
 * @example console.log(engine().reason)
 */
export function engine(): EngineInfo {
  return engineOf().info;
}
