/** Where a program's values stand: offsets by liveness, so that values that are never needed together share memory. */
import type { KernelInfo } from "../wasm/kernels.gen.ts";
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

type Life = { value: Value; first: number; last: number; bytes: number; at: number };

/** The value that owns the memory. */
export function rootOf(value: Value): Value {
  let root = value;
  while (root.whole) root = root.whole;
  return root;
}

function livesOf(instructions: readonly Instruction[], outputs: readonly Value[]): Life[] {
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
  for (const [when, { operands }] of instructions.entries()) {
    for (const operand of Object.values(operands)) if (operand instanceof Value) touch(operand, when);
  }
  for (const output of outputs) touch(output, instructions.length);
  return [...lives.values()];
}

/**
 * Gives every value its offset from the start of the program's memory, the largest first, each at the lowest place that is free for
 * as long as it lives.
 * @returns bytes needed in all
 */
export function planMemory(
  instructions: readonly Instruction[],
  outputs: readonly Value[],
): { bytes: number; offsets: Map<Value, number> } {
  const lives = livesOf(instructions, outputs).sort((a, b) => b.bytes - a.bytes);
  const placed: Life[] = [];
  const offsets = new Map<Value, number>();
  let bytes = 0;
  for (const life of lives) {
    let at = 0;
    for (const other of placed) {
      // `placed` is in ascending order of place: the first gap that is wide enough is taken.
      const together = other.first <= life.last && life.first <= other.last;
      if (together && other.at < at + life.bytes && at < other.at + other.bytes) at = other.at + other.bytes;
    }
    life.at = at;
    placed.push(life);
    placed.sort((a, b) => a.at - b.at);
    offsets.set(life.value, at);
    bytes = Math.max(bytes, at + life.bytes);
  }
  return { bytes, offsets };
}
