/** The choice of binary, its memory, and the families of kernels that are linked to it as they are needed. */
import { MemoryError, ValueError } from "../core/errors.ts";
import { type MathMode, settle } from "./config.ts";
import { cores, TABLE_SLOTS, whyNoThreads, wide } from "./host.ts";
import type { Family, Part } from "./kernel.ts";
import { binary, hasRelaxed, unshared } from "./module.ts";

export type Exports = {
  heapBase(): number;
  relaxed(): number;
  execute(control: number, program: number, first: number, last: number, scratch: number, threads: number, mayWait: number): void;
  run(at: number, scratch: number, fault: number, begin: number, end: number): void;
  peakFma(y: number, rounds: number): void;
};

export const PAGE = 65536;
const MAX_PAGES = 65536;
const INITIAL_PAGES = 64;
const MAX_DEFAULT_THREADS = 8;

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

export class Instance {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly exports: Exports;
  readonly wide: 0 | 1;
  readonly isShared: boolean;
  /** Families that are linked, for workers to link as well. */
  readonly parts: Part[] = [];
  readonly #env: { memory: WebAssembly.Memory; table: WebAssembly.Table; wide: 0 | 1 };

  constructor(module: WebAssembly.Module, shared: boolean) {
    this.module = module;
    this.memory = reserve(shared);
    this.isShared = shared;
    const link = (wide: 0 | 1) => {
      const env = { memory: this.memory, table: new WebAssembly.Table({ initial: TABLE_SLOTS, element: "anyfunc" }), wide };
      return { env, exports: new WebAssembly.Instance(module, { env }).exports as Exports };
    };
    const narrow = link(0);
    // Only what it exports tells which binary it is, and the strict one is never wide.
    const { env, exports } = wide && narrow.exports.relaxed() ? link(wide) : narrow;
    this.exports = exports;
    this.wide = env.wide;
    this.#env = env;
  }

  /** Brings a family's kernels, which a module that was handed in has already. */
  link({ name, index, packed }: Family): Part {
    const whole: WebAssembly.Exports = this.exports;
    const part: Part = { name, index, module: name in whole ? null : compile(this.exports.relaxed() > 0, this.isShared, packed) };
    const imports = { env: this.#env, core: whole };
    const { exports } = part.module ? new WebAssembly.Instance(part.module, imports) : { exports: whole };
    this.#env.table.set(index, exports[name]);
    this.parts.push(part);
    return part;
  }
}

function compile(relaxed: boolean, shared: boolean, family?: string): WebAssembly.Module {
  const bytes = binary(relaxed, family);
  return new WebAssembly.Module(shared ? bytes : unshared(bytes));
}

/** The module that was handed in, whose memory may be of either kind. */
function given(module: WebAssembly.Module, shared: boolean, reasons: string[]): Instance {
  try {
    return new Instance(module, shared);
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
    return new Instance(module, false);
  }
}

/** The binary, by what the configuration asks and the engine has. */
function chosen(math: MathMode, shared: boolean, reasons: string[]): Instance {
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
  return new Instance(compile(fused, shared), shared);
}

export type Start = { instance: Instance; threads: number; math: MathMode; reasons: string[] };

/** Decides binary and threads from the configuration and what the host has. */
export function start(): Start {
  const { threads: wanted, math, module } = settle();
  const reasons: string[] = [];
  const without = whyNoThreads();
  const shared = !without;
  if (without && (wanted ?? 2) > 1) reasons.push(`one thread: ${without}`);
  const instance = module ? given(module, shared, reasons) : chosen(math, shared, reasons);
  const threads = instance.isShared ? (wanted ?? Math.min(cores(), MAX_DEFAULT_THREADS)) : 1;
  return { instance, threads, math, reasons };
}
