/**
 * Epilogues: an instruction that can do the next one's work before it stores its results does so, and the next one is left out. So bias,
 * residual and relu join a convolution, and no pass over its output is left of them. The kernels' ops bring this pass along, with what
 * their kernels can take over.
 */
import { type Ref, Value } from "../../wasm/program.ts";
import type { Instruction } from "../plan.ts";
import { accessesOf, ownerOf, writesState } from "./access.ts";

/** A pass that an op asks for: instructions in place of those given; `kept` outlives the program. */
export type Rewrite = (instructions: readonly Instruction[], kept: readonly Ref[]) => readonly Instruction[];

/** Operands with which an instruction does the work of `next` too, which reads its results; null where it cannot. */
export type TakeOver = (own: Instruction, next: Instruction) => Instruction["operands"] | null;

/** By what owns memory, how often instructions and the world behind them touch it. */
export function touchesIn(instructions: readonly Instruction[], kept: readonly Ref[]): Map<Ref, number> {
  const touches = new Map<Ref, number>();
  const refs = instructions.flatMap((instruction) => accessesOf(instruction).map(({ ref }) => ref));
  for (const owner of [...refs, ...kept].map(ownerOf)) touches.set(owner, (touches.get(owner) ?? 0) + 1);
  return touches;
}

/** Lets instructions take over the only reader of what they write. They move to where that stood. */
export function epilogues(instructions: readonly Instruction[], kept: readonly Ref[], takeOver: TakeOver): readonly Instruction[] {
  const touches = touchesIn(instructions, kept);
  const found = new Set<Instruction>();
  /** Who has written a value, if nothing it has read can have changed since. */
  let writers = new Map<Ref, Instruction>();
  for (const next of instructions) {
    let one = next;
    for (const ref of Object.values(next.operands)) {
      const own = typeof ref === "object" && touches.get(ref) === 2 ? writers.get(ref) : undefined;
      const operands = own && found.has(own) ? takeOver(own, next) : null;
      if (!own || !operands) continue;
      found.delete(own);
      one = { ...own, op: `${own.op}+${next.op}`, operands };
      break;
    }
    found.add(one);
    const accesses = accessesOf(one);
    if (writesState(accesses)) writers = new Map();
    for (const { ref, writes } of accesses) if (writes && ref instanceof Value) writers.set(ref, one);
  }
  return [...found];
}
