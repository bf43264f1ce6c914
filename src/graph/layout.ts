/** How a program's steps stand in memory: an instruction for each, behind them the members of groups and the patches of their pointers. */
import {
  CHUNK_NS,
  INSTRUCTION_BYTES,
  infoOf,
  type Ref,
  type Resolve,
  Value,
  writeCompanions,
  writeInstruction,
  writeMember,
  writeWords,
} from "../wasm/program.ts";
import { stagesOf } from "./passes/stages.ts";
import type { Local, Member, Step } from "./passes/step.ts";
import { rootOf } from "./plan.ts";

/** Estimated time from which on steps of one chunk each are run side by side: that from which an instruction is shared. */
const WORTH_SHARING_NS = 2 * CHUNK_NS;
export const PATCH_WORDS = 3;
/** Bytes of an instruction in front of its operands. */
const FIRST_OPERAND = 16;

/** Where the pointers to a group's local values stand among its members, what they point to, and how they move. */
function patchesOf(members: readonly Member[], { places }: Local): number[] {
  return members.flatMap(({ instruction: { info, operands } }, i) =>
    info.operands.flatMap(([name], slot) => {
      const ref = operands[name]!;
      const place = ref instanceof Value ? places.get(rootOf(ref)) : undefined;
      return place ? [i * INSTRUCTION_BYTES + FIRST_OPERAND + slot * 4, place.unitBytes, place.at] : [];
    }),
  );
}

/** A group's members and patches, from the start of the code. */
type Place = { readonly members: number; readonly patches: number; readonly words: readonly number[] };

export class Layout {
  readonly #steps: readonly Step[];
  readonly places: readonly (Place | null)[];
  /** Bytes of all. */
  readonly bytes: number;

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
    let end = steps.length * INSTRUCTION_BYTES;
    this.places = steps.map(({ isGroup, members, local }) => {
      if (!isGroup) return null;
      const words = local ? patchesOf(members, local) : [];
      const place = { members: end, patches: end + members.length * INSTRUCTION_BYTES, words };
      end = place.patches + words.length * 4;
      return place;
    });
    this.bytes = end;
  }

  /** Where a group's member stands, from the start of the code. */
  memberAt(step: number, member: number): number {
    return this.places[step]!.members + member * INSTRUCTION_BYTES;
  }

  /**
   * Writes all at `code`.
   *
   * @param scratch the first thread's
   * @returns whether any step is for several threads
   */
  write(code: number, scratch: number, resolve: Resolve): boolean {
    const chunks = this.#steps.map((_, i) => this.#writeStep(code, i, scratch, resolve));
    let shared = false;
    let at = 0;
    for (const stage of stagesOf(this.#steps)) {
      const time = stage.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0);
      if (chunks.slice(at, at + stage.length).some((count) => count > 1) || (stage.length > 1 && time >= WORTH_SHARING_NS)) {
        shared = true;
        for (const [i, { companions }] of stage.entries()) writeCompanions(code + (at + i) * INSTRUCTION_BYTES, companions);
      }
      at += stage.length;
    }
    return shared;
  }

  /** Returns the number of chunks. */
  #writeStep(code: number, number: number, scratch: number, resolve: Resolve): number {
    const step = this.#steps[number]!;
    const { members } = step;
    const extent = { items: step.units, nanoseconds: step.nanoseconds, block: step.blockUnits };
    const place = this.places[number];
    const at = code + number * INSTRUCTION_BYTES;
    if (!place) {
      const { info, operands } = members[0].instruction;
      return writeInstruction(at, info, operands, extent, resolve);
    }
    for (const [j, { instruction, factor }] of members.entries()) {
      const { info, operands, items } = instruction;
      writeMember(code + this.memberAt(number, j), info, operands, items, factor, (ref, kind) =>
        isLocal(step, ref) ? 0 : resolve(ref, kind),
      );
    }
    writeWords(code + place.patches, place.words);
    const operands = {
      members: code + place.members,
      patches: code + place.patches,
      count: members.length,
      patched: place.words.length / PATCH_WORDS,
    };
    return writeInstruction(at, infoOf("group"), { ...operands, ...ownOf(step, scratch) }, extent, resolve);
  }
}

/** Operands of a group that do not depend on which of its members run. */
export function ownOf({ local, tile }: Step, scratch0: number) {
  return { local: local?.memory ?? 0, scratch0, tile, size: local?.bytes ?? 0 };
}

function isLocal({ local }: Step, ref: Ref): boolean {
  return local !== null && ref instanceof Value && local.places.has(rootOf(ref));
}
