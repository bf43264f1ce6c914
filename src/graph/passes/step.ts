/** What the scheduler of a program takes as one: an instruction, or a group of them that go through their rows together. */
import { BYTES } from "../../core/dtype.ts";
import { TUNE } from "../../wasm/kernels.gen.ts";
import type { Ref } from "../../wasm/program.ts";
import type { Instruction } from "../plan.ts";
import { type Access, accessesOf, factOf } from "./access.ts";

export type Member = {
  readonly instruction: Instruction;
  readonly accesses: readonly Access[];
  /** Items in a unit. */
  factor: number;
};

export class Step {
  readonly members: [Member, ...Member[]];
  /** Units to go through at a time. */
  tile = 1;

  constructor(instruction: Instruction, accesses: readonly Access[] = accessesOf(instruction)) {
    this.members = [{ instruction, accesses, factor: 1 }];
  }

  get isGroup(): boolean {
    return this.members.length > 1;
  }

  /** Items of the step: of its one instruction, or of a group the units that each member has a share of. */
  get units(): number {
    const [{ instruction, factor }] = this.members;
    return Math.ceil(instruction.items / factor);
  }

  /** Estimated time on one thread. */
  get nanoseconds(): number {
    return this.members.reduce((sum, { instruction }) => sum + instruction.nanoseconds, 0);
  }

  /** Bytes that a unit has of its own. */
  get unitBytes(): number {
    const bytes = new Map<Ref, number>();
    for (const { accesses, factor } of this.members) {
      for (const { ref, share } of accesses) {
        const own = share ? (factor / share.items) * share.elements * BYTES[ref.dtype] : 0;
        bytes.set(ref, Math.max(bytes.get(ref) ?? 0, own));
      }
    }
    return [...bytes.values()].reduce((sum, own) => sum + own, 0);
  }

  /** As many units as the cache holds, in the blocks that members like to have. */
  fittingTile(): number {
    const fitting = Math.max(1, Math.floor(TUNE.GROUP_TILE_BYTES / this.unitBytes));
    const blocks = this.members.map(({ instruction, factor }) => factOf(instruction.info.block ?? 1, instruction) / factor);
    const block = Math.max(1, ...blocks);
    return Math.ceil(Math.max(1, Math.floor(fitting / block)) * block);
  }
}
