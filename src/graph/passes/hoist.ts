/**
 * What depends only on constants, and on state that the program does not change, is computed again only where such state has changed
 * since: packed weights, filters transformed for Winograd, scales of a frozen batch norm.
 */
import { Cell, type Version } from "../../wasm/cell.ts";
import { type Ref, Value } from "../../wasm/program.ts";
import type { Instruction } from "../plan.ts";
import { accessesOf, ownerOf, writesState } from "./access.ts";

/** A program in two parts: what runs only when one of `watched` has changed, and what runs each time. */
export type Parts = {
  readonly once: readonly Instruction[];
  readonly always: readonly Instruction[];
  /** State that `once` reads. */
  readonly watched: readonly Version[];
  /** What `always` reads of what `once` computes: needed from run to run. */
  readonly lasting: readonly Value[];
};

type Touched = {
  readonly instruction: Instruction;
  readonly reads: readonly Ref[];
  readonly writes: readonly Ref[];
  /** Whether it belongs to every run, whatever it reads. */
  readonly stays: boolean;
};

function touchedBy(instruction: Instruction, changed: ReadonlySet<Version>): Touched {
  const accesses = accessesOf(instruction);
  const owners = (of: "reads" | "writes"): Ref[] => accesses.filter((access) => access[of]).map(({ ref }) => ownerOf(ref));
  const changes = accesses.some(({ ref }) => ref instanceof Cell && ref.version !== null && changed.has(ref.version));
  const stays = instruction.fault !== undefined || changes || writesState(accesses); // a bad index is reported at each run
  return { instruction, reads: owners("reads"), writes: owners("writes"), stays };
}

/** Those that have to run each time. */
function alwaysOf(all: readonly Touched[]): Set<Touched> {
  const varying = new Set<Ref>();
  for (const { writes } of all) for (const owner of writes) if (owner instanceof Cell) varying.add(owner);
  const varies = (owner: Ref): boolean => varying.has(owner) || (owner instanceof Value && owner.isInput);
  const always = new Set<Touched>();
  // What one writer of a memory makes vary, its other writers write each time too, earlier ones among them: until nothing changes.
  for (let size = -1; size < always.size; ) {
    size = always.size;
    const read = new Set<Ref>(); // by what runs each time: nobody may write there later and run before
    for (const one of all) {
      const { reads, writes, stays } = one;
      if (!always.has(one)) {
        if (!stays && !reads.some(varies) && !writes.some((owner) => varies(owner) || read.has(owner))) continue;
        always.add(one);
        for (const owner of writes) varying.add(owner);
      }
      for (const owner of reads) read.add(owner);
    }
  }
  return always;
}

/** @param changed state that the program declares to change */
export function hoisted(instructions: readonly Instruction[], changed: ReadonlySet<Version>): Parts {
  const all = instructions.map((instruction) => touchedBy(instruction, changed));
  const always = alwaysOf(all);
  const once = all.filter((one) => !always.has(one));
  const computed = new Set(once.flatMap(({ writes }) => writes));
  const lasting = new Set([...always].flatMap(({ reads }) => reads).filter((owner) => computed.has(owner)));
  const cells = once.flatMap(({ instruction }) => Object.values(instruction.operands)).filter((ref) => ref instanceof Cell);
  return {
    once: once.map(({ instruction }) => instruction),
    always: all.filter((one) => always.has(one)).map(({ instruction }) => instruction),
    watched: [...new Set(cells.flatMap(({ version }) => version ?? []))],
    lasting: [...lasting].filter((owner) => owner instanceof Value),
  };
}
