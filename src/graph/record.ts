/** Where lowering goes: to be executed at once, or into a program that is being compiled. */
import type { DType } from "../core/dtype.ts";
import type { Shape } from "../core/shape.ts";
import type { Program, Ref } from "../wasm/program.ts";
import type { Rewrite } from "./passes/epilogue.ts";

export interface Recorder extends Program {
  /** Memory for an output; its shape is told to readers of listings. */
  create(dtype: DType, shape: Shape): Ref;
  /** Throws when `ref` belongs to another program. */
  admit(ref: Ref): Ref;
  /** Begins the instructions of one op. */
  begin(op: string): void;
  /** Ends them: eager mode runs them. */
  end(): void;
  /** Declares that state changes: its version is counted up at every run. */
  changes(state: { changes: number }): void;
  /** Makes `part` stand at `offset` bytes in `whole`, so that no copy is needed; false where it cannot. */
  place(part: Ref, whole: Ref, offset: number): boolean;
  /** Asks for a pass over the whole program, where one is compiled: so that only programs with such ops bring it along. */
  improve(pass: Rewrite): void;
  /** Calls `check` now, and whenever pinned memory has moved since: a stateful optimizer looks whether it still owns its slabs. */
  onMove(check: () => void): void;
}

let active: Recorder | null = null;
let immediate: Recorder | null = null;

/** Eager mode registers itself, so that nothing here depends on it. */
export function setImmediate(recorder: Recorder): void {
  immediate = recorder;
}

/** The recorder of now. */
export function recorder(): Recorder {
  return active ?? immediate!;
}

/** Whether a function is being compiled. */
export function isCompiling(): boolean {
  return active !== null;
}

/** Calls `f` with lowering going to `target`. */
export function recording<T>(target: Recorder, f: () => T): T {
  const before = active;
  active = target;
  try {
    return f();
  } finally {
    active = before;
  }
}

/** Calls `f` in eager mode, even while compiling: what it computes are constants of the program. */
export function eagerly<T>(f: () => T): T {
  const before = active;
  active = null;
  try {
    return f();
  } finally {
    active = before;
  }
}
