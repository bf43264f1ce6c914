/** What the scheduler of a program takes as one: an instruction, or a group of them that go through their rows together. */
import { BYTES } from "../../core/dtype.ts";
import { factOf } from "../../wasm/kernel.ts";
import type { Ref, Value } from "../../wasm/program.ts";
import * as TUNE from "../../wasm/tune.gen.ts";
import type { Instruction } from "../plan.ts";
import { type Access, accessesOf } from "./access.ts";

export type Member = {
  readonly instruction: Instruction;
  readonly accesses: readonly Access[];
  /** Items in a unit. */
  factor: number;
};

/** Memory that each thread has of its own while it goes through a group. */
export type Local = {
  /** All threads', one behind the other. */
  readonly memory: Value;
  /** Each thread's. */
  readonly bytes: number;
  /** By the values that own memory: where the tile's share stands, and how much of it belongs to a unit. */
  readonly places: ReadonlyMap<Value, { readonly at: number; readonly unitBytes: number }>;
};

export class Step {
  readonly members: [Member, ...Member[]];
  /** Units to go through at a time. */
  tile = 1;
  /** Each thread's own memory for values that nobody else sees. */
  local: Local | null = null;
  /** So many steps behind it are of the same stage: they depend neither on it nor on each other. */
  companions = 0;

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

  /** Bytes of memory that a unit has of its own; what a kernel may write over what it reads counts as written there. */
  get unitBytes(): number {
    const bytes = new Map<Ref, number>();
    const places = new Map<Ref, Ref>();
    const placeOf = (ref: Ref): Ref => places.get(ref) ?? ref;
    for (const { instruction, accesses, factor } of this.members) {
      const sizeOf = ({ share, ref }: Access): number => (share ? (factor / share.items) * share.elements * BYTES[ref.dtype] : 0);
      for (const access of accesses) {
        const others = instruction.info.alias?.[access.name] ?? [];
        const over = accesses.find(({ name, ref, share }) => others.includes(name) && ref.bytes === access.ref.bytes && share);
        if (over) places.set(access.ref, placeOf(over.ref));
        const place = placeOf(access.ref);
        bytes.set(place, Math.max(bytes.get(place) ?? 0, sizeOf(access)));
      }
    }
    return [...bytes.values()].reduce((sum, own) => sum + own, 0);
  }

  /** The fewest units that members like to have at a time. */
  get blockUnits(): number {
    const blocks = this.members.map(({ instruction, factor }) => factOf(instruction.info.block ?? 1, instruction) / factor);
    return Math.max(1, ...blocks);
  }

  /** As many units as the cache holds, in the blocks that members like to have. */
  fittingTile(): number {
    const fitting = Math.max(1, Math.floor(TUNE.GROUP_TILE_BYTES / this.unitBytes));
    const block = this.blockUnits;
    return Math.ceil(Math.max(1, Math.floor(fitting / block)) * block);
  }

  /** The step with one member more. */
  with(member: Member, scale: number): Step {
    const step = new Step(member.instruction, member.accesses);
    const own = this.members.map((one) => ({ ...one, factor: one.factor * scale }));
    step.members.splice(0, 1, ...own, member);
    return step;
  }
}
