import { ValueError } from "../core/errors.ts";
import { environment } from "./host.ts";

/**
 * `auto` takes fused multiply-add where the engine has it, `fast` demands it, `strict` forbids it: the same bits for any number of
 * threads, on any machine.
 */
export type MathMode = "auto" | "fast" | "strict";

export type Configuration = {
  /** Threads that compute, the calling one included; default: one per processor, 8 at most. */
  threads?: number;
  /** Default `"auto"`. */
  math?: MathMode;
  /** A compiled binary, for hosts that forbid compiling bytes (`nabla/wasm/strict.wasm`, `relaxed.wasm`, or `*.plain.wasm` where memory cannot be shared). */
  module?: WebAssembly.Module;
};

const MODES: readonly string[] = ["auto", "fast", "strict"] satisfies MathMode[];
const MAX_THREADS = 64;

function isMode(text: string): text is MathMode {
  return MODES.includes(text);
}

function checkThreads(where: string, threads: number): number {
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new ValueError(where, `threads is a whole number from 1 to ${MAX_THREADS}`, String(threads));
  }
  return threads;
}

function checkMath(where: string, math: string): MathMode {
  if (!isMode(math)) throw new ValueError(where, `math is one of ${MODES.join(", ")}`, math);
  return math;
}

let chosen: Configuration = {};
let started = false;

/**
 * Chooses threads, mathematics and, where a host forbids compiling, the binary. The environment variables `NABLA_THREADS` and
 * `NABLA_MATH` say the same from outside; a call goes first.
 *
 * @throws ValueError after the first tensor, or when a value is not one of those listed
 * @example configure({ math: "strict", threads: 1 })
 */
export function configure(configuration: Configuration): void {
  if (started)
    throw new ValueError(
      "configure",
      "comes before the first tensor: the engine is running",
      undefined,
      "calling it at the top of the program",
    );
  if (configuration.threads !== undefined) checkThreads("configure", configuration.threads);
  if (configuration.math !== undefined) checkMath("configure", configuration.math);
  chosen = { ...chosen, ...configuration };
}

/** What was chosen, once and for all. */
export function settle(): Configuration & { math: MathMode } {
  const threads = environment("NABLA_THREADS");
  const math = environment("NABLA_MATH");
  const settled = {
    ...(threads ? { threads: checkThreads("NABLA_THREADS", Number(threads)) } : {}),
    math: math ? checkMath("NABLA_MATH", math) : ("auto" as const),
    ...chosen,
  };
  started = true;
  return settled;
}
