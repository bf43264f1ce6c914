/** The one WASM instance: its binary, memory, threads and `execute`. Started by whatever first needs it. */
import { MemoryError, ValueError } from "../core/errors.ts";
import { type MathMode, settle } from "./config.ts";
import { Heap } from "./heap.ts";
import { cores, mayWait, startWorker, whyNoThreads, wide } from "./host.ts";
import { TUNE } from "./kernels.gen.ts";
import { binary, hasRelaxed, unshared } from "./module.ts";

type Exports = {
  heapBase(): number;
  relaxed(): number;
  execute(control: number, program: number, first: number, last: number, scratch: number, threads: number, mayWait: number): void;
  peakFma(y: number, rounds: number): void;
};

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

const PAGE = 65536;
const MAX_PAGES = 65536;
const INITIAL_PAGES = 64;
const MAX_DEFAULT_THREADS = 8;
/** Byte offsets inside the control block: assembly/control.ts. */
const READY = 200;
const FAULT = 320;
const CHUNKS = 384;
const CONTROL_BYTES = 1024;

/** As much address space as the host grants, halving from 4 GiB. */
function reserve(shared: boolean): WebAssembly.Memory {
  for (let maximum = MAX_PAGES; ; maximum >>= 1) {
    try {
      return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum, shared });
    } catch (error) {
      if (maximum <= INITIAL_PAGES)
        throw new MemoryError("nabla", `the host refuses ${INITIAL_PAGES * PAGE} bytes of WASM memory`, String(error));
    }
  }
}

type Setup = { module: WebAssembly.Module; shared: boolean; reasons: string[]; math: MathMode; threads: number };

/** Decides binary and threads from the configuration and what the host has. */
function prepare(): Setup {
  const { threads: wanted, math, module: given } = settle();
  const reasons: string[] = [];
  const without = whyNoThreads();
  const available = Math.min(cores(), MAX_DEFAULT_THREADS);
  let threads = wanted ?? available;
  if (without && (wanted ?? 2) > 1) {
    threads = 1;
    reasons.push(`one thread: ${without}`);
  }
  const shared = !without;
  if (given) return { module: given, shared, reasons, math, threads };
  const fused = math !== "strict" && hasRelaxed();
  if (!fused && math === "fast") {
    throw new ValueError(
      "configure",
      'math: "fast" needs relaxed SIMD, which this engine lacks',
      undefined,
      "Node 22 or later, or a current browser",
    );
  }
  if (!fused && math === "auto")
    reasons.push("no fused multiply-add: this engine lacks relaxed SIMD (Node 22 and current browsers have it)");
  const bytes = binary(fused);
  return { module: new WebAssembly.Module(shared ? bytes : unshared(bytes)), shared, reasons, math, threads };
}

type Instance = { memory: WebAssembly.Memory; exports: Exports; wide: 0 | 1; threaded: boolean };

/** The module with a memory of the kind it was built for; a module handed in may be of either. */
function instantiate(module: WebAssembly.Module, shared: boolean, reasons: string[]): Instance {
  const attempt = (kind: boolean): Instance => {
    const memory = reserve(kind);
    const link = (wide: 0 | 1): Exports => new WebAssembly.Instance(module, { env: { memory, wide } }).exports as Exports;
    const exports = link(0);
    // Only what it exports tells which binary it is, and the strict one is never wide.
    return wide && exports.relaxed()
      ? { memory, exports: link(wide), wide, threaded: kind }
      : { memory, exports, wide: 0, threaded: kind };
  };
  try {
    return attempt(shared);
  } catch (error) {
    if (!(error instanceof WebAssembly.LinkError)) throw error;
    if (!shared)
      throw new ValueError(
        "configure",
        "the module is built for shared memory, which this host lacks",
        undefined,
        "nabla/wasm/strict.plain.wasm",
      );
    reasons.push("one thread: the module is built for memory that is not shared");
    return attempt(false);
  }
}

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

  readonly #exports: Exports;
  readonly #memory: WebAssembly.Memory;
  readonly #module: WebAssembly.Module;
  readonly #wide: 0 | 1;
  readonly #scratch: number;
  readonly #mayWait = mayWait() ? 1 : 0;
  readonly #reasons: string[];
  readonly #math: MathMode;
  #working = false;

  constructor() {
    const { module, shared, reasons, math, threads } = prepare();
    const { memory, exports, wide, threaded } = instantiate(module, shared, reasons);
    this.#memory = memory;
    this.#module = module;
    this.#wide = wide;
    this.#reasons = reasons;
    this.#math = math;
    this.#exports = exports;
    this.simd = exports.relaxed() ? "relaxed" : "strict";
    this.threads = threaded ? threads : 1;
    this.#refresh();
    this.heap = new Heap(this.#exports.heapBase(), this.bytes);
    this.control = this.allocate(CONTROL_BYTES);
    this.u8.fill(0, this.control, this.control + CONTROL_BYTES);
    this.#scratch = this.allocate(threads * TUNE.SCRATCH_BYTES);
  }

  /** The raw exports, for measurements. */
  get exports(): Exports {
    return this.#exports;
  }

  get bytes(): number {
    return this.#memory.buffer.byteLength;
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

  /** Workers that have reported ready. */
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
   * @returns null, or the first instruction that met a bad index and the lowest row that had one
   */
  execute(program: number, first: number, last: number, shared: boolean): { instruction: number; row: number } | null {
    if (shared && !this.#working) this.#start();
    this.calls += 1;
    this.#exports.execute(this.control, program, first, last, this.#scratch, shared ? this.threads : 1, this.#mayWait);
    const at = (this.control + FAULT) >>> 2;
    const row = this.i32[at]!;
    if (row === 0) return null;
    this.i32[at] = 0;
    return { instruction: this.i32[at + 1]!, row: row - 1 };
  }

  #start(): void {
    this.#working = true;
    try {
      for (let thread = 1; thread < this.threads; ++thread) {
        const scratch = this.#scratch + thread * TUNE.SCRATCH_BYTES;
        startWorker({ module: this.#module, memory: this.#memory, wide: this.#wide, control: this.control, scratch, thread });
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
        this.#memory.grow(pages);
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
    const buffer = this.#memory.buffer as ArrayBuffer;
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
