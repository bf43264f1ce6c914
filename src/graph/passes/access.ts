/** What an instruction does to memory, as its kernel's properties tell. */
import { BYTES } from "../../core/dtype.ts";
import { Cell } from "../../wasm/cell.ts";
import { factOf } from "../../wasm/kernel.ts";
import { type Ref, Value } from "../../wasm/program.ts";
import { type Instruction, rootOf } from "../plan.ts";

/** Each run of `items` items, counted from the first, touches the next `elements` elements and no others. */
export type Share = { readonly elements: number; readonly items: number };

/** One operand of an instruction. */
export type Access = {
  readonly name: string;
  readonly ref: Ref;
  readonly reads: boolean;
  readonly writes: boolean;
  /** Null where any item may touch any of it. */
  readonly share: Share | null;
};

function shareOf(instruction: Instruction, name: string, ref: Ref): Share | null {
  const fact = instruction.info.each?.[name];
  if (fact === undefined) return null;
  const found = factOf(fact, instruction);
  const [elements, items] = typeof found === "number" ? [found, 1] : found;
  if (!(elements > 0 && items > 0)) return null;
  // The shares have to cover the operand, the last one as far as it goes: a kernel may be used on a part, or on other types.
  const runs = Math.ceil(instruction.items / items);
  return elements * runs >= ref.length && elements * (runs - 1) < ref.length ? { elements, items } : null;
}

export function accessesOf(instruction: Instruction): Access[] {
  const accesses: Access[] = [];
  for (const [name, kind] of instruction.info.operands) {
    const ref = instruction.operands[name]!;
    if (typeof ref === "number") continue;
    accesses.push({ name, ref, reads: kind !== "out", writes: kind !== "in", share: shareOf(instruction, name, ref) });
  }
  return accesses;
}

/** What owns the memory: what overlaps has the same. */
export function ownerOf(ref: Ref): Ref {
  return ref instanceof Cell ? (ref.slab ?? ref) : rootOf(ref);
}

function placeIn(value: Value): number {
  let offset = 0;
  for (let part = value; part.whole; part = part.whole) offset += part.offset;
  return offset;
}

/** Whether two that have the same owner may share memory. */
export function overlap(a: Ref, b: Ref): boolean {
  if (!(a instanceof Value && b instanceof Value)) return true; // parts of a slab move: not told apart
  const [from, other] = [placeIn(a), placeIn(b)];
  return from < other + b.bytes && other < from + a.bytes;
}

/** Whether it changes what lasts beyond the program's run. */
export function writesState(accesses: readonly Access[]): boolean {
  return accesses.some(({ ref, writes }) => writes && ref instanceof Cell);
}

/** Bytes of a unit of so many items, where the operand's shares are whole there. */
export function bytesInUnit({ share, ref }: Access, items: number): number | null {
  return share && items % share.items === 0 ? (items / share.items) * share.elements * BYTES[ref.dtype] : null;
}
