/** Who has touched which memory: what an instruction has to wait for. */
import type { Ref } from "../../wasm/program.ts";
import type { Instruction } from "../plan.ts";
import { type Access, overlap, ownerOf, writesState } from "./access.ts";

type Touch<Node> = { readonly ref: Ref; readonly node: Node };

/**
 * Dependencies between the nodes of a program, as its instructions are entered in order. Nodes of one memory follow each other
 * where either writes. What may stop the program keeps its order among its like and with what changes state: a bad index leaves the
 * same behind, and is reported the same, however instructions are moved.
 */
export class Ledger<Node> {
  readonly #writes = new Map<Ref, Touch<Node>[]>();
  readonly #reads = new Map<Ref, Touch<Node>[]>();
  #lastFault: Node | null = null;
  /** What has changed state since. */
  #changes: Node[] = [];

  /** What has to run before an instruction with these accesses. */
  needs(instruction: Instruction, accesses: readonly Access[]): Set<Node> {
    const needs = new Set<Node>();
    const add = (touches: readonly Touch<Node>[] | undefined, ref: Ref): void => {
      for (const touch of touches ?? []) if (overlap(touch.ref, ref)) needs.add(touch.node);
    };
    for (const { ref, writes } of accesses) {
      const owner = ownerOf(ref);
      add(this.#writes.get(owner), ref);
      if (writes) add(this.#reads.get(owner), ref);
    }
    if (this.#lastFault && (instruction.fault || writesState(accesses))) needs.add(this.#lastFault);
    if (instruction.fault) for (const node of this.#changes) needs.add(node);
    return needs;
  }

  /** The nodes that have read or written just this. */
  touching({ ref }: Access): Node[] {
    const owner = ownerOf(ref);
    return [...(this.#writes.get(owner) ?? []), ...(this.#reads.get(owner) ?? [])].flatMap((touch) =>
      touch.ref === ref ? [touch.node] : [],
    );
  }

  /** Enters an instruction that has become, or joined, `node`. */
  enter(instruction: Instruction, accesses: readonly Access[], node: Node): void {
    for (const { ref, writes } of accesses) {
      const owner = ownerOf(ref);
      // Who writes all of it has waited for everybody before, so later ones need wait for this one alone.
      if (writes && ref.bytes === owner.bytes) {
        this.#writes.set(owner, [{ ref, node }]);
        this.#reads.delete(owner);
      } else push(writes ? this.#writes : this.#reads, owner, { ref, node });
    }
    if (instruction.fault) {
      this.#lastFault = node;
      this.#changes = [];
    }
    if (writesState(accesses)) this.#changes.push(node);
  }
}

function push<Item>(lists: Map<Ref, Item[]>, key: Ref, item: Item): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}
