/** Where a program's values stand: offsets by liveness, so that values that are never needed together share memory. */
import type { KernelInfo } from "../wasm/kernel.ts";
import { type Fault, type Ref, Value } from "../wasm/program.ts";

/** One instruction of a program that is being compiled. */
export type Instruction = {
  readonly op: string;
  readonly info: KernelInfo;
  readonly operands: Readonly<Record<string, Ref | number>>;
  readonly items: number;
  readonly nanoseconds: number;
  readonly fault: Fault | undefined;
};

const ALIGN = 64;

/** From the first step that touches it to the last one, both included. */
type Life = { value: Value; first: number; last: number; bytes: number; at: number };

/** The value that owns the memory. */
export function rootOf(value: Value): Value {
  let root = value;
  while (root.whole) root = root.whole;
  return root;
}

function livesOf(steps: readonly (readonly Ref[])[], kept: readonly Value[]): Life[] {
  const lives = new Map<Value, Life>();
  const touch = (value: Value, when: number): void => {
    const root = rootOf(value);
    const life = lives.get(root);
    if (life) {
      life.first = Math.min(life.first, when);
      life.last = Math.max(life.last, when);
    } else
      lives.set(root, {
        value: root,
        first: root.isInput ? -1 : when,
        last: when,
        bytes: Math.ceil(root.bytes / ALIGN) * ALIGN,
        at: 0,
      });
  };
  for (const [when, refs] of steps.entries()) for (const ref of refs) if (ref instanceof Value) touch(ref, when);
  for (const value of kept) touch(value, steps.length);
  return [...lives.values()];
}

/** Where a value is to be inserted to keep the list in ascending order of place. */
function indexFor(placed: readonly Life[], at: number): number {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placed[middle]!.at <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A program's memory. */
export type Plan = {
  readonly offsets: ReadonlyMap<Value, number>;
  /** Needed in all. */
  readonly bytes: number;
  /** What all values would take side by side. */
  readonly sum: number;
};

/**
 * Gives every value its offset from the start of the program's memory, the largest first, each at the lowest place that is free for
 * as long as it lives.
 *
 * @param steps what each step of the program touches
 * @param kept what is needed until the end
 */
export function planMemory(steps: readonly (readonly Ref[])[], kept: readonly Value[]): Plan {
  const lives = livesOf(steps, kept).sort((a, b) => b.bytes - a.bytes);
  const placed: Life[] = [];
  const offsets = new Map<Value, number>();
  let bytes = 0;
  let sum = 0;
  for (const life of lives) {
    let at = 0;
    for (const other of placed) {
      if (other.at >= at + life.bytes) break; // in ascending order of place: the first gap that is wide enough is taken
      const together = other.first <= life.last && life.first <= other.last;
      if (together && at < other.at + other.bytes) at = other.at + other.bytes;
    }
    life.at = at;
    placed.splice(indexFor(placed, at), 0, life);
    offsets.set(life.value, at);
    bytes = Math.max(bytes, at + life.bytes);
    sum += life.bytes;
  }
  return { bytes, sum, offsets };
}
