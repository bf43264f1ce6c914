/** Instructions that go through their rows together. */
import { run } from "../dispatch.gen";
import { report } from "../fault";
import { INSTRUCTION_BYTES, SCRATCH_BYTES } from "../tune";

/** Bytes of a patch: where the pointer stands, counted from the first member; bytes of a unit; where in the thread's memory. */
const PATCH: usize = 12;

/**
 * Of each tile of units, runs the first member's share, then the second's, and so on: what one writes the next finds in the cache,
 * and no thread waits for another in between. Items are units. A member's words differ from other instructions' in two: `grain` are
 * its items in a unit, and where `chunks` stands, its lowest bad row + 1 is left for the host to find.
 *
 * Values that nobody else sees have but a tile of memory, each thread its own. There it also has a copy of the members, whose
 * pointers to such values it moves on from tile to tile, so that the tile's share of what they would point to lies in that memory.
 * @param members in    u32[count, 32] instructions
 * @param patches in    u32[patched, 3]
 * @param local   inout u8[threads, size]: values, at the end the copy of the members
 * @param scratch0 in   u8[threads, SCRATCH_BYTES], the first thread's scratch: the distance tells which thread this is
 * @param tile units at a time
 */
export function group(
  members: usize, patches: usize, local: usize, scratch0: usize, count: i32, patched: i32, tile: i32, size: i32,
  scratch: usize, fault: usize, begin: i32, end: i32,
): void {
  const bytes = <usize>(count * INSTRUCTION_BYTES);
  const own = local + (scratch - scratch0) / SCRATCH_BYTES * <usize>size;
  const stop = patches + <usize>patched * PATCH;
  let first = members;
  if (patched) {
    first = own + <usize>size - bytes;
    memory.copy(first, members, bytes);
  }
  const last = first + bytes;
  for (let from = begin; from < end; from += tile) {
    const to = min(from + tile, end);
    for (let patch = patches; patch < stop; patch += PATCH) {
      const before = <usize>from * load<u32>(patch, 4);
      // The last four bits stay, so that what lies on vectors in the whole does so here.
      store<usize>(first + load<u32>(patch), own + load<u32>(patch, 8) + (before & 15) - before);
    }
    for (let at = first; at < last; at += INSTRUCTION_BYTES) {
      const each = load<i32>(at, 8);
      const bad = members + (at - first) + 12;
      run(at, scratch, bad, from * each, <i32>min<i64>(<i64>to * each, <i64>load<i32>(at, 4)));
      if (load<i32>(bad)) report(fault, load<i32>(bad) - 1);
    }
  }
}
