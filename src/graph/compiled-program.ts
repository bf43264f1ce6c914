/** A compiled program in memory: linked once, run by one call into WASM, nothing allocated but what it returns. */
import { MemoryError } from "../core/errors.ts";
import { allocateBlock, type Cell, pin, relocationCount, unpin, type Version } from "../wasm/cell.ts";
import { engineOf } from "../wasm/engine.ts";
import { INSTRUCTION_BYTES, indexAt, type Ref, Value, writeInstruction } from "../wasm/program.ts";
import { type Instruction, planMemory, rootOf } from "./plan.ts";
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

function cellsOf(instructions: readonly Instruction[], outputs: readonly Ref[]): Cell[] {
  const cells = new Set<Cell>();
  const note = (ref: Ref | number): void => {
    if (typeof ref === "object" && !(ref instanceof Value)) cells.add(ref);
  };
  for (const { operands } of instructions) for (const operand of Object.values(operands)) note(operand);
  for (const output of outputs) note(output);
  return [...cells];
}

export class CompiledProgram {
  /** Bytes of memory for values between instructions. */
  readonly arenaBytes: number;
  readonly #instructions: readonly Instruction[];
  readonly #offsets: ReadonlyMap<Value, number>;
  readonly #inputs: readonly Value[];
  readonly #changed: readonly Version[];
  readonly #checks: readonly (() => void)[];
  readonly #holdings: Holdings;
  #relocations = -1;
  #shared = false;

  constructor(trace: Trace, inputs: readonly Value[], outputs: readonly Ref[]) {
    this.#instructions = trace.instructions;
    this.#inputs = inputs;
    this.#changed = [...trace.changed];
    this.#checks = trace.checks;
    const kept = [...inputs, ...outputs.filter((output): output is Value => output instanceof Value)];
    const { bytes, offsets } = planMemory(trace.instructions, kept);
    this.arenaBytes = bytes;
    this.#offsets = offsets;
    this.#holdings = hold(cellsOf(trace.instructions, outputs), trace.instructions.length * INSTRUCTION_BYTES, bytes);
    forgotten.register(this, this.#holdings, this);
    this.#link();
  }

  get length(): number {
    return this.#instructions.length;
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
    const fault = engineOf().execute(this.#holdings.code, 0, this.#instructions.length, this.#shared);
    if (fault) this.#blame(fault.instruction, fault.row);
    for (const version of this.#changed) version.changes += 1;
  }

  /** One line an instruction: what `compile(f).listing()` shows. */
  listing(): string {
    const names = new Map<Ref, string>();
    const nameOf = (ref: Ref): string => {
      let name = names.get(ref);
      if (!name) {
        const kind = ref instanceof Value ? (this.#inputs.includes(ref) ? "in" : "v") : ref.version ? "state" : "const";
        name = `${kind}${names.size}`;
        names.set(ref, name);
      }
      return `${name}:${ref.dtype}[${ref.length}]`;
    };
    const lines = this.#instructions.map(({ info, operands, items }, i) => {
      const list = info.operands.map(([name]) => {
        const operand = operands[name]!;
        return `${name}=${typeof operand === "object" ? nameOf(operand) : operand}`;
      });
      return `${String(i).padStart(3)} ${info.name.padEnd(18)} ×${items} ${list.join(" ")}`;
    });
    return `${lines.join("\n")}\n${this.#instructions.length} instructions, ${this.arenaBytes} bytes`;
  }

  #link(): void {
    for (const check of this.#checks) check();
    const { arena, code } = this.#holdings;
    const place = (value: Value): number => {
      const root = rootOf(value);
      let offset = 0;
      for (let part = value; part.whole; part = part.whole) offset += part.offset;
      value.address = arena + this.#offsets.get(root)! + offset;
      return value.address;
    };
    const resolve = (ref: Ref): number => (ref instanceof Value ? place(ref) : ref.address);
    this.#shared = false;
    for (const [i, { info, operands, items, nanoseconds }] of this.#instructions.entries()) {
      if (writeInstruction(code + i * INSTRUCTION_BYTES, info, operands, items, nanoseconds, resolve) > 1) this.#shared = true;
    }
    for (const input of this.#inputs) place(input);
    this.#relocations = relocationCount();
  }

  #blame(instruction: number, row: number): never {
    const { index, explain } = this.#instructions[instruction]!.fault!;
    throw explain(row, indexAt(index, index.address, row));
  }
}
