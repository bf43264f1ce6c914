/** A compiled program in memory: linked once, run by one call into WASM, nothing allocated but what it returns. */
import { MemoryError } from "../core/errors.ts";
import { allocateBlock, Cell, pin, relocationCount, unpin, type Version } from "../wasm/cell.ts";
import { engineOf } from "../wasm/engine.ts";
import { Pace } from "../wasm/pace.ts";
import { indexAt, type Ref, takeFault, Value } from "../wasm/program.ts";
import { Layout } from "./layout.ts";
import { improve, type Passes } from "./passes/index.ts";
import { stagesOf } from "./passes/stages.ts";
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

/** What a step needs of the program's memory. */
function refsOf({ members, local }: Step): Ref[] {
  const refs = members.flatMap(({ accesses }) => accesses.map(({ ref }) => ref));
  return local ? [...refs.filter((ref) => !(ref instanceof Value && local.places.has(rootOf(ref)))), local.memory] : refs;
}

function cellsIn(refs: readonly Ref[]): Cell[] {
  return [...new Set(refs.filter((ref) => ref instanceof Cell))];
}

export class CompiledProgram {
  readonly steps: readonly Step[];
  /** So many of the first steps run only where state that they read has changed. */
  readonly once: number;
  readonly #watched: readonly Version[];
  /** How often each had changed when those steps last ran. */
  readonly #seen: number[];
  readonly layout: Layout;
  readonly #plan: Plan;
  readonly inputs: readonly Value[];
  readonly changed: readonly Version[];
  readonly #checks: readonly (() => void)[];
  readonly #holdings: Holdings;
  readonly resolve = (ref: Ref): number => (ref instanceof Value ? this.#place(ref) : ref.address);
  readonly #pace = new Pace();
  #hasRun = false;
  #relocations = -1;
  /** Whether any step is for several threads. */
  shared = false;

  constructor(trace: Trace, inputs: readonly Value[], outputs: readonly Ref[], passes?: Passes) {
    const context = {
      kept: [...inputs, ...outputs],
      changed: trace.changed,
      rewrites: trace.rewrites,
      threads: engineOf().threads,
    };
    const { steps, once, watched, kept } = improve(trace.instructions, context, passes);
    this.steps = steps;
    this.once = once;
    this.#watched = watched;
    this.#seen = watched.map(() => -1);
    this.layout = new Layout(this.steps);
    this.inputs = inputs;
    this.changed = [...trace.changed];
    this.#checks = trace.checks;
    const refs = stagesOf(this.steps).map((stage) => stage.flatMap(refsOf));
    const values = kept.filter((ref) => ref instanceof Value);
    this.#plan = planMemory(refs, values);
    this.#holdings = hold(cellsIn([...refs.flat(), ...outputs]), this.layout.bytes, this.#plan.bytes);
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

  /** Where it stands. */
  get code(): number {
    return this.#holdings.code;
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
    const first = this.#isFresh() ? this.once : 0;
    const fault = engineOf().execute(this.#holdings.code, first, this.steps.length, this.shared, this.#pace);
    this.#hasRun = true;
    for (const version of this.changed) version.changes += 1; // where it stopped as well: what came before may have changed some
    if (fault) throw this.errorIn(this.#stoppedAt(fault.instruction), fault.row);
  }

  /** Whether the first steps' results still hold; if not, they will after this run. */
  #isFresh(): boolean {
    let fresh = this.#hasRun;
    for (let i = 0; i < this.#watched.length; ++i) {
      const { changes } = this.#watched[i]!;
      if (changes === this.#seen[i]) continue;
      this.#seen[i] = changes;
      fresh = false;
    }
    return fresh;
  }

  #place(value: Value): number {
    let offset = 0;
    let root = value;
    for (; root.whole; root = root.whole) offset += root.offset;
    const at = this.#plan.offsets.get(root);
    if (at !== undefined) value.address = this.#holdings.arena + at + offset;
    return value.address;
  }

  #link(): void {
    for (const check of this.#checks) check();
    this.shared = this.layout.write(this.#holdings.code, engineOf().scratch, this.resolve);
    for (const input of this.inputs) this.#place(input);
    this.#relocations = relocationCount();
  }

  /** Of a stage at most one step may stop the program: its place, by the first's. */
  #stoppedAt(first: number): number {
    return this.steps.findIndex(({ members }, step) => step >= first && members.some(({ instruction }) => instruction.fault));
  }

  /** What is to be said of a bad index: of a group's members, the first that has met one. */
  errorIn(step: number, row: number): Error {
    const { isGroup, members } = this.steps[step]!;
    if (!isGroup) return this.#errorAt(step, 0, row);
    const rows = members.map((_, i) => takeFault(this.#holdings.code + this.layout.memberAt(step, i)));
    const guilty = rows.findIndex((found) => found !== null);
    return this.#errorAt(step, guilty, rows[guilty]!);
  }

  #errorAt(step: number, member: number, row: number): Error {
    const { index, explain } = this.steps[step]!.members[member]!.instruction.fault!;
    return explain(row, indexAt(index, index.address, row));
  }
}
