/** A compiled program run piece by piece, to be timed: only programs that profile themselves bring this along. */
import { allocateBlock } from "../wasm/cell.ts";
import { engineOf } from "../wasm/engine.ts";
import { INSTRUCTION_BYTES, infoOf, writeInstruction, writeWords } from "../wasm/program.ts";
import type { CompiledProgram } from "./compiled-program.ts";
import { ownOf, PATCH_WORDS } from "./layout.ts";

/** Bytes that `writeAlone` writes at most. */
const ALONE_BYTES = INSTRUCTION_BYTES * (1 + PATCH_WORDS); // each of an instruction's words may be patched

/** Writes at `at` a group of a group's one member, which does that member's part in any of its tiles. */
function writeAlone(at: number, { steps, layout, code, resolve }: CompiledProgram, number: number, member: number): void {
  const step = steps[number]!;
  const { words, members } = layout.places[number]!;
  const from = member * INSTRUCTION_BYTES;
  const own: number[] = [];
  for (let i = 0; i < words.length; i += PATCH_WORDS) {
    const [place, unitBytes, to] = words.slice(i, i + PATCH_WORDS) as [number, number, number];
    if (place >= from && place < from + INSTRUCTION_BYTES) own.push(place - from, unitBytes, to);
  }
  const patches = at + INSTRUCTION_BYTES;
  writeWords(patches, own);
  const operands = { members: code + members + from, patches, count: 1, patched: own.length / PATCH_WORDS };
  const extent = { items: step.units, nanoseconds: 0, block: 1 };
  writeInstruction(at, infoOf("group"), { ...operands, ...ownOf(step, engineOf().scratch) }, extent, resolve);
}

function runMembers(program: CompiledProgram, step: number, time: (member: number, milliseconds: number) => void): void {
  const { members, units, tile } = program.steps[step]!;
  const alone = allocateBlock(members.length * ALONE_BYTES);
  const at = members.map((_, i) => alone + i * ALONE_BYTES);
  for (const [i, place] of at.entries()) writeAlone(place, program, step, i);
  try {
    for (let unit = 0; unit < units; unit += tile) {
      for (const [i, place] of at.entries()) {
        const start = performance.now();
        const row = engineOf().executePart(place, unit, Math.min(unit + tile, units));
        time(i, performance.now() - start);
        if (row !== null) throw program.errorIn(step, row);
      }
    }
  } finally {
    engineOf().heap.free(alone);
  }
}

/**
 * Runs all of a program piece by piece: steps as the scheduler takes them, or, on this thread alone, instructions, where members of a
 * group take turns tile by tile as they do together.
 *
 * @param time told each piece's step, its place among the members, and how long it took, in ms
 */
export function runPieces(
  program: CompiledProgram,
  separate: boolean,
  time: (step: number, member: number, milliseconds: number) => void,
): void {
  const engine = engineOf();
  for (const [i, { isGroup }] of program.steps.entries()) {
    if (separate && isGroup) {
      runMembers(program, i, (member, milliseconds) => time(i, member, milliseconds));
      continue;
    }
    const start = performance.now();
    const fault = engine.execute(program.code, i, i + 1, program.shared && !separate);
    time(i, 0, performance.now() - start);
    if (fault) throw program.errorIn(i, fault.row);
  }
  for (const version of program.changed) version.changes += 1;
}
