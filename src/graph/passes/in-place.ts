/** Results take the memory of what is read for the last time, where the kernel allows that. */
import { type Ref, Value } from "../../wasm/program.ts";
import { rootOf } from "../plan.ts";
import { type Access, bytesInUnit, ownerOf } from "./access.ts";
import type { Member, Step } from "./step.ts";

/** The first and the last member that touch a memory; null where it is needed beyond the end. */
type Use = { readonly first: Member; last: Member | null };

function usesOf(steps: readonly Step[], results: readonly Ref[]): Map<Ref, Use> {
  const uses = new Map<Ref, Use>();
  for (const member of steps.flatMap(({ members }) => members)) {
    for (const { ref } of member.accesses) {
      const use = uses.get(ownerOf(ref));
      if (use) use.last = member;
      else uses.set(ownerOf(ref), { first: member, last: member });
    }
  }
  for (const result of results) {
    const use = uses.get(ownerOf(result));
    if (use) use.last = null;
  }
  return uses;
}

/** Items of a member in a unit: alone, it has no unit but its own runs of items. */
function itemsInUnit({ members }: Step, { factor }: Member, { share }: Access): number {
  return members.length === 1 && share ? share.items : factor;
}

/** Whether, as the step goes from unit to unit, nobody touches in this memory what belongs to another unit. */
function keepsToItsUnit(step: Step, memory: Value, bytes: number): boolean {
  return step.members.every((member) =>
    member.accesses.every(
      (access) => ownerOf(access.ref) !== memory || bytesInUnit(access, itemsInUnit(step, member, access)) === bytes,
    ),
  );
}

/** The memory that an output may take over, or null. */
function memoryFor(step: Step, member: Member, y: Access, others: readonly string[], uses: ReadonlyMap<Ref, Use>): Value | null {
  const bytes = bytesInUnit(y, itemsInUnit(step, member, y));
  if (!bytes) return null;
  for (const { name, ref } of member.accesses) {
    if (!others.includes(name) || !(ref instanceof Value)) continue;
    const memory = rootOf(ref);
    if (memory.isInput || memory.bytes !== ref.bytes || memory.bytes !== y.ref.bytes) continue;
    if (uses.get(memory)!.last === member && keepsToItsUnit(step, memory, bytes)) return memory;
  }
  return null;
}

/** Lets outputs that may alias an input stand where it does, if this is its last use and it falls to the same units. */
export function placeInPlace(steps: readonly Step[], results: readonly Ref[]): void {
  const uses = usesOf(steps, results);
  for (const step of steps) {
    for (const member of step.members) {
      for (const [name, others] of Object.entries(member.instruction.info.alias ?? {})) {
        const y = member.accesses.find((access) => access.name === name)!;
        if (!(y.ref instanceof Value) || y.ref.whole) continue;
        const use = uses.get(y.ref)!;
        const memory = use.first === member ? memoryFor(step, member, y, others, uses) : null;
        if (!memory) continue;
        y.ref.whole = memory;
        uses.get(memory)!.last = use.last;
      }
    }
  }
}
