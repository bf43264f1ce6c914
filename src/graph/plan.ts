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

/** A stretch of memory that is needed from one step to another, both included. */
export type Life = { readonly bytes: number; first: number; last: number; at: number };

/** The value that owns the memory. */
export function rootOf(value: Value): Value {
  let root = value;
  while (root.whole) root = root.whole;
  return root;
}

/** Where a life is to be inserted to keep the list in ascending order of place. */
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

/**
 * Gives each its place, the largest first, at the lowest that is free for as long as it lives.
 *
 * @returns the end of the highest
 */
export function placeAll(lives: readonly Life[]): number {
  const placed: Life[] = [];
  let end = 0;
  for (const life of lives.toSorted((a, b) => b.bytes - a.bytes)) {
    let at = 0;
    for (const other of placed) {
      if (other.at >= at + life.bytes) break; // in ascending order of place: the first gap that is wide enough is taken
      const together = other.first <= life.last && life.first <= other.last;
      if (together && at < other.at + other.bytes) at = other.at + other.bytes;
    }
    life.at = at;
    placed.splice(indexFor(placed, at), 0, life);
    end = Math.max(end, at + life.bytes);
  }
  return end;
}

/** Lives of what the steps touch, by the values that own the memory, each of so many bytes. */
export function livesOf(steps: readonly (readonly Ref[])[], bytesOf: (root: Value) => number): Map<Value, Life> {
  const lives = new Map<Value, Life>();
  for (const [when, refs] of steps.entries()) {
    for (const ref of refs) {
      if (!(ref instanceof Value)) continue;
      const root = rootOf(ref);
      const life = lives.get(root);
      if (life) life.last = when;
      else lives.set(root, { bytes: Math.ceil(bytesOf(root) / ALIGN) * ALIGN, first: root.isInput ? -1 : when, last: when, at: 0 });
    }
  }
  return lives;
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
 * Gives every value its offset from the start of the program's memory.
 *
 * @param stages what each stage of the program touches
 * @param kept what is needed until the end
 */
export function planMemory(stages: readonly (readonly Ref[])[], kept: readonly Value[]): Plan {
  const lives = livesOf([...stages, kept], (root) => root.bytes);
  const bytes = placeAll([...lives.values()]);
  const sum = [...lives.values()].reduce((total, life) => total + life.bytes, 0);
  return { bytes, sum, offsets: new Map([...lives].map(([value, { at }]) => [value, at])) };
}
