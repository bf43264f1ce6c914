/** A compiled program in memory: linked once, run by one call into WASM, nothing allocated but what it returns. */
import { MemoryError } from "../core/errors.ts";
import { allocateBlock, Cell, pin, relocationCount, unpin, type Version } from "../wasm/cell.ts";
import { engineOf } from "../wasm/engine.ts";
import { INSTRUCTION_BYTES, indexAt, infoOf, type Ref, takeFault, Value, writeInstruction, writeMember } from "../wasm/program.ts";
import { listingOf } from "./listing.ts";
import { improve, type Passes } from "./passes/index.ts";
import type { Step } from "./passes/step.ts";
import { type Plan, planMemory, rootOf } from "./plan.ts";
import type { Trace } from "./trace.ts";

/** Memory a program holds, apart from it, so that it can be freed when the program is gone. */
type Holdings = { code: number; arena: number; cells: Cell[] };

function freeHoldings({ code, arena, cells }: Holdings): void {
  if (code) engineOf().heap.free(code);
  if (arena) engineOf().heap.free(arena);
  for (const cell of cells) unpin(cell);
}

/** Takes what a program needs, or nothing where memory does not suffice. */
function hold(cells: readonly Cell[], codeBytes: number, arenaBytes: number): Holdings {
  const holdings: Holdings = { code: 0, arena: 0, cells: [] };
  try {
    for (const cell of cells) {
      pin(cell);
      holdings.cells.push(cell);
    }
    holdings.code = allocateBlock(codeBytes);
    holdings.arena = allocateBlock(arenaBytes);
    return holdings;
  } catch (error) {
    freeHoldings(holdings);
    throw MemoryError.during("compile", error);
  }
}

const forgotten = new FinalizationRegistry<Holdings>(freeHoldings);

function refsOf({ members }: Step): Ref[] {
  return members.flatMap(({ accesses }) => accesses.map(({ ref }) => ref));
}

function cellsIn(refs: readonly Ref[]): Cell[] {
  return [...new Set(refs.filter((ref) => ref instanceof Cell))];
}

export class CompiledProgram {
  readonly steps: readonly Step[];
  /** Where in the code the members of each step begin, if it is a group: behind all steps. */
  readonly #members: readonly number[];
  readonly #plan: Plan;
  readonly #inputs: readonly Value[];
  readonly #changed: readonly Version[];
  readonly #checks: readonly (() => void)[];
  readonly #holdings: Holdings;
  #relocations = -1;
  #shared = false;

  constructor(trace: Trace, inputs: readonly Value[], outputs: readonly Ref[], passes?: Passes) {
    const kept = [...inputs, ...outputs];
    this.steps = improve(trace.instructions, kept, passes);
    this.#inputs = inputs;
    this.#changed = [...trace.changed];
    this.#checks = trace.checks;
    let length = this.steps.length;
    this.#members = this.steps.map(({ isGroup, members }) => (isGroup ? (length += members.length) - members.length : 0));
    const refs = this.steps.map(refsOf);
    this.#plan = planMemory(
      refs,
      kept.filter((ref) => ref instanceof Value),
    );
    this.#holdings = hold(cellsIn([...refs.flat(), ...outputs]), length * INSTRUCTION_BYTES, this.#plan.bytes);
    forgotten.register(this, this.#holdings, this);
    this.#link();
  }

  /** Steps for the scheduler. */
  get length(): number {
    return this.steps.length;
  }

  /** Bytes of memory for values between instructions, and what they would take side by side. */
  get memory(): { bytes: number; sum: number } {
    const { bytes, sum } = this.#plan;
    return { bytes, sum };
  }

  /** Frees the program's memory now. */
  free(): void {
    forgotten.unregister(this);
    freeHoldings(this.#holdings);
  }

  /** Makes ready for the inputs to be written: call before `run`. */
  prepare(): void {
    if (this.#relocations !== relocationCount()) this.#link();
  }

  /** Runs all of it. Throws what an index kernel found, before anything that lasts was written. */
  run(): void {
    const fault = engineOf().execute(this.#holdings.code, 0, this.steps.length, this.#shared);
    if (fault) throw this.#errorIn(fault.instruction, fault.row);
    for (const version of this.#changed) version.changes += 1;
  }

  /**
   * Runs all of it piece by piece: steps as the scheduler takes them, or, one after the other on this thread, all instructions.
   *
   * @param time told each piece's step, its place among the members, and how long it took, in ms
   */
  runPieces(separate: boolean, time: (step: number, member: number, milliseconds: number) => void): void {
    const engine = engineOf();
    for (const [i, { isGroup, members }] of this.steps.entries()) {
      const pieces = separate && isGroup ? members.map((_, j) => this.#members[i]! + j) : [i];
      for (const [j, piece] of pieces.entries()) {
        const start = performance.now();
        const fault = engine.execute(this.#holdings.code, piece, piece + 1, this.#shared && !separate);
        time(i, j, performance.now() - start);
        if (fault) throw this.#errorAt(i, j, fault.row);
      }
    }
    for (const version of this.#changed) version.changes += 1;
  }

  /** A line for each instruction: what `compile(f).listing()` shows. */
  listing(): string {
    return listingOf(this.steps, this.#inputs, this.memory);
  }

  #link(): void {
    for (const check of this.#checks) check();
    const { arena, code } = this.#holdings;
    const place = (value: Value): number => {
      const root = rootOf(value);
      let offset = 0;
      for (let part = value; part.whole; part = part.whole) offset += part.offset;
      value.address = arena + this.#plan.offsets.get(root)! + offset;
      return value.address;
    };
    const resolve = (ref: Ref): number => (ref instanceof Value ? place(ref) : ref.address);
    this.#shared = false;
    for (const [i, { isGroup, members, units, tile, nanoseconds }] of this.steps.entries()) {
      const first = code + this.#members[i]! * INSTRUCTION_BYTES;
      const group = { info: infoOf("group"), operands: { members: first, count: members.length, tile } };
      const { info, operands } = isGroup ? group : members[0].instruction;
      if (writeInstruction(code + i * INSTRUCTION_BYTES, info, operands, units, nanoseconds, resolve) > 1) this.#shared = true;
      if (!isGroup) continue;
      for (const [j, { instruction, factor }] of members.entries()) {
        writeMember(first + j * INSTRUCTION_BYTES, instruction.info, instruction.operands, instruction.items, factor, resolve);
      }
    }
    for (const input of this.#inputs) place(input);
    this.#relocations = relocationCount();
  }

  /** What is to be said of a bad index: of a group's members, the first that has met one. */
  #errorIn(step: number, row: number): Error {
    const { isGroup, members } = this.steps[step]!;
    if (!isGroup) return this.#errorAt(step, 0, row);
    const first = this.#holdings.code + this.#members[step]! * INSTRUCTION_BYTES;
    const rows = members.map((_, i) => takeFault(first + i * INSTRUCTION_BYTES));
    const guilty = rows.findIndex((found) => found !== null);
    return this.#errorAt(step, guilty, rows[guilty]!);
  }

  #errorAt(step: number, member: number, row: number): Error {
    const { index, explain } = this.steps[step]!.members[member]!.instruction.fault!;
    return explain(row, indexAt(index, index.address, row));
  }
}
