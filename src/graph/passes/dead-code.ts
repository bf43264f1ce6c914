/** Instructions whose results nobody reads are left out. */
import type { Ref } from "../../wasm/program.ts";
import type { Instruction } from "../plan.ts";
import { accessesOf, ownerOf, writesState } from "./access.ts";

/**
 * Keeps what writes state, checks indices or numbers (a bad one has to be reported), or leads to `results`.
 */
export function withoutDeadCode(instructions: readonly Instruction[], results: readonly Ref[]): Instruction[] {
  const wanted = new Set(results.map(ownerOf));
  const kept: Instruction[] = [];
  for (const instruction of instructions.toReversed()) {
    const accesses = accessesOf(instruction);
    const needed =
      instruction.fault || writesState(accesses) || accesses.some(({ ref, writes }) => writes && wanted.has(ownerOf(ref)));
    if (!needed) continue;
    kept.push(instruction);
    for (const { ref, reads } of accesses) if (reads) wanted.add(ownerOf(ref));
  }
  return kept.reverse();
}
