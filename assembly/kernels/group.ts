/** Instructions that go through their rows together. */
import { run } from "../dispatch.gen";
import { report } from "../fault";
import { INSTRUCTION_BYTES } from "../tune";

/**
 * Of each tile of units, runs the first member's share, then the second's, and so on: what one writes the next finds in the cache,
 * and no thread waits for another in between. Items are units. A member's words differ from other instructions' in two: `grain` are
 * its items in a unit, and where `chunks` stands, its lowest bad row + 1 is left for the host to find.
 * @param members in u32[count, 32] instructions
 * @param tile units at a time
 */
export function group(members: usize, count: i32, tile: i32, scratch: usize, fault: usize, begin: i32, end: i32): void {
  const last = members + <usize>(count * INSTRUCTION_BYTES);
  for (let from = begin; from < end; from += tile) {
    const to = min(from + tile, end);
    for (let at = members; at < last; at += INSTRUCTION_BYTES) {
      const each = load<i32>(at, 8);
      const own = at + 12;
      run(at, scratch, own, from * each, <i32>min(<i64>to * each, <i64>load<i32>(at, 4)));
      if (load<i32>(own)) report(fault, load<i32>(own) - 1);
    }
  }
}
