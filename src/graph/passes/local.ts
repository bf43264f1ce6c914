/**
 * Values that only one group touches, each unit its own share, need no more memory than a tile of them: each thread has its own, which
 * stays in its cache and never goes to memory.
 */

import { type Ref, Value } from "../../wasm/program.ts";
import * as TUNE from "../../wasm/tune.gen.ts";
import { livesOf, placeAll, rootOf } from "../plan.ts";
import { bytesInUnit } from "./access.ts";
import type { Step } from "./step.ts";

/** Addresses in a tile's share are moved by up to this, so that they lie on vectors as those of the whole do. */
const SLACK = 16;

/** The only step that touches each value that owns memory; null where there are several. */
function usersOf(steps: readonly Step[]): Map<Value, Step | null> {
  const users = new Map<Value, Step | null>();
  for (const step of steps) {
    for (const { ref } of step.members.flatMap(({ accesses }) => accesses)) {
      if (!(ref instanceof Value)) continue;
      const root = rootOf(ref);
      const user = users.get(root);
      users.set(root, user === undefined || user === step ? step : null);
    }
  }
  return users;
}

/** Bytes of each unit in what may be local to the group. */
function candidates(step: Step, users: ReadonlyMap<Value, Step | null>, excluded: ReadonlySet<Ref>): Map<Value, number> {
  const found = new Map<Value, number>();
  for (const { accesses, factor } of step.members) {
    for (const access of accesses) {
      if (!(access.ref instanceof Value)) continue;
      const root = rootOf(access.ref);
      const bytes = bytesInUnit(access, factor);
      const fits = bytes && access.ref.bytes === root.bytes && (found.get(root) ?? bytes) === bytes;
      found.set(root, fits && users.get(root) === step && !root.isInput && !excluded.has(root) ? bytes : 0);
    }
  }
  for (const [root, bytes] of found) if (bytes === 0) found.delete(root);
  return found;
}

/**
 * Gives groups memory of their own for what nobody else reads.
 *
 * @param kept what is read after the program, or by whoever explains why it stopped
 * @param threads that may go through a group at the same time
 */
export function keepLocal(steps: readonly Step[], kept: readonly Ref[], threads: number): void {
  const faults = steps.flatMap(({ members }) => members.flatMap(({ instruction: { fault } }) => (fault ? [fault.index] : [])));
  const excluded = new Set([...kept, ...faults].map((ref) => (ref instanceof Value ? rootOf(ref) : ref)));
  const users = usersOf(steps);
  for (const step of steps) {
    const unitBytes = step.isGroup ? candidates(step, users, excluded) : new Map<Value, number>();
    const whole = [...unitBytes.keys()].reduce((sum, { bytes }) => sum + bytes, 0);
    const refs = step.members.map(({ accesses }) =>
      accesses.map(({ ref }) => ref).filter((ref) => ref instanceof Value && unitBytes.has(rootOf(ref))),
    );
    const lives = livesOf(refs, (root) => unitBytes.get(root)! * step.tile + SLACK);
    const bytes = placeAll([...lives.values()]) + step.members.length * TUNE.INSTRUCTION_BYTES;
    if (bytes * threads >= whole) continue;
    const places = new Map([...lives].map(([root, { at }]) => [root, { at, unitBytes: unitBytes.get(root)! }]));
    step.local = { memory: new Value("u8", [bytes * threads]), bytes, places };
  }
}
